//! How long a call may take, and how much it may hold.

use crate::transport::Timeouts;
use core::time::Duration;

/// Limits of one call. What is none has a default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// For the whole call, to the last byte of the answer. No limit by default.
    pub deadline: Option<Duration>,
    /// For a connection, TLS included: 30 s by default, as client-go has it.
    pub connect: Option<Duration>,
    /// For the answer's first byte: 70 s by default, ten more than the API server
    /// gives an ordinary request; 600 s where the caller writes the body, since hosts
    /// count from the request's head.
    pub first_byte: Option<Duration>,
    /// For a silence in the answer: 70 s by default where the answer is buffered,
    /// 600 s where it is streamed, since a watch may be silent for minutes.
    pub between_bytes: Option<Duration>,
    /// For the bytes of an answer that are buffered: 16 MiB by default.
    pub max_buffered: Option<u64>,
    /// How often the request is sent again where that may help: at most 10 times, and 10 times by
    /// default.
    pub retries: Option<u32>,
}

/// How body and answer pass, which decides how long an answer may be silent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Buffered,
    Streamed,
    Uploaded,
}

const CONNECT: Duration = Duration::from_secs(30);
const USUAL: Duration = Duration::from_secs(70);
const STREAMED: Duration = Duration::from_secs(600);
const MAX_BUFFERED: u64 = 16 << 20;
const RETRIES: u32 = 10;

impl Limits {
    /// The timeouts of each phase, none longer than the time that is left.
    pub(crate) fn timeouts(&self, kind: Kind, left: Option<Duration>) -> Timeouts {
        let left = left.unwrap_or(Duration::MAX);
        let (first_byte, between_bytes) = match kind {
            Kind::Buffered => (USUAL, USUAL),
            Kind::Streamed => (USUAL, STREAMED),
            Kind::Uploaded => (STREAMED, STREAMED),
        };
        Timeouts {
            connect: self.connect.unwrap_or(CONNECT).min(left),
            first_byte: self.first_byte.unwrap_or(first_byte).min(left),
            between_bytes: self.between_bytes.unwrap_or(between_bytes).min(left),
        }
    }

    /// Whether it may take as long as is usual.
    pub(crate) fn are_usual(&self) -> bool {
        self.deadline.is_none()
            && self.connect.is_none()
            && self.first_byte.is_none()
            && self.between_bytes.is_none()
    }

    /// How often the request is sent again at most.
    pub(crate) fn retries(&self) -> u32 {
        self.retries.unwrap_or(RETRIES).min(RETRIES)
    }

    /// The most bytes of an answer that are buffered.
    pub(crate) fn max_buffered(&self) -> usize {
        usize::try_from(self.max_buffered.unwrap_or(MAX_BUFFERED)).unwrap_or(usize::MAX)
    }
}
