//! A [`kube_client::Client`] in a WebAssembly component.
//!
//! With it, code that was written for kube-rs runs in a component: `Api<K>`, and kube-runtime on
//! top of it. Underneath is the client of [`k8s_in_cluster`], with all that it does: it finds the
//! API server, adds the pod's token and keeps it fresh, verifies the server or has the host do it,
//! repeats requests that may be repeated, and refuses requests that would send credentials
//! elsewhere. Otherwise requests are what kube made of them, and no code of kube sees the token.
//!
//! ```no_run
//! # #[cfg(all(target_family = "wasm", feature = "tls"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use k8s_in_cluster_kube::k8s_in_cluster::asynchronous::TlsClient;
//! use k8s_in_cluster_kube::{block_on, client};
//!
//! block_on(async {
//!     let client = client(TlsClient::in_cluster()?);
//!     println!("{}", client.apiserver_version().await?.git_version);
//!     Ok(())
//! })
//! # }
//! # #[cfg(not(all(target_family = "wasm", feature = "tls")))]
//! # fn main() {}
//! ```
//!
//! Build it for `wasm32-wasip2`, with `--cfg tokio_unstable` among the flags of rustc. Without that
//! flag tokio refuses to be built for WASI, because of features that kube-client asks for but does
//! not use here.
//!
//! Requests that upgrade the connection are not there: `exec`, `attach` and `port-forward`.

mod body;
mod request;
#[cfg(any(target_family = "wasm", test))]
mod runtime;
mod service;

pub use body::Body;
#[cfg(target_family = "wasm")]
pub use runtime::block_on;
pub use service::Service;
pub use {k8s_in_cluster, kube_client};

use k8s_in_cluster::asynchronous::{self, Ready};
use k8s_in_cluster::pod::Pod;
use k8s_in_cluster::transport::{Exchange, Transport};

/// A kube client for the pod's own cluster, with the pod's namespace as its default namespace.
///
/// # Panics
///
/// Outside of a tokio runtime: kube starts a task. On wasm, [`block_on`] is one.
pub fn client<P, T>(client: asynchronous::Client<P, T>) -> kube_client::Client
where
    P: Pod + Send + Sync + 'static,
    T: Transport + Send + Sync + 'static,
    T::Exchange: Send + Unpin,
    <T::Exchange as Exchange>::Pollable: Ready,
    <<T::Exchange as Exchange>::Pollable as Ready>::Future: Send,
{
    let namespace = client.cluster().namespace.clone();
    kube_client::Client::new(Service::new(client), namespace)
}
