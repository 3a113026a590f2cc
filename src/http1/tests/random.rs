//! Random answers, good ones and bad ones, in random pieces.

use super::*;
use crate::cases::{Random, cases};

/// How many of each kind.
const CASES: u64 = 3000;

/// A good answer, and what is to be seen of it.
fn answer(random: &mut Random) -> (&'static str, Vec<u8>, Then, Seen) {
    let method = random.of(&["GET", "GET", "POST", "DELETE", "HEAD"]);
    let status = random.of(&[200, 200, 200, 201, 204, 304, 400, 404, 409, 500]);
    let mut bytes = Vec::new();
    for _ in 0..random.below(3) / 2 {
        bytes.extend_from_slice(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    }
    bytes.extend_from_slice(format!("HTTP/1.1 {status} Some Reason\r\n").as_bytes());
    let mut headers = Vec::new();
    for _ in 0..random.below(6) {
        let name = random.of(&["Audit-Id", "warning", "X-A_b", "Date", "KEEP-ALIVE"]);
        let value = random.of(&["", "x", "299 - \"a, b\"", "caf\u{e9}", "a:b; c=d"]);
        headers.push((name, value.to_owned()));
    }
    let close = random.chance(8);
    if close {
        headers.push(("Connection", "close".to_owned()));
    }
    let most = random.of(&[0, 1, 30, 2000]);
    let mut body = random.bytes(most);
    let kind = random.below(3);
    match kind {
        0 => headers.push(("Content-Length", format!("{}", body.len()))),
        1 => headers.push(("Transfer-Encoding", "chunked".to_owned())),
        _ => {}
    }
    let at = random.below(headers.len());
    headers.rotate_left(at);
    for (name, value) in &headers {
        let space = random.of(&["", " ", "\t "]);
        bytes.extend_from_slice(format!("{name}:{space}{value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    let none = method == "HEAD" || matches!(status, 204 | 304);
    if none {
        body.clear();
    } else if kind == 1 {
        chunks(random, &body, &mut bytes);
    } else {
        bytes.extend_from_slice(&body);
    }
    let until_close = kind == 2 && !none;
    let then = if until_close { Then::Clean } else { Then::Open };
    let announced = status == 204
        && (kind == 1
            || headers.iter().any(|(name, value)| *name == "Content-Length" && value != "0"));
    let announced = announced && method != "HEAD";
    let headers = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let seen = Seen {
        head: Some(ResponseHead { status, headers }),
        body,
        end: Finish::Ended,
        reusable: !close && !until_close && !announced,
        nothing: false,
    };
    (method, bytes, then, seen)
}

fn chunks(random: &mut Random, mut body: &[u8], bytes: &mut Vec<u8>) {
    let extensions = ["", "", "", ";a", " ; b=\"c;d\"", ";e=f;g"];
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(random.below(body.len()) + 1);
        let size = chunk.len();
        let size = if random.chance(2) { format!("{size:x}") } else { format!("{size:04X}") };
        bytes.extend_from_slice(format!("{size}{}\r\n", random.of(&extensions)).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
        body = rest;
    }
    bytes.extend_from_slice(random.of(&["0", "0;x", "000"]).as_bytes());
    bytes.extend_from_slice(random.of(&["\r\n\r\n", "\r\nX-Trailer: y\r\n\r\n"]).as_bytes());
}

/// Does harm.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    const PARTS: &[&[u8]] = &[
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b":",
        b";",
        b",",
        b"0",
        b"f",
        b"\r\n\r\n",
        b"\xff",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 ",
        b"ffffffffffffffff",
    ];
    for _ in 0..random.below(4) + 1 {
        // Most of what can go wrong is in heads.
        let most = if random.chance(3) { bytes.len() } else { bytes.len().min(200) };
        let at = random.below(most + 1).min(bytes.len());
        let end = (at + random.below(20)).min(bytes.len());
        match random.below(6) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => drop(bytes.splice(at..at, random.of(PARTS).iter().copied())),
        }
    }
}

/// Feeds anything in any way, and checks what has to hold whatever it is: no panic,
/// the same result in whatever pieces, no more memory than was fed, and an end.
fn drive(random: &mut Random, method: &str, bytes: &[u8]) {
    for then in [Then::Open, Then::Clean, Then::Unclean] {
        let whole = read(method, [bytes], then, usize::MAX);
        assert!(then == Then::Open || whole.end != Finish::Open);
        assert!(whole.body.len() <= bytes.len());
        let pieces = random.pieces(bytes);
        let max = random.of(&[1, 2, 50, 100_000]);
        assert_eq!(read(method, pieces, then, max), whole);
    }
    // A caller that feeds more than is wanted.
    let whole = read(method, [bytes], Then::Clean, usize::MAX);
    let mut response = Response::new(method, PEER);
    let mut body = Vec::new();
    for piece in random.pieces(bytes) {
        response.feed(piece.to_vec());
        body.extend(response.read(random.below(9)).ok().flatten().unwrap_or_default());
    }
    response.end(true);
    while let Ok(Some(bytes)) = response.read(9) {
        body.extend(bytes);
    }
    assert_eq!((response.head().ok().flatten(), body), (whole.head, whole.body));
    // One that keeps no rule.
    let mut response = Response::new(method, PEER);
    let mut fed = 0;
    for piece in random.pieces(bytes) {
        response.feed(piece.to_vec());
        fed += piece.len();
        match random.below(9) {
            0 => drop(response.head()),
            1 => response.end(random.chance(2)),
            2 => drop(response.read(random.below(50))),
            _ => {}
        }
        assert!(response.held() <= 3 * fed + 64, "{} of {fed}", response.held());
    }
}

#[test]
fn good_answers_are_read_in_whatever_pieces() {
    cases(0, CASES, |random| {
        let (method, bytes, then, expected) = answer(random);
        let pieces = random.pieces(&bytes);
        let max = random.of(&[1, 10, 1000, usize::MAX]);
        let seen = read(method, pieces, then, max);
        assert_eq!(seen, expected, "{:?}", String::from_utf8_lossy(&bytes));
    });
}

#[test]
fn good_answers_cut_short_are_never_good() {
    cases(1, CASES, |random| {
        let (method, bytes, then, _) = answer(random);
        let cut = &bytes[..random.below(bytes.len())];
        let seen = read(method, random.pieces(cut), Then::Unclean, 1000);
        assert!(matches!(seen.end, Finish::Failed(ConnectionFailure::Terminated, _)), "{seen:?}");
        if then == Then::Open {
            let seen = read(method, random.pieces(cut), Then::Clean, 1000);
            assert!(matches!(seen.end, Finish::Failed(ConnectionFailure::Terminated, _)));
        }
    });
}

#[test]
fn harmed_answers_do_no_harm() {
    cases(2, CASES, |random| {
        let (method, mut bytes, ..) = answer(random);
        mutate(random, &mut bytes);
        drive(random, method, &bytes);
    });
}

#[test]
fn garbage_does_no_harm() {
    cases(3, CASES, |random| {
        let start = random.of(&[
            "",
            "HTTP/1.1 ",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ]);
        let mut bytes = start.as_bytes().to_vec();
        bytes.extend(random.bytes(300));
        drive(random, "GET", &bytes);
    });
}
