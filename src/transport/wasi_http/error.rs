//! What `wasi:http` reports, with its name kept and a word on what to do.

use crate::transport::{ConnectionError, ConnectionFailure as Failure, RequestHead};
use alloc::{format, string::String, vec::Vec};
use wasip2::http::types::{ErrorCode, HeaderError, http_error_code};
use wasip2::io::error::Error as IoError;

/// The error of a request that the host reported by a code.
pub(super) fn failed(code: &ErrorCode, peer: &str) -> ConnectionError {
    let (failure, name) = sort(code);
    let mut message = format!("{peer}: {}", outline(failure));
    if let Some(detail) = detail(code) {
        message = format!("{message}: {detail}");
    }
    message.push_str(" (wasi:http ");
    message.push_str(name);
    message.push(')');
    ConnectionError { failure, code: name, message }
}

/// The error of a body that broke off.
pub(super) fn broken_off(error: &IoError, peer: &str) -> ConnectionError {
    match http_error_code(error) {
        Some(code) => failed(&code, peer),
        // A host may keep the code to itself: its words for people are all there is.
        None => ConnectionError {
            failure: Failure::Terminated,
            code: "",
            message: format!(
                "{peer}: {}: the host says `{}`",
                outline(Failure::Terminated),
                error.to_debug_string().chars().take(200).collect::<String>()
            ),
        },
    }
}

/// The error of an exchange whose resources the host does not hand out.
pub(super) fn no_answer(peer: &str) -> ConnectionError {
    ConnectionError {
        failure: Failure::Other,
        code: "",
        message: format!(
            "{peer}: the host has no such part of the exchange, or gave it away before"
        ),
    }
}

/// The error of a request that the host does not let be made.
pub(super) fn refused_by_host(head: &RequestHead<'_>, what: &str) -> ConnectionError {
    ConnectionError {
        failure: Failure::Denied,
        code: "",
        message: format!(
            "{}: the host does not accept the {what} of {} {}",
            super::peer(head),
            head.method,
            head.path_with_query.chars().take(200).collect::<String>()
        ),
    }
}

/// The error of headers that the host does not let be sent.
pub(super) fn headers_refused(head: &RequestHead<'_>, error: &HeaderError) -> ConnectionError {
    let names: Vec<&str> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
    ConnectionError {
        failure: Failure::Denied,
        code: "",
        message: format!(
            "{}: the host does not accept the headers ({}, and the pod's credentials): {}",
            super::peer(head),
            names.join(", "),
            header_error(error)
        ),
    }
}

fn outline(failure: Failure) -> &'static str {
    match failure {
        Failure::Dns => {
            "the name does not resolve: check KUBERNETES_SERVICE_HOST and the pod's DNS"
        }
        Failure::Denied => {
            "the host does not let the component connect there: allow the destination in the host's \
             configuration"
        }
        Failure::Unreachable => "there is no route to the API server: check the pod's network",
        Failure::Refused => {
            "the API server refused the connection: nothing listens there. Check the address; if it \
             is right, the server may be restarting, so try again"
        }
        Failure::ConnectTimeout => {
            "no connection was made in time: check the address and network policies"
        }
        Failure::ReadTimeout => "the API server fell silent: try again, or raise the timeout",
        Failure::WriteTimeout => "the API server did not take the request in time: try again",
        Failure::Terminated => {
            "the connection ended before the answer was complete: try again if that is safe"
        }
        Failure::LimitReached => "the host has no connection to spare: send less at a time",
        Failure::Certificate => {
            "the host does not trust the API server's certificate: give the host the cluster's \
             `ca.crt` as its trust anchor, or check the server's name"
        }
        // All that many hosts say of a certificate that they do not trust.
        Failure::Tls => {
            "TLS failed: it is no API server that listens there, or the host does not trust the \
             cluster's certificate authority. A host that can't be given that one, as `wasmtime`, \
             takes k8s-in-cluster-tls.wasm, or a proxy in the pod"
        }
        Failure::Http => {
            "the request or its answer breaks the rules of HTTP, or a limit of the host"
        }
        Failure::Other => "the request failed",
    }
}

/// What a code has to say beyond its name.
fn detail(code: &ErrorCode) -> Option<String> {
    match code {
        ErrorCode::DnsError(payload) => payload.rcode.clone(),
        ErrorCode::TlsAlertReceived(payload) => {
            let message = payload.alert_message.clone().unwrap_or_default();
            Some(format!("alert {} {message}", payload.alert_id.unwrap_or_default()))
        }
        ErrorCode::InternalError(text) => text.clone(),
        ErrorCode::HttpResponseHeaderSectionSize(Some(size)) => Some(format!("{size} bytes")),
        ErrorCode::HttpResponseBodySize(Some(size)) => Some(format!("{size} bytes")),
        _ => None,
    }
}

