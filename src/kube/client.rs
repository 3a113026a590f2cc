//! The client with futures, whatever its transport is.

use crate::Error;
use crate::asynchronous::{self, Ready};
use crate::client::{Request, Response};
use crate::cluster::Cluster;
use crate::logs::LogOptions;
use crate::objects::{Answer, DeleteOptions, ListOptions, ListingMetadata};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Exchange, Transport};
use crate::watch::{Event, Options as WatchOptions};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::pin::Pin;
use core::time::Duration;
use futures_core::Stream;

/// A client of the pod's own cluster, over either transport. Its clones are the same client.
#[derive(Clone)]
pub struct Client(Rc<dyn Requests>);

/// What comes of a request.
pub(super) type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

/// What comes one by one.
pub(super) type Coming<T> = Pin<Box<dyn Stream<Item = Result<T, Error>>>>;

/// A list's items, each as JSON text.
pub(super) trait Listed: Stream<Item = Result<String, Error>> {
    fn metadata(&self) -> ListingMetadata;
}

/// What is asked of a client. Its types do not depend on those of its transport.
pub(super) trait Requests {
    fn cluster(&self) -> &Cluster;

    fn send(&self, request: Request, body: Option<Vec<u8>>) -> Answering<'_, Response>;

    fn evict<'a>(
        &'a self,
        scope: &'a Scope,
        pod: &'a str,
        options: DeleteOptions,
    ) -> Answering<'a, Answer>;

    fn list(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: ListOptions,
    ) -> Result<Pin<Box<dyn Listed>>, Error>;

    fn watch(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: WatchOptions,
    ) -> Result<Coming<Event>, Error>;

    fn log_lines(
        &self,
        namespace: &str,
        pod: &str,
        options: &LogOptions,
    ) -> Result<Coming<String>, Error>;

    fn timer(&self, after: Duration) -> Pin<Box<dyn Future<Output = ()>>>;
}

impl Client {
    /// The namespace of the pod.
    pub fn default_namespace(&self) -> &str {
        &self.0.cluster().namespace
    }

    pub(super) fn requests(&self) -> &dyn Requests {
        &*self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(self.0.cluster()).finish()
    }
}

impl<P, T> From<asynchronous::Client<P, T>> for Client
where
    P: Pod + 'static,
    T: Transport + 'static,
    T::Exchange: Unpin,
    <T::Exchange as Exchange>::Pollable: Ready,
{
    fn from(client: asynchronous::Client<P, T>) -> Self {
        Self(Rc::new(client))
    }
}

impl<P, T> Requests for asynchronous::Client<P, T>
where
    P: Pod + 'static,
    T: Transport + 'static,
    T::Exchange: Unpin,
    <T::Exchange as Exchange>::Pollable: Ready,
{
    fn cluster(&self) -> &Cluster {
        self.cluster()
    }

    fn send(&self, request: Request, body: Option<Vec<u8>>) -> Answering<'_, Response> {
        Box::pin(self.send(request, body))
    }

    fn evict<'a>(
        &'a self,
        scope: &'a Scope,
        pod: &'a str,
        options: DeleteOptions,
    ) -> Answering<'a, Answer> {
        Box::pin(self.evict(scope, pod, options))
    }

    fn list(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: ListOptions,
    ) -> Result<Pin<Box<dyn Listed>>, Error> {
        Ok(Box::pin(self.list(resource, scope, options)?))
    }

    fn watch(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: WatchOptions,
    ) -> Result<Coming<Event>, Error> {
        Ok(Box::pin(self.watch(resource, scope, options)?))
    }

    fn log_lines(
        &self,
        namespace: &str,
        pod: &str,
        options: &LogOptions,
    ) -> Result<Coming<String>, Error> {
        Ok(Box::pin(self.log_lines(Some(namespace), pod, options)?))
    }

    fn timer(&self, after: Duration) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.timer(after))
    }
}

impl<P, T> Listed for asynchronous::List<P, T>
where
    P: Pod,
    T: Transport,
    <T::Exchange as Exchange>::Pollable: Ready,
    Self: Unpin,
{
    fn metadata(&self) -> ListingMetadata {
        self.metadata()
    }
}
