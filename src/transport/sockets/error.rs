//! What sockets report, with the name that `wasi:http` has for it and a word on what to
//! do.

use crate::transport::{ConnectionError, ConnectionFailure as Failure};
use alloc::{format, string::String};
use wasip2::sockets::network::ErrorCode;

/// The error of a name that did not resolve.
pub(super) fn not_looked_up(code: ErrorCode, peer: &str) -> ConnectionError {
    match code {
        ErrorCode::AccessDenied | ErrorCode::NotSupported => error(
            Failure::Denied,
            "DNS-error",
            peer,
            "the host does not let the component look up names: allow it (`wasmtime run -S \
             allow-ip-name-lookup`), or give the server's address",
        ),
        ErrorCode::TemporaryResolverFailure | ErrorCode::Timeout => error(
            Failure::Dns,
            "DNS-timeout",
            peer,
            "the name did not resolve for now: check the pod's DNS, and try again",
        ),
        _ => error(
            Failure::Dns,
            "DNS-error",
            peer,
            "the name does not resolve: check KUBERNETES_SERVICE_HOST, the pod's DNS, and that the \
             host lets the component look up names (`wasmtime run -S allow-ip-name-lookup`)",
        ),
    }
}

/// The error of a connection that could not be made.
pub(super) fn not_connected(code: ErrorCode, peer: &str) -> ConnectionError {
    match code {
        ErrorCode::AccessDenied | ErrorCode::NotSupported => error(
            Failure::Denied,
            "destination-IP-prohibited",
            peer,
            "the host does not let the component connect there: allow it the network (`wasmtime \
             run -S inherit-network`)",
        ),
        ErrorCode::NewSocketLimit | ErrorCode::OutOfMemory | ErrorCode::AddressInUse => error(
            Failure::LimitReached,
            "connection-limit-reached",
            peer,
            "the host has no connection to spare: send less at a time",
        ),
        ErrorCode::RemoteUnreachable => error(
            Failure::Unreachable,
            "destination-IP-unroutable",
            peer,
            "there is no route to the API server: check the pod's network",
        ),
        ErrorCode::ConnectionRefused => error(
            Failure::Refused,
            "connection-refused",
            peer,
            "the API server refused the connection: nothing listens there. Check the address; if \
             it is right, the server may be restarting, so try again",
        ),
        ErrorCode::ConnectionReset | ErrorCode::ConnectionAborted => {
            terminated(peer, "the connection ended before it was made: try again")
        }
        ErrorCode::Timeout => timed_out(Failure::ConnectTimeout, peer),
        ErrorCode::NameUnresolvable => not_looked_up(code, peer),
        other => {
            let text = format!("the host made no connection: it says `{}`", other.name());
            error(Failure::Other, "internal-error", peer, &text)
        }
    }
}

/// The error of a time that is over.
pub(super) fn timed_out(failure: Failure, peer: &str) -> ConnectionError {
    match failure {
        Failure::ConnectTimeout => error(
            failure,
            "connection-timeout",
            peer,
            "no connection was made in time: check the address and network policies",
        ),
        _ => error(
            Failure::ReadTimeout,
            "connection-read-timeout",
            peer,
            "the API server fell silent: try again, or raise the timeout",
        ),
    }
}

/// The error of a connection that ended.
pub(super) fn terminated(peer: &str, text: &str) -> ConnectionError {
    error(Failure::Terminated, "connection-terminated", peer, text)
}

/// The error of a request that can't even be begun.
pub(super) fn misconfigured(peer: &str, text: &str) -> ConnectionError {
    error(Failure::Other, "configuration-error", peer, text)
}

fn error(failure: Failure, code: &'static str, peer: &str, text: &str) -> ConnectionError {
    let mut message = String::from(peer);
    message.push_str(": ");
    message.push_str(text);
    ConnectionError { failure, code, message }
}
