//! One request and its answer, as the resources that `wasi:http` has for them.

use super::error::{broken_off, failed, no_answer};
use crate::transport::{ConnectionError, ConnectionFailure, Exchange, Interest, ResponseHead};
use crate::wasi::timer;
use alloc::{format, string::String, vec, vec::Vec};
use core::cell::OnceCell;
use core::time::Duration;
use wasip2::http::types::{
    ErrorCode, FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody,
};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

/// One request and its answer.
///
/// Fields are in the order in which they may be dropped: each is a child of one
/// that follows.
pub struct HttpExchange {
    request: Option<(OutputStream, OutgoingBody)>,
    /// Of the answer's stream, once it was waited for.
    readable: OnceCell<Pollable>,
    answer: Option<(InputStream, IncomingBody, IncomingResponse)>,
    ended: bool,
    broken: bool,
    response: Option<FutureIncomingResponse>,
    peer: String,
}

impl HttpExchange {
    pub(super) fn new(
        response: FutureIncomingResponse,
        body: Option<OutgoingBody>,
        peer: String,
    ) -> Result<Self, ConnectionError> {
        let request = match body {
            None => None,
            Some(body) => {
                let stream = body.write().map_err(|()| no_answer(&peer))?;
                Some((stream, body))
            }
        };
        let response = Some(response);
        Ok(Self {
            request,
            readable: OnceCell::new(),
            answer: None,
            ended: false,
            broken: false,
            response,
            peer,
        })
    }

    fn stream_failed(&self, error: StreamError) -> ConnectionError {
        match error {
            StreamError::LastOperationFailed(error) => broken_off(&error, &self.peer),
            StreamError::Closed => ConnectionError {
                failure: ConnectionFailure::Terminated,
                code: "",
                message: format!("{} takes no more of the request's body", self.peer),
            },
        }
    }
}

impl Exchange for HttpExchange {
    type Pollable = Pollable;

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ConnectionError> {
        let Some((stream, _)) = &self.request else {
            return Err(self.stream_failed(StreamError::Closed));
        };
        let permitted = stream.check_write().map_err(|error| self.stream_failed(error))?;
        let count = usize::try_from(permitted).unwrap_or(usize::MAX).min(bytes.len());
        if count > 0 {
            stream
                .write(bytes.get(..count).unwrap_or_default())
                .map_err(|error| self.stream_failed(error))?;
        }
        Ok(count)
    }

    fn finish(&mut self) -> Result<(), ConnectionError> {
        let Some((stream, body)) = self.request.take() else { return Ok(()) };
        drop(stream);
        OutgoingBody::finish(body, None).map_err(|code| failed(&code, &self.peer))
    }

    fn head(&mut self) -> Result<Option<ResponseHead>, ConnectionError> {
        let mut response = self.response.as_ref().map(FutureIncomingResponse::get);
        // A host may not look before it is asked whether there is something to see.
        if let (Some(None), Some(future)) = (&response, &self.response)
            && future.subscribe().ready()
        {
            response = Some(future.get());
        }
        let response = match response {
            Some(None) => return Ok(None),
            Some(Some(Ok(Ok(response)))) => response,
            Some(Some(Ok(Err(code)))) => return Err(failed(&code, &self.peer)),
            None | Some(Some(Err(()))) => return Err(no_answer(&self.peer)),
        };
        let status = response.status();
        let headers = response
            .headers()
            .entries()
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), text(value)))
            .collect();
        let body = response.consume().map_err(|()| no_answer(&self.peer))?;
        let stream = body.stream().map_err(|()| no_answer(&self.peer))?;
        self.answer = Some((stream, body, response));
        Ok(Some(ResponseHead { status, headers }))
    }

    fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ConnectionError> {
        let Some((stream, _, _)) = self.answer.as_ref().filter(|_| !self.ended) else {
            return Ok(None);
        };
        let mut read = stream.read(max as u64);
        let readable = || self.readable.get_or_init(|| stream.subscribe());
        if max > 0 && read.as_ref().is_ok_and(Vec::is_empty) && readable().ready() {
            read = stream.read(max as u64);
        }
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            // What broke off is never read to a good end, though the stream says no more.
            Err(StreamError::Closed) if self.broken => {
                Err(failed(&ErrorCode::ConnectionTerminated, &self.peer))
            }
            Err(StreamError::Closed) => {
                self.ended = true;
                Ok(None)
            }
            Err(error) => {
                self.broken = true;
                Err(self.stream_failed(error))
            }
        }
    }

    fn abort_body(&mut self) {
        self.request = None;
    }

    fn cancel(&mut self) {
        self.response = None;
    }

    fn close(&mut self) {
        self.readable.take();
        self.answer = None;
    }

    fn subscribe(&self, interest: Interest) -> Pollable {
        match (interest, &self.request, &self.answer, &self.response) {
            (Interest::Write, Some((stream, _)), ..) => stream.subscribe(),
            (Interest::Read, _, Some((stream, ..)), _) if !self.ended => stream.subscribe(),
            (Interest::Head, _, None, Some(response)) => response.subscribe(),
            // What can't be waited for is ready: to say that it can't be done.
            _ => timer(Duration::ZERO),
        }
    }

    fn wait(&self, interests: &[Interest], _now: Duration, at_most: Duration) {
        let timer = timer(at_most);
        // Most waits of a stream follow another one, and each pollable is two calls into the host.
        if let ([Interest::Read], Some((stream, ..)), false) = (interests, &self.answer, self.ended)
        {
            poll(&[&timer, self.readable.get_or_init(|| stream.subscribe())]);
            return;
        }
        let mut pollables = vec![timer];
        pollables.extend(interests.iter().map(|&interest| self.subscribe(interest)));
        poll(&pollables.iter().collect::<Vec<_>>());
    }
}

/// A header's value as text: copied only if it is not UTF-8.
fn text(value: Vec<u8>) -> String {
    String::from_utf8(value)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
