//! One page of a list.

use crate::Error;
use crate::client::{Call, Client, Head, Request, Status};
use crate::list::{CutError, Cutter, ListMetadata};
use crate::objects::Deleted;
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};
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
    /// Whether a caller may wait on the call.
    awaited: Cell<bool>,
    /// For messages.
    outline: String,
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
    /// An answer that is no list.
    Refused(Refusal),
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
            awaited: Cell::new(false),
            outline,
        })
    }

    pub(super) fn metadata(&self) -> &ListMetadata {
        self.cutter.metadata()
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

    /// The call, if a caller may still wait on it.
    pub(super) fn awaited(self) -> Option<Call<E>> {
        self.awaited.get().then_some(self.call)
    }

    /// The next item of those that are here.
    pub(super) fn item(&mut self) -> Result<Option<String>, Error> {
        self.cutter.item().map_err(|error| no_list(&self.outline, &error))
    }

    /// Reads on, once.
    pub(super) fn read<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        wait: bool,
    ) -> Result<Read, Error> {
        if !self.answered {
            let head = match wait {
                true => Some(self.call.wait_for_head(client)?),
                false => self.call.head(client)?,
            };
            let Some(head) = head else { return Ok(Read::Nothing) };
            self.answered = true;
            return match head.is_success() {
                true => Ok(Read::Head(head.warnings)),
                false => self.refusal(client, &head).map(Read::Refused),
            };
        }
        let bytes = match wait {
            true => self.call.wait_for_bytes(client, CHUNK)?,
            false => self.call.read(client, CHUNK)?,
        };
        let cut = match bytes {
            Some(bytes) if bytes.is_empty() => return Ok(Read::Nothing),
            Some(bytes) => self.cutter.push(&bytes).map(|()| Read::Bytes),
            None => self.cutter.finish().map(|()| Read::End),
        };
        cut.map_err(|error| no_list(&self.outline, &error))
    }

    fn refusal<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        head: &Head,
    ) -> Result<Refusal, Error> {
        let body = self.call.read_to_end(client)?;
        let text = core::str::from_utf8(&body).unwrap_or_default();
        let continue_token = find(text, &["metadata", "continue"])
            .and_then(unquote)
            .map(|token| token.into_owned())
            .filter(|token| !token.is_empty());
        let status = Box::new(Status::of_answer(head, &body, self.call.method()));
        Ok(Refusal { status, continue_token })
    }
}

/// Counts the objects in the answer to a request that deletes them.
pub(in crate::objects) fn count_deleted<P: Pod, T: Transport>(
    client: &Client<P, T>,
    request: Request,
    body: Option<Vec<u8>>,
) -> Result<Deleted, Error> {
    let mut page = Page::open(client, request, body)?;
    let mut deleted = Deleted { count: Some(0), warnings: Vec::new() };
    loop {
        match page.read(client, true)? {
            Read::Head(warnings) => deleted.warnings = warnings,
            Read::Refused(refusal) => return Err(Error::Api(refusal.status)),
            Read::End => return Ok(deleted),
            Read::Bytes | Read::Nothing => {}
        }
        loop {
            match page.cutter.item() {
                Ok(Some(_)) => deleted.count = deleted.count.map(|count| count + 1),
                Ok(None) => break,
                Err(CutError::Kind(kind)) if kind == "Status" => {
                    deleted.count = None;
                    return Ok(deleted);
                }
                Err(error) => return Err(no_list(&page.outline, &error)),
            }
        }
    }
}

fn no_list(outline: &str, error: &CutError) -> Error {
    Error::Protocol(format!("{outline}: {error}"))
}
