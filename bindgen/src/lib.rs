//! The component's bindings: those of wit-bindgen, with one copy of what each export
//! does with an error.
//!
//! wit-bindgen writes out in each export how its result is laid out in memory, and how that
//! is freed. For an error with the API server's Status in it these are 2 kB of code, in some
//! fifty exports. Here they become functions that the exports call.

mod share;

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
    Ok(share::share(std::str::from_utf8(source)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What wit-bindgen writes may change with its version: then there would be nothing to share.
    #[test]
    fn every_export_that_can_fail_calls_what_is_shared() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        for world in ["in-cluster", "in-cluster-tls"] {
            let bindings = generate(&wit, world).unwrap();
            let (exports, shared) = bindings.split_once("mod shared {").unwrap();
            assert_eq!(exports.matches("types::Error as V").count(), 0);
            let calls = exports.matches("shared::piece").count();
            let functions = shared.matches("unsafe fn piece").count();
            assert!(calls > 30 && functions < 10, "{functions} functions for {calls} calls");
        }
    }
}
