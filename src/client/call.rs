//! One call: as many attempts as it takes, under its limits.

use super::request::CheckedRequest;
use super::{Client, Head, InvalidRequest, Status};
use crate::Error;
use crate::credentials::BearerToken;
use crate::pod::Pod;
use crate::transport::{
    Authorization, BodySize, ConnectionError, ConnectionFailure, Exchange, Interest, RequestHead,
    ResponseHead, Timeouts, Transport,
};
use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::time::Duration;

/// How much longer than the transport's own timeout is waited before this side
/// gives up: hosts that keep the timeouts can then say what they met.
const GRACE: Duration = Duration::from_secs(2);

/// The most bytes that are read at a time.
const CHUNK: usize = 1 << 20;

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

/// The writing end of a request whose body the caller writes. Counts what goes
/// through it; the bytes go by the [`Call`].
#[derive(Debug)]
pub struct Upload {
    announced: Option<u64>,
    written: u64,
    ended: bool,
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
        Ok((Upload { announced, written: 0, ended: false }, call))
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

    /// At most `max` bytes of the answer's body, and at most 1 MiB: an empty list
    /// if none are here yet, none at the end.
    ///
    /// # Errors
    ///
    /// If the body broke off, or the deadline passed.
    pub fn read<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let now = client.pod.now();
        self.check_deadline(now, "the answer's body")?;
        let bytes = self.exchange.read(max.min(CHUNK))?;
        if bytes.as_ref().is_none_or(|bytes| !bytes.is_empty()) {
            self.since = now;
        }
        Ok(bytes)
    }

    /// The same, waiting for a byte, the end, or an error.
    ///
    /// # Errors
    ///
    /// As [`Call::read`], and if the answer falls silent.
    pub fn wait_for_bytes<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        loop {
            match self.read(client, max)? {
                Some(bytes) if bytes.is_empty() && max > 0 => {
                    let phase = self.timeouts.between_bytes;
                    self.wait(client, &[Interest::Read], phase, "the answer's body")?;
                }
                bytes => return Ok(bytes),
            }
        }
    }

    /// The rest of the answer's body, up to the limit on what is buffered.
    ///
    /// # Errors
    ///
    /// As [`Call::wait_for_bytes`], and [`Error::Protocol`] if there is more.
    pub fn read_to_end<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Vec<u8>, Error> {
        let limit = self.request.limits.max_buffered();
        let mut body = Vec::new();
        while let Some(bytes) = self.wait_for_bytes(client, CHUNK)? {
            if bytes.len() > limit - body.len() {
                self.exchange.close();
                return Err(Error::Protocol(format!(
                    "the answer to {} is longer than the limit of {limit} bytes: raise the limit \
                     `max-buffered`, ask for less, or read the answer as a stream",
                    self.request.outline()
                )));
            }
            if body.is_empty() {
                body = bytes;
            } else {
                body.extend_from_slice(&bytes);
            }
        }
        Ok(body)
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

    /// Writes as much of a caller's body as the connection takes now.
    ///
    /// # Errors
    ///
    /// If it is longer than announced or was ended, or the server takes no more.
    pub fn write<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        upload: &mut Upload,
        bytes: &[u8],
    ) -> Result<usize, Error> {
        if upload.ended {
            return Err(InvalidRequest::BodyEnded.into());
        }
        let after = upload.written.saturating_add(bytes.len() as u64);
        if let Some(announced) = upload.announced.filter(|&announced| after > announced) {
            return Err(InvalidRequest::BodyLength { announced, written: after }.into());
        }
        let now = client.pod.now();
        self.check_deadline(now, "the server to take the request's body")?;
        let count = self.exchange.write(bytes)?;
        if count > 0 {
            upload.written += count as u64;
            // The answer is not due before the request is complete.
            self.since = now;
        }
        Ok(count)
    }

    /// Writes all of it, waiting as needed.
    ///
    /// # Errors
    ///
    /// As [`Call::write`], and if the server takes nothing for too long.
    pub fn write_all<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        upload: &mut Upload,
        mut bytes: &[u8],
    ) -> Result<(), Error> {
        while !bytes.is_empty() {
            let count = self.write(client, upload, bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
            if count == 0 {
                self.wait_to_write(client, &[Interest::Write])?;
            }
        }
        Ok(())
    }

    /// Ends a caller's body.
    ///
    /// # Errors
    ///
    /// If it was ended already, or is not as long as announced: the request is
    /// given up then.
    pub fn finish(&mut self, upload: &mut Upload) -> Result<(), Error> {
        if upload.ended {
            return Err(InvalidRequest::BodyEnded.into());
        }
        upload.ended = true;
        if let Some(announced) = upload.announced.filter(|&announced| announced != upload.written) {
            self.exchange.abort_body();
            return Err(InvalidRequest::BodyLength { announced, written: upload.written }.into());
        }
        Ok(self.exchange.finish()?)
    }

    /// Gives up a caller's body that was not ended, and so the request.
    pub fn abort(&mut self, upload: &Upload) {
        if !upload.ended {
            self.exchange.abort_body();
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

    fn write_whole<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        mut body: &[u8],
    ) -> Result<(), Error> {
        while !body.is_empty() {
            match self.exchange.write(body) {
                // A server may answer without having read it all: its answer says
                // why, or there is none, and that is the error to report.
                Err(_) => return Ok(()),
                Ok(0) => {
                    self.wait_to_write(client, &[Interest::Write, Interest::Head])?;
                    self.early = self.exchange.head()?;
                    if self.early.is_some() {
                        return Ok(());
                    }
                }
                Ok(count) => {
                    body = body.get(count..).unwrap_or_default();
                    self.since = client.pod.now();
                }
            }
        }
        let _ = self.exchange.finish();
        Ok(())
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

    fn wait_to_write<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        interests: &[Interest],
    ) -> Result<(), Error> {
        let phase = self.timeouts.connect.saturating_add(self.timeouts.between_bytes);
        self.wait(client, interests, phase, "the server to take the request's body")
    }

    /// Waits for progress, and fails once the deadline or the phase is over.
    fn wait<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        interests: &[Interest],
        phase: Duration,
        what: &str,
    ) -> Result<(), Error> {
        let now = client.pod.now();
        self.check_deadline(now, what)?;
        let phase_end = self.since.saturating_add(phase).saturating_add(GRACE);
        if now >= phase_end {
            let failure = match interests {
                [Interest::Write, ..] => ConnectionFailure::WriteTimeout,
                _ => ConnectionFailure::ReadTimeout,
            };
            let message = format!(
                "{}: nothing came for {} while waiting for {what}",
                self.request.outline(),
                seconds(now.saturating_sub(self.since))
            );
            return Err(ConnectionError { failure, code: "", message }.into());
        }
        let end = self.deadline.map_or(phase_end, |deadline| deadline.min(phase_end));
        self.exchange.wait(interests, end.saturating_sub(now));
        Ok(())
    }

    /// Asked before the transport is: its timeouts are no longer than the time that is
    /// left, and one that ran out together with the deadline is the deadline's.
    fn check_deadline(&self, now: Duration, what: &str) -> Result<(), Error> {
        match (self.deadline, self.request.limits.deadline) {
            (Some(end), Some(deadline)) if now >= end => Err(Error::DeadlineExceeded(format!(
                "{}: the deadline of {} passed while waiting for {what}",
                self.request.outline(),
                seconds(deadline)
            ))),
            _ => Ok(()),
        }
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
    let exchange = client.transport.start(&RequestHead {
        method: &request.method,
        tls: request.tls,
        authority: &request.authority,
        path_with_query: &request.path_with_query,
        headers: &request.headers,
        authorization: token.as_ref().map(|token| Authorization(token.authorization())),
        body,
        timeouts,
    })?;
    Ok((exchange, token, timeouts))
}

fn seconds(duration: Duration) -> String {
    // No floating point: its formatting alone is a tenth of the component.
    match duration.subsec_millis() {
        0 => format!("{} s", duration.as_secs()),
        millis => format!("{}.{millis:03} s", duration.as_secs()),
    }
}
