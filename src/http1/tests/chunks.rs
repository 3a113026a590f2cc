//! Bodies in chunks.

use super::*;

fn chunked(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

#[test]
fn chunks_are_put_together() {
    for (chunks, data) in [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
        ("A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij"),
        ("000000000000005\r\nhello\r\n000\r\n\r\n", "hello"),
        ("5 \r\nhello\r\n0\t\r\n\r\n", "hello"),
        ("5;a\r\nhello\r\n0;b=c;d=\"e;f\"\r\n\r\n", "hello"),
        ("5 ; a = b\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\n\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n", "\r\n0\r\n"),
        ("5\r\nhello\r\n0\r\nExpires: never\r\nX-Sum: 1\r\n\r\n", "hello"),
        // They name no length, of whatever body.
        ("5\r\nhello\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\n\r\n", "hello"),
    ] {
        let seen = get(&chunked(chunks));
        assert_eq!(
            (seen.body.as_slice(), seen.end),
            (data.as_bytes(), Finish::Ended),
            "{chunks:?}"
        );
        assert!(seen.reusable, "{chunks:?}");
        assert_eq!(seen.head.unwrap().headers.len(), 1, "trailers are no headers");
    }
}

#[test]
fn what_is_no_chunk_is_refused() {
    for chunks in [
        // The line of a size.
        "\r\n",
        ";a\r\n\r\n",
        " 5\r\nhello\r\n",
        "\r\n5\r\nhello\r\n",
        "x\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        "+5\r\nhello\r\n",
        "-5\r\nhello\r\n",
        "5 5\r\nhello\r\n",
        "5x\r\nhello\r\n",
        "5,\r\nhello\r\n",
        "5\nhello\r\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n",
        "5\r\rhello\r\n",
        "\u{ff15}\r\nhello\r\n",
        // Overflows, of 64 bits and of the parser's digits.
        "10000000000000000\r\n",
        "fffffffffffffffff\r\n",
        "ffffffffffffffffffffffffffffffffffffffff\r\n",
        "00000000000000005\r\nhello\r\n",
        // The line break after the data.
        "5\r\nhelloo\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\r\n",
        "5\r\nhell\r\n0\r\n\r\n",
        // Trailers.
        "0\r\nX\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\n X: y\r\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",
        "0\r\nX: a\0b\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\n\n",
        "0\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        assert_eq!(code(&chunked(chunks)), PROTOCOL, "{chunks:?}");
    }
}

#[test]
fn the_largest_chunk_there_is_does_not_overflow() {
    for size in ["ffffffffffffffff", "7fffffffffffffff", "100000000", "ffffffff"] {
        let seen = get(&chunked(&format!("{size}\r\nhello")));
        assert_eq!((seen.body.as_slice(), seen.end), (&b"hello"[..], Finish::Open), "{size}");
    }
}

#[test]
fn the_end_is_known_with_the_last_bytes() {
    let mut response = Response::new("GET", PEER);
    response.feed(chunked("5\r\nhello\r\n0\r\n\r\n").into_bytes());
    assert_eq!(response.read(5), Ok(Some(b"hello".to_vec())));
    assert!(response.is_ended(), "before anybody asks for more");
}

#[test]
fn a_body_is_not_copied_where_all_that_came_is_body() {
    for head in
        ["Content-Length: 300000\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n493e0\r\n"]
    {
        let mut response = Response::new("GET", PEER);
        response.feed(format!("HTTP/1.1 200 OK\r\n{head}").into_bytes());
        assert_eq!(response.read(1 << 20), Ok(Some(Vec::new())));
        let bytes = vec![7; 100_000];
        let address = bytes.as_ptr();
        response.feed(bytes);
        let read = response.read(1 << 20).unwrap().unwrap();
        assert_eq!((read.as_ptr(), read.len()), (address, 100_000), "{head:?}");
    }
}

#[test]
fn reading_nothing_loses_nothing() {
    let mut response = Response::new("GET", PEER);
    response.feed(chunked("5\r\nhello\r\n0\r\n\r\n").into_bytes());
    assert_eq!(response.read(0), Ok(Some(Vec::new())));
    assert!(!response.is_ended() && !response.wants_bytes());
    assert_eq!(response.read(9), Ok(Some(b"hello".to_vec())));
    assert_eq!(response.read(0), Ok(None));
}
