//! Bodies in chunks (RFC 9112, section 7.1): where their data is, and their end.

use super::error::Fault;
use super::head::check_trailers;
use super::lines::{Lines, Until};

/// The longest line with a chunk's size.
const MAX_LINE: usize = 4 << 10;
/// The longest trailers.
const MAX_TRAILERS: usize = 16 << 10;
/// How much may come beside data, above what chunks in use take.
const MAX_EXCESS: u64 = 16 << 10;

/// Where a body in chunks has got to.
#[derive(Default)]
pub(super) struct Chunked {
    step: Step,
    lines: Lines,
    excess: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Size,
    /// So many bytes of data are to come.
    Data(u64),
    /// The line break after them.
    DataEnd,
    Trailers,
    Ended,
}

impl Chunked {
    /// Takes from the input what stands before data, and returns how many bytes that
    /// was. All of it unless there is data now, or the end.
    pub(super) fn skip(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let mut taken = 0;
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let (until, limit, too_long) = match self.step {
                Step::Data(0) => {
                    self.step = Step::DataEnd;
                    continue;
                }
                Step::Data(_) | Step::Ended => return Ok(taken),
                Step::Size => (Until::Line, MAX_LINE, Fault::Malformed("in the size of a chunk")),
                Step::DataEnd => (Until::Line, 2, Fault::Malformed("at the end of a chunk")),
                Step::Trailers => (Until::EmptyLine, MAX_TRAILERS, Fault::TrailersTooLong),
            };
            let (count, complete) = self.lines.take(rest, until, limit, too_long)?;
            taken += count;
            if !complete {
                return Ok(taken);
            }
            self.step = match self.step {
                Step::Trailers => {
                    check_trailers(self.lines.bytes())?;
                    Step::Ended
                }
                Step::DataEnd => Step::Size,
                _ => self.after_size()?,
            };
            self.lines.clear();
        }
    }

    /// How much data there is before anything else comes.
    pub(super) fn data(&self) -> u64 {
        match self.step {
            Step::Data(count) => count,
            _ => 0,
        }
    }

    /// Counts data that was taken.
    pub(super) fn taken(&mut self, count: u64) {
        if let Step::Data(left) = &mut self.step {
            *left = left.saturating_sub(count);
        }
    }

    /// Whether the body is over.
    pub(super) fn ended(&self) -> bool {
        self.step == Step::Ended
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.lines.held()
    }

    fn after_size(&mut self) -> Result<Step, Fault> {
        let line = self.lines.bytes();
        // The parser takes a line without digits for the last chunk's.
        let size = match httparse::parse_chunk_size(line) {
            Ok(httparse::Status::Complete((length, size)))
                if length == line.len() && line.first().is_some_and(u8::is_ascii_hexdigit) =>
            {
                size
            }
            _ => return Err(Fault::Malformed("in the size of a chunk")),
        };
        // As Go counts it: small chunks are fine, long extensions are not.
        let allowed = size.saturating_mul(2).saturating_add(16);
        self.excess = self.excess.saturating_add(line.len() as u64).saturating_sub(allowed);
        if self.excess > MAX_EXCESS {
            return Err(Fault::Malformed("with chunks that carry little but extensions"));
        }
        Ok(if size == 0 { Step::Trailers } else { Step::Data(size) })
    }
}
