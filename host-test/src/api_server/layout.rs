//! How a JSON document is laid out: for programs without white space, for people indented.

use http::StatusCode;
use http::header::{CONTENT_TYPE, USER_AGENT};

use super::answer::Answer;
use super::journal::RecordedRequest;

/// The clients behind which kube-apiserver takes a person to be, by what their `User-Agent` begins with.
const READ_BY_PEOPLE: [&str; 3] = ["curl", "Wget", "Mozilla/5.0"];

/// Lays out an answer as kube-apiserver does for the request: by its parameter `pretty`, else by the client.
///
/// What the server says of its version is indented for everyone, as is the refusal of a form; a watch is for no one.
pub(super) fn for_client(mut answer: Answer, request: &RecordedRequest) -> Answer {
    let is_json = answer.headers.get(CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes();
        value == b"application/json" || value.starts_with(b"application/json;")
    });
    let events = answer.status == StatusCode::OK && request.query_parameter("watch").is_some();
    let indented_for_all =
        request.path.starts_with("/version") || answer.status == StatusCode::NOT_ACCEPTABLE;
    if is_json && !events && !indented_for_all {
        answer.body = match is_for_people(request) {
            true => indented(&answer.body),
            false => compact(&answer.body),
        }
        .into();
    }
    answer
}

fn is_for_people(request: &RecordedRequest) -> bool {
    match request.query_parameter("pretty") {
        None | Some("") => request.headers.get(USER_AGENT).is_some_and(|agent| {
            READ_BY_PEOPLE.iter().any(|name| agent.as_bytes().starts_with(name.as_bytes()))
        }),
        // As Go reads a truth value.
        Some(value) => matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True"),
    }
}

/// Without white space, on a line of its own.
fn compact(json: &[u8]) -> Vec<u8> {
    significant(json).map(|(byte, _)| byte).chain([b'\n']).collect()
}

/// A value on each line, two blanks deeper within each object and list.
fn indented(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let mut depth = 0;
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', 2 * depth));
    };
    let mut opened = false;
    for (byte, in_string) in significant(json) {
        let closes = !in_string && matches!(byte, b'}' | b']');
        if opened && !closes {
            depth += 1;
            line(&mut out, depth);
        } else if closes && !opened {
            depth = depth.saturating_sub(1);
            line(&mut out, depth);
        }
        out.push(byte);
        opened = !in_string && matches!(byte, b'{' | b'[');
        match byte {
            b',' if !in_string => line(&mut out, depth),
            b':' if !in_string => out.push(b' '),
            _ => {}
        }
    }
    out
}

/// The bytes that are no white space between values, and whether each is within a string, quotes included.
fn significant(json: &[u8]) -> impl Iterator<Item = (u8, bool)> {
    let (mut in_string, mut escaped) = (false, false);
    json.iter().filter_map(move |&byte| {
        let inside = in_string;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        (inside || !byte.is_ascii_whitespace()).then_some((byte, inside || in_string))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDENTED: &str = r#"{
  "kind": "a: \"b\", {c} ",
  "empty": {},
  "none": [],
  "list": [
    {
      "n": 1
    },
    "two"
  ]
}"#;
    const COMPACT: &str =
        "{\"kind\":\"a: \\\"b\\\", {c} \",\"empty\":{},\"none\":[],\"list\":[{\"n\":1},\"two\"]}\n";

    #[test]
    fn each_layout_is_made_of_the_other_and_strings_are_left_alone() {
        for json in [INDENTED, COMPACT] {
            assert_eq!(String::from_utf8_lossy(&indented(json.as_bytes())), INDENTED);
            assert_eq!(String::from_utf8_lossy(&compact(json.as_bytes())), COMPACT);
        }
    }
}
