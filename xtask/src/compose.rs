//! Composes an application with the component that it uses, as `wac plug` does.

use anyhow::{Context as _, Result};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PlugError, plug};

/// Joins two components: what `application` imports and `component` exports
/// becomes a call from one to the other. What else either imports, and what the
/// application exports, is left to the host.
pub(crate) fn compose(application: &[u8], component: &[u8]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let socket = Package::from_bytes("application", None, application, graph.types_mut())
        .context("the application is no component")?;
    let socket = graph.register_package(socket)?;
    let provider = Package::from_bytes("k8s:in-cluster", None, component, graph.types_mut())
        .context("what it is composed with is no component")?;
    let provider = graph.register_package(provider)?;
    plug(&mut graph, vec![provider], socket).map_err(|error| match error {
        PlugError::NoPlugHappened => anyhow::anyhow!(
            "it imports nothing that the component exports: its WIT world must import an \
             interface of k8s:in-cluster, and its code must call it"
        ),
        PlugError::GraphError { source } => source,
    })?;
    Ok(graph.encode(EncodeOptions::default())?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wac_graph::types::ItemKind;

    use super::*;

    /// Imports `log` from the host, and exports the instance `k8s:in-cluster/a`.
    const COMPONENT: &str = r#"
        (component
            (import "log" (func $log))
            (core func $core (canon lower (func $log)))
            (func $f (canon lift (core func $core)))
            (instance $a (export "f" (func $f)))
            (export "k8s:in-cluster/a@0.1.0" (instance $a)))"#;

    fn application(imported: &str) -> Vec<u8> {
        wat::parse_str(format!(
            r#"(component
                (import "{imported}" (instance $a (export "f" (func))))
                (import "clock" (func))
                (alias export $a "f" (func $f))
                (export "run" (func $f)))"#
        ))
        .unwrap()
    }

    fn names(component: &[u8]) -> (Vec<String>, Vec<String>) {
        let mut graph = CompositionGraph::new();
        let package = Package::from_bytes("c", None, component, graph.types_mut()).unwrap();
        let world = &graph.types()[package.ty()];
        let sorted = |names: Vec<(&String, &ItemKind)>| {
            let mut names: Vec<_> = names.into_iter().map(|(name, _)| name.clone()).collect();
            names.sort();
            names
        };
        (sorted(world.imports.iter().collect()), sorted(world.exports.iter().collect()))
    }

    #[test]
    fn an_import_that_the_component_exports_is_filled() {
        let component = wat::parse_str(COMPONENT).unwrap();
        let composed = compose(&application("k8s:in-cluster/a@0.1.0"), &component).unwrap();
        let (imports, exports) = names(&composed);
        assert_eq!(imports, ["clock", "log"]);
        assert_eq!(exports, ["run"]);
    }

    #[test]
    fn an_application_that_uses_nothing_of_the_component_is_refused() {
        let component = wat::parse_str(COMPONENT).unwrap();
        let error = compose(&application("k8s:in-cluster/b@0.1.0"), &component).unwrap_err();
        assert!(error.to_string().contains("imports nothing"), "{error:#}");
    }

    #[test]
    fn bytes_that_are_no_component_are_refused() {
        let component = wat::parse_str(COMPONENT).unwrap();
        let module = wat::parse_str("(module)").unwrap();
        assert!(compose(&module, &component).is_err());
        assert!(compose(&application("k8s:in-cluster/a@0.1.0"), b"\0asm").is_err());
    }
}
