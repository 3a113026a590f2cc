//! Cuts the answer to a watch: `{"type":"ADDED","object":{...}}` after
//! `{"type":...}`, each on a line of its own as a rule, and as one JSON value in any case.

use alloc::string::String;
use core::ops::Range;
use k8s_in_cluster_json::{Cursor, Decoder, Malformed, find, text};

/// The most bytes of one frame.
pub(super) const MAX_FRAME: usize = 16 << 20;

/// A buffer that is larger is not kept once it is no longer needed.
const MAX_KEPT: usize = 2 << 20;

/// Takes the body of an answer in pieces, and gives its frames one by one.
///
/// It holds no more than what was pushed last and the beginning of one frame, which
/// is dropped with it: a line that broke off is no event.
#[derive(Debug, Default)]
pub(super) struct Frames {
    decoder: Decoder,
    text: String,
    cursor: Cursor,
    place: Place,
    member: Member,
    /// Where the frame begins that is being read.
    start: usize,
    kind: Range<usize>,
    object: Range<usize>,
}

/// One event, as it came.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// Its type, for example `ADDED`. Empty where there is none: then the frame is something else.
    pub(super) kind: &'a str,
    /// The object, or all of a frame that is something else.
    pub(super) object: &'a str,
}

/// What comes next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Open,
    FirstName,
    Name,
    Colon,
    Value,
    AfterValue,
}

/// Which member's value comes next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Member {
    Type,
    Object,
    #[default]
    Other,
}

/// Why an answer is none to a watch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("the answer to a watch can't be read: {0}")]
    Malformed(#[from] Malformed),
    #[error(
        "an event of a watch is longer than {MAX_FRAME} bytes, the most that is held: watch less \
         by selectors, or the metadata alone"
    )]
    TooLong,
}

impl Frames {
    /// Takes the next bytes. All frames before have to have been taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        let done = core::mem::take(&mut self.start);
        self.text.drain(..done);
        if self.text.len() < MAX_KEPT / 2 && self.text.capacity() > MAX_KEPT {
            self.text.shrink_to(MAX_KEPT);
        }
        self.cursor.shift(done);
        for range in [&mut self.kind, &mut self.object] {
            *range = range.start.saturating_sub(done)..range.end.saturating_sub(done);
        }
        Ok(self.decoder.push(bytes, &mut self.text)?)
    }

    /// The next frame. None if more bytes are needed.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'_>>, FrameError> {
        if !self.advance()? {
            let long = self.text.len() - self.start > MAX_FRAME;
            return if long { Err(FrameError::TooLong) } else { Ok(None) };
        }
        let end = self.cursor.start();
        let start = core::mem::replace(&mut self.start, end);
        if end - start > MAX_FRAME {
            return Err(FrameError::TooLong);
        }
        let kind = core::mem::take(&mut self.kind);
        let object = core::mem::take(&mut self.object);
        let text = |range| self.text.get(range).unwrap_or_default();
        Ok(Some(match kind.is_empty() || object.is_empty() {
            // No type has an escape in it.
            false => Frame { kind: text(kind).trim_matches('"'), object: text(object) },
            true => Frame { kind: "", object: text(start..end) },
        }))
    }

    /// Whether a frame is complete.
    fn advance(&mut self) -> Result<bool, Malformed> {
        loop {
            match self.place {
                Place::Name => {
                    let Some(name) = self.cursor.string(&self.text)? else { return Ok(false) };
                    self.member = match self.text.get(name).unwrap_or_default() {
                        "\"type\"" => Member::Type,
                        "\"object\"" => Member::Object,
                        _ => Member::Other,
                    };
                    self.place = Place::Colon;
                    continue;
                }
                Place::Value => {
                    let Some(value) = self.cursor.value(&self.text)? else { return Ok(false) };
                    match self.member {
                        Member::Type => self.kind = value,
                        Member::Object => self.object = value,
                        Member::Other => {}
                    }
                    self.place = Place::AfterValue;
                    continue;
                }
                _ => {}
            }
            let Some(byte) = self.cursor.peek(&self.text) else {
                if self.place == Place::Open {
                    // Blank lines are nothing.
                    self.start = self.cursor.start();
                }
                return Ok(false);
            };
            let next = match (self.place, byte) {
                (Place::Open, b'{') => {
                    self.start = self.cursor.start();
                    Place::FirstName
                }
                (Place::FirstName | Place::AfterValue, b'}') => {
                    self.cursor.pass();
                    self.place = Place::Open;
                    return Ok(true);
                }
                (Place::FirstName, _) => {
                    self.place = Place::Name;
                    continue;
                }
                (Place::AfterValue, b',') => Place::Name,
                (Place::Colon, b':') => Place::Value,
                _ => return Err(Malformed::Syntax),
            };
            self.cursor.pass();
            self.place = next;
        }
    }
}

/// What has to be known of an object's metadata.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    /// None if there is none, or an empty one.
    pub(super) resource_version: Option<String>,
    /// Whether it is annotated as the end of the initial events.
    pub(super) ends_initial_events: bool,
}

impl Metadata {
    /// Reads an object up to what is looked for.
    pub(super) fn of(object: &str, annotations: bool) -> Self {
        let field = |path: &[&str]| find(object, path).map(text).filter(|text| !text.is_empty());
        let end = ["metadata", "annotations", "k8s.io/initial-events-end"];
        Self {
            resource_version: field(&["metadata", "resourceVersion"]),
            ends_initial_events: annotations && field(&end).as_deref() == Some("true"),
        }
    }
}
