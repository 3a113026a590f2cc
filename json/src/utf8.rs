//! Text of bytes that come in pieces.

use crate::Malformed;
use alloc::string::String;

/// Appends bytes to a text, and keeps the beginning of a character that is not whole yet.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    started: [u8; 4],
    length: usize,
}

impl Decoder {
    /// A decoder at the beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends what is whole.
    ///
    /// # Errors
    ///
    /// If the bytes are not UTF-8.
    pub fn push(&mut self, mut bytes: &[u8], text: &mut String) -> Result<(), Malformed> {
        while self.length > 0 {
            let Some((&byte, rest)) = bytes.split_first() else { return Ok(()) };
            bytes = rest;
            let Some(next) = self.started.get_mut(self.length) else { return Err(Malformed::Utf8) };
            *next = byte;
            self.length += 1;
            let started = self.started.get(..self.length).unwrap_or_default();
            match core::str::from_utf8(started) {
                Ok(character) => {
                    text.push_str(character);
                    self.length = 0;
                }
                Err(error) if error.error_len().is_some() => return Err(Malformed::Utf8),
                Err(_) => {}
            }
        }
        match core::str::from_utf8(bytes) {
            Ok(all) => text.push_str(all),
            Err(error) => {
                if error.error_len().is_some() {
                    return Err(Malformed::Utf8);
                }
                let (whole, started) =
                    bytes.split_at_checked(error.valid_up_to()).unwrap_or_default();
                text.push_str(core::str::from_utf8(whole).unwrap_or_default());
                for (to, from) in self.started.iter_mut().zip(started) {
                    *to = *from;
                }
                self.length = started.len();
            }
        }
        Ok(())
    }

    /// The bytes have ended.
    ///
    /// # Errors
    ///
    /// If they did in the middle of a character.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.length == 0 { Ok(()) } else { Err(Malformed::Truncated) }
    }
}
