//! The head of a request, as it goes over the wire.

use super::error::Fault;
use crate::transport::{BodySize, ConnectionError, RequestHead};
use alloc::{string::String, string::ToString, vec::Vec};

/// The head of a request as bytes, the bearer token among them. Its `Debug` is
/// redacted, and it is overwritten when it is dropped.
pub struct RequestBytes(Vec<u8>);

impl RequestBytes {
    /// Writes a head.
    ///
    /// # Errors
    ///
    /// If there is something in it that would end a line. Nothing that was checked
    /// before has it.
    pub fn new(head: &RequestHead<'_>, peer: &str) -> Result<Self, ConnectionError> {
        let host = host(head);
        let framing = framing(head);
        let authorization =
            head.authorization.as_ref().map(|value| ("Authorization", value.expose()));
        let headers = core::iter::once(("Host", host.as_str()))
            .chain(head.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .chain(authorization)
            .chain(framing.as_ref().map(|(name, value)| (*name, value.as_str())));

        // Measured beforehand: a buffer that grows leaves the token where it was.
        let first = [head.method, " ", head.path_with_query, " HTTP/1.1\r\n"];
        let length = first.iter().map(|part| part.len()).sum::<usize>()
            + headers.clone().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>()
            + 2;
        let mut bytes = Self(Vec::with_capacity(length));
        let fault = |what| Fault::Request(what).of(peer);
        if !is_visible(head.method) || !is_visible(head.path_with_query) {
            return Err(fault("its method or path holds a space or a control character"));
        }
        for part in first {
            bytes.0.extend_from_slice(part.as_bytes());
        }
        for (name, value) in headers {
            if !is_visible(name) || name.contains(':') || ends_line(value) {
                return Err(fault("one of its headers would not end with its line"));
            }
            for part in [name, ": ", value, "\r\n"] {
                bytes.0.extend_from_slice(part.as_bytes());
            }
        }
        bytes.0.extend_from_slice(b"\r\n");
        Ok(bytes)
    }

    /// How much room there was made for it.
    #[cfg(test)]
    pub(super) fn measured(&self) -> usize {
        self.0.capacity()
    }

    /// The bytes to send.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for RequestBytes {
    fn drop(&mut self) {
        self.0.fill(0);
        // Or the compiler leaves it out: nobody reads what is freed.
        core::hint::black_box(&mut self.0);
    }
}

impl core::fmt::Debug for RequestBytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RequestBytes([redacted])")
    }
}

/// The value of `Host`: without the port that the scheme implies, and without a
/// zone, which means something on this side alone (RFC 6874, section 4).
fn host(head: &RequestHead<'_>) -> String {
    let port = if head.tls { ":443" } else { ":80" };
    let host = head.authority.strip_suffix(port).unwrap_or(head.authority);
    match (host.find('%'), host.find(']')) {
        (Some(zone), Some(end)) => {
            let mut without = String::from(host.get(..zone).unwrap_or_default());
            without.push_str(host.get(end..).unwrap_or_default());
            without
        }
        _ => host.into(),
    }
}

/// The header that says where the body ends.
fn framing(head: &RequestHead<'_>) -> Option<(&'static str, String)> {
    match head.body {
        // A server may refuse such a request if it does not say that there is no body.
        BodySize::Empty if matches!(head.method, "POST" | "PUT" | "PATCH") => {
            Some(("Content-Length", "0".into()))
        }
        BodySize::Empty => None,
        BodySize::Known(length) => Some(("Content-Length", length.to_string())),
        BodySize::Unknown => Some(("Transfer-Encoding", "chunked".into())),
    }
}

/// By eight bytes at a time: tokens are long, and none of theirs is below 14.
fn ends_line(value: &str) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let ends = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let (words, rest) = value.as_bytes().as_chunks();
    let mut words = words.iter().filter(|&&word| {
        let word = u64::from_le_bytes(word);
        word.wrapping_sub(ONES * 14) & !word & (ONES << 7) != 0
    });
    words.any(|word| word.iter().any(ends)) || rest.iter().any(ends)
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}
