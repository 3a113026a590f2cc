//! The connection after an answer, and its end.

use super::*;

#[test]
fn a_connection_is_kept_unless_the_server_closes_it() {
    for (head, kept) in [
        ("HTTP/1.1 200 OK\r\n", true),
        ("HTTP/1.1 404 Not Found\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: x-close, closed\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection:\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n", false),
        ("HTTP/1.1 200 OK\r\nconnection: CLOSE\r\n", false),
        ("HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\n", false),
        ("HTTP/1.1 200 OK\r\nConnection: close ,x\r\n", false),
        ("HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: close\r\n", false),
        ("HTTP/1.0 200 OK\r\n", false),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", false),
    ] {
        let seen = get(&format!("{head}Content-Length: 5\r\n\r\nhello"));
        assert_eq!((seen.end, seen.reusable), (Finish::Ended, kept), "{head:?}");
    }
}

#[test]
fn what_was_not_asked_for_is_never_an_answer() {
    for more in ["x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"] {
        for framed in
            ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
        {
            let seen = get(&format!("HTTP/1.1 200 OK\r\n{framed}{more}"));
            assert_eq!((seen.end, seen.reusable), (Finish::Ended, false), "{framed:?} {more:?}");
        }
    }
}

#[test]
fn a_connection_with_half_a_request_or_half_an_answer_is_not_reused() {
    let mut response = Response::new("POST", PEER);
    let mut request = RequestBody::new(BodySize::Known(5), PEER);
    response.feed(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno".to_vec());
    assert_eq!(response.read(9), Ok(Some(b"no".to_vec())));
    assert!(response.is_ended() && !response.is_reusable(&request));
    request.encode(b"hello", &mut Vec::new()).unwrap();
    assert!(response.is_reusable(&request));

    let whole = RequestBody::new(BodySize::Empty, PEER);
    let mut response = Response::new("GET", PEER);
    assert!(!response.is_reusable(&whole));
    response.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n".to_vec());
    assert!(!response.is_reusable(&whole));
    response.feed(b"no".to_vec());
    assert!(!response.is_reusable(&whole), "its body is not read");
    response.read(1).unwrap();
    assert!(!response.is_reusable(&whole), "half of it is not read");
    response.read(1).unwrap();
    assert!(response.is_reusable(&whole));
    response.end(true);
    assert!(!response.is_reusable(&whole), "there is no connection any more");
    assert_eq!(response.read(1), Ok(None), "but the answer was complete");
}

#[test]
fn a_connection_that_ends_without_an_answer_is_told_apart() {
    for then in [Then::Clean, Then::Unclean] {
        let seen = read("GET", [], then, 9);
        let closed = Finish::Failed(ConnectionFailure::Terminated, "connection-terminated");
        assert_eq!((seen.end, seen.nothing), (closed, true));
        for bytes in ["H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r"] {
            let seen = read_every_way("GET", bytes.as_bytes(), then);
            assert_eq!((seen.end, seen.nothing), (INCOMPLETE, false), "{bytes:?}");
        }
    }
    assert!(!Response::new("GET", PEER).nothing_received(), "it may still come");
}

#[test]
fn what_came_before_the_end_is_read_first() {
    let mut response = Response::new("GET", PEER);
    response.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello".to_vec());
    response.end(false);
    assert!(!response.wants_bytes());
    assert_eq!(response.head().unwrap().unwrap().status, 200);
    assert_eq!(response.head(), Ok(None));
    assert_eq!(response.read(3), Ok(Some(b"hel".to_vec())));
    assert_eq!(response.read(3), Ok(Some(b"lo".to_vec())));
    let error = response.read(3).unwrap_err();
    assert_eq!(error.failure, ConnectionFailure::Terminated);
    assert!(error.message.contains("try again"), "{error}");
    assert_eq!(response.head(), Err(error));
}

#[test]
fn the_first_end_counts() {
    let mut response = Response::new("GET", PEER);
    response.feed(b"HTTP/1.1 200 OK\r\n\r\nhello".to_vec());
    response.end(false);
    response.end(true);
    assert_eq!(response.read(9), Ok(Some(b"hello".to_vec())));
    assert!(response.read(9).is_err());
}
