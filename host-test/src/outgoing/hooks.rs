//! Where `wasi:http` hands over a guest's requests.

use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use tokio::runtime::Handle;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use super::Outgoing;

/// Sends the requests of one guest by way of an [`Outgoing`].
#[derive(Clone)]
pub struct OutgoingHooks(Outgoing);

impl OutgoingHooks {
    /// Requests go where `outgoing` lets them go.
    #[must_use]
    pub fn new(outgoing: Outgoing) -> Self {
        Self(outgoing)
    }
}

fn no_waker() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for OutgoingHooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Io)>> + Send> {
        let outgoing = self.0.clone();
        let mut sending = Box::pin(async move {
            let response = outgoing.send(request, options).await?;
            // The answer's body moves its connection on: there is nothing to drive beside it.
            Ok((response, Box::new(async { Ok(()) }) as Io))
        });
        // On a kept connection, it is on its way before the guest goes on: the task that waits for the answer comes
        // later.
        match Handle::try_current().ok().map(|_| sending.as_mut().poll(&mut no_waker())) {
            Some(Poll::Ready(sent)) => Box::new(std::future::ready(sent)),
            Some(Poll::Pending) | None => Box::new(sending),
        }
    }
}
