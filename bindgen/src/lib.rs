//! The component's bindings: those of wit-bindgen, with one copy of what many exports do.
//!
//! wit-bindgen writes out in each export how its arguments are read from memory, how its result
//! is laid out there, and how that is freed. For an error with the API server's Status in it
//! these are 2 kB of code, in some fifty exports. Here they become functions that the exports
//! call: one for each string and list of strings, and one for each record, variant and error.
//! And where exports of an interface take the same from memory, or give the same, that is one
//! function of theirs.

mod idioms;
mod offsets;
mod share;
mod signatures;

use anyhow::{Context as _, Result};
use std::path::Path;
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_bindgen_rust::{Opts, WithOption};

/// Generates the bindings of a world. What it imports of WASI is that of the crate `wasip2`.
///
/// # Errors
///
/// If the package can't be read, or has no such world.
pub fn generate(wit: &Path, world: &str) -> Result<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let imports = resolve.worlds[world].imports.keys();
    let with = imports.map(|key| resolve.name_world_key(key)).filter_map(|interface| {
        let (name, _version) = interface.strip_prefix("wasi:")?.split_once('@')?;
        let path = format!("wasip2::{}", name.replace('/', "::").replace('-', "_"));
        Some((interface, WithOption::Path(path)))
    });
    let options = Opts { with: with.collect(), ..Opts::default() };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    let (_, source) = files.iter().next().context("nothing was generated")?;
    Ok(shared(std::str::from_utf8(source)?))
}

/// The source with what its exports have in common in a module of functions.
fn shared(source: &str) -> String {
    let source = offsets::fold(source);
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = idioms::replace(lines.map(str::to_owned).collect());
    let (lines, pieces) = share::share(&lines);
    let lines = signatures::share(&lines);
    let (exports, values) = (lines.join("\n"), include_str!("values.rs"));
    format!(
        "{exports}\nmod shared {{\nuse super::_rt::{{self, String, Vec}};\n{values}{pieces}}}\n"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What wit-bindgen writes may change with its version: then there would be nothing to share.
    #[test]
    fn the_exports_call_what_is_shared() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        for world in ["in-cluster", "in-cluster-tls"] {
            let bindings = generate(&wit, world).unwrap();
            let (exports, shared) = bindings.split_once("mod shared {").unwrap();
            let pieces = ["types::Error as V", "types::Scope as V", "types::Limits{"];
            for written_out in pieces.into_iter().chain([".into_boxed_slice()", "with_capacity("]) {
                assert_eq!(exports.matches(written_out).count(), 0, "{written_out}");
            }
            let calls = exports.matches("shared::piece").count();
            let functions = shared.matches("unsafe fn piece").count();
            assert!(calls > 100 && functions < 20, "{functions} functions for {calls} calls");
        }
    }
}
