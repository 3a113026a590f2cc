//! Requests as they go over the wire.

use super::*;
use crate::transport::{Authorization, RequestHead, Timeouts};
use core::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn head<'a>(method: &'a str, headers: &'a [(String, String)], body: BodySize) -> RequestHead<'a> {
    RequestHead {
        method,
        tls: true,
        trust: None,
        authority: "10.96.0.1:443",
        path_with_query: "/api/v1/pods?limit=2",
        headers,
        authorization: Some(Authorization("Bearer s3cr3t".into())),
        body,
        answered_lately: false,
        timeouts: Timeouts { connect: SECOND, first_byte: SECOND, between_bytes: SECOND },
    }
}

fn written(head: &RequestHead<'_>) -> String {
    String::from_utf8(RequestBytes::new(head, PEER).unwrap().expose().to_vec()).unwrap()
}

#[test]
fn a_head_is_written_in_order() {
    let headers = [("accept".into(), "a/b, c/d".into()), ("X-Empty".into(), String::new())];
    let expected = "GET /api/v1/pods?limit=2 HTTP/1.1\r\nHost: 10.96.0.1\r\naccept: a/b, c/d\r\n\
                    X-Empty: \r\nAuthorization: Bearer s3cr3t\r\n\r\n";
    assert_eq!(written(&head("GET", &headers, BodySize::Empty)), expected);
    let anonymous = RequestHead { authorization: None, ..head("GET", &[], BodySize::Empty) };
    let expected = "GET /api/v1/pods?limit=2 HTTP/1.1\r\nHost: 10.96.0.1\r\n\r\n";
    assert_eq!(written(&anonymous), expected);
}

#[test]
fn a_head_says_how_its_body_ends() {
    for (method, body, expected) in [
        ("GET", BodySize::Empty, ""),
        ("HEAD", BodySize::Empty, ""),
        ("DELETE", BodySize::Empty, ""),
        ("OPTIONS", BodySize::Empty, ""),
        ("POST", BodySize::Empty, "Content-Length: 0\r\n"),
        ("PUT", BodySize::Empty, "Content-Length: 0\r\n"),
        ("PATCH", BodySize::Empty, "Content-Length: 0\r\n"),
        ("DELETE", BodySize::Known(0), "Content-Length: 0\r\n"),
        ("POST", BodySize::Known(u64::MAX), "Content-Length: 18446744073709551615\r\n"),
        ("GET", BodySize::Unknown, "Transfer-Encoding: chunked\r\n"),
    ] {
        let text = written(&head(method, &[], body));
        let expected = format!("Authorization: Bearer s3cr3t\r\n{expected}\r\n");
        assert!(text.ends_with(&expected), "{method} {body:?}: {text}");
    }
}

#[test]
fn the_host_has_no_port_that_goes_without_saying_and_no_zone() {
    for (tls, authority, host) in [
        (true, "kubernetes.default.svc:443", "kubernetes.default.svc"),
        (true, "10.0.0.1:6443", "10.0.0.1:6443"),
        (true, "10.0.0.1:80", "10.0.0.1:80"),
        (true, "10.0.0.1:8443", "10.0.0.1:8443"),
        (false, "127.0.0.1:443", "127.0.0.1:443"),
        (false, "127.0.0.1:80", "127.0.0.1"),
        (false, "127.0.0.1:8001", "127.0.0.1:8001"),
        (true, "[fd00::1]:443", "[fd00::1]"),
        (true, "[fd00::443]:6443", "[fd00::443]:6443"),
        (true, "[fe80::1%eth0]:443", "[fe80::1]"),
        (true, "[fe80::1%eth0]:6443", "[fe80::1]:6443"),
    ] {
        let head = RequestHead { tls, authority, ..head("GET", &[], BodySize::Empty) };
        assert!(written(&head).contains(&format!("\r\nHost: {host}\r\n")), "{authority}");
    }
}

