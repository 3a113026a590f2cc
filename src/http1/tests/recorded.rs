//! Answers recorded from a real API server.

use super::*;
use crate::cases::Random;

#[test]
fn answers_of_a_real_server() {
    let directory = format!("{}/host-test/recorded", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "http") {
            continue;
        }
        check(&std::fs::read(&path).unwrap(), count);
        count += 1;
    }
    assert!(count >= 20, "{count}");
}

/// Records hold bodies without their chunks.
fn check(record: &[u8], seed: u64) {
    let text = String::from_utf8(record.to_vec()).unwrap().replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut random = Random::new(seed);
    let mut bytes = format!("{}\r\n\r\n", head.replace('\n', "\r\n")).into_bytes();
    if head.contains("Transfer-Encoding: chunked") {
        let mut rest = body.as_bytes();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(random.below(rest.len()) + 1);
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
            rest = after;
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
    } else {
        bytes.extend_from_slice(body.as_bytes());
    }
    for size in [1, 7, 1000, 16 << 10, usize::MAX] {
        let seen = read("GET", bytes.chunks(size), Then::Open, 64 << 10);
        assert_eq!(seen.end, Finish::Ended, "{head}");
        assert!(seen.body == body.as_bytes() && seen.reusable, "{head}");
        let headers: Vec<_> = head
            .lines()
            .skip(1)
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        assert_eq!(seen.head.unwrap().headers, headers);
    }
}
