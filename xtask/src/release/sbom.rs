//! What is inside a component, as a CycloneDX bill of materials.
//!
//! cargo tells it for the one target, with the features of the one component, and without what only
//! builds or tests it: the tools that read `Cargo.lock` or `cargo metadata` would list rustls with
//! ring, say, which the tests bring and the component does not have.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::checksums::sha256;
use crate::component::{self, Transport};
use crate::process;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::Workspace;

/// A package that is compiled into a component.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    name: String,
    version: String,
    licence: String,
    /// SHA-256 of the package in the registry; none for one of this repository.
    checksum: Option<String>,
    /// The places, in the list of parts, of those that it uses.
    uses: Vec<usize>,
}

/// The parts of a component, itself first and Rust's own libraries last.
pub(super) fn parts(
    workspace: &Workspace,
    toolchain: &Toolchain,
    transport: Transport,
) -> Result<Vec<Part>> {
    let mut cargo = toolchain.cargo(workspace);
    cargo.args(["tree", "--quiet", "--locked", "--edges", "normal,no-proc-macro"]);
    cargo.args(["--prefix", "depth", "--format", "|{p}|{l}"]);
    // The same package and features as the component, of which a tree has no `--lib`.
    cargo.args(component::contents(Target::Unknown, transport));
    let lock = std::fs::read_to_string(workspace.root().join("Cargo.lock"))?;
    let mut parts = read(&process::output(&mut cargo)?, &lock)?;
    let rustc = process::output(Command::new("rustc").arg("--version"))?;
    let version = rustc.split(' ').nth(1).unwrap_or_default();
    for name in ["core", "alloc"] {
        let (name, licence) = (format!("rust-{name}"), "MIT OR Apache-2.0".to_owned());
        parts.push(Part { name, version: version.into(), licence, checksum: None, uses: vec![] });
    }
    Ok(parts)
}

/// Reads lines such as `2|zeroize v1.9.2|Apache-2.0 OR MIT (*)`.
fn read(tree: &str, lock: &str) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    // Where each of those stands that are above the line.
    let mut above: Vec<usize> = Vec::new();
    for line in tree.lines() {
        let mut fields = line.split('|');
        let mut field = || fields.next().with_context(|| format!("cargo tree prints `{line}`"));
        let depth: usize = field()?.parse()?;
        let package = field()?;
        let licence = field()?.trim_end_matches(" (*)").replace('/', " OR ");
        let mut words = package.split(' ');
        let name = words.next().unwrap_or_default().to_owned();
        let version = words.next().unwrap_or_default().trim_start_matches('v').to_owned();
        let known = parts.iter().position(|part| part.name == name && part.version == version);
        let index = known.unwrap_or(parts.len());
        if known.is_none() {
            let checksum = checksum(lock, &name, &version);
            parts.push(Part { name, version, licence, checksum, uses: vec![] });
        }
        above.truncate(depth);
        if let Some(parent) = above.last().map(|parent| &mut parts[*parent])
            && !parent.uses.contains(&index)
        {
            parent.uses.push(index);
        }
        above.push(index);
    }
    Ok(parts)
}

/// What `Cargo.lock` says of a package.
fn checksum(lock: &str, name: &str, version: &str) -> Option<String> {
    let begin = format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
    let (_, rest) = lock.split_once(&begin)?;
    let package = rest.split("\n[[package]]").next()?;
    let (_, checksum) = package.split_once("checksum = \"")?;
    checksum.split('"').next().map(str::to_owned)
}

/// The bill of materials of a component with these parts, of which the first is its own.
pub(super) fn cyclone_dx(name: &str, version: String, bytes: &[u8], parts: &[Part]) -> String {
    let reference = |part: &Part| match part.checksum {
        Some(_) => format!("pkg:cargo/{}@{}", part.name, part.version),
        None => format!("{}@{}", part.name, part.version),
    };
    let components: Vec<Value> = parts
        .iter()
        .map(|part| {
            let mut component = json!({
                "type": "library",
                "bom-ref": reference(part),
                "name": part.name,
                "version": part.version,
                "licenses": [{ "expression": part.licence }],
            });
            if let Some(checksum) = &part.checksum {
                component["purl"] = reference(part).into();
                component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
            }
            component
        })
        .collect();
    let file = format!("{name}.wasm@{version}");
    let whole = json!({ "ref": file, "dependsOn": parts.iter().take(1).map(reference).collect::<Vec<_>>() });
    let dependencies = parts.iter().map(|part| {
        let uses: Vec<_> = part.uses.iter().map(|used| reference(&parts[*used])).collect();
        json!({ "ref": reference(part), "dependsOn": uses })
    });
    let mut bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": file,
            "name": format!("{name}.wasm"),
            "version": version,
            "licenses": [{ "expression": "Apache-2.0" }],
            "hashes": [{ "alg": "SHA-256", "content": sha256(bytes) }],
        } },
        "components": components,
        "dependencies": std::iter::once(whole).chain(dependencies).collect::<Vec<_>>(),
    });
    bill["serialNumber"] = serial_number(&bill.to_string()).into();
    format!("{bill:#}\n")
}

