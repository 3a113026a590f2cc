//! Server-sent events as text: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use serde_json::Value;
use std::fmt::Write as _;

/// Appends an event. JSON text has no line breaks, and so is one line of data.
pub(crate) fn event(text: &mut String, name: &str, data: &Value) {
    // Writing to a text does not fail.
    let _ = write!(text, "event: {name}\ndata: {data}\n\n");
}

/// Appends the version that the browser is to name when it asks again; empty if there is none. It
/// counts from the end of the next event on, or at once where that is empty.
pub(crate) fn id(text: &mut String, version: &str) {
    let _ = writeln!(text, "id: {version}");
}

/// The version in a `Last-Event-ID`. One that this server has not given is none.
pub(crate) fn version(id: &str) -> Option<&str> {
    let is_version = !id.is_empty() && id.len() <= 20 && id.bytes().all(|it| it.is_ascii_digit());
    (is_version && id != "0").then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_of_one_line_of_data_whatever_is_in_it() {
        let mut text = String::new();
        id(&mut text, "42");
        event(&mut text, "pod", &json!({"reason": "a\n\nevent: gone\r\ndata: </script>"}));
        let expected = "id: 42\nevent: pod\n\
            data: {\"reason\":\"a\\n\\nevent: gone\\r\\ndata: </script>\"}\n\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_no_version_is_not_taken_for_one() {
        assert_eq!(version("42"), Some("42"));
        for id in ["", "0", "-1", "4 2", "42&watch=1", "123456789012345678901"] {
            assert_eq!(version(id), None, "{id}");
        }
    }
}
