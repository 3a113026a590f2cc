//! The head of an answer, and what it says of the body and the connection.

use super::error::Fault;
use crate::transport::ResponseHead;
use alloc::string::String;

/// The most headers, and the most trailers.
pub(super) const MAX_COUNT: usize = 256;

/// The head of an answer.
pub(super) struct Head {
    pub(super) head: ResponseHead,
    pub(super) body: Framing,
    /// Whether the server keeps the connection open.
    pub(super) kept: bool,
}

/// Where a body ends (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// Parses a head, which ends with an empty line.
pub(super) fn parse(bytes: &[u8], to_head: bool) -> Result<Head, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_COUNT];
    let mut parsed = httparse::Response::new(&mut headers);
    let length = parsed.parse(bytes).map_err(fault)?;
    let (Some(version), Some(status)) = (parsed.version, parsed.code) else {
        return Err(Fault::Malformed("in the status line"));
    };
    // The parser's idea of where a head ends is that of whoever cut it out.
    if length != httparse::Status::Complete(bytes.len()) || status < 100 {
        return Err(Fault::Malformed("in the status line"));
    }
    let fields = Fields { list: parsed.headers, version };
    let framing = fields.framing();
    let bodiless = to_head || matches!(status, 100..=199 | 204 | 304);
    let (body, kept) = if bodiless {
        // What such a head says of a body is about another answer. But a server that
        // says it wrongly, or after a 204, may send the body, too.
        let sane = match framing {
            Ok(Framing::Length(0) | Framing::Close) => true,
            Ok(_) => to_head || status != 204,
            Err(_) => false,
        };
        (Framing::Length(0), sane)
    } else {
        let framing = framing?;
        (framing, framing != Framing::Close)
    };
    let kept = kept && version == 1 && !fields.close();
    let headers =
        fields.list.iter().map(|field| (field.name.to_ascii_lowercase(), text(field.value)));
    Ok(Head { head: ResponseHead { status, headers: headers.collect() }, body, kept })
}

fn fault(error: httparse::Error) -> Fault {
    use httparse::Error;
    match error {
        Error::TooManyHeaders => Fault::HeadTooLong,
        Error::Status => Fault::Malformed("in the status line"),
        Error::Version => Fault::NotHttp,
        Error::HeaderName => Fault::Malformed("in the name of a header"),
        Error::HeaderValue | Error::NewLine | Error::Token => {
            Fault::Malformed("in the value of a header")
        }
    }
}

struct Fields<'a> {
    list: &'a [httparse::Header<'a>],
    version: u8,
}

impl<'a> Fields<'a> {
    /// Values of the headers of a name.
    fn named(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.list
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value)
    }

    /// Whether the server closes the connection after this.
    fn close(&self) -> bool {
        self.named("connection")
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
    }

    fn framing(&self) -> Result<Framing, Fault> {
        let length = self.length()?;
        let mut codings = self.named("transfer-encoding");
        let Some(coding) = codings.next() else {
            return Ok(length.map_or(Framing::Close, Framing::Length));
        };
        if self.version == 0 {
            return Err(Fault::Malformed("with a `Transfer-Encoding` from HTTP/1.0"));
        }
        if !coding.eq_ignore_ascii_case(b"chunked") || codings.next().is_some() {
            return Err(Fault::TransferCoding);
        }
        if length.is_some() {
            return Err(Fault::Malformed("with both `Transfer-Encoding` and `Content-Length`"));
        }
        Ok(Framing::Chunked)
    }

    fn length(&self) -> Result<Option<u64>, Fault> {
        let mut length = None;
        let values =
            self.named("content-length").flat_map(|value| value.split(|&byte| byte == b','));
        for value in values {
            let value = number(value.trim_ascii())
                .ok_or(Fault::Malformed("with a `Content-Length` that is no length"))?;
            if length.is_some_and(|length| length != value) {
                return Err(Fault::Malformed("with several values of `Content-Length`"));
            }
            length = Some(value);
        }
        Ok(length)
    }
}

/// A number of digits alone: `str::parse` takes a sign, too.
fn number(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// A header's value as text.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// Checks trailers, which end with an empty line.
pub(super) fn check_trailers(bytes: &[u8]) -> Result<(), Fault> {
    let mut trailers = [httparse::EMPTY_HEADER; MAX_COUNT];
    match httparse::parse_headers(bytes, &mut trailers) {
        Ok(httparse::Status::Complete((length, _))) if length == bytes.len() => Ok(()),
        Err(httparse::Error::TooManyHeaders) => Err(Fault::TrailersTooLong),
        Ok(_) | Err(_) => Err(Fault::Malformed("in a trailer")),
    }
}
