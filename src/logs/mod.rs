//! The logs of containers, as lines and as bytes:
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod>.

mod lines;
mod options;

pub use options::{FOLLOWED_SILENCE, LogOptions, Since};

use crate::Error;
use crate::client::{Call, Client, Head, InvalidRequest};
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};
use alloc::{string::String, vec::Vec};
use lines::Lines;

/// The most bytes that are read at a time to look for lines in them.
const CHUNK: usize = 64 << 10;

/// The most bytes that are read of an answer that says no.
const MAX_STATUS: usize = 1 << 20;

impl<P: Pod, T: Transport> Client<P, T> {
    /// Asks for the log of a pod's container: in the pod's own namespace, if none is named. Does not
    /// wait for the answer.
    ///
    /// # Errors
    ///
    /// If a name can't be part of a path, or the request can't be begun.
    pub fn open_log(
        &self,
        namespace: Option<&str>,
        pod: &str,
        options: &LogOptions,
    ) -> Result<Log<T::Exchange>, Error> {
        let request = options
            .request(namespace, &self.cluster().namespace, pod)
            .map_err(InvalidRequest::from)?;
        Ok(Log { call: self.open(request, None)?, state: State::Asked, lines: Lines::default() })
    }
}

/// A log as it comes. Nothing is read ahead but the rest of the chunk that was read for the last
/// lines. Dropped, it is cancelled.
pub struct Log<E> {
    call: Call<E>,
    state: State,
    lines: Lines,
}

enum State {
    Asked,
    Open,
    /// The server said no; this is of the body that says why.
    Refused(Head, Vec<u8>),
    Ended,
    Failed(Error),
}

impl<E: Exchange> Log<E> {
    /// At most `max` complete lines, without their line feeds: an empty list if none are here yet,
    /// none at the end. With `wait`, there is one.
    ///
    /// A last line without a line feed is delivered at the end, and a line of more than 256 KiB in
    /// pieces. Bytes that are no UTF-8 are replaced by U+FFFD.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server said no; and if the log broke off. Asked again, it is the same.
    pub fn lines<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
        wait: bool,
    ) -> Result<Option<Vec<String>>, Error> {
        loop {
            let lines = self.lines.take(max, self.is_over());
            if !lines.is_empty() || max == 0 {
                return Ok(Some(lines));
            }
            match self.advance(client, CHUNK, wait)? {
                Some(bytes) if bytes.is_empty() && !wait => return Ok(Some(Vec::new())),
                Some(bytes) => self.lines.push(&bytes),
                None if self.lines.is_empty() => return Ok(None),
                None => {}
            }
        }
    }

    /// At most `max` bytes, and at most 1 MiB: an empty list if none are here yet, none at the end.
    /// With `wait`, there is one.
    ///
    /// # Errors
    ///
    /// As [`Log::lines`].
    pub fn read<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
        wait: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        if max == 0 || !self.lines.is_empty() {
            return Ok(Some(self.lines.take_bytes(max)));
        }
        self.advance(client, max, wait)
    }

    /// What a caller waits for until there may be more. None if there is no need to wait.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Option<E::Pollable> {
        let interest = match self.state {
            State::Asked => Interest::Head,
            State::Open if !self.lines.is_ready() => Interest::Read,
            State::Refused(..) => Interest::Read,
            State::Open | State::Ended | State::Failed(_) => return None,
        };
        Some(self.call.subscribe(client, interest))
    }

    /// For how long to wait for that at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    #[cfg(feature = "async")]
    pub(crate) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Result<core::time::Duration, Error> {
        self.call.time_left(client)
    }

    /// Whether nothing more will come.
    fn is_over(&self) -> bool {
        matches!(self.state, State::Ended | State::Failed(_))
    }

    /// Bytes from the server: an empty list if none are here yet, none at the end.
    fn advance<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
        wait: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        let result = self.step(client, max, wait);
        match &result {
            Ok(Some(_)) => {}
            Ok(None) => self.state = State::Ended,
            Err(error) => {
                self.state = State::Failed(error.clone());
                // What came before it broke off is handed out first.
                if !self.lines.is_empty() {
                    return Ok(None);
                }
            }
        }
        result
    }

    fn step<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
        wait: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        loop {
            match &mut self.state {
                State::Asked => {
                    let head = match wait {
                        true => Some(self.call.wait_for_head(client)?),
                        false => self.call.head(client)?,
                    };
                    self.state = match head {
                        None => return Ok(Some(Vec::new())),
                        Some(head) if head.is_success() => State::Open,
                        Some(head) => State::Refused(head, Vec::new()),
                    };
                }
                State::Open => return read(&mut self.call, client, max, wait),
                State::Refused(head, body) => match read(&mut self.call, client, CHUNK, wait)? {
                    Some(bytes) if bytes.is_empty() => return Ok(Some(bytes)),
                    Some(bytes) if body.len() < MAX_STATUS => body.extend_from_slice(&bytes),
                    _ => return Err(Error::Api(self.call.status(head, body))),
                },
                State::Ended => return Ok(None),
                State::Failed(error) => return Err(error.clone()),
            }
        }
    }
}

fn read<P: Pod, T: Transport>(
    call: &mut Call<T::Exchange>,
    client: &Client<P, T>,
    max: usize,
    wait: bool,
) -> Result<Option<Vec<u8>>, Error> {
    match wait {
        true => call.wait_for_bytes(client, max),
        false => call.read(client, max),
    }
}

#[cfg(test)]
mod tests;
