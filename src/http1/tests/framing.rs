//! Where a body ends.

use super::*;

const HELLO: &str = "5\r\nhello\r\n0\r\n\r\n";

fn answer(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}")
}

#[test]
fn a_length_ends_the_body() {
    for headers in [
        "Content-Length: 5\r\n",
        "content-length:5\r\n",
        "CONTENT-LENGTH: \t 5 \t\r\n",
        "Content-Length: 005\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 5 ,\t5,05\r\n",
    ] {
        let seen = get(&answer(headers, "hello"));
        assert_eq!((seen.body.as_slice(), seen.end), (&b"hello"[..], Finish::Ended), "{headers:?}");
        assert!(seen.reusable, "{headers:?}");
    }
    assert_eq!(body(&answer("Content-Length: 0\r\n", "")), "");
}

#[test]
fn what_is_no_length_is_refused() {
    for headers in [
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 5.0\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: five\r\n",
        "Content-Length:\r\n",
        "Content-Length: 5,\r\n",
        "Content-Length: ,5\r\n",
        "Content-Length: 5;5\r\n",
        "Content-Length: \u{665}\r\n",
        "Content-Length: 5\u{a0}\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Content-Length: 99999999999999999999999999999999\r\n",
        // Of which one is right.
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: 6\r\nX: y\r\ncontent-length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: \r\n",
    ] {
        assert_eq!(code(&answer(headers, "hello")), PROTOCOL, "{headers:?}");
    }
}

#[test]
fn the_longest_length_there_is_does_not_overflow() {
    let seen = get(&answer("Content-Length: 18446744073709551615\r\n", "hello"));
    assert_eq!((seen.body.as_slice(), seen.end), (&b"hello"[..], Finish::Open));
}

#[test]
fn chunks_end_the_body() {
    for headers in [
        "Transfer-Encoding: chunked\r\n",
        "transfer-encoding:CHUNKED\r\n",
        "Transfer-Encoding: \tChunked \r\n",
    ] {
        let seen = get(&answer(headers, HELLO));
        assert_eq!((seen.body.as_slice(), seen.end), (&b"hello"[..], Finish::Ended), "{headers:?}");
        assert!(seen.reusable);
    }
}

#[test]
fn other_transfer_codings_are_refused() {
    for headers in [
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: ,chunked\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\u{b}\u{e9}\r\n",
        "Transfer-Encoding: \u{ff43}hunked\r\n",
    ] {
        let code = code(&answer(headers, HELLO));
        let expected =
            if headers.contains('\u{b}') { PROTOCOL } else { "HTTP-response-transfer-coding" };
        assert_eq!(code, expected, "{headers:?}");
    }
}

#[test]
fn two_ways_to_end_a_body_are_refused() {
    for headers in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 15\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
    ] {
        assert_eq!(code(&answer(headers, HELLO)), PROTOCOL, "{headers:?}");
    }
    let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(code(old), PROTOCOL);
}

#[test]
fn the_end_of_the_connection_ends_a_body_without_either() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"] {
        let bytes = format!("{head}hello");
        let seen = read_every_way("GET", bytes.as_bytes(), Then::Clean);
        assert_eq!((seen.body.as_slice(), seen.end), (&b"hello"[..], Finish::Ended));
        assert!(!seen.reusable);
        assert_eq!(get(&bytes).end, Finish::Open);
        // The connection may have been cut: no list that is too short.
        let seen = read_every_way("GET", bytes.as_bytes(), Then::Unclean);
        assert_eq!((seen.body.as_slice(), seen.end), (&b"hello"[..], INCOMPLETE));
        let seen = read_every_way("GET", head.as_bytes(), Then::Clean);
        assert_eq!((seen.body.as_slice(), seen.end), (&b""[..], Finish::Ended));
    }
}

#[test]
fn any_other_end_of_the_connection_breaks_the_body_off() {
    for then in [Then::Clean, Then::Unclean] {
        for (bytes, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "hello"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", ""),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5", ""),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r", "hello"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n",
                "hello",
            ),
        ] {
            let seen = read_every_way("GET", bytes.as_bytes(), then);
            assert_eq!(
                (seen.body.as_slice(), seen.end),
                (body.as_bytes(), INCOMPLETE),
                "{bytes:?}"
            );
            assert!(!seen.reusable && !seen.nothing);
        }
    }
}

#[test]
fn some_answers_have_no_body_whatever_they_say() {
    const GET: &str = "GET";
    for (method, status, headers, kept) in [
        (GET, 204, "", true),
        (GET, 204, "Content-Length: 0\r\n", true),
        // The body may follow nonetheless.
        (GET, 204, "Content-Length: 5\r\n", false),
        (GET, 204, "Transfer-Encoding: chunked\r\n", false),
        (GET, 204, "Content-Length: x\r\n", false),
        (GET, 304, "", true),
        (GET, 304, "Content-Length: 5\r\n", true),
        (GET, 304, "Transfer-Encoding: chunked\r\n", true),
        (GET, 304, "Content-Length: 5, 6\r\n", false),
        ("HEAD", 200, "", true),
        ("HEAD", 200, "Content-Length: 5\r\n", true),
        ("HEAD", 204, "Content-Length: 5\r\n", true),
        ("HEAD", 404, "Transfer-Encoding: chunked\r\n", true),
        ("HEAD", 200, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", false),
        ("HEAD", 200, "Transfer-Encoding: gzip\r\n", false),
        ("HEAD", 200, "Connection: close\r\n", false),
    ] {
        let bytes = format!("HTTP/1.1 {status} x\r\n{headers}\r\n");
        let seen = read_every_way(method, bytes.as_bytes(), Then::Open);
        assert_eq!((seen.body.len(), seen.end), (0, Finish::Ended), "{bytes:?}");
        assert_eq!(seen.reusable, kept, "{method} {bytes:?}");
    }
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
    assert_eq!(read_every_way("POST", bytes, Then::Open).body, b"ab");
}
