//! Where a connection goes.

use alloc::{borrow::ToOwned, string::String};
use core::net::IpAddr;

/// A server's name or address, and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// Without brackets and without a zone.
    name: String,
    scope: u32,
    port: u16,
    /// Whether only this machine will do, since nothing verifies who answers.
    loopback: bool,
}

impl Host {
    /// Takes an authority apart: `host:port`, an IPv6 address in brackets. None if it is
    /// not that.
    pub(super) fn parse(authority: &str, loopback: bool) -> Option<Self> {
        let (host, port) = authority.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']')?,
            None => host,
        };
        // WASI has numbers for zones, and nothing that knows their names.
        let (name, zone) = host.split_once('%').unwrap_or((host, "0"));
        let scope = zone.parse().unwrap_or(0);
        (!name.is_empty()).then(|| Self { name: name.to_owned(), scope, port, loopback })
    }

    /// The name to look up.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn scope(&self) -> u32 {
        self.scope
    }

    /// The address, where it is no name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.name.parse().ok().and_then(|address| self.permits(address))
    }

    /// An address that the name resolved to, if it may be connected to.
    pub(super) fn permits(&self, address: IpAddr) -> Option<IpAddr> {
        (!self.loopback || address.is_loopback()).then_some(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(authority: &str) -> Option<(String, Option<IpAddr>, u16, u32)> {
        let host = Host::parse(authority, false)?;
        Some((host.name().into(), host.address(), host.port(), host.scope()))
    }

    #[test]
    fn names_and_addresses() {
        let v4 = IpAddr::from([10, 96, 0, 1]);
        let v6 = IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, 1]);
        let link = IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, 1]);
        for (authority, expected) in [
            ("10.96.0.1:443", Some(("10.96.0.1".into(), Some(v4), 443, 0))),
            ("[fd00::1]:6443", Some(("fd00::1".into(), Some(v6), 6443, 0))),
            ("[fe80::1%3]:443", Some(("fe80::1".into(), Some(link), 443, 3))),
            ("kubernetes.default.svc:443", Some(("kubernetes.default.svc".into(), None, 443, 0))),
            ("kubernetes.default.svc", None),
            ("[fd00::1:443", None),
            ("host:0x1", None),
            (":443", None),
        ] {
            assert_eq!(parsed(authority), expected, "{authority}");
        }
    }

    #[test]
    fn what_nothing_verifies_stays_on_this_machine() {
        let proxy = Host::parse("localhost:8001", true).map(|host| {
            [[127, 0, 0, 1], [127, 9, 9, 9], [10, 0, 0, 1]]
                .map(|address| host.permits(IpAddr::from(address)).is_some())
        });
        assert_eq!(proxy, Some([true, true, false]));
        assert_eq!(Host::parse("10.0.0.1:80", true).and_then(|host| host.address()), None);
    }
}
