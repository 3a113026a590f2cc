//! Why no answer came, in the words of `wasi:http` and in those of a person.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use tokio_rustls::rustls;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, TlsAlertReceivedPayload};

/// A request that got no answer, or an answer that broke off.
///
/// `wasi:http` hands a guest the code alone, and the codes for certificates have no text: the
/// reason is for the person who runs the guest, by way of an [`Observer`](super::Observer).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct SendError {
    /// What the guest is told.
    pub code: ErrorCode,
    /// What went wrong, in a sentence. Never holds a header or a body.
    pub reason: String,
}

impl SendError {
    pub(super) fn new(code: ErrorCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The TCP connection did not come about.
    pub(super) fn connect(error: &io::Error, address: SocketAddr) -> Self {
        let code = match error.kind() {
            io::ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
                ErrorCode::ConnectionTerminated
            }
            io::ErrorKind::TimedOut => ErrorCode::ConnectionTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                ErrorCode::DestinationIpUnroutable
            }
            io::ErrorKind::PermissionDenied => ErrorCode::DestinationIpProhibited,
            _ => ErrorCode::DestinationUnavailable,
        };
        Self::new(code, format!("connecting to {address}: {error}"))
    }

    /// Reading, writing or the TLS handshake failed on a connection that was there.
    pub(super) fn transport(error: &io::Error) -> Self {
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::new(tls_code(tls), format!("TLS: {tls}"));
        }
        let code = match error.kind() {
            io::ErrorKind::TimedOut => ErrorCode::ConnectionReadTimeout,
            io::ErrorKind::InvalidData => ErrorCode::TlsProtocolError,
            _ => ErrorCode::ConnectionTerminated,
        };
        Self::new(code, format!("the connection broke off: {error}"))
    }

    /// No answer came. `ended` says how the connection ended, if it did.
    pub(super) fn head(error: &hyper::Error, ended: Option<&SendError>) -> Self {
        let text = chain(error);
        if error.is_timeout() {
            // The pings that keep an HTTP/2 connection alive went unanswered.
            Self::new(ErrorCode::ConnectionReadTimeout, text)
        } else if error.is_parse_too_large() {
            Self::new(
                ErrorCode::HttpResponseHeaderSectionSize(None),
                format!("the answer's headers are over the limit: {text}"),
            )
        } else if error.is_parse() {
            Self::new(ErrorCode::HttpProtocolError, format!("what came back is not HTTP: {text}"))
        } else if error.is_user() {
            Self::new(
                ErrorCode::HttpProtocolError,
                format!("the request's body was not completed: {text}"),
            )
        } else if let Some(ended) = ended {
            ended.clone()
        } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            Self::new(
                ErrorCode::ConnectionTerminated,
                format!("the connection ended before the answer: {text}"),
            )
        } else {
            Self::new(
                ErrorCode::HttpProtocolError,
                format!("what came back breaks the rules of HTTP: {text}"),
            )
        }
    }

    /// The answer's body broke off. `ended` says how the connection ended, if it did.
    pub(super) fn body(error: &hyper::Error, ended: Option<&SendError>) -> Self {
        let text = chain(error);
        if error.is_timeout() {
            return Self::new(ErrorCode::ConnectionReadTimeout, text);
        }
        if let Some(ended) = ended {
            if matches!(ended.code, ErrorCode::TlsAlertReceived(_) | ErrorCode::TlsProtocolError) {
                return ended.clone();
            }
        } else if let Some(io) = find::<io::Error>(error)
            && matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        {
            return Self::new(
                ErrorCode::HttpProtocolError,
                format!("the answer's body breaks the rules of HTTP: {text}"),
            );
        }
        Self::new(ErrorCode::HttpResponseIncomplete, format!("the answer broke off: {text}"))
    }
}

impl From<SendError> for wasmtime_wasi_http::Error {
    fn from(error: SendError) -> Self {
        error.code.into()
    }
}

/// The code behind an error that a body of this module yields.
///
/// `wasi:http/types.http-error-code` looks for an [`ErrorCode`] behind a stream's error, where
/// wasmtime 48 puts a [`wasmtime_wasi_http::Error`]: this leads from one to the other.
#[must_use]
pub fn error_code(error: &wasmtime_wasi_http::Error) -> ErrorCode {
    use wasmtime_wasi_http::Error;
    match error {
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::ConnectionTerminated => ErrorCode::ConnectionTerminated,
        Error::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Error::HttpProtocolError => ErrorCode::HttpProtocolError,
        Error::TlsProtocolError => ErrorCode::TlsProtocolError,
        Error::TlsAlertReceived { alert_id, alert_message } => {
            ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
                alert_id: *alert_id,
                alert_message: alert_message.clone(),
            })
        }
        Error::HttpRequestBodySize(size) => ErrorCode::HttpRequestBodySize(*size),
        Error::HttpResponseBodySize(size) => ErrorCode::HttpResponseBodySize(*size),
        other => ErrorCode::InternalError(Some(other.to_string())),
    }
}

fn tls_code(error: &rustls::Error) -> ErrorCode {
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::UnsupportedNameType
        | rustls::Error::InvalidCertRevocationList(_) => ErrorCode::TlsCertificateError,
        rustls::Error::AlertReceived(alert) => {
            ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
                alert_id: Some(u8::from(*alert)),
                alert_message: Some(format!("{alert:?}")),
            })
        }
        _ => ErrorCode::TlsProtocolError,
    }
}

/// An error of a type among the causes, those wrapped in an [`io::Error`] included, which
/// `source` passes over.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn chain(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        // Some errors repeat their cause in their own text.
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        next = error.source();
    }
    text
}
