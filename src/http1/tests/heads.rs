//! Heads: what is taken, what is refused, and what becomes of it.

use super::*;

fn headers(bytes: &[u8]) -> Vec<(String, String)> {
    read_every_way("GET", bytes, Then::Open).head.unwrap().headers
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn names_are_lower_case_and_the_order_stays() {
    let bytes =
        b"HTTP/1.1 200 OK\r\nAudit-Id: One\r\nWARNING: 299 - \"a\"\r\nContent-Length: 0\r\n\
                  Empty:\r\nwarning: 299 - \"b\"\r\nX!#$%&'*+-.^_`|~9: \t spaced out \t \r\n\r\n";
    let expected = pairs(&[
        ("audit-id", "One"),
        ("warning", "299 - \"a\""),
        ("content-length", "0"),
        ("empty", ""),
        ("warning", "299 - \"b\""),
        ("x!#$%&'*+-.^_`|~9", "spaced out"),
    ]);
    assert_eq!(headers(bytes), expected);
}

#[test]
fn values_that_are_no_utf8_are_replaced() {
    let bytes = b"HTTP/1.1 200 \xe9\r\nA: caf\xe9\r\nB: caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n";
    let expected = pairs(&[("a", "caf\u{fffd}"), ("b", "caf\u{e9}"), ("content-length", "0")]);
    assert_eq!(headers(bytes), expected);
}

#[test]
fn status_lines_in_use_are_taken() {
    for (line, status) in [
        ("HTTP/1.1 200 OK", 200),
        ("HTTP/1.1 200 ", 200),
        ("HTTP/1.1 200", 200),
        ("HTTP/1.1 404 Not\tFound, really", 404),
        ("HTTP/1.1 422 Unprocessable Entity", 422),
        ("HTTP/1.1 599 x", 599),
        ("HTTP/1.1 999 x", 999),
        ("HTTP/1.0 200 OK", 200),
    ] {
        let seen = get(&format!("{line}\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(seen.head.map(|head| head.status), Some(status), "{line}");
        assert_eq!(seen.end, Finish::Ended);
    }
}

#[test]
fn what_is_no_status_line_is_refused() {
    for line in [
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 20x OK",
        "HTTP/1.1 +20 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 000 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1 200 O\rK",
        "HTTP/1.1 200 O\u{7f}K",
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP/1.2 200 OK",
        "HTTP/1.10 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/2 200",
        "http/1.1 200 OK",
        " HTTP/1.1 200 OK",
        "ICY 200 OK",
        "200 OK",
        "",
        "\r\nHTTP/1.1 200 OK",
        "SSH-2.0-OpenSSH_9.9",
        "GET / HTTP/1.1",
        "<!DOCTYPE html>",
    ] {
        let seen = get(&format!("{line}\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(seen.end, Finish::Failed(ConnectionFailure::Http, PROTOCOL), "{line:?}");
        assert_eq!(seen.head, None);
    }
}

#[test]
fn what_is_not_http_is_told_at_once() {
    for (bytes, words) in [
        (&b"SSH-2.0-OpenSSH_9.9\r\n"[..], "not HTTP/1"),
        (b"\0\0\x12\x04\0\0\0\0\0", "not HTTP/1"),
        (b"HTTP/2", "not HTTP/1"),
        (b"x", "not HTTP/1"),
        // An alert, as TLS servers answer a plain request.
        (b"\x15\x03\x01\0\x02\x02\x46", "`https://`"),
    ] {
        let mut response = Response::new("GET", PEER);
        response.feed(bytes.to_vec());
        let error = response.head().unwrap_err();
        assert!(error.message.contains(words), "{error}");
        assert!(!response.wants_bytes());
    }
}

#[test]
fn what_go_tells_plain_clients_is_an_answer() {
    let bytes =
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    let seen = read_every_way("GET", bytes, Then::Clean);
    assert_eq!(seen.head.unwrap().status, 400);
    assert!(seen.body.starts_with(b"Client sent"));
    assert_eq!(seen.end, Finish::Ended);
}

#[test]
fn headers_that_two_readers_may_read_in_two_ways_are_refused() {
    for line in [
        "Content-Length : 5",
        "Content-Length\t: 5",
        "Content Length: 5",
        " Content-Length: 5",
        "\tContent-Length: 5",
        "X: y\r\n folded: z",
        "X: y\r\n\tz",
        "X:\r\n y",
        "X: a\rb",
        "X: a\r\rb",
        "X: a\0b",
        "X: a\u{1}b",
        "X: a\u{b}b",
        "X: a\u{7f}b",
        "X\0: a",
        "X\u{e9}: a",
        "X(y): a",
        "\"X\": a",
        ": a",
        "X",
        "X y",
        "\0",
        "X: a\nContent-Length: 5",
        "X: a\n",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(code(&bytes), PROTOCOL, "{line:?}");
    }
}

#[test]
fn bare_line_feeds_are_refused() {
    for bytes in [
        "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\n\n",
        "HTTP/1.1 200 OK\r\nA: b\n\nC: d\r\n\r\n",
    ] {
        assert_eq!(code(bytes), PROTOCOL, "{bytes:?}");
    }
    // Told as it comes, with no wait for an end that may never come.
    let mut response = Response::new("GET", PEER);
    response.feed(b"HTTP/1.1 200 OK\n".to_vec());
    assert!(response.head().is_err());
}

#[test]
fn interim_answers_are_passed_over() {
    let seen = get("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\
                    Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n\
                    HTTP/1.1 102\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nab");
    assert_eq!((seen.head.unwrap().status, seen.body.as_slice()), (201, &b"ab"[..]));
    assert!(seen.end == Finish::Ended && seen.reusable);

    for bytes in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2"] {
        let seen = read_every_way("GET", bytes.as_bytes(), Then::Clean);
        assert_eq!((seen.head, seen.end, seen.nothing), (None, INCOMPLETE, false));
    }
    assert_eq!(code("HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), PROTOCOL);
}

#[test]
fn another_protocol_is_refused() {
    let bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx";
    assert_eq!(code(bytes), "HTTP-upgrade-failed");
}

#[test]
fn errors_never_hold_what_the_server_sent() {
    for bytes in [
        "HTTP/1.1 200 s3cr3t\0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nSet-Cookie: s3cr3t\0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: s3cr3t\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: s3cr3t\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cr3t\r\n",
        "s3cr3t",
    ] {
        let mut response = Response::new("GET", PEER);
        response.feed(bytes.as_bytes().to_vec());
        let _ = response.head();
        let error = response.read(9).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
    }
}
