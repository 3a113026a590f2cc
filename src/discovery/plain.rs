//! Groups, and the resources of each version apart: `meta/v1.APIVersions`,
//! `meta/v1.APIGroupList` and `meta/v1.APIResourceList`.

use super::{Freshness, Group, Kind, Resource, Subresource, Version};
use alloc::{string::String, vec::Vec};
use k8s_in_cluster_json::{elements, find, members, text, texts};

/// The core group, of which the server names the versions alone.
pub(super) fn core_group(document: &str) -> Group {
    let versions = find(document, &["versions"]).map(texts).unwrap_or_default();
    Group { name: String::new(), versions: versions.into_iter().map(unread).collect() }
}

/// The groups of a list, still without resources.
pub(super) fn groups(list: &str) -> Vec<Group> {
    let items = find(list, &["groups"]).unwrap_or_default();
    elements(items).map_while(Result::ok).map(group).collect()
}

fn group(item: &str) -> Group {
    let name = find(item, &["name"]).map(text).unwrap_or_default();
    let versions = find(item, &["versions"]).unwrap_or_default();
    let mut versions: Vec<_> = elements(versions)
        .map_while(Result::ok)
        .filter_map(|item| find(item, &["version"]).map(text))
        .map(unread)
        .collect();
    let preferred = find(item, &["preferredVersion", "version"]).map(text).unwrap_or_default();
    if let Some(index) = versions.iter().position(|version| version.name == preferred)
        && let Some(until) = versions.get_mut(..=index)
    {
        until.rotate_right(1);
    }
    Group { name, versions }
}

fn unread(name: String) -> Version {
    Version { name, freshness: Freshness::Current, resources: Vec::new() }
}

/// The resources of a list, each with its subresources, which stand beside it there.
pub(super) fn resources(list: &str, group: &str, version: &str) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    let items = find(list, &["resources"]).unwrap_or_default();
    for item in elements(items).map_while(Result::ok) {
        let mut found = Resource::default();
        for (member, value) in members(item).map_while(Result::ok) {
            match member {
                "name" => found.plural = text(value),
                "singularName" => found.singular = text(value),
                "namespaced" => found.namespaced = value == "true",
                "group" => found.kind.group = text(value),
                "version" => found.kind.version = text(value),
                "kind" => found.kind.kind = text(value),
                "verbs" => found.verbs = texts(value),
                "shortNames" => found.short_names = texts(value),
                "categories" => found.categories = texts(value),
                _ => {}
            }
        }
        found.kind = found.kind.or(group, version);
        let Some((plural, name)) = found.plural.split_once('/') else {
            match resources.iter_mut().find(|resource| resource.plural == found.plural) {
                Some(resource) => {
                    found.subresources = core::mem::take(&mut resource.subresources);
                    *resource = found;
                }
                None => resources.push(found),
            }
            continue;
        };
        let subresource = Subresource { name: name.into(), kind: found.kind, verbs: found.verbs };
        match resources.iter_mut().find(|resource| resource.plural == plural) {
            Some(resource) => resource.subresources.push(subresource),
            None => resources.push(Resource {
                plural: plural.into(),
                kind: Kind::default().or(group, version),
                namespaced: found.namespaced,
                subresources: [subresource].into(),
                ..Resource::default()
            }),
        }
    }
    resources
}
