//! The API server's account of a failure, `meta/v1.Status`:
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>.

use super::{Head, response};
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use serde_json::Value;

/// `meta/v1.Status` of a request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// Machine-readable; empty if unknown.
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

impl Status {
    /// The Status of an answer that is no success. A Status in the body wins over
    /// the HTTP status code; where there is none, one is made up.
    pub(crate) fn of_answer(head: &Head, body: &[u8], method: &str) -> Self {
        let mut status = decode(head, body).unwrap_or_else(|| made_up(head, body, method));
        if status.message.is_empty() {
            status.message = outline(head, method).1;
        }
        if status.retry_after.is_none() {
            status.retry_after = response::retry_after(&head.headers)
                .and_then(|seconds| u32::try_from(seconds).ok());
        }
        status
    }
}

/// Reads a Status without deriving for it, which would be a tenth of the component:
/// a field of another type than it should have counts as missing.
fn decode(head: &Head, body: &[u8]) -> Option<Status> {
    let body = Some(body).filter(|body| body.len() <= MAX_STATUS)?;
    let mut value: Value = serde_json::from_slice(body).ok()?;
    if text(&mut value, "kind") != "Status" || text(&mut value, "status") == "Success" {
        return None;
    }
    let code = value.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let mut details = value.get_mut("details").filter(|details| details.is_object());
    let retry_after = details
        .as_ref()
        .and_then(|details| details.get("retryAfterSeconds")?.as_u64())
        .and_then(|seconds| u32::try_from(seconds).ok())
        .filter(|&seconds| seconds > 0);
    Some(Status {
        code: code.filter(|&code| code > 0).unwrap_or(head.status),
        details: details.as_mut().map(|details| decode_details(details)),
        retry_after,
        reason: text(&mut value, "reason"),
        message: text(&mut value, "message"),
        warnings: head.warnings.clone(),
    })
}

fn decode_details(details: &mut Value) -> StatusDetails {
    let causes = match details.get_mut("causes") {
        Some(Value::Array(causes)) => causes
            .iter_mut()
            .map(|cause| StatusCause {
                reason: text(cause, "reason"),
                message: text(cause, "message"),
                field: text(cause, "field"),
            })
            .collect(),
        _ => Vec::new(),
    };
    StatusDetails {
        name: text(details, "name"),
        group: text(details, "group"),
        kind: text(details, "kind"),
        uid: text(details, "uid"),
        causes,
    }
}

/// Takes a text out of an object. Empty if there is none.
fn text(object: &mut Value, name: &str) -> String {
    match object.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

fn made_up(head: &Head, body: &[u8], method: &str) -> Status {
    let (reason, mut message) = outline(head, method);
    let quoted = quotable(head, body);
    if !quoted.is_empty() {
        message = format!("{message}: {quoted}");
    }
    Status {
        code: head.status,
        reason: reason.to_owned(),
        message,
        details: None,
        retry_after: None,
        warnings: head.warnings.clone(),
    }
}

/// Reason and message for an HTTP status code, as apimachinery sorts them.
fn outline(head: &Head, method: &str) -> (&'static str, String) {
    let (reason, text) = match head.status {
        300..=399 => {
            let to: String =
                head.header("location").unwrap_or("nowhere").chars().take(200).collect();
            let message = format!(
                "the server redirects to {to:?} (HTTP status {}): redirects are not followed, since \
                 credentials go to the API server alone",
                head.status
            );
            return ("", message);
        }
        400 => ("BadRequest", "the server could not make sense of the request"),
        401 => ("Unauthorized", "the server did not accept the credentials"),
        403 => ("Forbidden", "the server does not permit the request"),
        404 => ("NotFound", "the server does not know the requested resource"),
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
    };
    (reason, format!("{text} (HTTP status {})", head.status))
}

/// Text of a body that is for people to read, up to a limit.
fn quotable(head: &Head, body: &[u8]) -> String {
    let is_text =
        head.header("content-type").is_none_or(|media_type| media_type.starts_with("text/"));
    if !is_text {
        return String::new();
    }
    let cut = body.get(..MAX_QUOTED).unwrap_or(body);
    let text = String::from_utf8_lossy(cut);
    text.trim().chars().filter(|char| !char.is_control() || *char == '\n').collect()
}

#[cfg(test)]
mod tests;
