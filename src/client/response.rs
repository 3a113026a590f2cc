//! Answers.

use super::warning;
use crate::Error;
use crate::transport::ResponseHead;
use alloc::{format, string::String, string::ToString, vec::Vec};
use k8s_in_cluster_json::members;

/// How an answer begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// HTTP status code.
    pub status: u16,
    /// Names in lower case, and values, in order.
    pub headers: Vec<(String, String)>,
    /// Texts of the `Warning: 299` headers.
    pub warnings: Vec<String>,
}

impl Head {
    pub(crate) fn new(head: ResponseHead) -> Self {
        let warnings = head
            .headers
            .iter()
            .filter(|(name, _)| name == "warning")
            .flat_map(|(_, value)| warning::texts(value))
            .collect();
        Self { status: head.status, headers: head.headers, warnings }
    }

    /// Whether the body is compressed by gzip. If so, the head is made that of what is decoded.
    pub(crate) fn take_gzip(&mut self) -> bool {
        let coding = self.header("content-encoding").unwrap_or_default().trim();
        let is_gzip = ["gzip", "x-gzip"].iter().any(|name| coding.eq_ignore_ascii_case(name));
        if is_gzip {
            self.headers
                .retain(|(name, _)| !["content-encoding", "content-length"].contains(&&**name));
        }
        is_gzip
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }
}

/// The first value of a header, by its name in lower case.
fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// The seconds of a `Retry-After` header. None if they are no integer; one that is too large is
/// the largest.
pub(super) fn retry_after(headers: &[(String, String)]) -> Option<u64> {
    let digits = value(headers, "retry-after")?.trim();
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status and headers.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The body, if it is an object of JSON. Of what it holds, no text quotes any.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`] that names the path.
    pub(crate) fn into_object(self, path: &str) -> Result<String, Error> {
        let unknown = |what: &str| {
            Error::Protocol(format!("the answer to {path} was not understood: {what}"))
        };
        let text = String::from_utf8(self.body).map_err(|_| unknown("it is not UTF-8"))?;
        match members(&text).find_map(Result::err) {
            None => Ok(text),
            Some(malformed) => Err(unknown(&malformed.to_string())),
        }
    }
}
