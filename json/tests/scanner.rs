//! The scanner against another parser, and in pieces of every kind.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod texts;

use k8s_in_cluster_json::{MAX_DEPTH, Malformed, Scanner};
use texts::{Random, TEXTS, mutated};

/// How long the value at the beginning is. None if the text ends before it does.
fn whole(text: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut scanner = Scanner::new();
    match scanner.scan(text)? {
        Some(length) => Ok(Some(length)),
        None => Ok(scanner.finish().is_ok().then_some(text.len())),
    }
}

/// The same, the text coming in pieces that end at these places.
fn in_pieces(text: &[u8], ends: &[usize]) -> Result<Option<usize>, Malformed> {
    let mut scanner = Scanner::new();
    let mut start = 0;
    for &end in ends.iter().chain([&text.len()]) {
        if let Some(length) = scanner.scan(&text[start..end])? {
            return Ok(Some(start + length));
        }
        start = end;
    }
    Ok(scanner.finish().is_ok().then_some(text.len()))
}

/// The same, by serde_json.
fn by_serde_json(text: &[u8]) -> Result<Option<usize>, ()> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>();
    match values.next() {
        Some(Ok(_)) => Ok(Some(values.byte_offset())),
        Some(Err(error)) if error.is_eof() => Ok(None),
        Some(Err(_)) => Err(()),
        None => Ok(None),
    }
}

#[test]
fn values_end_where_they_end() {
    for (value, behind) in [
        ("{}", ""),
        (" \n[1, 2 ]", " ,"),
        ("\"a\\\"b\"", " "),
        ("12", ","),
        ("-0.5e+10", " "),
        ("0", "]"),
        ("true", "}"),
        ("null", "null"),
        ("{\"a\":{\"b\":[{},[],\"}\"]}}", "{"),
        ("\"\\u00e9é\"", "\""),
    ] {
        assert_eq!(whole(format!("{value}{behind}").as_bytes()), Ok(Some(value.len())), "{value}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for text in [
        "", " ", "{", "[1", "\"a", "tru", "-", "1.", "1e", "1e+", "{\"a\"", "{\"a\":", "{\"a\":1",
        "[1,", "\"\\", "\"\\u00",
    ] {
        assert_eq!(whole(text.as_bytes()), Ok(None), "{text}");
    }
    for text in [
        "}",
        "]",
        ",",
        ":",
        "a",
        "trux",
        "nul1",
        "{1",
        "{\"a\",",
        "{\"a\":}",
        "{\"a\":1,}",
        "[,",
        "[1,]",
        "[1 2",
        "{\"a\" 1",
        "[1}",
        "{\"a\":1]",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u00g0\"",
        "-a",
        "1.a",
        "1.e5",
        "1e+a",
        "\u{feff}1",
        "'a'",
        "[01]",
        "[+1]",
        "[.5]",
        "[1.]",
        "[--1]",
    ] {
        assert_eq!(whole(text.as_bytes()), Err(Malformed::Syntax), "{text}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |levels: usize, open: &str, close: &str| {
        format!("{}1{}", open.repeat(levels), close.repeat(levels)).into_bytes()
    };
    let limit = MAX_DEPTH as usize;
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = limit / (close.len());
        let text = nested(levels, open, close);
        assert_eq!(whole(&text), Ok(Some(text.len())), "{open}");
        assert_eq!(whole(&nested(levels + 1, open, close)), Err(Malformed::TooDeep), "{open}");
    }
}

#[test]
fn every_split_tells_the_same() {
    for text in TEXTS {
        let text = text.as_bytes();
        let expected = whole(text);
        assert!(matches!(expected, Ok(Some(_))), "{expected:?}");
        for first in 0..=text.len() {
            assert_eq!(in_pieces(text, &[first]), expected, "{first}");
        }
        let bytewise: Vec<usize> = (0..text.len()).collect();
        assert_eq!(in_pieces(text, &bytewise), expected);
    }
}

#[test]
fn it_agrees_with_serde_json_on_texts_gone_wrong() {
    let mut random = Random::new(1);
    let (mut right, mut wrong, mut cut) = (0, 0, 0);
    for round in 0..60_000 {
        let text = mutated(&mut random);
        // Halves of characters are beyond the grammar.
        if text.windows(2).any(|two| two == b"\\u") {
            continue;
        }
        let found = whole(&text);
        let first = random.below(text.len() + 1);
        let second = first + random.below(text.len() + 1 - first);
        assert_eq!(in_pieces(&text, &[first, second]), found, "round {round}");
        let expected = by_serde_json(&text);
        let shown = String::from_utf8_lossy(&text);
        match (found, expected) {
            (Ok(Some(length)), Ok(Some(expected))) => {
                assert_eq!(length, expected, "round {round}: {shown}");
                right += 1;
            }
            (Ok(None), Ok(None)) => cut += 1,
            (Err(Malformed::Syntax), Err(())) => wrong += 1,
            // It looks at what follows a value, and whether numbers fit.
            (Ok(Some(length)), Err(())) => {
                let behind = text.get(length);
                let number = text[..length].iter().any(u8::is_ascii_digit);
                assert!(behind.is_some() || number, "round {round}: {shown}");
            }
            // It notices bytes that are no UTF-8, and the scanner does not.
            (Err(Malformed::TooDeep), _) => {}
            other => panic!("round {round}: {other:?} of {shown}"),
        }
    }
    assert!(right > 1000 && wrong > 1000 && cut > 1000, "{right} {wrong} {cut}");
}
