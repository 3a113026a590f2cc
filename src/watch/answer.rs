//! An answer, as far as it is here.

use super::Event;
use super::frames::{Frame, Frames, MAX_FRAME, Metadata};
use crate::client::{Head, Status};
use crate::list::Cutter;
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, string::ToString, vec::Vec};

/// The most bytes that are kept of an answer that is no success.
const MAX_FAILURE: usize = 1 << 20;

#[derive(Default)]
pub(super) enum Answer {
    /// No request is under way.
    #[default]
    None,
    /// Its head is not here yet.
    Awaited,
    /// Events.
    Frames(Box<Frames>),
    /// One page of a list.
    Page(Box<Cutter>),
    /// Why there is none of the two.
    Failure { head: Head, body: Vec<u8> },
}

/// What was taken out of an answer.
pub(super) enum Taken {
    /// Nothing more is here.
    Nothing,
    /// Something that says nothing.
    Ignored,
    /// What became of an object, and the resourceVersion that it has now; none in a list.
    Change(Event, String),
    Bookmark {
        version: String,
        ends_initial_events: bool,
    },
    /// The server's error in place of an event.
    Failed(Box<Status>),
    /// What can't be understood.
    Unreadable(String),
}

impl Answer {
    pub(super) fn frames() -> Self {
        Self::Frames(Box::default())
    }

    pub(super) fn page() -> Self {
        Self::Page(Box::new(Cutter::new(MAX_FRAME)))
    }

    pub(super) fn failure(head: Head) -> Self {
        Self::Failure { head, body: Vec::new() }
    }

    /// Takes the next bytes; all that the ones before held has to have been taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        match self {
            Self::None | Self::Awaited => Ok(()),
            Self::Frames(frames) => frames.push(bytes).map_err(|error| error.to_string()),
            Self::Page(cutter) => cutter.push(bytes).map_err(|error| error.to_string()),
            Self::Failure { body, .. } => {
                let room = MAX_FAILURE.saturating_sub(body.len()).min(bytes.len());
                body.extend_from_slice(bytes.get(..room).unwrap_or_default());
                Ok(())
            }
        }
    }

    pub(super) fn take(&mut self) -> Taken {
        match self {
            Self::None | Self::Awaited | Self::Failure { .. } => Taken::Nothing,
            Self::Frames(frames) => match frames.next() {
                Ok(Some(frame)) => taken(&frame),
                Ok(None) => Taken::Nothing,
                Err(error) => Taken::Unreadable(error.to_string()),
            },
            Self::Page(cutter) => match cutter.item() {
                Ok(Some(item)) => Taken::Change(Event::Added(item), String::new()),
                Ok(None) => Taken::Nothing,
                Err(error) => Taken::Unreadable(error.to_string()),
            },
        }
    }
}

fn taken(frame: &Frame<'_>) -> Taken {
    let event: fn(String) -> Event = match frame.kind {
        "ADDED" => Event::Added,
        "MODIFIED" => Event::Modified,
        "DELETED" => Event::Deleted,
        "BOOKMARK" => {
            let metadata = Metadata::of(frame.object, true);
            // One without a version is of no use.
            return match metadata.resource_version {
                Some(version) => {
                    let ends_initial_events = metadata.ends_initial_events;
                    Taken::Bookmark { version, ends_initial_events }
                }
                None => Taken::Ignored,
            };
        }
        // A server may also answer with a Status alone.
        "ERROR" | "" => {
            return match Status::of_event(frame.object.as_bytes()) {
                Some(status) => Taken::Failed(Box::new(status)),
                None => unknown(frame),
            };
        }
        _ => return unknown(frame),
    };
    match Metadata::of(frame.object, false).resource_version {
        Some(version) => Taken::Change(event(frame.object.to_owned()), version),
        None => Taken::Unreadable(format!(
            "an object of a watch has no resourceVersion, in an event {:?}",
            frame.kind
        )),
    }
}

fn unknown(frame: &Frame<'_>) -> Taken {
    let kind: String = frame.kind.chars().take(80).collect();
    let begins: String = frame.object.chars().take(200).collect();
    Taken::Unreadable(format!(
        "the answer to a watch holds what is no event that is known: type {kind:?}, {begins:?}"
    ))
}
