//! Where `wasi:http` hands over a guest's requests.

use http::{Request, Response};
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

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for OutgoingHooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Io)>> + Send> {
        let outgoing = self.0.clone();
        Box::new(async move {
            let response = outgoing.send(request, options).await?;
            // The connection has a task of its own: there is nothing to drive for this answer.
            Ok((response, Box::new(async { Ok(()) }) as Io))
        })
    }
}
