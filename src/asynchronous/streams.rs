//! What is read as it comes: bodies, lists, watches and logs.

use super::{Items, Source};
use crate::Error;
use crate::client::{Call, Client};
use crate::logs::Log;
use crate::objects::Listing;
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};
use crate::watch::{Event, Watcher};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

/// An answer's body, in chunks of at most 64 KiB. It is decoded if the request allowed compression.
pub type Body<P, T> = Items<P, T, Chunks<<T as Transport>::Exchange>>;

/// A list, item by item, each as JSON text. Pages are asked for as items are taken.
pub type List<P, T> = Items<P, T, Listing<<T as Transport>::Exchange>>;

/// A watch, event by event. It resumes by itself; an error does not end it.
pub type Watch<P, T> = Items<P, T, Watcher<<T as Transport>::Exchange>>;

/// A log, line by line.
pub type LogLines<P, T> = Items<P, T, Log<<T as Transport>::Exchange>>;

/// The most bytes of a chunk.
const CHUNK: usize = 64 << 10;

/// The chunks of an answer's body.
pub struct Chunks<E> {
    call: Call<E>,
    /// What came after bytes that had to be given first.
    failed: Option<Error>,
}

impl<E> Chunks<E> {
    pub(super) fn new(call: Call<E>) -> Self {
        Self { call, failed: None }
    }
}

impl<P: Pod, T: Transport> Source<P, T> for Chunks<T::Exchange> {
    type Item = Vec<u8>;

    fn take(&mut self, client: &Client<P, T>, _: usize) -> Result<Option<Vec<Vec<u8>>>, Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(mut chunk) = self.call.read(client, CHUNK)? else { return Ok(None) };
        // Hosts hand out what came in one piece; many small ones are dear to those who read them.
        while !chunk.is_empty() && chunk.len() < CHUNK {
            match self.call.read(client, CHUNK - chunk.len()) {
                Ok(Some(more)) if !more.is_empty() => chunk.extend_from_slice(&more),
                Ok(_) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(Some(if chunk.is_empty() { Vec::new() } else { vec![chunk] }))
    }

    fn subscribe(&self, client: &Client<P, T>) -> <T::Exchange as Exchange>::Pollable {
        self.call.subscribe(client, Interest::Read)
    }

    fn time_left(&self, client: &Client<P, T>) -> Result<Duration, Error> {
        self.call.time_left(client)
    }
}

impl<P: Pod, T: Transport> Source<P, T> for Listing<T::Exchange> {
    type Item = String;

    fn take(&mut self, client: &Client<P, T>, max: usize) -> Result<Option<Vec<String>>, Error> {
        self.next(client, max)
    }

    fn subscribe(&self, client: &Client<P, T>) -> <T::Exchange as Exchange>::Pollable {
        self.subscribe(client).unwrap_or_else(|| client.timer(Duration::ZERO))
    }

    fn time_left(&self, client: &Client<P, T>) -> Result<Duration, Error> {
        self.time_left(client)
    }
}

impl<P: Pod, T: Transport> Source<P, T> for Watcher<T::Exchange> {
    type Item = Event;

    const ENDS_WITH_ERROR: bool = false;

    fn take(&mut self, client: &Client<P, T>, max: usize) -> Result<Option<Vec<Event>>, Error> {
        self.next(client, max).map(Some)
    }

    fn subscribe(&self, client: &Client<P, T>) -> <T::Exchange as Exchange>::Pollable {
        self.subscribe(client)
    }

    fn time_left(&self, client: &Client<P, T>) -> Result<Duration, Error> {
        Ok(self.time_left(client))
    }
}

impl<P: Pod, T: Transport> Source<P, T> for Log<T::Exchange> {
    type Item = String;

    fn take(&mut self, client: &Client<P, T>, max: usize) -> Result<Option<Vec<String>>, Error> {
        self.lines(client, max, false)
    }

    fn subscribe(&self, client: &Client<P, T>) -> <T::Exchange as Exchange>::Pollable {
        self.subscribe(client).unwrap_or_else(|| client.timer(Duration::ZERO))
    }

    fn time_left(&self, client: &Client<P, T>) -> Result<Duration, Error> {
        self.time_left(client)
    }
}
