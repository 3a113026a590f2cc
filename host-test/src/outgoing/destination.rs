//! Where a guest's requests may go.

use std::net::{IpAddr, SocketAddr};

use http::Uri;
use http::uri::Scheme;
use rustls_pki_types::ServerName;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use super::SendError;

/// A server that a guest may reach, under the name that the guest knows it by.
///
/// The name is never resolved: requests for it go to `connect_to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    scheme: Scheme,
    host: String,
    port: u16,
    connect_to: SocketAddr,
}

impl Destination {
    /// A server that speaks TLS, for example `10.96.0.1` and 443, or `fd00::1` and 443; brackets
    /// around an IPv6 address make no difference.
    pub fn https(host: &str, port: u16, connect_to: SocketAddr) -> Self {
        Self::new(Scheme::HTTPS, host, port, connect_to)
    }

    /// A server without TLS. Only allowed where `connect_to` is on loopback.
    pub fn http(host: &str, port: u16, connect_to: SocketAddr) -> Self {
        Self::new(Scheme::HTTP, host, port, connect_to)
    }

    fn new(scheme: Scheme, host: &str, port: u16, connect_to: SocketAddr) -> Self {
        Self { scheme, host: unbracketed(host).to_ascii_lowercase(), port, connect_to }
    }

    /// The address that requests go to.
    #[must_use]
    pub fn connect_to(&self) -> SocketAddr {
        self.connect_to
    }

    /// Whether guests know it by this name or address, which may be spelt differently.
    pub(crate) fn is_called(&self, host: &str) -> bool {
        match (self.host.parse::<IpAddr>(), unbracketed(host).parse::<IpAddr>()) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            (Err(_), Err(_)) => self.host.eq_ignore_ascii_case(host),
            _ => false,
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The name that the server's certificate has to carry; none if the host can't be one.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host.clone()).ok()
    }

    fn matches(&self, scheme: &Scheme, host: &str, port: u16) -> bool {
        self.scheme == *scheme && self.port == port && self.is_called(host)
    }
}

/// The destination that a request is for, as its place in the list.
pub(super) fn find(destinations: &[Destination], uri: &Uri) -> Result<usize, SendError> {
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(SendError::new(
            ErrorCode::HttpRequestUriInvalid,
            "the request names no scheme and server",
        ));
    };
    let port = match authority.port_u16() {
        Some(port) => port,
        None if *scheme == Scheme::HTTPS => 443,
        None => 80,
    };
    let host = unbracketed(authority.host());
    destinations
        .iter()
        .position(|destination| destination.matches(scheme, host, port))
        // A user name before the host serves to deceive, here.
        .filter(|_| !authority.as_str().contains('@'))
        .ok_or_else(|| {
            let allowed = match destinations {
                [] => "it may reach no server at all".to_owned(),
                _ => {
                    let names: Vec<_> = destinations.iter().map(ToString::to_string).collect();
                    format!("it may reach {} alone", names.join(", "))
                }
            };
            SendError::new(
                ErrorCode::HttpRequestDenied,
                format!("the guest asked for {scheme}://{host}, port {port}: {allowed}"),
            )
        })
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scheme, host, port, .. } = self;
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}")
        } else {
            write!(f, "{scheme}://{host}:{port}")
        }
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(uri: &str) -> Result<usize, ErrorCode> {
        let local = SocketAddr::from(([127, 0, 0, 1], 6443));
        let destinations = [
            Destination::https("kubernetes.default.svc", 443, local),
            Destination::https("[FD00::1]", 443, local),
            Destination::http("127.0.0.1", 8001, local),
        ];
        find(&destinations, &uri.parse().unwrap()).map_err(|error| error.code)
    }

    #[test]
    fn the_port_may_be_left_out_and_addresses_spelt_differently() {
        assert!(matches!(found("https://kubernetes.default.svc/api"), Ok(0)));
        assert!(matches!(found("https://Kubernetes.Default.svc:443"), Ok(0)));
        assert!(matches!(found("https://[fd00:0:0::1]:443/"), Ok(1)));
        assert!(matches!(found("http://127.0.0.1:8001/"), Ok(2)));
    }

    #[test]
    fn everything_else_is_denied() {
        for uri in [
            "http://kubernetes.default.svc:443/",
            "https://kubernetes.default.svc:6443/",
            "https://kubernetes.default.svc.example.com/",
            "https://kubernetes.default.svc@example.com/",
            "https://example.com@kubernetes.default.svc/",
            "https://127.0.0.1:6443/",
            "https://127.0.0.1:8001/",
        ] {
            assert!(matches!(found(uri), Err(ErrorCode::HttpRequestDenied)), "{uri}");
        }
    }
}
