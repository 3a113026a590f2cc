#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn hosts_and_ports_of_the_environment() {
    for (host, port, url) in [
        ("10.96.0.1", "443", "https://10.96.0.1:443"),
        ("10.96.0.1", "80", "https://10.96.0.1:80"),
        ("fd00::1", "443", "https://[fd00::1]:443"),
        ("[fd00::1]", "6443", "https://[fd00::1]:6443"),
        ("fe80::1%eth0", "443", "https://[fe80::1%eth0]:443"),
        ("kubernetes.default.svc", "443", "https://kubernetes.default.svc:443"),
        ("my_host", "0443", "https://my_host:443"),
    ] {
        assert_eq!(Server::https(host, port).unwrap().to_string(), url);
    }
}

#[test]
fn ports_that_are_none() {
    for port in ["", "0", "65536", "-1", "+443", "443 ", "https", "４４３", "99999999999999999999"]
    {
        assert_eq!(Server::https("10.96.0.1", port), Err(ServerError::Port), "{port:?}");
    }
}

#[test]
fn hosts_that_are_none() {
    let long = "a".repeat(254);
    for host in [
        "",
        " ",
        "a b",
        "user@host",
        "host/path",
        "host?q",
        "host:80",
        "[::1",
        "::1]",
        "[]",
        "%eth0",
        "fe80::1%",
        "fe80::1%a b",
        "1::2::3",
        "host\r\nx",
        "hôte",
        &long,
    ] {
        assert_eq!(Server::https(host, "443"), Err(ServerError::Host), "{host:?}");
    }
}

#[test]
fn urls() {
    for (url, canonical) in [
        ("https://kubernetes.default.svc", "https://kubernetes.default.svc:443"),
        ("https://kubernetes.default.svc/", "https://kubernetes.default.svc:443"),
        ("https://[fd00::1]", "https://[fd00::1]:443"),
        ("https://[fd00::1]:6443", "https://[fd00::1]:6443"),
        (
            "https://rancher.example/k8s/clusters/c-1/",
            "https://rancher.example:443/k8s/clusters/c-1",
        ),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://127.9.9.9", "http://127.9.9.9:80"),
        ("http://localhost:8001/", "http://localhost:8001"),
        ("http://LOCALHOST:8001/", "http://LOCALHOST:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ] {
        assert_eq!(Server::parse(url).unwrap().to_string(), canonical);
    }
}

#[test]
fn plain_http_stays_on_loopback() {
    for url in [
        "http://10.96.0.1:443",
        "http://kubernetes.default.svc",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://128.0.0.1",
        "http://[fd00::1]:80",
        "http://[::ffff:127.0.0.1]:80",
        "http://0.0.0.0:8001",
    ] {
        assert_eq!(Server::parse(url), Err(ServerError::PlainHttp), "{url}");
    }
}

#[test]
fn urls_that_are_none() {
    for (url, error) in [
        ("10.96.0.1:443", ServerError::Scheme),
        ("ftp://10.96.0.1", ServerError::Scheme),
        ("HTTPS://10.96.0.1", ServerError::Scheme),
        ("https://", ServerError::Host),
        ("https://fd00::1", ServerError::Host),
        ("https://[fd00::1]6443", ServerError::Host),
        ("https://user:secret@host", ServerError::Extra),
        ("https://host?x=1", ServerError::Extra),
        ("https://host#x", ServerError::Extra),
        ("https://host:port", ServerError::Port),
        ("https://host:", ServerError::Port),
        ("https://host/a/../b", ServerError::Path),
        ("https://host//", ServerError::Path),
    ] {
        assert_eq!(Server::parse(url), Err(error), "{url}");
    }
}
