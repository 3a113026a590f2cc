//! The address of an API server.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::Uri;
use rustls_pki_types::ServerName;

/// How the API server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain text: to a proxy on this machine only.
    Http,
    /// TLS.
    Https,
}

/// The address of an API server. `Display` is its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// A name or an IP address, without the brackets that a URL has around IPv6.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// What comes before `/api` in each path: empty, or begins with `/` and does
    /// not end with it.
    pub path: String,
}

/// A text is not the address of an API server that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// It does not begin with `https://` or `http://`.
    #[error("is no URL with a scheme; write https://HOST:PORT")]
    Scheme,
    /// It can't be read as a URL.
    #[error("is no URL; write https://HOST:PORT")]
    Malformed,
    /// It holds a user name or a password.
    #[error(
        "holds a user name or password; write https://HOST:PORT and put credentials into users"
    )]
    UserInfo,
    /// The host is neither a DNS name nor an IP address.
    #[error("has the host {host:?}, which is neither a DNS name nor an IP address")]
    Host {
        /// The host.
        host: String,
    },
    /// The port is no number from 1 to 65535.
    #[error("has a port that is no number from 1 to 65535")]
    Port,
    /// Plain text to another machine.
    #[error(
        "is http:// to {host}: only a proxy on this machine is spoken to without TLS; \
         write https://, or the address of kubectl proxy on localhost"
    )]
    NotLoopback {
        /// The host.
        host: String,
    },
}

impl Server {
    /// Reads the `server` field of a cluster. Query and fragment are dropped.
    pub fn parse(url: &str) -> Result<Server, ServerError> {
        let (scheme, default_port) = match url.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, 443),
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, 80),
            _ => return Err(ServerError::Scheme),
        };
        let uri: Uri = url.parse().map_err(|_| ServerError::Malformed)?;
        let authority = uri.authority().ok_or(ServerError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(ServerError::UserInfo);
        }
        let bracketed = authority.host();
        let port = match authority.as_str().strip_prefix(bracketed) {
            Some("" | ":") => default_port,
            _ => match authority.port_u16() {
                None | Some(0) => return Err(ServerError::Port),
                Some(port) => port,
            },
        };
        let host = host(bracketed)?;
        if scheme == Scheme::Http && !is_loopback(&host) {
            return Err(ServerError::NotLoopback { host });
        }
        Ok(Server { scheme, host, port, path: uri.path().trim_end_matches('/').to_owned() })
    }
}

fn host(bracketed: &str) -> Result<String, ServerError> {
    let refused = || ServerError::Host { host: bracketed.to_owned() };
    match bracketed.strip_prefix('[') {
        Some(rest) => {
            let host = rest.strip_suffix(']').ok_or_else(refused)?;
            host.parse::<Ipv6Addr>().map_err(|_| refused())?;
            Ok(host.to_owned())
        }
        None => {
            ServerName::try_from(bracketed).map_err(|_| refused())?;
            Ok(bracketed.to_owned())
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let Server { host, port, path, .. } = self;
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}{path}")
        } else {
            write!(f, "{scheme}://{host}:{port}{path}")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_as_kubeconfigs_have_them() {
        for (url, scheme, host, port, path, display) in [
            (
                "https://127.0.0.1:6443",
                Scheme::Https,
                "127.0.0.1",
                6443,
                "",
                "https://127.0.0.1:6443",
            ),
            (
                "https://ABC.gr7.eu-west-1.eks.amazonaws.com",
                Scheme::Https,
                "ABC.gr7.eu-west-1.eks.amazonaws.com",
                443,
                "",
                "https://ABC.gr7.eu-west-1.eks.amazonaws.com:443",
            ),
            (
                "https://rancher.example/k8s/clusters/c-m-1/?x=y",
                Scheme::Https,
                "rancher.example",
                443,
                "/k8s/clusters/c-m-1",
                "https://rancher.example:443/k8s/clusters/c-m-1",
            ),
            (
                "HTTPS://[fd00::1]:6443/",
                Scheme::Https,
                "fd00::1",
                6443,
                "",
                "https://[fd00::1]:6443",
            ),
            ("https://[fd00::1]", Scheme::Https, "fd00::1", 443, "", "https://[fd00::1]:443"),
            ("http://localhost:8001", Scheme::Http, "localhost", 8001, "", "http://localhost:8001"),
            ("http://[::1]", Scheme::Http, "::1", 80, "", "http://[::1]:80"),
        ] {
            let server = Server::parse(url).unwrap();
            let expected = Server { scheme, host: host.into(), port, path: path.into() };
            assert_eq!(server, expected, "{url}");
            assert_eq!(server.to_string(), display, "{url}");
            assert_eq!(Server::parse(display).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn what_is_refused() {
        let host = |host: &str| ServerError::Host { host: host.into() };
        for (url, error) in [
            ("10.0.0.1:6443", ServerError::Scheme),
            ("localhost:8080", ServerError::Scheme),
            ("ftp://host", ServerError::Scheme),
            ("", ServerError::Scheme),
            ("https://", ServerError::Malformed),
            ("https://a b", ServerError::Malformed),
            ("https://user:pw@host", ServerError::UserInfo),
            ("https://host:99999", ServerError::Port),
            ("https://host:0", ServerError::Port),
            ("https://[fd00::1%25eth0]:6443", host("[fd00::1%25eth0]")),
            ("https://-host", host("-host")),
            ("http://10.0.0.1:8001", ServerError::NotLoopback { host: "10.0.0.1".into() }),
            (
                "http://127.0.0.1.example",
                ServerError::NotLoopback { host: "127.0.0.1.example".into() },
            ),
        ] {
            assert_eq!(Server::parse(url).unwrap_err(), error, "{url}");
        }
        let secret = Server::parse("https://user:s3cret@host").unwrap_err();
        assert!(!secret.to_string().contains("s3cret"));
    }
}