/// The number of a bill, without which actions/attest takes it for none: the same for the same bill. It is a UUID of
/// version 8, <https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8>.
fn serial_number(bill: &str) -> String {
    let hex = sha256(bill.as_bytes());
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32]);
    format!("urn:uuid:{a}-{b}-8{c}-8{d}-{e}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TREE: &str = "\
0|app v0.1.0 (/a/folder)|Apache-2.0
1|one v1.2.3|MIT/Apache-2.0
2|two v2.0.0+meta|MIT
1|two v2.0.0+meta|MIT (*)
";

    const LOCK: &str = "[[package]]\nname = \"one\"\nversion = \"1.2.3\"\nchecksum = \"0a\"\n\n\
        [[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n]\n\n\
        [[package]]\nname = \"two\"\nversion = \"2.0.0+meta\"\nchecksum = \"0b\"\n";

    #[test]
    fn each_part_is_listed_once_with_what_it_uses() {
        let parts = read(TREE, LOCK).unwrap();
        let bill: Value =
            serde_json::from_str(&cyclone_dx("app", "0.1.0".into(), b"abc", &parts)).unwrap();
        let names: Vec<_> =
            bill["components"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
        assert_eq!(names, ["app", "one", "two"]);
        let one = &bill["components"][1];
        assert_eq!(one["purl"], "pkg:cargo/one@1.2.3");
        assert_eq!(one["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(one["hashes"][0]["content"], "0a");
        // What is of this repository has no place in a registry yet, nor a folder of this machine.
        assert_eq!(bill["components"][0]["purl"], Value::Null);
        assert!(!bill.to_string().contains("folder"), "{bill}");
        // What actions/attest knows a bill by.
        assert_eq!(
            (&bill["bomFormat"], &bill["specVersion"]),
            (&json!("CycloneDX"), &json!("1.5"))
        );
        let number = bill["serialNumber"].as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
        let lengths: Vec<_> = number.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{number}");
        let digits = number.bytes().filter(|byte| *byte != b'-');
        assert!(digits.clone().count() == 32 && digits.clone().all(|it| it.is_ascii_hexdigit()));
        // Another bill has another.
        assert!(!cyclone_dx("app", "0.1.1".into(), b"abc", &parts).contains(number));
        let uses = |index: usize| bill["dependencies"][index]["dependsOn"].clone();
        assert_eq!(uses(0), json!(["app@0.1.0"]));
        assert_eq!(uses(1), json!(["pkg:cargo/one@1.2.3", "pkg:cargo/two@2.0.0+meta"]));
        assert_eq!(uses(2), json!(["pkg:cargo/two@2.0.0+meta"]));
        assert_eq!(
            bill["metadata"]["component"]["hashes"][0]["content"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_component_has_what_it_is_made_of_and_not_what_it_is_tested_with() {
        let workspace = Workspace::new();
        let names = |transport| -> Vec<String> {
            let parts = parts(&workspace, &Toolchain::Active, transport).unwrap();
            parts.into_iter().map(|part| part.name).collect()
        };
        let plain = names(Transport::Http);
        for name in ["k8s-in-cluster", "k8s-in-cluster-json", "dlmalloc", "rust-core"] {
            assert!(plain.iter().any(|it| it == name), "{name}: {plain:?}");
        }
        assert!(!plain.iter().any(|it| it == "rustls"), "{plain:?}");
        let tls = names(Transport::Tls);
        assert!(
            tls.iter().any(|it| it == "rustls") && !tls.iter().any(|it| it == "ring"),
            "{tls:?}"
        );
    }
}
