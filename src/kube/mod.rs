//! The types of kube-core and k8s-openapi, over the client with futures.
//!
//! [`Api`] has the verbs of kube's `Api`, takes the same parameters and returns the same types. To
//! port code that was written for kube, add `use k8s_in_cluster::kube`:
//!
//! ```
//! use k8s_in_cluster::kube;
//! use k8s_openapi::api::apps::v1::Deployment;
//! use k8s_openapi::api::core::v1::Pod;
//! use kube::api::{ListParams, Patch, PatchParams};
//! use kube::{Api, Client, ResourceExt};
//!
//! async fn scale(client: Client, replicas: u32) -> kube::Result<()> {
//!     let pods: Api<Pod> = Api::default_namespaced(client.clone());
//!     let mut list = pods.list_stream(&ListParams::default().labels("app=web"))?;
//!     while let Some(pod) = list.next().await {
//!         println!("{}", pod?.name_any());
//!     }
//!
//!     let deployments: Api<Deployment> = Api::default_namespaced(client);
//!     let patch = serde_json::json!({"spec": {"replicas": replicas}});
//!     match deployments.patch_scale("web", &PatchParams::default(), &Patch::Merge(patch)).await {
//!         Err(kube::Error::Api(status)) if status.is_not_found() => println!("there is none"),
//!         other => drop(other?),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A [`Client`] is made of an [`asynchronous::Client`](crate::asynchronous::Client) over either
//! transport: `Client::from(HttpClient::in_cluster()?)`. It sends what kube-core makes of the
//! parameters, on a path that no name can lead to another object. kube's own client, and its
//! dependencies, are not part of this.
//!
//! # Custom resources
//!
//! `CustomResource` of kube-derive works without kube, if it is told where kube-core is:
//! `#[kube(..., crates(kube_core = "k8s_in_cluster::kube::core"))]`.
//!
//! # Which Kubernetes
//!
//! This crate chooses no version of Kubernetes. The program that is built does, by a feature of
//! k8s-openapi 0.29, for example `latest`: without one that crate says so, and is not built.
//!
//! # What can't be read
//!
//! An object that does not fit its Rust type is an [`Error::Unreadable`], which names the object
//! and the field, but quotes none of its contents. Streams return the error in the place of the
//! object, and go on with the next. Functions that return several objects at once return only the
//! error. To get those that can be read, use [`Api::list_stream`], or a list of kube-core's
//! `DeserializeGuard<K>`, whose errors do quote.
//!
//! # What is different from kube
//!
//! - [`Api::list`] reads page by page if no limit is given; it returns the same.
//! - [`Api::watch`] resumes, and ends when [`WatchParams::timeout`](api::WatchParams) is over or
//!   never. Its [`Event`](api::Event) is not kube's.
//! - [`Api::log_stream`] returns lines.
//! - Futures are not `Send`: a component has one thread.
//! - `exec`, `attach` and `portforward`, which need a WebSocket, are missing; so is
//!   `resource_url`, and kube's `discovery`.

pub mod api;
mod client;
mod decode;
mod error;
#[cfg(test)]
mod tests;

pub use api::Api;
pub use client::Client;
pub use decode::Misfit;
pub use error::{Error, EventType, Unreadable};
/// kube-core, as the code that kube-derive generates has to find it.
pub use kube_core as core;
pub use kube_core::{CustomResourceExt, Resource, ResourceExt};

/// The result of a call.
pub type Result<T, E = Error> = ::core::result::Result<T, E>;
