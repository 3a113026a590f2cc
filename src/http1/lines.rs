//! Lines that may come in pieces, gathered until a parser can be given the whole.

use super::error::Fault;
use alloc::vec::Vec;

/// What is gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// One line.
    Line,
    /// Lines, and the empty one that ends them.
    EmptyLine,
}

/// Lines that are not complete.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where the last line begins.
    line: usize,
}

impl Lines {
    /// Takes from the input what belongs to the lines: how many bytes, and whether
    /// that was all. `too_long` is the fault of lines over the limit.
    pub(super) fn take(
        &mut self,
        input: &[u8],
        until: Until,
        limit: usize,
        too_long: Fault,
    ) -> Result<(usize, bool), Fault> {
        let mut taken = 0;
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let feed = rest.iter().position(|&byte| byte == b'\n');
            let count = feed.map_or(rest.len(), |feed| feed + 1);
            if count > limit.saturating_sub(self.bytes.len()) {
                return Err(too_long);
            }
            self.bytes.extend_from_slice(rest.get(..count).unwrap_or_default());
            taken += count;
            if feed.is_none() {
                return Ok((taken, false));
            }
            if !self.bytes.ends_with(b"\r\n") {
                return Err(Fault::Malformed("with a line that ends in a line feed alone"));
            }
            let empty = self.bytes.len() - self.line == 2;
            self.line = self.bytes.len();
            if until == Until::Line || empty {
                return Ok((taken, true));
            }
        }
    }

    /// What was gathered.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.line = 0;
    }
}
