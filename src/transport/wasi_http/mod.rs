//! HTTP by the host, `wasi:http@0.2`. The host opens the connection and verifies
//! the server; this side can neither give it a trust anchor nor see a socket.

mod error;
mod exchange;

pub use exchange::HttpExchange;

use super::{BodySize, ConnectionError, RequestHead, Timeouts, Transport};
use crate::wasi::timer;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec::Vec};
use core::time::Duration;
use error::failed;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, Method, OutgoingRequest, RequestOptions, Scheme};
use wasip2::io::poll::Pollable;

/// The host's HTTP client.
#[derive(Debug, Clone, Copy, Default)]
pub struct WasiHttp;

impl Transport for WasiHttp {
    type Exchange = HttpExchange;

    fn start(&self, head: &RequestHead<'_>) -> Result<HttpExchange, ConnectionError> {
        let refused = |what: &str| error::refused_by_host(head, what);
        let request = OutgoingRequest::new(fields(head)?);
        let scheme = if head.tls { Scheme::Https } else { Scheme::Http };
        // What a request begins with.
        if head.method != "GET" {
            request.set_method(&method(head.method)).map_err(|()| refused("method"))?;
        }
        request.set_scheme(Some(&scheme)).map_err(|()| refused("scheme"))?;
        request.set_authority(Some(head.authority)).map_err(|()| refused("authority"))?;
        request.set_path_with_query(Some(head.path_with_query)).map_err(|()| refused("path"))?;
        let body = match head.body {
            BodySize::Empty => None,
            BodySize::Known(_) | BodySize::Unknown => {
                Some(request.body().map_err(|()| refused("body"))?)
            }
        };
        let options = (!head.answered_lately).then(|| options(head.timeouts));
        let response = handle(request, options).map_err(|code| failed(&code, &peer(head)))?;
        HttpExchange::new(response, body, peer(head))
    }

    fn timer(&self, after: Duration) -> Pollable {
        timer(after)
    }
}

/// The server as messages name it.
fn peer(head: &RequestHead<'_>) -> String {
    let mut peer = String::from(if head.tls { "https://" } else { "http://" });
    peer.push_str(head.authority);
    peer
}

fn fields(head: &RequestHead<'_>) -> Result<Fields, ConnectionError> {
    let mut list: Vec<(String, Vec<u8>)> = Vec::with_capacity(head.headers.len() + 2);
    for (name, value) in head.headers {
        list.push((name.clone(), value.clone().into_bytes()));
    }
    if let Some(authorization) = &head.authorization {
        list.push(("authorization".into(), authorization.expose().into()));
    }
    if let BodySize::Known(length) = head.body {
        list.push(("content-length".into(), length.to_string().into_bytes()));
    }
    // One call for all of them: each call into the host has its price.
    Fields::from_list(&list).map_err(|error| error::headers_refused(head, &error))
}

/// wasmtime, in versions 48 to 50, never lets go of them: some 100 bytes of a table that holds a million resources, and an
/// instance that sends one more is stopped. So not every request takes them.
fn options(timeouts: Timeouts) -> RequestOptions {
    let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).ok();
    let options = RequestOptions::new();
    // A host may not support a timeout: the call then keeps it by its own clock.
    let _ = options.set_connect_timeout(nanoseconds(timeouts.connect));
    let _ = options.set_first_byte_timeout(nanoseconds(timeouts.first_byte));
    let _ = options.set_between_bytes_timeout(nanoseconds(timeouts.between_bytes));
    options
}

fn method(name: &str) -> Method {
    match name {
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        other => Method::Other(other.to_owned()),
    }
}
