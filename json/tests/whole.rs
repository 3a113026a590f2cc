//! Members, elements and strings, against another parser.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod texts;

use k8s_in_cluster_json::{
    Decoder, Malformed, elements, find, members, quote, text, texts, unquote,
};
use serde_json::Value;
use texts::{Random, TEXTS, mutated};

/// The tree of a text, made by walking through it.
fn tree(text: &str) -> Result<Value, Malformed> {
    Ok(match text.trim_start().bytes().next() {
        Some(b'{') => {
            let mut object = serde_json::Map::new();
            for member in members(text) {
                let (name, value) = member?;
                object.insert(unquote(&format!("\"{name}\"")).unwrap().into(), tree(value)?);
            }
            object.into()
        }
        Some(b'[') => {
            elements(text).map(|element| tree(element?)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Some(b'"') => unquote(text.trim()).unwrap().into_owned().into(),
        _ => serde_json::from_str(text).map_err(|_| Malformed::Syntax)?,
    })
}

#[test]
fn walking_sees_the_whole_tree() {
    for text in TEXTS {
        assert_eq!(tree(text).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
    }
}

#[test]
fn walking_agrees_with_serde_json_on_texts_gone_wrong() {
    let mut random = Random::new(2);
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..20_000 {
        let text = String::from_utf8(mutated(&mut random)).unwrap();
        let container = text.trim_start().starts_with(['{', '[']);
        if text.contains("\\u") || !container {
            continue;
        }
        match (tree(&text), serde_json::from_str::<Value>(&text)) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(found, expected, "{text}");
                right += 1;
            }
            (Err(_), Err(_)) => wrong += 1,
            other => panic!("{other:?} of {text}"),
        }
    }
    assert!(right > 1000 && wrong > 1000, "{right} {wrong}");
}

#[test]
fn a_walk_ends_after_an_error() {
    let mut walk = elements("[1,2 3,4]");
    assert_eq!(walk.next(), Some(Ok("1")));
    assert_eq!(walk.next(), Some(Ok("2")));
    assert_eq!(walk.next(), Some(Err(Malformed::Syntax)));
    assert_eq!(walk.next(), None);
    for (text, error) in [
        ("", Malformed::Truncated),
        ("[", Malformed::Truncated),
        ("[1", Malformed::Truncated),
        ("{}", Malformed::Syntax),
        ("[] 1", Malformed::Syntax),
        ("[1,]", Malformed::Syntax),
        ("[,1]", Malformed::Syntax),
    ] {
        assert_eq!(elements(text).find_map(Result::err), Some(error), "{text}");
    }
    assert_eq!(members("{\"a\":1,}").last(), Some(Err(Malformed::Syntax)));
    assert_eq!(members("{a:1}").last(), Some(Err(Malformed::Syntax)));
}

#[test]
fn fields_are_found_by_their_path() {
    let text = r#" {"kind":"Pod", "metadata" : {"labels":{"name":"b"},"name":"a" }, "n":1 }"#;
    assert_eq!(find(text, &["metadata", "name"]), Some("\"a\""));
    assert_eq!(find(text, &["metadata", "labels"]), Some("{\"name\":\"b\"}"));
    assert_eq!(find(text, &["n"]), Some("1"));
    assert_eq!(find(text, &[]), Some(text));
    for path in [&["name"] as &[_], &["kind", "name"], &["metadata", "uid"], &["n", "n"]] {
        assert_eq!(find(text, path), None);
    }
    assert_eq!(find("{\"a\":1,\"a\":2}", &["a"]), Some("1"));
    assert_eq!(find("{\"a\":[1,{\"b\":2}]}", &["a", "b"]), None);
}

#[test]
fn strings_are_read_as_serde_json_and_go_read_them() {
    for text in [
        r#""""#,
        r#""plain""#,
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u00e9\u20AC\ud834\udd1e!""#,
        r#""é\n€""#,
    ] {
        assert_eq!(unquote(text).unwrap(), serde_json::from_str::<String>(text).unwrap(), "{text}");
    }
    for (text, expected) in [
        (r#""\ud834""#, "\u{fffd}"),
        (r#""\ud834x""#, "\u{fffd}x"),
        (r#""\udd1e\ud834\ud834\udd1e""#, "\u{fffd}\u{fffd}𝄞"),
        (r#""\ud834\n""#, "\u{fffd}\n"),
    ] {
        assert_eq!(unquote(text).unwrap(), expected, "{text}");
    }
    for text in ["", "a", "\"", "1", "{}", r#""\x""#, r#""\u00""#, r#""\u+123""#, r#""\u12é4""#] {
        assert_eq!(unquote(text), None, "{text}");
    }
}

#[test]
fn what_is_no_string_says_nothing() {
    assert_eq!(text(r#""a\u00e9""#), "aé");
    assert_eq!(texts(r#"["a", 1, "b\n"]"#), ["a", "", "b\n"]);
    for other in ["", "1", "null", "{}", r#"{"a":"b"}"#] {
        assert_eq!((text(other), texts(other)), (String::new(), Vec::new()), "{other}");
    }
}

#[test]
fn strings_that_are_written_can_be_read() {
    let all: String = (0..0x300).filter_map(char::from_u32).chain("€𝄞\u{2028}".chars()).collect();
    let mut text = String::new();
    quote(&mut text, &all);
    assert_eq!(serde_json::from_str::<String>(&text).unwrap(), all);
    assert_eq!(unquote(&text).unwrap(), all);
}

#[test]
fn text_in_pieces_is_the_text() {
    let text = "aé€𝄞z";
    let bytes = text.as_bytes();
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let (mut decoder, mut out) = (Decoder::new(), String::new());
            for piece in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
                decoder.push(piece, &mut out).unwrap();
            }
            assert_eq!((out.as_str(), decoder.finish()), (text, Ok(())), "{first} {second}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_in_pieces_too() {
    for bytes in [
        b"\xff".as_slice(),
        b"a\x80",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xe2\x82a",
        b"\xf4\x90\x80\x80",
        b"\xf0\x9d\x84\xc3",
    ] {
        for first in 0..=bytes.len() {
            let (mut decoder, mut out) = (Decoder::new(), String::new());
            let result = decoder
                .push(&bytes[..first], &mut out)
                .and_then(|()| decoder.push(&bytes[first..], &mut out));
            assert_eq!(result, Err(Malformed::Utf8), "{bytes:?} {first}");
        }
    }
    let (mut decoder, mut out) = (Decoder::new(), String::new());
    decoder.push(b"a\xe2\x82", &mut out).unwrap();
    assert_eq!((out.as_str(), decoder.finish()), ("a", Err(Malformed::Truncated)));
}
