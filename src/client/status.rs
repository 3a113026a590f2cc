//! The API server's account of a failure, `meta/v1.Status`:
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>.

use super::{Head, response};
use alloc::borrow::{Cow, ToOwned};
use alloc::{format, string::String, vec, vec::Vec};
use k8s_in_cluster_json::{elements, find, members, unquote};

/// `meta/v1.Status` of a request that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// Machine-readable: what to decide by, but for 429 and 413, which say the same by the code
    /// alone. Empty if neither the server nor the code says.
    pub reason: String,
    /// For a person to read.
    pub message: String,
    /// What the failure is about.
    pub details: Option<StatusDetails>,
    /// Seconds after which the server asks to be tried again.
    pub retry_after: Option<u32>,
    /// Texts of the answer's `Warning: 299` headers.
    pub warnings: Vec<String>,
}

/// `meta/v1.StatusDetails`. A text that the server did not give is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusDetails {
    /// Name of the object.
    pub name: String,
    /// API group of the object.
    pub group: String,
    /// Kind of the object, or its resource.
    pub kind: String,
    /// UID of the object.
    pub uid: String,
    /// The single causes.
    pub causes: Vec<StatusCause>,
}

/// `meta/v1.StatusCause`. A text that the server did not give is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCause {
    /// Machine-readable.
    pub reason: String,
    /// For a person to read.
    pub message: String,
    /// The field of the object.
    pub field: String,
}

/// The most bytes that are read as a Status, which the API server keeps far shorter.
/// What is longer is no Status, whatever it says.
const MAX_STATUS: usize = 1 << 20;

/// The most bytes of a body that is no Status that a message quotes.
const MAX_QUOTED: usize = 2048;

/// The cause of a Status that is made up, as apimachinery has it.
const UNEXPECTED: &str = "UnexpectedServerResponse";

impl Status {
    /// The Status of an answer that is no success. A Status in the body wins over
    /// the HTTP status code; where there is none, one is made up.
    pub(crate) fn of_answer(head: &Head, body: &[u8], method: &str, path: &str) -> Self {
        let mut quoted = String::new();
        let mut status = decode(body).unwrap_or_else(|| {
            quoted = quotable(head, body);
            made_up(&quoted)
        });
        if !(100..1000).contains(&status.code) {
            status.code = head.status;
        }
        let (reason, text) = outline(status.code, method);
        // A caller decides by the reason: where the server gave none, the code has to do.
        if status.reason.is_empty() {
            status.reason = reason.to_owned();
        }
        if status.message.is_empty() {
            status.message = match status.code {
                300..=399 => redirected(head),
                code => format!("{text} (HTTP status {code}, {path})"),
            };
            if !quoted.is_empty() {
                status.message.push_str(": ");
                status.message.push_str(&quoted);
            }
        }
        if status.retry_after.is_none() {
            status.retry_after = response::retry_after(&head.headers)
                .and_then(|seconds| u32::try_from(seconds).ok());
        }
        status.warnings.clone_from(&head.warnings);
        status
    }

    /// The Status that a watch has in place of an event. None if it is none.
    pub(crate) fn of_event(object: &[u8]) -> Option<Self> {
        decode(object)?;
        let head = Head { status: 500, headers: Vec::new(), warnings: Vec::new() };
        Some(Self::of_answer(&head, object, "GET", "event of a watch"))
    }
}

/// Reads a Status: a field of another type than it should have counts as missing.
fn decode(body: &[u8]) -> Option<Status> {
    let body = Some(body).filter(|body| body.len() <= MAX_STATUS)?;
    let mut status = Status::default();
    let mut seconds = None;
    let mut is_status = false;
    for member in members(core::str::from_utf8(body).ok()?) {
        match member.ok()? {
            ("kind", value) => is_status = text(value) == "Status",
            ("status", value) if text(value) == "Success" => return None,
            ("code", value) => status.code = value.parse().unwrap_or_default(),
            ("reason", value) => status.reason = text(value),
            ("message", value) => status.message = text(value),
            ("details", value) => {
                seconds = find(value, &["retryAfterSeconds"]).and_then(|value| value.parse().ok());
                status.details = decode_details(value);
            }
            _ => {}
        }
    }
    // A server that is to be tried again at once says so by this reason alone.
    let at_once = status.reason == "ServerTimeout" && status.details.is_some();
    status.retry_after = seconds.filter(|&seconds| seconds > 0).or(at_once.then_some(0));
    is_status.then_some(status)
}

