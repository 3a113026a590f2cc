//! Components under the programs that others run them with: `wasmtime run`, `wasmtime serve`, and Node by jco. `docs/hosts.md`
//! has the command lines.
//!
//! Each cluster's API server is the fixture or a real one, and its pods' folder is the kubelet's, with the same links. The
//! programs are installed by `cargo xtask test`; tests that need Node or a real API server are ignored unless asked for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;
mod browser;
mod calls;
mod cluster;
mod guest;
mod harness;
mod javascript;
mod kube;
mod kube_chores;
mod kube_types;
mod least_privilege;
mod library;
mod node;
mod pages;
mod python;
mod replacing;
mod run;
mod serve;
mod wasmtime;
mod web_page;
