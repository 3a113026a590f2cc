//! The client with futures: for guests that link this crate, and for any executor that can wait for
//! what the transport gives it to wait for.
//!
//! It is the same client as that of [`crate::client`], but its functions do not block: they return
//! a future of one answer, or a [`Stream`](futures_core::Stream) of items, events or lines.
//! Dropping one of these cancels it.
//!
//! On wasm, `TlsClient` speaks TLS by itself over `wasi:sockets`, and `HttpClient` sends
//! requests through `wasi:http`; `executor::block_on` runs them.

mod items;
mod objects;
mod ready;
mod streams;
#[cfg(test)]
pub(crate) mod tests;

pub use items::{Items, Source};
pub use ready::Ready;
pub use streams::{Body, Chunks, List, LogLines, Watch};

use crate::Error;
use crate::client::{Call, Client as Core, Gathered, Head, Request, Response};
use crate::cluster::Cluster;
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};
use alloc::sync::Arc;
use alloc::vec::Vec;
use ready::{WaitOf, wait};

/// A client that sends requests through `wasi:http`: the host opens the connection, and verifies
/// the API server.
#[cfg(target_family = "wasm")]
pub type HttpClient = Client<crate::wasi::WasiPod, crate::transport::wasi_http::WasiHttp>;

/// A client that speaks TLS itself over `wasi:sockets`, and trusts only the mounted `ca.crt`.
#[cfg(all(target_family = "wasm", feature = "tls"))]
pub type TlsClient = Client<crate::wasi::WasiPod, crate::transport::sockets::Sockets>;

/// A client of the pod's own cluster. Its clones are the same client.
pub struct Client<P, T> {
    core: Arc<Core<P, T>>,
}

impl<P, T> Clone for Client<P, T> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
    }
}

#[cfg(target_family = "wasm")]
impl<T: Transport + Default> Client<crate::wasi::WasiPod, T> {
    /// Finds the cluster and reads the credentials that are mounted into the pod. Obeys the
    /// operator's settings. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Discovery`], [`Error::Credentials`] or, if this client itself verifies the server,
    /// [`Error::Authority`], naming the variable or file at fault.
    pub fn in_cluster() -> Result<Self, Error> {
        let pod = crate::wasi::WasiPod::new();
        let overrides = crate::cluster::Overrides::from_environment(&pod)?;
        Ok(Core::in_cluster(pod, T::default(), &overrides)?.into())
    }
}

impl<P, T> From<Core<P, T>> for Client<P, T> {
    fn from(core: Core<P, T>) -> Self {
        Self { core: Arc::new(core) }
    }
}

impl<P: Pod, T: Transport> Client<P, T>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    /// The cluster that was found.
    pub fn cluster(&self) -> &Cluster {
        self.core.cluster()
    }

    /// Sends a request, and returns the whole answer.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] for any status but 200 to 299; other errors if the request is not allowed, or
    /// no complete answer came.
    pub async fn send(&self, request: Request, body: Option<Vec<u8>>) -> Result<Response, Error> {
        let core = &*self.core;
        let mut call = core.ask(request, body)?;
        let mut gathered = Gathered::default();
        loop {
            if let Some(response) = call.answer(core, &mut gathered)? {
                return Ok(response);
            }
            self.wait_for(&call, gathered.interest())?.await;
        }
    }

    /// Sends a request, and returns the answer's head, and its body as it comes, whatever the
    /// status.
    ///
    /// # Errors
    ///
    /// If the request is not allowed, or no answer came.
    pub async fn open(
        &self,
        request: Request,
        body: Option<Vec<u8>>,
    ) -> Result<(Head, Body<P, T>), Error> {
        let mut call = self.core.open(request, body)?;
        loop {
            if let Some(head) = call.head(&self.core)? {
                return Ok((head, Items::new(Arc::clone(&self.core), Chunks::new(call))));
            }
            self.wait_for(&call, Interest::Head)?.await;
        }
    }

    /// Ready after a while.
    #[cfg(feature = "kube")]
    pub(crate) fn timer(
        &self,
        after: core::time::Duration,
    ) -> <<T::Exchange as Exchange>::Pollable as Ready>::Future {
        self.core.timer(after).ready()
    }

    /// Not `async`: a future that holds a reference to the call could not be sent to another thread.
    fn wait_for(&self, call: &Call<T::Exchange>, interest: Interest) -> Result<WaitOf<T>, Error> {
        let at_most = call.time_left(&self.core)?;
        Ok(wait(&self.core, call.subscribe(&self.core, interest), at_most))
    }
}
