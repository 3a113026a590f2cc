use super::super::frames::{FrameError, Frames, MAX_FRAME, Metadata};
use k8s_in_cluster_json::Malformed;

/// All frames of a text that comes in pieces of a size, and the error that ends them.
fn cut(text: &[u8], size: usize) -> (Vec<(String, String)>, Option<FrameError>) {
    let mut frames = Frames::default();
    let mut found = Vec::new();
    for piece in text.chunks(size) {
        if let Err(error) = frames.push(piece) {
            return (found, Some(error));
        }
        loop {
            match frames.next() {
                Ok(Some(frame)) => found.push((frame.kind.to_owned(), frame.object.to_owned())),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fn recorded(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/host-test/recorded");
    let answer = std::fs::read(format!("{folder}/{name}.http")).unwrap();
    let body = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    answer[body..].to_vec()
}

#[test]
fn what_a_server_sent_in_pieces_of_any_size() {
    let body = recorded("watchlist");
    let (whole, error) = cut(&body, body.len());
    assert_eq!(error, None);
    let kinds: Vec<_> = whole.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["ADDED", "ADDED", "BOOKMARK"]);
    for (line, (kind, object)) in body.split(|byte| *byte == b'\n').zip(&whole) {
        let expected = format!("{{\"type\":\"{kind}\",\"object\":{object}}}");
        assert_eq!(std::str::from_utf8(line).unwrap(), expected);
    }
    for size in [1, 2, 3, 7, 64, 1000, 4096] {
        assert_eq!(cut(&body, size), (whole.clone(), None), "{size}");
    }
}

#[test]
fn form_is_not_what_counts() {
    let expected = vec![("ADDED".to_owned(), "{\"a\": [1, {\"é\": \"}\\\"\"}]}".to_owned())];
    for text in [
        "{\"type\":\"ADDED\",\"object\":{\"a\": [1, {\"é\": \"}\\\"\"}]}}",
        "\n\n {\n\"object\" : {\"a\": [1, {\"é\": \"}\\\"\"}]} ,\n\t\"type\":\"ADDED\" }\r\n\r\n",
        "{\"more\":{\"type\":1},\"type\":\"ADDED\",\"object\":{\"a\": [1, {\"é\": \"}\\\"\"}]},\"x\":null}",
    ] {
        for size in 1..8 {
            assert_eq!(cut(text.as_bytes(), size), (expected.clone(), None), "{text}");
        }
    }
}

#[test]
fn what_is_no_event_is_given_whole() {
    let status = "{\n  \"kind\": \"Status\",\n  \"code\": 410\n}";
    let (found, error) = cut(format!("{status}\n").as_bytes(), 5);
    assert_eq!((found, error), (vec![(String::new(), status.to_owned())], None));
    for other in ["{}", "{\"type\":\"ADDED\"}", "{\"object\":{}}", "{\"type\":1,\"obj\":{}}"] {
        assert_eq!(cut(other.as_bytes(), 3), (vec![(String::new(), other.to_owned())], None));
    }
}

#[test]
fn a_line_that_breaks_off_is_no_event() {
    let line = r#"{"type":"ADDED","object":{"a":1}}"#;
    for length in 0..line.len() {
        assert_eq!(cut(&line.as_bytes()[..length], 4), (Vec::new(), None));
    }
}

#[test]
fn what_is_not_json_is_an_error() {
    for (text, error) in [
        (&b"<html>"[..], Malformed::Syntax),
        (b"[]", Malformed::Syntax),
        (b"{\"type\":\"ADDED\",\"object\":{]}", Malformed::Syntax),
        (b"{\"type\":\"ADDED\" \"object\":{}}", Malformed::Syntax),
        (b"{\"type\":\"ADDED\",}", Malformed::Syntax),
        (b"{\"type\":\"\xff\"}", Malformed::Utf8),
    ] {
        for size in [1, 100] {
            let (found, found_error) = cut(text, size);
            assert_eq!((found, found_error), (Vec::new(), Some(FrameError::Malformed(error))));
        }
    }
    let deep = format!("{{\"object\":{}", "[".repeat(1000));
    assert_eq!(cut(deep.as_bytes(), 100).1, Some(FrameError::Malformed(Malformed::TooDeep)));
}

#[test]
fn a_frame_has_a_longest_length() {
    let with = |length: usize| {
        let rest = length - r#"{"type":"ADDED","object":""}"#.len();
        format!(r#"{{"type":"ADDED","object":"{}"}}"#, "x".repeat(rest))
    };
    let (found, error) = cut(with(MAX_FRAME).as_bytes(), 1 << 20);
    assert_eq!((found.len(), error), (1, None));
    assert_eq!(cut(with(MAX_FRAME + 1).as_bytes(), 1 << 20).1, Some(FrameError::TooLong));
    // Before its end, if that does not come.
    let endless = with(MAX_FRAME * 2);
    let (_, error) = cut(&endless.as_bytes()[..MAX_FRAME + 1024], 1024);
    assert_eq!(error, Some(FrameError::TooLong));
    // Blank lines are none.
    assert_eq!(cut(&b"\n".repeat(MAX_FRAME + 1024), 1 << 20), (Vec::new(), None));
}

#[test]
fn metadata_is_read_where_it_stands() {
    let of = |object| Metadata::of(object, true);
    let version = |version: &str, ends| Metadata {
        resource_version: Some(version.to_owned()),
        ends_initial_events: ends,
    };
    for (object, expected) in [
        (r#"{"kind":"Pod","metadata":{"name":"a","resourceVersion":"7"}}"#, version("7", false)),
        (r#"{ "metadata" : { "resourceVersion" : "7" } , "x" : [] }"#, version("7", false)),
        (r#"{"metadata":{"resourceVersion":"a\u0062"}}"#, version("ab", false)),
        (
            r#"{"metadata":{"resourceVersion":"7","annotations":{"a":"b","k8s.io/initial-events-end":"true"}}}"#,
            version("7", true),
        ),
        (
            r#"{"metadata":{"annotations":{"k8s.io/initial-events-end":"false"},"resourceVersion":"7"}}"#,
            version("7", false),
        ),
        (
            r#"{"metadata":{"annotations":{"k8s.io/initial-events-end":true},"resourceVersion":"7"}}"#,
            version("7", false),
        ),
        (r#"{"metadata":{"resourceVersion":""}}"#, Metadata::default()),
        (r#"{"metadata":{"resourceVersion":7}}"#, Metadata::default()),
        (r#"{"metadata":{},"resourceVersion":"7"}"#, Metadata::default()),
        (r#"{"spec":{"metadata":{"resourceVersion":"7"}}}"#, Metadata::default()),
        (r#"{"metadata":null}"#, Metadata::default()),
        ("{}", Metadata::default()),
        ("[]", Metadata::default()),
        ("\"\"", Metadata::default()),
        ("", Metadata::default()),
    ] {
        assert_eq!(of(object), expected, "{object}");
    }
}
