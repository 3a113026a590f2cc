//! The Kubernetes client for WebAssembly components.
//!
//! A program in a pod finds the API server, and proves who it is, by what Kubernetes gives it: two
//! environment variables and three files. This crate does that where there is neither `std::net`
//! nor a TLS stack with a trust store that a program can choose. It sends authenticated requests
//! through `wasi:http`, or through `wasi:sockets` by TLS of its own.
//!
//! With the feature `exports` it is a component that implements the WIT package `k8s:in-cluster`;
//! an application composed with it never has the token. Without features, it is the library
//! underneath. The feature `async` is for guests that link the library, and adds futures and
//! streams (see `asynchronous`); `kube` adds the types of kube-core and k8s-openapi to these (see
//! `kube`).
//!
//! A program that links it, for `wasm32-wasip2`:
//!
//! ```no_run
//! # #[cfg(all(target_family = "wasm", feature = "async", feature = "tls"))]
//! # fn main() -> Result<(), k8s_in_cluster::Error> {
//! use k8s_in_cluster::asynchronous::TlsClient;
//! use k8s_in_cluster::executor::block_on;
//! use k8s_in_cluster::objects::ListOptions;
//! use k8s_in_cluster::resource::{ApiResource, Scope};
//!
//! block_on(async {
//!     let client = TlsClient::in_cluster()?;
//!     let deployments = ApiResource::new("apps", "v1", "deployments");
//!     let mut list = client.list(&deployments, &Scope::AllNamespaces, ListOptions::default())?;
//!     while let Some(deployment) = list.next().await {
//!         println!("{}", deployment?);
//!     }
//!     Ok(())
//! })
//! # }
//! # #[cfg(not(all(target_family = "wasm", feature = "async", feature = "tls")))]
//! # fn main() {}
//! ```
//!
//! # The way of a request
//!
//! ```text
//! exports ──▶ objects, watch, leases, ──▶ client ──▶ transport ──▶ host
//!             logs, discovery, access       ▲  ▲
//!                                     cluster  credentials ◀── pod (environment, files, clocks)
//! ```
//!
//! [`cluster`], [`credentials`] and [`client`] do no I/O: they are generic over [`pod::Pod`] and
//! [`transport::Transport`], and their tests run on any target. WASI is used only in modules that
//! exist only on wasm: `wasi`, `executor`, `transport::wasi_http`, `transport::sockets` and the
//! exports; and by `tls`, for random numbers.

// The component leaves std out: linked, it would have the host asked for standard
// streams, arguments and an exit that are never used.
#![cfg_attr(all(target_os = "unknown", target_family = "wasm", feature = "exports"), no_std)]
#![deny(missing_docs)]
#![cfg_attr(not(feature = "exports"), forbid(unsafe_code))]
#![cfg_attr(feature = "exports", deny(unsafe_code))]

extern crate alloc;

pub mod access;
#[cfg(feature = "async")]
pub mod asynchronous;
pub mod cache;
#[cfg(test)]
#[cfg_attr(not(feature = "tls"), allow(dead_code))]
mod cases;
pub mod client;
pub mod cluster;
pub mod credentials;
pub mod discovery;
mod error;
#[cfg(feature = "tls")]
pub mod http1;
mod impersonation;
#[cfg(feature = "kube")]
pub mod kube;
pub mod leases;
pub mod list;
pub mod logs;
pub mod objects;
mod percent;
pub mod pod;
pub mod resource;
mod spread;
#[cfg(feature = "tls")]
pub mod tls;
pub mod transport;
pub mod watch;

#[cfg(all(target_family = "wasm", feature = "async"))]
pub mod executor;
#[cfg(target_family = "wasm")]
pub mod wasi;

#[cfg(all(target_family = "wasm", feature = "exports"))]
mod exports;

pub use error::Error;
pub use impersonation::{Impersonation, ImpersonationError};
