//! `examples/controller` on a real API server: as its image starts it, under the program `wasmtime`, with the rights of its
//! manifests and no others.
//!
//! The pods are there, from the Deployment's template, and the tests do what a kubelet would do for them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cluster;
mod desk;
mod election;
mod follows;
mod manifests;
mod replica;
mod restarts;
