//! One page of a list.

use crate::Error;
use crate::client::{Call, Client, Head, Request, Status};
use crate::list::{CutError, Cutter, ListMetadata};
use crate::objects::options::Query;
use crate::pod::Pod;
use crate::transport::{ConnectionError, Exchange, Interest, Transport};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
#[cfg(feature = "async")]
use core::time::Duration;
use k8s_in_cluster_json::{find, unquote};

/// A page on its way.
pub(super) struct Page<E> {
    call: Call<E>,
    cutter: Cutter,
    answered: bool,
    /// What came of a look at it before it was its turn.
    looked: Option<Result<Head, Error>>,
    head: Option<Head>,
    /// Whether a caller may wait on the call.
    awaited: Cell<bool>,
    /// Of an answer whose kind is not known yet: it may be a Status.
    beginning: Vec<u8>,
    /// Whether it is no list, but says how the request went.
    is_status: bool,
    /// For messages.
    outline: String,
    /// Items that were given.
    given: u64,
    /// Items to leave out, since they were given before the answer was cut.
    skip: u64,
}

/// What came of a page.
pub(super) enum Read {
    /// Nothing that is not here yet.
    Nothing,
    /// The beginning of an answer, and the warnings in it.
    Head(Vec<String>),
    /// Bytes of it.
    Bytes,
    /// Its end.
    End,
    /// An answer that is no list, since the server says no.
    Refused(Refusal),
    /// No list, and the server says that all is well.
    Done,
}

/// Why there is no list, and where the server offers to go on.
pub(super) struct Refusal {
    pub(super) status: Box<Status>,
    pub(super) continue_token: Option<String>,
}

/// The most bytes that are read at a time.
const CHUNK: usize = 64 << 10;

impl<E: Exchange> Page<E> {
    pub(super) fn open<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: Request,
        body: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let outline = format!("{} {}", request.method, request.path);
        let cutter = Cutter::new(request.limits.max_buffered());
        Ok(Self {
            call: client.open(request, body)?,
            cutter,
            answered: false,
            looked: None,
            head: None,
            awaited: Cell::new(false),
            beginning: Vec::new(),
            is_status: false,
            outline,
            given: 0,
            skip: 0,
        })
    }

    pub(super) fn metadata(&self) -> &ListMetadata {
        self.cutter.metadata()
    }

    /// Items that were given, in whichever attempt.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// Items that are still to be left out, since they were given.
    pub(super) fn left_to_skip(&self) -> u64 {
        self.skip
    }

    /// Asks for the page once more, if this is a failure to ask again after. Whether it does. What was
    /// given of it is left out.
    pub(super) fn asks_again<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        error: &ConnectionError,
    ) -> bool {
        let asks = self.call.repeats_after_failure(client, error);
        if asks {
            self.skip = self.given;
            self.cutter.restart(self.given > 0);
            self.beginning.clear();
            self.answered = false;
        }
        asks
    }

    /// Has what is still to be sent ask with another query.
    pub(super) fn set_query(&mut self, query: Query) {
        self.call.set_query(&query.into_pairs());
    }

    pub(super) fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> E::Pollable {
        self.awaited.set(true);
        let interest = if self.answered { Interest::Read } else { Interest::Head };
        self.call.subscribe(client, interest)
    }

    #[cfg(feature = "async")]
    pub(super) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Result<Duration, Error> {
        self.call.time_left(client)
    }

    /// Takes no place among the requests under way any longer.
    pub(super) fn leave(&mut self) {
        self.call.leave();
    }

    /// The call, if a caller may still wait on it. It takes no place any longer.
    pub(super) fn awaited(mut self) -> Option<Call<E>> {
        self.leave();
        self.awaited.get().then_some(self.call)
    }

    /// The next item of those that are here.
    pub(super) fn item(&mut self) -> Result<Option<String>, Error> {
        loop {
            let item = match self.cutter.item() {
                Err(CutError::Kind(kind)) if kind == "Status" => {
                    self.is_status = true;
                    return Ok(None);
                }
                result => result.map_err(|error| no_list(&self.outline, &error))?,
            };
            if item.is_none() {
                return Ok(None);
            }
            if self.skip == 0 {
                self.given += 1;
                return Ok(item);
            }
            self.skip -= 1;
        }
    }

    /// Moves a page on that is not read yet: over sockets, connections are made while they are
    /// looked at.
    pub(super) fn look<P: Pod, T: Transport<Exchange = E>>(&mut self, client: &Client<P, T>) {
        if !self.answered && self.looked.is_none() {
            self.looked = self.call.head(client).transpose();
        }
    }

    /// Reads on, once.
    pub(super) fn read<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        wait: bool,
    ) -> Result<Read, Error> {
        if !self.answered {
            let head = match (self.looked.take(), wait) {
                (Some(looked), _) => Some(looked?),
                (None, true) => Some(self.call.wait_for_head(client)?),
                (None, false) => self.call.head(client)?,
            };
            let Some(head) = head else { return Ok(Read::Nothing) };
            self.answered = true;
            self.is_status = !head.is_success();
            let warnings = head.warnings.clone();
            self.head = Some(head);
            if !self.is_status {
                return Ok(Read::Head(warnings));
            }
        }
        if self.is_status {
            return self.read_status(client, wait);
        }
        let cut = match self.bytes(client, wait)? {
            Some(bytes) if bytes.is_empty() => return Ok(Read::Nothing),
            Some(bytes) => {
                match self.cutter.metadata().kind.is_empty() && self.beginning.len() < CHUNK {
                    true => self.beginning.extend_from_slice(&bytes),
                    false => self.beginning = Vec::new(),
                }
                self.cutter.push(&bytes).map(|()| Read::Bytes)
            }
            None => self.cutter.finish().map(|()| Read::End),
        };
        cut.map_err(|error| no_list(&self.outline, &error))
    }

    /// Reads on in a Status: whatever the code of the answer is, it says whether the request failed.
    fn read_status<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        wait: bool,
    ) -> Result<Read, Error> {
        while let Some(bytes) = self.bytes(client, wait)? {
            if bytes.is_empty() {
                return Ok(Read::Nothing);
            }
            self.call.buffer(&mut self.beginning, bytes)?;
        }
        let body = core::mem::take(&mut self.beginning);
        let Some(head) = self.head.as_ref() else { return Ok(Read::Done) };
        let text = core::str::from_utf8(&body).unwrap_or_default();
        let failed = !head.is_success() || find(text, &["status"]) == Some("\"Failure\"");
        Ok(if failed { Read::Refused(self.refusal(head, &body)) } else { Read::Done })
    }

    fn bytes<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        wait: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        match wait {
            true => self.call.wait_for_bytes(client, CHUNK),
            false => self.call.read(client, CHUNK),
        }
    }

    fn refusal(&self, head: &Head, body: &[u8]) -> Refusal {
        let text = core::str::from_utf8(body).unwrap_or_default();
        let continue_token = find(text, &["metadata", "continue"])
            .and_then(unquote)
            .map(|token| token.into_owned())
            .filter(|token| !token.is_empty());
        let status = self.call.status(head, body);
        Refusal { status, continue_token }
    }

    /// The error of an answer that should have been a list.
    pub(super) fn is_no_list(&self) -> Error {
        no_list(&self.outline, &CutError::Kind("Status".to_owned()))
    }
}

fn no_list(outline: &str, error: &CutError) -> Error {
    Error::Protocol(format!("{outline}: {error}"))
}
