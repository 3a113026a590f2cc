//! Floods: each ends in an error, and none takes memory without end.

use super::*;

const HEAD: usize = 64 << 10;

/// Feeds the same again and again, as a server that never stops, until that is refused.
fn flood(start: &str, again: &str) -> (&'static str, usize) {
    let mut response = Response::new("GET", PEER);
    response.feed(start.as_bytes().to_vec());
    let mut fed = start.len();
    loop {
        let _ = response.head();
        match response.read(1 << 20) {
            Err(error) => {
                assert_eq!(error.failure, ConnectionFailure::Http);
                assert_eq!(response.held(), 0);
                return (error.code, fed);
            }
            Ok(bytes) => assert!(bytes.is_some(), "an end"),
        }
        response.feed(again.as_bytes().to_vec());
        fed += again.len();
        // Vectors double as they grow.
        assert!(response.held() <= 2 * HEAD + again.len(), "{}", response.held());
        assert!(fed < 4 << 20, "no end to it");
    }
}

#[test]
fn floods_are_refused() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (start, again, code, at_most) in [
        ("HTTP/1.1 200 ", "x", "HTTP-response-header-section-size", HEAD + 1),
        ("HTTP/1.1 200 OK\r\nX: ", "x", "HTTP-response-header-section-size", HEAD + 1),
        ("HTTP/1.1 200 OK\r\nX", "xxx", "HTTP-response-header-section-size", HEAD + 3),
        ("HTTP/1.1 200 OK\r\n", "Cookie: a=b\r\n", "HTTP-response-header-section-size", HEAD + 99),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", PROTOCOL, 17 * 25),
        ("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", PROTOCOL, 17 * 50),
        (chunked, "0", PROTOCOL, 4300),
        (chunked, " ", PROTOCOL, 4300),
        (&format!("{chunked}5;"), "extension=", PROTOCOL, 4300),
        (chunked, &format!("1;{}\r\nx\r\n", "x".repeat(4000)), PROTOCOL, 24 << 10),
        (chunked, &format!("1;{}\r\nx\r\n", "x".repeat(40)), PROTOCOL, 99 << 10),
        (&format!("{chunked}0\r\n"), "X: y\r\n", "HTTP-response-trailer-section-size", 17 << 10),
        (&format!("{chunked}0\r\nX: "), "x", "HTTP-response-trailer-section-size", 17 << 10),
    ] {
        let (seen, fed) = flood(start, again);
        assert_eq!(seen, code, "{start:?} {again:?}");
        assert!(fed <= at_most, "{start:?} {again:?}: not before {fed}");
    }
}

/// The same, fed in one piece and in pieces that end anywhere.
fn finish(bytes: &str) -> Finish {
    let seen = read("GET", [bytes.as_bytes()], Then::Open, 1 << 20);
    for size in [997, 4096, 65_535] {
        assert_eq!(read("GET", bytes.as_bytes().chunks(size), Then::Open, 1 << 20), seen);
    }
    seen.end
}

#[test]
fn what_is_just_within_the_limits_is_taken() {
    let refused = |code| Finish::Failed(ConnectionFailure::Http, code);
    let head = |length: usize| {
        let start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
        format!("{start}{}\r\n\r\n", "x".repeat(length - start.len() - 4))
    };
    assert_eq!(finish(&head(HEAD)), Finish::Ended);
    assert_eq!(finish(&head(HEAD + 1)), refused("HTTP-response-header-section-size"));

    let many = |count: usize| {
        format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X: y\r\n".repeat(count - 1))
    };
    assert_eq!(finish(&many(256)), Finish::Ended);
    assert_eq!(finish(&many(257)), refused("HTTP-response-header-section-size"));

    let interim = |count| {
        format!("{}HTTP/1.1 204 x\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n".repeat(count))
    };
    assert_eq!(finish(&interim(16)), Finish::Ended);
    assert_eq!(finish(&interim(17)), refused(PROTOCOL));

    let chunked =
        |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let line = |length: usize| chunked(&format!("1;{}\r\nx\r\n0\r\n\r\n", "x".repeat(length - 4)));
    assert_eq!(finish(&line(4096)), Finish::Ended);
    assert_eq!(finish(&line(4097)), refused(PROTOCOL));

    let trailers = |count| chunked(&format!("0\r\n{}\r\n", "X: y\r\n".repeat(count)));
    assert_eq!(finish(&trailers(256)), Finish::Ended);
    assert_eq!(finish(&trailers(257)), refused("HTTP-response-trailer-section-size"));
    let trailer = |length: usize| chunked(&format!("0\r\nX: {}\r\n\r\n", "x".repeat(length - 7)));
    assert_eq!(finish(&trailer(16 << 10)), Finish::Ended);
    assert_eq!(finish(&trailer((16 << 10) + 1)), refused("HTTP-response-trailer-section-size"));
}

#[test]
fn small_chunks_never_run_into_a_limit() {
    // A watch of events that are tiny, with the extensions of a proxy that counts them.
    let body = "1;n=12345678\r\nx\r\n".repeat(100_000);
    let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let seen = read("GET", bytes.as_bytes().chunks(1 << 16), Then::Open, 1 << 20);
    assert_eq!((seen.body.len(), seen.end), (100_000, Finish::Open));
}

#[test]
fn no_more_is_held_than_was_fed() {
    let mut response = Response::new("GET", PEER);
    response.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec());
    let mut read = 0;
    for _ in 0..200 {
        response.feed([&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat());
        assert!(response.held() < 70_000, "{}", response.held());
        while let Some(bytes) = response.read(16 << 10).unwrap().filter(|bytes| !bytes.is_empty()) {
            assert!(bytes.capacity() <= 16 << 10);
            read += bytes.len();
        }
    }
    assert_eq!(read, 200 * 0x10000);
}
