//! The WIT package as it is published, and what a release has to keep of the one before.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{PackageId, Resolve, Stability, WorldId, WorldItem};

/// A WIT package, with those that it uses.
#[derive(Clone)]
pub(super) struct Package {
    resolve: Resolve,
    id: PackageId,
}

impl Package {
    /// The package in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut resolve = Resolve::default();
        let (id, _) = resolve.push_dir(folder)?;
        Ok(Self { resolve, id })
    }

    /// The package in a text, and in the same text those that it uses.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut resolve = Resolve::default();
        let id = resolve.push_str("released.wit", text)?;
        Ok(Self { resolve, id })
    }

    /// The package in the form in which registries keep it.
    pub(super) fn decode(encoded: &[u8]) -> Result<Self> {
        match wit_component::decode(encoded)? {
            DecodedWasm::WitPackage(resolve, id) => Ok(Self { resolve, id }),
            DecodedWasm::Component(..) => bail!("a component is no WIT package"),
        }
    }

    /// The form in which registries keep it, documentation included.
    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        wit_component::encode(&self.resolve, self.id, false)
    }

    /// It as one text, those that it uses behind it.
    pub(super) fn text(&self) -> Result<String> {
        let others = self.resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != self.id);
        self.print(&others.collect::<Vec<_>>())
    }

    /// Whether what is its own is the same as of another, to the last word of its documentation.
    pub(super) fn is_same(&self, other: &Self) -> Result<bool> {
        Ok(self.print(&[])? == other.print(&[])?)
    }

    fn print(&self, others: &[PackageId]) -> Result<String> {
        let mut printer = WitPrinter::default();
        printer.print(&self.resolve, self.id, others)?;
        Ok(printer.output.to_string())
    }

    /// Its version.
    pub(super) fn version(&self) -> String {
        let version = &self.resolve.packages[self.id].name.version;
        version.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// An error unless a component imports no more, and exports no less, than a world.
    pub(super) fn is_world_of(&self, world: &str, component: &[u8]) -> Result<()> {
        let id = self.world(world).with_context(|| format!("there is no world {world}"))?;
        wit_component::targets(&self.resolve, id, component, false)
            .with_context(|| format!("the component is not of the world {world}"))
    }

    fn world(&self, name: &str) -> Option<WorldId> {
        self.resolve.packages[self.id].worlds.get(name).copied()
    }

    /// Each interface, type and function, with the version that it came with.
    fn items(&self) -> Vec<(String, &Stability)> {
        let mut items = Vec::new();
        for (name, id) in &self.resolve.packages[self.id].interfaces {
            let interface = &self.resolve.interfaces[*id];
            items.push((name.clone(), &interface.stability));
            let types =
                interface.types.iter().map(|(it, id)| (it, &self.resolve.types[*id].stability));
            let functions =
                interface.functions.iter().map(|(it, function)| (it, &function.stability));
            items.extend(types.chain(functions).map(|(it, since)| (format!("{name}.{it}"), since)));
        }
        items
    }

    /// The package under another version, so that both fit into one [`Resolve`].
    fn renamed(mut self) -> Result<Self> {
        let mut name = self.resolve.packages[self.id].name.clone();
        self.resolve.package_names.shift_remove(&name);
        name.version = None;
        self.resolve.package_names.insert(name.clone(), self.id);
        self.resolve.packages[self.id].name = name;
        Ok(self)
    }
}

/// An error unless who uses `old` can use `new` in its place. A version that says that it breaks with
/// the other, by its first number other than 0, may do as it likes.
pub(super) fn keeps(old: &Package, new: &Package) -> Result<()> {
    let versions = (old.version(), new.version());
    if line(&versions.0) != line(&versions.1) {
        eprintln!("      {} breaks with {}, as its number says", versions.1, versions.0);
        return Ok(());
    }
    let before: Vec<_> = old.items().into_iter().map(|(name, _)| name).collect();
    let now = new.items();
    if let Some(gone) = before.iter().find(|it| now.iter().all(|(name, _)| name != *it)) {
        bail!("`{gone}` of {} is gone: it has to stay", versions.0);
    }
    for (name, stability) in now.iter().filter(|(name, _)| !before.contains(name)) {
        match stability {
            Stability::Unstable { .. } => {}
            Stability::Stable { since, .. } if since.to_string() == versions.1 => {}
            _ => bail!("`{name}` is new: say so by @since(version = {})", versions.1),
        }
    }
    let resolve = new.resolve.clone();
    for (name, new_world) in &new.resolve.packages[new.id].worlds {
        let Some(old_world) = old.world(name) else { continue };
        let mut both = resolve.clone();
        let remap = both.merge(old.clone().renamed()?.resolve)?;
        let old_world = remap.map_world(old_world, Default::default())?;
        // A component gives no less and asks for no more; an application is given no less.
        let gives = |(_, item): (_, &WorldItem)| matches!(item, WorldItem::Interface { .. });
        let (first, then) = match new.resolve.worlds[*new_world].exports.iter().any(gives) {
            true => (*new_world, old_world),
            false => (old_world, *new_world),
        };
        wit_component::semver_check(both, first, then)
            .with_context(|| format!("world {name}: it is not as it was in {}", versions.0))?;
    }
    if let Some(gone) =
        old.resolve.packages[old.id].worlds.keys().find(|name| new.world(name).is_none())
    {
        bail!("world {gone} of {} is gone: it has to stay", versions.0);
    }
    Ok(())
}