/// Groups the codes, and names each as WIT does.
fn sort(code: &ErrorCode) -> (Failure, &'static str) {
    match code {
        ErrorCode::DnsTimeout => (Failure::Dns, "DNS-timeout"),
        ErrorCode::DnsError(_) => (Failure::Dns, "DNS-error"),
        ErrorCode::DestinationNotFound => (Failure::Unreachable, "destination-not-found"),
        ErrorCode::DestinationUnavailable => (Failure::Unreachable, "destination-unavailable"),
        ErrorCode::DestinationIpProhibited => (Failure::Denied, "destination-IP-prohibited"),
        ErrorCode::DestinationIpUnroutable => (Failure::Unreachable, "destination-IP-unroutable"),
        ErrorCode::ConnectionRefused => (Failure::Refused, "connection-refused"),
        ErrorCode::ConnectionTerminated => (Failure::Terminated, "connection-terminated"),
        ErrorCode::ConnectionTimeout => (Failure::ConnectTimeout, "connection-timeout"),
        ErrorCode::ConnectionReadTimeout => (Failure::ReadTimeout, "connection-read-timeout"),
        ErrorCode::ConnectionWriteTimeout => (Failure::WriteTimeout, "connection-write-timeout"),
        ErrorCode::ConnectionLimitReached => (Failure::LimitReached, "connection-limit-reached"),
        ErrorCode::TlsProtocolError => (Failure::Tls, "TLS-protocol-error"),
        ErrorCode::TlsCertificateError => (Failure::Certificate, "TLS-certificate-error"),
        ErrorCode::TlsAlertReceived(_) => (Failure::Tls, "TLS-alert-received"),
        ErrorCode::HttpRequestDenied => (Failure::Denied, "HTTP-request-denied"),
        ErrorCode::HttpRequestLengthRequired => (Failure::Http, "HTTP-request-length-required"),
        ErrorCode::HttpRequestBodySize(_) => (Failure::Http, "HTTP-request-body-size"),
        ErrorCode::HttpRequestMethodInvalid => (Failure::Http, "HTTP-request-method-invalid"),
        ErrorCode::HttpRequestUriInvalid => (Failure::Http, "HTTP-request-URI-invalid"),
        ErrorCode::HttpRequestUriTooLong => (Failure::Http, "HTTP-request-URI-too-long"),
        ErrorCode::HttpRequestHeaderSectionSize(_) => {
            (Failure::Http, "HTTP-request-header-section-size")
        }
        ErrorCode::HttpRequestHeaderSize(_) => (Failure::Http, "HTTP-request-header-size"),
        ErrorCode::HttpRequestTrailerSectionSize(_) => {
            (Failure::Http, "HTTP-request-trailer-section-size")
        }
        ErrorCode::HttpRequestTrailerSize(_) => (Failure::Http, "HTTP-request-trailer-size"),
        ErrorCode::HttpResponseIncomplete => (Failure::Terminated, "HTTP-response-incomplete"),
        ErrorCode::HttpResponseHeaderSectionSize(_) => {
            (Failure::Http, "HTTP-response-header-section-size")
        }
        ErrorCode::HttpResponseHeaderSize(_) => (Failure::Http, "HTTP-response-header-size"),
        ErrorCode::HttpResponseBodySize(_) => (Failure::Http, "HTTP-response-body-size"),
        ErrorCode::HttpResponseTrailerSectionSize(_) => {
            (Failure::Http, "HTTP-response-trailer-section-size")
        }
        ErrorCode::HttpResponseTrailerSize(_) => (Failure::Http, "HTTP-response-trailer-size"),
        ErrorCode::HttpResponseTransferCoding(_) => {
            (Failure::Http, "HTTP-response-transfer-coding")
        }
        ErrorCode::HttpResponseContentCoding(_) => (Failure::Http, "HTTP-response-content-coding"),
        ErrorCode::HttpResponseTimeout => (Failure::ReadTimeout, "HTTP-response-timeout"),
        ErrorCode::HttpUpgradeFailed => (Failure::Http, "HTTP-upgrade-failed"),
        ErrorCode::HttpProtocolError => (Failure::Http, "HTTP-protocol-error"),
        ErrorCode::LoopDetected => (Failure::Http, "loop-detected"),
        ErrorCode::ConfigurationError => (Failure::Other, "configuration-error"),
        ErrorCode::InternalError(_) => (Failure::Other, "internal-error"),
    }
}

fn header_error(error: &HeaderError) -> &'static str {
    match error {
        HeaderError::InvalidSyntax => "one is not well formed",
        HeaderError::Forbidden => "one is forbidden",
        HeaderError::Immutable => "they can't be changed",
    }
}
