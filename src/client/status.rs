//! The API server's account of a failure, `meta/v1.Status`:
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>.

use super::Head;
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
            let header = head.header("retry-after").and_then(|value| value.trim().parse().ok());
            status.retry_after = header;
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
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn head(status: u16, headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
        Head::new(crate::transport::ResponseHead { status, headers })
    }

    /// An answer recorded from a real API server.
    fn recorded(name: &str) -> (Head, Vec<u8>) {
        let path = format!("{}/host-test/recorded/{name}.http", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("\r\n", "\n");
        let (top, body) = text.split_once("\n\n").unwrap();
        let mut lines = top.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        (Head::new(crate::transport::ResponseHead { status, headers }), body.as_bytes().to_vec())
    }

    #[test]
    fn statuses_of_a_real_server() {
        for (name, code, reason, message) in [
            ("error-401", 401, "Unauthorized", "Unauthorized"),
            ("error-403", 403, "Forbidden", "secrets is forbidden: User"),
            ("error-404", 404, "NotFound", "pods \"nope\" not found"),
            ("error-409-exists", 409, "AlreadyExists", "already exists"),
            ("error-409-apply-conflict", 409, "Conflict", "Apply failed"),
            ("error-415", 415, "UnsupportedMediaType", ""),
            ("error-422", 422, "Invalid", "is invalid"),
        ] {
            let (head, body) = recorded(name);
            let status = Status::of_answer(&head, &body, "GET");
            assert_eq!((status.code, status.reason.as_str()), (code, reason), "{name}");
            assert!(status.message.contains(message), "{name}: {}", status.message);
        }
        let (head, body) = recorded("error-422");
        let details = Status::of_answer(&head, &body, "POST").details.unwrap();
        assert!(!details.causes.is_empty() && details.causes.iter().all(|c| !c.field.is_empty()));
    }

    #[test]
    fn a_status_wins_over_the_code_unless_it_is_a_success() {
        let body =
            br#"{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"m"}"#;
        let status = Status::of_answer(&head(500, &[]), body, "GET");
        assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
        let body = br#"{"kind":"Status","status":"Success"}"#;
        assert_eq!(Status::of_answer(&head(404, &[]), body, "GET").reason, "NotFound");
    }

    #[test]
    fn an_answer_that_is_no_status_is_sorted_by_code_and_method() {
        for (code, method, reason) in [
            (400, "GET", "BadRequest"),
            (409, "POST", "AlreadyExists"),
            (409, "PUT", "Conflict"),
            (429, "GET", "TooManyRequests"),
            (500, "GET", "InternalError"),
            (502, "GET", "InternalError"),
            (503, "GET", "ServiceUnavailable"),
            (504, "GET", "Timeout"),
            (418, "GET", ""),
        ] {
            let bodies: [&[u8]; 4] = [b"", b"{", b"[]", br#"{"kind":"Pod"}"#];
            for body in bodies {
                let status = Status::of_answer(&head(code, &[]), body, method);
                assert_eq!((status.code, status.reason.as_str()), (code, reason));
                assert!(status.message.contains(&code.to_string()), "{}", status.message);
            }
        }
    }

    #[test]
    fn fields_of_another_type_count_as_missing() {
        let body = br#"{"kind":"Status","code":"404","reason":7,"message":"m","details":[1]}"#;
        let status = Status::of_answer(&head(409, &[]), body, "PUT");
        assert_eq!((status.code, status.reason.as_str(), status.message.as_str()), (409, "", "m"));
        assert_eq!(status.details, None);
        let body = br#"{"kind":"Status","code":70000,"details":{"causes":[{"field":"f"},3,{}]}}"#;
        let status = Status::of_answer(&head(409, &[]), body, "PUT");
        assert_eq!(status.code, 409);
        assert_eq!(status.details.unwrap().causes.len(), 3);
    }

    #[test]
    fn what_is_too_long_or_too_deep_is_no_status() {
        let long = format!(r#"{{"kind":"Status","message":"{}"}}"#, "x".repeat(MAX_STATUS));
        let deep = format!(r#"{{"kind":"Status","x":{}{}}}"#, "[".repeat(9999), "]".repeat(9999));
        for body in [long, deep] {
            let status = Status::of_answer(&head(404, &[]), body.as_bytes(), "GET");
            assert_eq!(status.reason, "NotFound");
            assert!(status.message.len() < MAX_QUOTED + 200);
        }
    }

    #[test]
    fn text_is_quoted_and_cut() {
        let html = "<html>\u{7}".to_owned() + &"x".repeat(5000);
        let text = head(502, &[("content-type", "text/html")]);
        let status = Status::of_answer(&text, html.as_bytes(), "GET");
        assert!(status.message.contains("<html>x"), "{}", status.message);
        assert!(status.message.len() < MAX_QUOTED + 200);
        let octets = head(502, &[("content-type", "application/octet-stream")]);
        assert!(!Status::of_answer(&octets, html.as_bytes(), "GET").message.contains("html"));
    }

    #[test]
    fn when_to_try_again() {
        let header = head(429, &[("retry-after", "7")]);
        assert_eq!(Status::of_answer(&header, b"", "GET").retry_after, Some(7));
        let body = br#"{"kind":"Status","details":{"retryAfterSeconds":"soon"}}"#;
        assert_eq!(Status::of_answer(&header, body, "GET").retry_after, Some(7));
        let body = br#"{"kind":"Status","details":{"retryAfterSeconds":3}}"#;
        assert_eq!(Status::of_answer(&header, body, "GET").retry_after, Some(3));
        for absurd in ["-1", "99999999999999999999", "Tue, 24 Nov 2026 14:17:09 GMT", ""] {
            let header = head(429, &[("retry-after", absurd)]);
            assert_eq!(Status::of_answer(&header, b"", "GET").retry_after, None);
        }
    }

    #[test]
    fn a_redirect_says_where_to() {
        let redirect = head(302, &[("location", "https://evil.example/")]);
        let status = Status::of_answer(&redirect, b"<a href>", "GET");
        assert_eq!(status.code, 302);
        assert!(status.message.contains("https://evil.example/"), "{}", status.message);
        assert!(status.message.contains("not followed"), "{}", status.message);
    }
}
