//! The pods of the namespace as a web page that follows them: `GET /` is the page, and
//! `GET /events` what happens to the pods, as server-sent events.
//!
//! wstd waits and writes; `k8s:in-cluster` watches. The page gets of each pod what it shows, and
//! nothing else of it leaves this component.

#[cfg(target_family = "wasm")]
mod events;
#[cfg(target_family = "wasm")]
mod handler;
#[cfg(any(test, target_family = "wasm"))]
mod message;
#[cfg(any(test, target_family = "wasm"))]
mod row;

#[cfg(target_family = "wasm")]
mod bindings {
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT package")]

    wit_bindgen::generate!({
        inline: "
            package example:web-page;

            world web-page {
                import k8s:in-cluster/cluster@0.1.0;
                import k8s:in-cluster/watch@0.1.0;
            }
        ",
        path: "../../wit",
        with: { "wasi:io/poll@0.2.12": wasip2::io::poll },
        generate_all,
    });
}
