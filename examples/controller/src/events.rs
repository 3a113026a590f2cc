//! What users see of the controller's work, in `kubectl describe`.

use crate::resource::{API_VERSION, KIND, Website};
use serde_json::{Value, json};

/// Who tells.
const CONTROLLER: &str = "example.com/website-controller";

/// An Event of `events.k8s.io/v1` about a Website: of the type `Normal` or `Warning`, and told by
/// the replica of this name. `now` is RFC 3339, in whole seconds.
pub(crate) fn event(
    website: &Website,
    r#type: &str,
    reason: &str,
    note: &str,
    replica: &str,
    now: &str,
) -> Value {
    let metadata = &website.metadata;
    // No more than 1 KiB is taken.
    let note: String = note.chars().take(250).collect();
    json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": format!("{}-", metadata.name), "namespace": metadata.namespace},
        "eventTime": now.replace('Z', ".000000Z"),
        "reportingController": CONTROLLER,
        "reportingInstance": replica,
        "regarding": {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "namespace": metadata.namespace,
            "name": metadata.name,
            "uid": metadata.uid,
        },
        "type": r#type,
        "reason": reason,
        "action": "Reconcile",
        "note": note,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_event_is_about_one_website_and_no_longer_than_it_may_be() {
        let website = serde_json::from_value(json!({
            "metadata": {"namespace": "shop", "name": "blog", "uid": "u-1"},
            "spec": {"title": "News", "text": "None."},
        }));
        let note = "\u{1f4f0}".repeat(1000);
        let event =
            event(&website.unwrap(), "Normal", "Created", &note, "pod-1", "2026-11-27T01:02:03Z");
        assert_eq!(event["regarding"]["uid"], "u-1");
        assert_eq!(event["metadata"]["namespace"], "shop");
        // As many digits as a MicroTime has.
        assert_eq!(event["eventTime"], "2026-11-27T01:02:03.000000Z");
        assert!(event["note"].as_str().unwrap().len() <= 1024);
    }
}
