//! Requests to the API server: checked, authenticated, sent, and their answers
//! turned into objects or errors. Knows no WASI.

mod call;
mod gzip;
mod headers;
mod in_flight;
mod limits;
mod path;
mod query;
mod rate;
mod request;
mod response;
mod status;
mod trust;
mod warning;

pub(crate) use call::Gathered;
pub use call::{Call, Upload};
pub use limits::Limits;
pub use path::{PathError, validate as validate_path};
pub use request::{InvalidRequest, Request};
pub use response::{Head, Response};
pub use status::{Status, StatusCause, StatusDetails};

use crate::Error;
use crate::cluster::{self, Cluster, Overrides, Verification};
use crate::credentials::{AuthorityError, BearerToken, TokenSource, TrustAnchors};
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};
use alloc::{string::String, vec::Vec};
use core::time::Duration;
use in_flight::InFlight;
use rate::Rate;
use request::CheckedRequest;
use spin::Mutex;
use trust::Verifier;

/// A client of the pod's own cluster.
pub struct Client<P, T> {
    pod: P,
    transport: T,
    cluster: Cluster,
    token: Mutex<TokenSource>,
    verifier: Option<Verifier>,
    rate: Option<Rate>,
    in_flight: Option<InFlight>,
    /// Until when the API server is taken to be there, since it has answered.
    there_until: Mutex<Duration>,
}

impl<P: Pod, T: Transport> Client<P, T> {
    /// Finds the cluster and reads the credentials. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Discovery`], [`Error::Credentials`] or, where this side verifies the server,
    /// [`Error::Authority`], naming the variable or file at fault.
    pub fn in_cluster(pod: P, transport: T, overrides: &Overrides) -> Result<Self, Error> {
        let cluster = cluster::discover(&pod, overrides)?;
        let token = Mutex::new(TokenSource::load(&pod, &cluster.token)?);
        let verifier = Verifier::load(&pod, &cluster, T::VERIFIES)?;
        let rate = overrides.rate_limit.as_ref().map(Rate::new);
        let in_flight = overrides.max_requests.map(InFlight::new);
        let there_until = Mutex::default();
        Ok(Self { pod, transport, cluster, token, verifier, rate, in_flight, there_until })
    }

    /// The time, by the pod's clock.
    pub(crate) fn now(&self) -> Duration {
        self.pod.now()
    }

    /// The cluster that was found.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) fn pod(&self) -> &P {
        &self.pod
    }

    /// What is ready after a while, to wait for from outside.
    pub(crate) fn timer(&self, after: Duration) -> <T::Exchange as Exchange>::Pollable {
        self.transport.timer(after)
    }

    /// The number of certificates in the bundle of trust anchors, read now. None
    /// for a proxy on loopback, where nothing is verified.
    pub fn certificate_authority(&self) -> Option<Result<u32, AuthorityError>> {
        match &self.cluster.verification {
            Verification::Certificate { authority_path, .. } => Some(
                self.pod
                    .read(authority_path)
                    .map_err(AuthorityError::Read)
                    .and_then(|bundle| TrustAnchors::parse(&bundle))
                    .map(|anchors| u32::try_from(anchors.certificates().len()).unwrap_or(u32::MAX)),
            ),
            Verification::LoopbackProxy => None,
        }
    }

    /// For whom the pod's token is: the API server, and maybe others. Empty where that is not known.
    pub(crate) fn own_audiences(&self) -> Vec<String> {
        let mut token = self.token.lock();
        token.current(&self.pod, self.pod.now()).map(BearerToken::audiences).unwrap_or_default()
    }

    /// Whether this side verifies the API server, rather than the host.
    pub fn verifies(&self) -> bool {
        self.verifier.is_some()
    }

    /// Sends a request with its whole body, and leaves the answer to be read as it
    /// comes. Waits at most for the host to take the body.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn open(
        &self,
        request: Request,
        body: Option<Vec<u8>>,
    ) -> Result<Call<T::Exchange>, Error> {
        let request = CheckedRequest::new(request, &self.cluster, limits::Kind::Streamed)?;
        Call::start(self, request, body)
    }

    /// Starts a request whose body the caller writes, of `content_length` bytes if
    /// that is known.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn upload(
        &self,
        request: Request,
        content_length: Option<u64>,
    ) -> Result<(Upload, Call<T::Exchange>), Error> {
        let request = CheckedRequest::new(request, &self.cluster, limits::Kind::Uploaded)?;
        Call::start_upload(self, request, content_length)
    }

    /// Sends a request whose whole answer is wanted, and does not wait for it.
    pub(crate) fn ask(
        &self,
        request: Request,
        body: Option<Vec<u8>>,
    ) -> Result<Call<T::Exchange>, Error> {
        let request = CheckedRequest::new(request, &self.cluster, limits::Kind::Buffered)?;
        Call::start(self, request, body)
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] for any status but 200 to 299; otherwise if the request is not
    /// allowed, or no complete answer came.
    pub fn send(&self, request: Request, body: Option<Vec<u8>>) -> Result<Response, Error> {
        self.ask(request, body)?.wait_for_answer(self)
    }
}

#[cfg(test)]
pub(crate) mod tests;
