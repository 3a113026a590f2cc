//! The address of the API server.

use alloc::{borrow::ToOwned, format, string::String};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// How the server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain, and only to loopback.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Where the API server is: scheme, host, port, and a path before its own paths
/// where a proxy has one.
///
/// Displays as a URL without a final slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    scheme: Scheme,
    host: String,
    port: u16,
    /// Host and port, written down once: each request has need of them.
    authority: String,
    base_path: String,
}

/// Why an address can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Not a number from 1 to 65535.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Neither a name nor an address.
    #[error("a host is a DNS name, an IPv4 or an IPv6 address")]
    Host,
    /// Neither `https://` nor `http://`.
    #[error("the address of the API server begins with `https://`")]
    Scheme,
    /// Plain HTTP that would leave the pod.
    #[error(
        "plain `http://` is only allowed to a proxy on loopback (localhost, 127.0.0.0/8, [::1]), \
         since nothing would verify the server; use `https://`"
    )]
    PlainHttp,
    /// User, query or fragment.
    #[error("the address of the API server has no user, query or fragment")]
    Extra,
    /// A path that is none.
    #[error(
        "the path of the address holds an empty segment, `.`, `..`, or a character to be encoded"
    )]
    Path,
}

impl Server {
    fn new(scheme: Scheme, host: String, port: u16, base_path: String) -> Self {
        let authority = if host.contains([':', '%']) {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        Self { scheme, host, port, authority, base_path }
    }

    /// The server at a host and port, over TLS whatever the port.
    ///
    /// # Errors
    ///
    /// If either can't be used. An IPv6 address may have brackets.
    pub fn https(host: &str, port: &str) -> Result<Self, ServerError> {
        Ok(Self::new(Scheme::Https, parse_host(host)?, parse_port(port)?, String::new()))
    }

    /// The server at a URL.
    ///
    /// # Errors
    ///
    /// If it is no URL of an API server, or plain HTTP to anything but loopback.
    pub fn parse(url: &str) -> Result<Self, ServerError> {
        let (scheme, rest) = url.split_once("://").ok_or(ServerError::Scheme)?;
        let scheme = match scheme {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(ServerError::Scheme),
        };
        if rest.contains(['@', '?', '#']) {
            return Err(ServerError::Extra);
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let (host, port) = split_authority(authority)?;
        let port = match (port, scheme) {
            (Some(port), _) => parse_port(port)?,
            (None, Scheme::Https) => 443,
            (None, Scheme::Http) => 80,
        };
        let server = Self::new(scheme, parse_host(host)?, port, parse_base_path(path)?);
        if scheme == Scheme::Http && !server.is_loopback() {
            return Err(ServerError::PlainHttp);
        }
        Ok(server)
    }

    /// How the server is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Name or address, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What stands before each path: empty, or `/…` without a final slash.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// Host and port as in a URL, an IPv6 address in brackets.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || self.host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.as_str(), self.authority, self.base_path)
    }
}

fn parse_port(port: &str) -> Result<u16, ServerError> {
    // `u16::from_str` takes a sign, a port has none.
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ServerError::Port);
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(ServerError::Port),
        Ok(port) => Ok(port),
    }
}

fn split_authority(authority: &str) -> Result<(&str, Option<&str>), ServerError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(ServerError::Host)?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(ServerError::Host),
            }
        }
        None => match authority.split_once(':') {
            // An IPv6 address without brackets would be cut anywhere.
            Some((_, port)) if port.contains(':') => return Err(ServerError::Host),
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    Ok((host, port))
}

fn parse_host(host: &str) -> Result<String, ServerError> {
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or(ServerError::Host)?,
        None => host,
    };
    let valid = if host.contains([':', '%']) {
        // What follows a `%` is a zone, which is no part of the address.
        let (address, zone) = host.split_once('%').unwrap_or((host, "0"));
        let zone_is_name = !zone.is_empty() && zone.bytes().all(is_name_byte);
        zone_is_name && address.parse::<Ipv6Addr>().is_ok()
    } else {
        (1..=253).contains(&host.len()) && host.bytes().all(is_name_byte)
    };
    if valid { Ok(host.to_owned()) } else { Err(ServerError::Host) }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

fn parse_base_path(path: &str) -> Result<String, ServerError> {
    if path.is_empty() {
        return Ok(String::new());
    }
    match crate::client::validate_path(path) {
        Ok(()) => Ok(path.strip_suffix('/').unwrap_or(path).to_owned()),
        Err(_) => Err(ServerError::Path),
    }
}

#[cfg(test)]
mod tests;
