//! Looking resources up by the names that people and `kubectl` have for them.

use super::{Group, Resource, Version};
use alloc::vec::Vec;

/// A resource that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Its group.
    pub group: &'a Group,
    /// The version in which it was found.
    pub version: &'a Version,
    /// The resource.
    pub resource: &'a Resource,
}

/// The resources that are meant, best first: each once for a group, in the first version that has
/// it. All are, if no name is given.
///
/// As in `kubectl`, a plural or singular name wins over a short name, and that over a kind;
/// preferred versions come before others, and then groups in the server's order. A group that
/// there is none of is looked for as the beginning of one.
pub(super) fn find<'a>(
    groups: &'a [Group],
    name: Option<&str>,
    group: Option<&str>,
    version: Option<&str>,
) -> Vec<Found<'a>> {
    let exact = groups.iter().any(|other| Some(other.name.as_str()) == group);
    let of_group = |other: &&Group| match group {
        Some(group) if exact => other.name == group,
        Some(group) => !group.is_empty() && other.name.starts_with(group),
        None => true,
    };
    let mut best = Rank::None;
    let mut found: Vec<Found<'a>> = Vec::new();
    for group in groups.iter().filter(of_group) {
        // What was found of this group: the last ones.
        let mut of_group = found.len();
        for other in &group.versions {
            if version.is_some_and(|version| version != other.name) {
                continue;
            }
            for resource in &other.resources {
                let rank = name.map_or(Rank::Name, |name| rank(resource, name));
                if rank == Rank::None || rank > best {
                    continue;
                }
                if rank < best {
                    best = rank;
                    found.clear();
                    of_group = 0;
                }
                let known = found.get(of_group..).unwrap_or_default();
                if !known.iter().any(|known| known.resource.plural == resource.plural) {
                    found.push(Found { group, version: other, resource });
                }
            }
        }
    }
    if name.is_none() {
        return found;
    }
    let preferred = |found: &&Found<'_>| {
        found.group.versions.first().is_some_and(|first| core::ptr::eq(first, found.version))
    };
    let others = found.iter().filter(|found| !preferred(found));
    found.iter().filter(preferred).chain(others).copied().collect()
}

/// By what a resource was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    ShortName,
    Kind,
    None,
}

fn rank(resource: &Resource, name: &str) -> Rank {
    let kind = resource.kind.kind.as_str();
    // Old servers give no singular names: they are the kind in lower case.
    let singular = if resource.singular.is_empty() { kind } else { &resource.singular };
    let named = |other: &str| other.eq_ignore_ascii_case(name);
    match () {
        () if name.is_empty() => Rank::None,
        () if named(&resource.plural) || named(singular) => Rank::Name,
        () if resource.short_names.iter().any(|short| named(short)) => Rank::ShortName,
        () if kind == name => Rank::Kind,
        () => Rank::None,
    }
}
