//! What a component asks for, by the names of its imports.

use wasmtime::component::Component;

/// Whether a component makes TCP connections itself, by `wasi:sockets`, as one does that has TLS inside: the host then
/// neither sees its requests nor has a part in them. One that imports `wasi:http/outgoing-handler` too, as Python does
/// with its sockets, sends them by that.
#[must_use]
pub fn connects_itself(component: &Component) -> bool {
    imports(component, "wasi:sockets/tcp@") && !imports(component, "wasi:http/outgoing-handler@")
}

/// Whether a component asks for the client, as an application does that was not composed with `k8s-in-cluster`.
#[must_use]
pub fn imports_client(component: &Component) -> bool {
    imports(component, "k8s:in-cluster/")
}

fn imports(component: &Component, prefix: &str) -> bool {
    let component_type = component.component_type();
    let mut imports = component_type.imports(component.engine());
    imports.any(|(name, _)| name.starts_with(prefix))
}