#[test]
fn what_would_break_the_frame_is_not_written() {
    let get = || head("GET", &[], BodySize::Empty);
    let token = |value: &str| Some(Authorization(value.into()));
    for bad in [
        RequestHead { method: "GET /x", ..get() },
        RequestHead { method: "GET\r\n", ..get() },
        RequestHead { method: "", ..get() },
        RequestHead { path_with_query: "/a HTTP/1.1\r\nX: y", ..get() },
        RequestHead { path_with_query: "/a b", ..get() },
        RequestHead { path_with_query: "/a\0", ..get() },
        RequestHead { path_with_query: "/a\x7f", ..get() },
        RequestHead { path_with_query: "", ..get() },
        RequestHead { authority: "a\r\nX: y", ..get() },
        RequestHead { authorization: token("Bearer s3cr3t\r\nX: y"), ..get() },
        RequestHead { authorization: token("Bearer s3cr3t\n"), ..get() },
        RequestHead { authorization: token("Bearer s3cr3t\0"), ..get() },
        head("GET", &[("x".into(), "s3cr3t\r\nX: y".into())], BodySize::Empty),
        head("GET", &[("x".into(), "s3cr3t\n".into())], BodySize::Empty),
        head("GET", &[("x".into(), "s3cr3t\r".into())], BodySize::Empty),
        head("GET", &[("x\r\ny".into(), String::new())], BodySize::Empty),
        head("GET", &[("x: y".into(), String::new())], BodySize::Empty),
        head("GET", &[("x:".into(), String::new())], BodySize::Empty),
        head("GET", &[(String::new(), String::new())], BodySize::Empty),
    ] {
        let error = RequestBytes::new(&bad, PEER).unwrap_err();
        assert_eq!((error.failure, error.code), (ConnectionFailure::Http, PROTOCOL));
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}

#[test]
fn no_header_ends_its_line_wherever_that_is_tried() {
    let write = |value: &str| {
        let headers = [("x".into(), value.into())];
        RequestBytes::new(&head("GET", &headers, BodySize::Empty), PEER).map(|_| ())
    };
    for length in 0..20 {
        for position in 0..=length {
            let (before, after) = ("\u{e9}y\t".repeat(position), "y".repeat(length - position));
            for bad in ["\r", "\n", "\0"] {
                assert!(write(&format!("{before}{bad}{after}")).is_err(), "{length}, {position}");
            }
            for good in ["\t", "\x01", "\x0b", "\x0e", "\x7f", "\u{80}", "\u{10ffff}"] {
                assert!(write(&format!("{before}{good}{after}")).is_ok(), "{length}, {position}");
            }
        }
    }
}

#[test]
fn the_token_is_in_one_place_alone() {
    let headers: Vec<_> = (0..50).map(|n| (format!("x-{n}"), "y".repeat(n))).collect();
    for body in [BodySize::Empty, BodySize::Known(12345), BodySize::Unknown] {
        let head = head("POST", &headers, body);
        let bytes = RequestBytes::new(&head, PEER).unwrap();
        assert_eq!(format!("{bytes:?}"), "RequestBytes([redacted])");
        // Had it grown, a copy would be left in what was freed.
        assert_eq!(bytes.measured(), bytes.expose().len());
    }
}

/// A body, written in pieces of a size, as it goes over the wire.
fn encoded(size: BodySize, body: &[u8], piece: usize) -> Vec<u8> {
    let mut request = RequestBody::new(size, PEER);
    let (mut wire, mut out) = (Vec::new(), Vec::new());
    for mut bytes in body.chunks(piece) {
        while !bytes.is_empty() {
            let count = request.encode(bytes, &mut out).unwrap();
            assert!(out.len() <= RequestBody::MAX_BUFFERED);
            assert!(count > 0 || !out.is_empty(), "no progress");
            bytes = &bytes[count..];
            // The connection takes some, and when there is no room, all of it.
            let sent = if count == 0 { out.len() } else { out.len() / 2 };
            wire.extend(out.drain(..sent));
        }
    }
    request.finish(&mut out).unwrap();
    assert!(request.is_complete());
    request.finish(&mut out).unwrap();
    wire.extend(out);
    wire
}

#[test]
fn a_body_of_known_length_goes_as_it_is() {
    let body: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    for piece in [1, 1000, 16 << 10, usize::MAX] {
        assert!(encoded(BodySize::Known(100_000), &body, piece) == body);
    }
    assert_eq!(encoded(BodySize::Known(0), b"", 1), b"");
    assert_eq!(encoded(BodySize::Empty, b"", 1), b"");
}

#[test]
fn a_body_of_unknown_length_goes_in_chunks() {
    assert_eq!(encoded(BodySize::Unknown, b"", 1), b"0\r\n\r\n");
    assert_eq!(encoded(BodySize::Unknown, b"hello", 9), b"5\r\nhello\r\n0\r\n\r\n");
    assert_eq!(encoded(BodySize::Unknown, &[b'x'; 16], 99)[..4], *b"10\r\n");
    let body: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    for piece in [1, 9, 15, 16, 17, 255, 256, 1000, 16 << 10, usize::MAX] {
        let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        bytes.extend(encoded(BodySize::Unknown, &body, piece));
        let seen = read("GET", [bytes.as_slice()], Then::Open, usize::MAX);
        assert!(seen.body == body && seen.end == Finish::Ended, "{piece}");
    }
}

#[test]
fn an_empty_write_ends_nothing() {
    let mut request = RequestBody::new(BodySize::Unknown, PEER);
    let mut out = Vec::new();
    assert_eq!(request.encode(b"", &mut out), Ok(0));
    assert!(out.is_empty() && !request.is_complete());
}

#[test]
fn a_full_buffer_takes_nothing() {
    for size in [BodySize::Known(9), BodySize::Unknown] {
        let mut request = RequestBody::new(size, PEER);
        let mut out = vec![0; RequestBody::MAX_BUFFERED];
        assert_eq!(request.encode(b"hello", &mut out), Ok(0));
        assert_eq!(out.len(), RequestBody::MAX_BUFFERED);
        // A chunk needs room for its frame, too.
        out.truncate(RequestBody::MAX_BUFFERED - 8);
        let count = request.encode(b"hello", &mut out).unwrap();
        assert_eq!(count, if size == BodySize::Unknown { 0 } else { 5 });
    }
}

#[test]
fn a_body_of_another_length_than_announced_is_an_error() {
    let code = |error: crate::transport::ConnectionError| (error.failure, error.code);
    let expected = (ConnectionFailure::Http, "HTTP-request-body-size");
    let mut out = Vec::new();

    let mut request = RequestBody::new(BodySize::Known(5), PEER);
    assert_eq!(code(request.encode(b"hello!", &mut out).unwrap_err()), expected);
    assert_eq!(request.encode(b"hell", &mut out), Ok(4));
    assert_eq!(code(request.finish(&mut out).unwrap_err()), expected);
    assert!(!request.is_complete());
    assert_eq!(request.encode(b"o", &mut out), Ok(1));
    assert!(request.is_complete());
    assert_eq!(code(request.encode(b"!", &mut out).unwrap_err()), expected);
    assert_eq!(request.finish(&mut out), Ok(()));
    assert_eq!(out, b"hello");

    for size in [BodySize::Empty, BodySize::Known(0), BodySize::Unknown] {
        let mut request = RequestBody::new(size, PEER);
        request.finish(&mut Vec::new()).unwrap();
        let mut out = Vec::new();
        assert_eq!(code(request.encode(b"x", &mut out).unwrap_err()), expected, "{size:?}");
        assert_eq!(request.encode(b"", &mut out), Ok(0));
        assert!(out.is_empty());
    }
}
