//! Answers that are compressed, decoded while they come: RFC 1952, one member or several.

use alloc::{boxed::Box, vec, vec::Vec};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
use miniz_oxide::inflate::core::{
    DecompressorOxide, TINFL_LZ_DICT_SIZE as WINDOW, decompress_with_limit,
};

/// The most bytes of a member's header, which holds a file's name and a comment where there are
/// any.
const MAX_HEADER: usize = 64 << 10;

/// Bytes that are no gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// A decoder of gzip.
pub(crate) struct Gzip {
    input: Vec<u8>,
    /// How much of the input is decoded.
    used: usize,
    /// Whether there is nothing more to give before more comes.
    starved: bool,
    part: Part,
    inflate: Box<DecompressorOxide>,
    window: Vec<u8>,
    position: usize,
    crc: u32,
    length: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Header,
    Body,
    Trailer,
}

impl Gzip {
    pub(crate) fn new() -> Self {
        Self {
            input: Vec::new(),
            used: 0,
            starved: true,
            part: Part::Header,
            inflate: Box::default(),
            window: vec![0; WINDOW],
            position: 0,
            crc: 0,
            length: 0,
        }
    }

    /// Takes what came.
    pub(crate) fn feed(&mut self, bytes: Vec<u8>) {
        self.starved = false;
        self.input.drain(..self.used);
        self.used = 0;
        if self.input.is_empty() {
            self.input = bytes;
        } else {
            self.input.extend_from_slice(&bytes);
        }
    }

    /// Whether [`Gzip::decode`] may give more before more comes.
    pub(crate) fn has_more(&self) -> bool {
        !self.starved
    }

    /// Some of what was compressed: at most `max` bytes, and never more than 32 KiB. Empty if more
    /// has to come first.
    pub(crate) fn decode(&mut self, max: usize) -> Result<Vec<u8>, Damaged> {
        while !self.starved && max > 0 {
            let input = self.input.get(self.used..).unwrap_or_default();
            match self.part {
                Part::Header => match header_length(input)? {
                    Some(length) => {
                        self.used += length;
                        self.inflate.init();
                        (self.position, self.crc, self.length) = (0, 0, 0);
                        self.part = Part::Body;
                    }
                    None if input.len() > MAX_HEADER => return Err(Damaged),
                    None => self.starved = true,
                },
                Part::Body => {
                    let bytes = self.inflate(max)?;
                    if !bytes.is_empty() {
                        return Ok(bytes);
                    }
                }
                Part::Trailer => match input.first_chunk() {
                    Some(trailer) => {
                        let [a, b, c, d, e, f, g, h] = *trailer;
                        let expected = [self.crc, self.length];
                        if [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes) != expected {
                            return Err(Damaged);
                        }
                        self.used += trailer.len();
                        self.part = Part::Header;
                    }
                    None => self.starved = true,
                },
            }
        }
        Ok(Vec::new())
    }

    /// Whether what came is complete.
    pub(crate) fn is_complete(&self) -> bool {
        self.part == Part::Header && self.used == self.input.len()
    }

    fn inflate(&mut self, max: usize) -> Result<Vec<u8>, Damaged> {
        let (status, used, written) = decompress_with_limit(
            &mut self.inflate,
            self.input.get(self.used..).unwrap_or_default(),
            &mut self.window,
            self.position,
            max,
            TINFL_FLAG_HAS_MORE_INPUT,
        );
        self.used += used;
        let end = self.position + written;
        let bytes = self.window.get(self.position..end).unwrap_or_default().to_vec();
        self.position = end % WINDOW;
        self.crc = crc32(self.crc, &bytes);
        self.length = self.length.wrapping_add(written as u32);
        match status {
            TINFLStatus::Done => self.part = Part::Trailer,
            TINFLStatus::NeedsMoreInput => self.starved = bytes.is_empty(),
            TINFLStatus::HasMoreOutput => {}
            _ => return Err(Damaged),
        }
        Ok(bytes)
    }
}

/// The length of a member's header. None if it is not complete.
fn header_length(input: &[u8]) -> Result<Option<usize>, Damaged> {
    let Some((start, rest)) = input.split_at_checked(10) else { return Ok(None) };
    // The rest of it is about time and machine of whoever compressed it.
    match *start {
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => {
            Ok(after_header(flags, rest).map(|body| input.len() - body.len()))
        }
        _ => Err(Damaged),
    }
}

/// What follows the parts of a header that there are. None if one is not complete.
fn after_header(flags: u8, mut rest: &[u8]) -> Option<&[u8]> {
    if flags & 4 != 0 {
        let (length, extra) = rest.split_first_chunk()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

/// CRC-32 of what came before, and of these bytes.
fn crc32(before: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!before, |crc, &byte| {
        let index = usize::from(crc as u8 ^ byte);
        crc >> 8 ^ CRC.get(index).copied().unwrap_or_default()
    })
}

static CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests;
