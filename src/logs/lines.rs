//! Lines, of bytes that come in pieces.

use alloc::{string::String, vec::Vec};

/// The most bytes of a line. What is longer comes in pieces.
pub(super) const MAX_LINE: usize = 256 << 10;

/// Bytes that came and were not handed out yet.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// So many bytes hold no line feed.
    searched: usize,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether there is a line to take.
    pub(super) fn is_ready(&self) -> bool {
        self.bytes.len() > MAX_LINE || self.bytes.iter().skip(self.searched).any(is_line_feed)
    }

    /// At most `max` lines that are complete, without their line feeds; at the end of the log what is
    /// left is one too.
    pub(super) fn take(&mut self, max: usize, at_end: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let mut start = 0;
        while lines.len() < max {
            let rest = self.bytes.get(start..).unwrap_or_default();
            let searched = self.searched.saturating_sub(start);
            let line_feed = rest.iter().skip(searched).position(is_line_feed);
            let (line, next) = match line_feed.map(|found| found + searched) {
                Some(length) if length <= MAX_LINE => (length, length + 1),
                _ if rest.len() > MAX_LINE => {
                    let length = piece(rest);
                    (length, length)
                }
                _ if at_end && !rest.is_empty() => (rest.len(), rest.len()),
                _ => {
                    self.searched = self.bytes.len();
                    break;
                }
            };
            lines.push(String::from_utf8_lossy(rest.get(..line).unwrap_or_default()).into_owned());
            start += next;
        }
        self.bytes.drain(..start);
        self.searched = self.searched.saturating_sub(start);
        lines
    }

    /// At most `max` bytes, whatever lines they are of.
    pub(super) fn take_bytes(&mut self, max: usize) -> Vec<u8> {
        let taken = self.bytes.drain(..max.min(self.bytes.len())).collect();
        self.searched = 0;
        taken
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

fn is_line_feed(byte: &u8) -> bool {
    *byte == b'\n'
}

/// How much of a line that is too long is handed out: no character is torn apart.
fn piece(line: &[u8]) -> usize {
    let begins = |&at: &usize| line.get(at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (MAX_LINE - 3..=MAX_LINE).rev().find(begins).unwrap_or(MAX_LINE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn lines(log: &[u8], step: usize, max: usize) -> Vec<String> {
        let mut lines = Lines::default();
        let mut taken = Vec::new();
        for piece in log.chunks(step) {
            lines.push(piece);
            loop {
                let ready = lines.is_ready();
                let some = lines.take(max, false);
                assert!(some.len() <= max);
                assert!(ready || some.is_empty());
                if some.is_empty() {
                    break;
                }
                taken.extend(some);
            }
        }
        loop {
            let some = lines.take(max, true);
            if some.is_empty() {
                assert!(lines.is_empty());
                return taken;
            }
            taken.extend(some);
        }
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let log = "first\n\nzweite größer\r\n\u{1f980}\nlast without an end".as_bytes();
        for step in 1..=log.len() {
            for max in [1, 2, 100] {
                assert_eq!(
                    lines(log, step, max),
                    ["first", "", "zweite größer\r", "\u{1f980}", "last without an end"]
                );
            }
        }
        assert_eq!(lines(b"one\n", 1, 9), ["one"]);
        assert_eq!(lines(b"\n", 1, 9), [""]);
        assert!(lines(b"", 1, 9).is_empty());
        assert_eq!(lines(b"a\xffb\n", 1, 9), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_pieces_and_whole_characters() {
        for (character, length) in [("x", MAX_LINE), ("é", MAX_LINE), ("€", MAX_LINE - 1)] {
            let line = character.repeat(3 * MAX_LINE / character.len());
            let log = format!("before\n{line}\nafter");
            let lines = lines(log.as_bytes(), 60_000, 9);
            assert_eq!((lines[0].as_str(), lines.last().unwrap().as_str()), ("before", "after"));
            let pieces = &lines[1..lines.len() - 1];
            assert!(pieces.concat() == line);
            assert!(pieces[..pieces.len() - 1].iter().all(|piece| piece.len() == length));
        }
        // Just long enough, and no empty line behind it.
        let log = "x".repeat(MAX_LINE) + "\nnext";
        assert_eq!(lines(log.as_bytes(), 70_000, 9).len(), 2);
        // No text at all.
        let log = vec![0x80; 2 * MAX_LINE + 1];
        assert_eq!(lines(&log, 70_000, 9).len(), 3);
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            while !lines.is_ready() {
                lines.push(&[b'x'; 60_000]);
            }
            assert!(lines.bytes.len() < MAX_LINE + 60_000);
            lines.take(usize::MAX, false);
        }
    }

    #[test]
    fn bytes_may_be_taken_between_lines() {
        let mut lines = Lines::default();
        lines.push(b"one\ntwo\nthree\n");
        assert_eq!(lines.take(1, false), ["one"]);
        assert_eq!(lines.take_bytes(2), b"tw");
        assert_eq!(lines.take(1, false), ["o"]);
        assert_eq!(lines.take_bytes(99), b"three\n");
        assert!(lines.take(1, true).is_empty());
    }
}