/// The first number of a version other than 0, and what stands before it: what stays the same among
/// versions that are compatible.
fn line(version: &str) -> &str {
    let end = version
        .match_indices(|letter: char| letter.is_ascii_digit() && letter != '0')
        .next()
        .map_or(version.len(), |(start, _)| {
            version[start..].find('.').map_or(version.len(), |length| start + length)
        });
    &version[..end]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::workspace::Workspace;

    /// A package with one interface, given by a component's world and used by an application's.
    fn package(version: &str, items: &str, imports: &str) -> Package {
        Package::parse(&format!(
            "package a:b@{version};
            @since(version = 0.1.0)
            interface pods {{
                @since(version = 0.1.0)
                record pod {{ name: string }}
                @since(version = 0.1.0)
                resource client {{ @since(version = 0.1.0) get: func() -> pod; }}
                {items}
            }}
            @since(version = 0.1.0)
            interface host {{ @since(version = 0.1.0) now: func() -> u64; }}
            @since(version = 0.1.0)
            world component {{ {imports} export pods; }}
            @since(version = 0.1.0)
            world application {{ import pods; }}"
        ))
        .unwrap()
    }

    const LIST: &str = "@since(version = 0.1.0) all: func(limit: u32) -> list<pod>;";

    fn refusal(version: &str, items: &str, imports: &str) -> String {
        let error = keeps(&package("0.1.0", LIST, ""), &package(version, items, imports));
        format!("{:#}", error.unwrap_err())
    }

    #[test]
    fn more_may_be_given_if_it_says_since_when() {
        let old = package("0.1.0", LIST, "");
        keeps(&old, &old).unwrap();
        let more = format!("{LIST} @since(version = 0.1.1) count: func() -> u32;");
        keeps(&old, &package("0.1.1", &more, "")).unwrap();
        // A host may be asked for less.
        keeps(&package("0.1.0", LIST, "import host;"), &package("0.1.1", LIST, "")).unwrap();
    }

    #[test]
    fn what_was_there_stays_as_it_was() {
        assert!(refusal("0.1.1", "", "").contains("`pods.all` of 0.1.0 is gone"));
        let changed = "@since(version = 0.1.0) all: func(limit: u64) -> list<pod>;";
        let error = refusal("0.1.1", changed, "");
        assert!(error.contains("it is not as it was in 0.1.0"), "{error}");
        // Of a host no more is asked.
        let error = refusal("0.1.1", LIST, "import host;");
        assert!(error.contains("world component"), "{error}");
        // Nor is there more than says since when, or it says the wrong version.
        for since in ["", "@since(version = 0.1.0)"] {
            let more = format!("{LIST} {since} count: func() -> u32;");
            let error = refusal("0.1.1", &more, "");
            assert!(error.contains("`pods.count` is new: say so by @since(version = 0.1.1)"));
        }
    }

    #[test]
    fn another_line_may_break() {
        keeps(&package("0.1.0", LIST, ""), &package("0.2.0", "", "import host;")).unwrap();
        for (version, expected) in [
            ("0.1.0", "0.1"),
            ("0.0.3", "0.0.3"),
            ("1.2.3", "1"),
            ("12.0.1", "12"),
            ("0.10.2", "0.10"),
        ] {
            assert_eq!(line(version), expected);
        }
    }

    #[test]
    fn the_package_of_the_repository_is_published_as_it_is() {
        let package = Package::read(&Workspace::new().root().join("wit")).unwrap();
        keeps(&package, &package).unwrap();
        let text = package.text().unwrap();
        assert!(text.contains("/// Reading and writing objects"), "with its documentation");
        assert!(text.contains("package wasi:io@"), "with what it uses");
        let decoded = Package::decode(&package.encode().unwrap()).unwrap();
        assert!(decoded.is_same(&package).unwrap());
        // And what is kept of a release is the same package.
        let parsed = Package::parse(&text).unwrap();
        assert!(parsed.is_same(&package).unwrap());
        keeps(&parsed, &package).unwrap();
        keeps(&package, &parsed).unwrap();
    }

    #[test]
    fn a_component_of_another_world_is_refused() {
        let package = package("0.1.0", LIST, "");
        let component = wat::parse_str("(component)").unwrap();
        let error = package.is_world_of("component", &component).unwrap_err().to_string();
        assert!(error.contains("not of the world component"), "{error}");
        package.is_world_of("application", &component).unwrap();
        assert!(package.is_world_of("another", &component).is_err());
    }
}