fn decode_details(object: &str) -> Option<StatusDetails> {
    let mut details = StatusDetails::default();
    for member in members(object) {
        match member.ok()? {
            ("name", value) => details.name = text(value),
            ("group", value) => details.group = text(value),
            ("kind", value) => details.kind = text(value),
            ("uid", value) => details.uid = text(value),
            ("causes", value) => {
                details.causes = elements(value).map_while(Result::ok).map(decode_cause).collect();
            }
            _ => {}
        }
    }
    Some(details)
}

fn decode_cause(object: &str) -> StatusCause {
    let field = |name| find(object, &[name]).map(text).unwrap_or_default();
    StatusCause { reason: field("reason"), message: field("message"), field: field("field") }
}

/// What a value says, if it is a string. Empty if not.
fn text(value: &str) -> String {
    unquote(value).map(Cow::into_owned).unwrap_or_default()
}

/// A Status for an answer that is none, of which this is quoted.
fn made_up(quoted: &str) -> Status {
    let message = if quoted.is_empty() { "unknown" } else { quoted };
    let cause = StatusCause {
        reason: UNEXPECTED.to_owned(),
        message: message.to_owned(),
        field: String::new(),
    };
    let details = StatusDetails { causes: vec![cause], ..StatusDetails::default() };
    Status { details: Some(details), ..Status::default() }
}

fn redirected(head: &Head) -> String {
    let to: String = head.header("location").unwrap_or("nowhere").chars().take(200).collect();
    format!(
        "the server redirects to {to:?} (HTTP status {}): redirects are not followed, since \
         credentials go to the API server alone",
        head.status
    )
}

/// Reason and message for an HTTP status code, as apimachinery sorts them.
fn outline(code: u16, method: &str) -> (&'static str, &'static str) {
    match code {
        400 => ("BadRequest", "the server could not make sense of the request"),
        401 => ("Unauthorized", "the server did not accept the credentials"),
        403 => ("Forbidden", "the server does not permit the request"),
        404 => (
            "NotFound",
            "the server knows no such path or resource: check its group, version, plural name and \
             scope, and that its CustomResourceDefinition is applied",
        ),
        405 => ("MethodNotAllowed", "the server does not allow the method on this resource"),
        406 => ("NotAcceptable", "the server can answer in none of the accepted media types"),
        409 if method == "POST" => ("AlreadyExists", "the server has an object of that name"),
        409 => ("Conflict", "the request conflicts with the state of the object"),
        410 => ("Gone", "the server does not have the requested resource any longer"),
        413 => ("RequestEntityTooLarge", "the server takes no body of that size"),
        415 => ("UnsupportedMediaType", "the server does not take the body's media type"),
        422 => ("Invalid", "the server found the object invalid"),
        429 => ("TooManyRequests", "the server has too many requests and asks to wait"),
        503 => ("ServiceUnavailable", "the server is not available"),
        504 => ("Timeout", "the server did not answer in time; it may still do what was asked"),
        500..=599 => ("InternalError", "the server failed"),
        _ => ("", "the server answered with a status that is no success"),
    }
}

/// Text of a body that is for people to read, up to a limit.
fn quotable(head: &Head, body: &[u8]) -> String {
    let is_text = |media_type: &str| {
        media_type.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/"))
    };
    if !head.header("content-type").is_none_or(is_text) {
        return String::new();
    }
    let cut = body.get(..MAX_QUOTED).unwrap_or(body);
    let text = String::from_utf8_lossy(cut);
    text.trim().chars().filter(|char| !char.is_control() || *char == '\n').collect()
}

#[cfg(test)]
mod tests;
