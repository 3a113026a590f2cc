#![allow(clippy::unwrap_used)]

use super::*;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::io::Write;

fn compressed(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that compress to some extent, and differ from one another for long.
fn text(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 24
    };
    let mut text = Vec::new();
    while text.len() < length {
        let word = format!("\"item-{}\": {}, ", next() % 50, next());
        text.extend(word.bytes());
    }
    text.truncate(length);
    text
}

/// Decodes what comes in pieces of a size, and gives it in pieces of at most another.
fn decode(input: &[u8], piece: usize, max: usize) -> Result<Vec<u8>, Damaged> {
    let mut gzip = Gzip::new();
    let mut all = Vec::new();
    for piece in input.chunks(piece) {
        gzip.feed(piece.to_vec());
        while gzip.has_more() {
            let bytes = gzip.decode(max)?;
            assert!(bytes.len() <= max);
            all.extend(bytes);
        }
        assert!(gzip.decode(max)?.is_empty());
    }
    if gzip.is_complete() { Ok(all) } else { Err(Damaged) }
}

#[test]
fn what_was_compressed_comes_back() {
    for length in [0, 1, 100, 32 << 10, (32 << 10) + 1, 300_000] {
        let text = text(length);
        for level in [0, 1, 9] {
            let compressed = compressed(&text, level);
            for (piece, max) in [(1 << 20, 1 << 20), (1000, 777), (1 << 20, 100), (7, 1 << 20)] {
                assert_eq!(decode(&compressed, piece, max), Ok(text.clone()));
            }
        }
    }
    for piece in [1, 2, 3] {
        assert_eq!(decode(&compressed(&text(1000), 6), piece, 1), Ok(text(1000)));
    }
}

#[test]
fn several_members_are_one_answer() {
    let members = [text(10), text(0), text(70_000), text(1)];
    let compressed: Vec<_> = members.iter().flat_map(|member| compressed(member, 6)).collect();
    for piece in [1, 17, 1 << 20] {
        assert_eq!(decode(&compressed, piece, 1 << 20), Ok(members.concat()));
    }
}

#[test]
fn a_header_may_tell_more() {
    let builders = [
        GzBuilder::new().filename("list.json"),
        GzBuilder::new().comment("of pods"),
        GzBuilder::new().extra([7; 1000]),
        GzBuilder::new().filename("a").comment("").extra([]).mtime(7).operating_system(3),
    ];
    for builder in builders {
        let mut encoder = builder.write(Vec::new(), Compression::fast());
        encoder.write_all(b"hello").unwrap();
        let compressed = encoder.finish().unwrap();
        for piece in [1, 1 << 20] {
            assert_eq!(decode(&compressed, piece, 100), Ok(b"hello".to_vec()));
        }
    }
    // With a checksum of the header, which nobody writes.
    let mut with_checksum = compressed(b"hello", 6);
    with_checksum[3] |= 2;
    with_checksum.splice(10..10, [0, 0]);
    assert_eq!(decode(&with_checksum, 1, 100), Ok(b"hello".to_vec()));
}

#[test]
fn what_is_cut_short_or_changed_is_no_answer() {
    let compressed = compressed(&text(2000), 6);
    for length in 1..compressed.len() {
        assert_eq!(decode(&compressed[..length], 64, 4096), Err(Damaged), "{length}");
    }
    for index in 0..compressed.len() {
        // The time, and the machine, are of no account.
        if (4..10).contains(&index) {
            continue;
        }
        let mut changed = compressed.clone();
        changed[index] ^= 0x21;
        assert_eq!(decode(&changed, 64, 4096), Err(Damaged), "{index}");
    }
    for more in [&b"\0"[..], b"{}", &[0; 100]] {
        assert_eq!(decode(&[&compressed, more].concat(), 64, 4096), Err(Damaged));
    }
}

#[test]
fn bytes_of_any_kind_end_in_bytes_or_an_error() {
    let noise = text(4000);
    let valid = compressed(b"hello", 6);
    for length in (0..noise.len()).step_by(7) {
        let _ = decode(&noise[length..], 50, 100);
        // Behind a good header, so that it gets past that.
        let _ = decode(&[&valid[..10], &noise[length..]].concat(), 50, 100);
    }
}

#[test]
fn an_endless_header_is_given_up() {
    let mut gzip = Gzip::new();
    gzip.feed(vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0]);
    let fed = (0..100).take_while(|_| {
        gzip.feed(vec![b'x'; 4096]);
        gzip.decode(1).is_ok()
    });
    assert_eq!(fed.count(), 15);
}

#[test]
fn little_is_held_of_what_becomes_much() {
    let bomb = compressed(&vec![0; 10 << 20], 9);
    assert!(bomb.len() < 20_000);
    let mut gzip = Gzip::new();
    gzip.feed(bomb);
    let first = gzip.decode(usize::MAX).unwrap();
    assert!((1..=WINDOW).contains(&first.len()));
    assert!(gzip.has_more());
}
