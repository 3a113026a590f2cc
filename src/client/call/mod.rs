//! One call: as many attempts as it takes, under its limits.

mod read;
mod wait;
mod write;

pub use write::Upload;

use super::request::CheckedRequest;
use super::{Client, Head, InvalidRequest, Status};
use crate::Error;
use crate::credentials::BearerToken;
use crate::pod::Pod;
use crate::transport::{
    Authorization, BodySize, Exchange, Interest, RequestHead, ResponseHead, Timeouts, Transport,
};
use alloc::{boxed::Box, format, vec::Vec};
use core::time::Duration;

/// A request on its way, and its answer.
///
/// Dropped, it is cancelled.
pub struct Call<E> {
    exchange: E,
    /// Earlier attempts, kept for what a caller may still wait on.
    retired: Vec<E>,
    request: CheckedRequest,
    /// The body, for as long as the request may be sent again.
    replay: Option<Vec<u8>>,
    size: BodySize,
    token: Option<BearerToken>,
    deadline: Option<Duration>,
    timeouts: Timeouts,
    /// When the phase that is waited for began.
    since: Duration,
    early: Option<ResponseHead>,
    head: Option<Head>,
}

impl<E: Exchange> Call<E> {
    /// Starts a call whose body is whole.
    pub(super) fn start<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: CheckedRequest,
        body: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let size = match &body {
            Some(body) => BodySize::Known(body.len() as u64),
            None => BodySize::Empty,
        };
        let mut call = Self::begin(client, request, size)?;
        let body = body.unwrap_or_default();
        call.write_whole(client, &body)?;
        call.replay = Some(body);
        Ok(call)
    }

    /// Starts a call whose body is written by an [`Upload`].
    pub(super) fn start_upload<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: CheckedRequest,
        announced: Option<u64>,
    ) -> Result<(Upload, Self), Error> {
        let size = announced.map_or(BodySize::Unknown, BodySize::Known);
        let call = Self::begin(client, request, size)?;
        Ok((Upload::new(announced), call))
    }

    fn begin<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: CheckedRequest,
        size: BodySize,
    ) -> Result<Self, Error> {
        let now = client.pod.now();
        let deadline = request.deadline(now);
        let (exchange, token, timeouts) = attempt(client, &request, size, deadline)?;
        Ok(Self {
            exchange,
            retired: Vec::new(),
            request,
            replay: None,
            size,
            token,
            deadline,
            timeouts,
            since: now,
            early: None,
            head: None,
        })
    }

    /// The request's method.
    pub fn method(&self) -> &str {
        &self.request.method
    }

    /// The exchange of the present attempt, to wait on.
    pub fn exchange(&self) -> &E {
        &self.exchange
    }

    /// The head of the answer, once. None if it is not here yet.
    ///
    /// # Errors
    ///
    /// If there will be none, or it was taken already.
    pub fn head<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Option<Head>, Error> {
        if self.head.is_some() {
            return Err(InvalidRequest::AnswerTaken.into());
        }
        self.check_deadline(client.pod.now(), "the answer")?;
        let head = match self.early.take() {
            Some(head) => Some(head),
            None => self.exchange.head()?,
        };
        let Some(head) = head else { return Ok(None) };
        if head.status == 401 && self.send_again(client)? {
            return Ok(None);
        }
        self.since = client.pod.now();
        let head = Head::new(head);
        self.head = Some(head.clone());
        Ok(Some(head))
    }

    /// The head of the answer, waited for.
    ///
    /// # Errors
    ///
    /// As [`Call::head`], and if it does not come in time.
    pub fn wait_for_head<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Head, Error> {
        loop {
            if let Some(head) = self.head(client)? {
                return Ok(head);
            }
            let phase = self.timeouts.connect.saturating_add(self.timeouts.first_byte);
            self.wait(client, &[Interest::Head], phase, "the answer")?;
        }
    }

    /// Reads the rest of the body of an answer that is no success, and makes its
    /// error of it.
    pub fn take_error<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Error {
        let Some(head) = self.head.take() else {
            return InvalidRequest::AnswerTaken.into();
        };
        if head.is_success() {
            return InvalidRequest::NoError(head.status).into();
        }
        match self.read_to_end(client) {
            Ok(body) => Error::Api(Box::new(Status::of_answer(&head, &body, self.method()))),
            Err(error) => error,
        }
    }

    /// Gives up a call whose answer was not taken.
    pub fn cancel(&mut self) {
        self.exchange.cancel();
    }

    /// Gives up the rest of the answer.
    pub fn close(&mut self) {
        self.exchange.close();
    }

    /// After a 401: whether there is another token by now, and the request is on
    /// its way again with it.
    fn send_again<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<bool, Error> {
        let (Some(body), Some(refused)) = (self.replay.take(), self.token.take()) else {
            return Ok(false);
        };
        if !client.token.lock().renewed_since(&client.pod, &refused) {
            return Ok(false);
        }
        let (exchange, _, timeouts) = attempt(client, &self.request, self.size, self.deadline)?;
        let mut retired = core::mem::replace(&mut self.exchange, exchange);
        retired.abort_body();
        retired.close();
        self.retired.push(retired);
        self.timeouts = timeouts;
        self.since = client.pod.now();
        self.write_whole(client, &body)?;
        Ok(true)
    }
}

/// Sends the head of a request once more, or for the first time.
fn attempt<P: Pod, T: Transport>(
    client: &Client<P, T>,
    request: &CheckedRequest,
    body: BodySize,
    deadline: Option<Duration>,
) -> Result<(T::Exchange, Option<BearerToken>, Timeouts), Error> {
    let now = client.pod.now();
    let left = deadline.map(|deadline| deadline.saturating_sub(now));
    if left == Some(Duration::ZERO) {
        let what = request.outline();
        return Err(Error::DeadlineExceeded(format!(
            "{what}: the deadline passed before it was sent"
        )));
    }
    let timeouts = request.limits.timeouts(request.kind, left);
    let token = match request.own_authorization {
        true => None,
        false => client.token.lock().current(&client.pod).cloned(),
    };
    let anchors =
        client.verifier.as_ref().map(|verifier| (verifier, verifier.anchors(&client.pod)));
    let exchange = client.transport.start(&RequestHead {
        method: &request.method,
        tls: request.tls,
        trust: anchors.as_ref().map(|(verifier, anchors)| verifier.trust(anchors)),
        authority: &request.authority,
        path_with_query: &request.path_with_query,
        headers: &request.headers,
        authorization: token.as_ref().map(|token| Authorization(token.authorization())),
        body,
        timeouts,
    })?;
    Ok((exchange, token, timeouts))
}
