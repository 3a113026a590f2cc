//! What a Lease says, read from its text and written into it.

use alloc::{borrow::ToOwned, format, string::String};
use k8s_in_cluster_json::{find, members, quote, unquote};

/// The fields of a Lease's `spec` that an election is about, as client-go's
/// `LeaderElectionRecord` has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaseRecord {
    /// Who holds it. Empty if nobody does.
    pub holder_identity: String,
    /// How long the others wait for a change. 0 if it does not say.
    pub lease_duration_seconds: u32,
    /// When it was acquired, by the holder's clock. Empty if it does not say.
    pub acquire_time: String,
    /// When it was renewed last, by the holder's clock. Empty if it does not say.
    pub renew_time: String,
    /// How often it went from one holder to another.
    pub lease_transitions: u32,
}

/// The names of these fields.
const FIELDS: [&str; 5] =
    ["holderIdentity", "leaseDurationSeconds", "acquireTime", "renewTime", "leaseTransitions"];

impl LeaseRecord {
    /// What is missing, or of another type than it should have, is empty.
    fn of(spec: &str) -> Self {
        let text = |value| unquote(value).unwrap_or_default().into_owned();
        let mut record = Self::default();
        for (name, value) in members(spec).map_while(Result::ok) {
            match name {
                "holderIdentity" => record.holder_identity = text(value),
                "leaseDurationSeconds" => {
                    record.lease_duration_seconds = value.parse().unwrap_or_default();
                }
                "acquireTime" => record.acquire_time = text(value),
                "renewTime" => record.renew_time = text(value),
                "leaseTransitions" => record.lease_transitions = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        record
    }

    /// The members of `spec` that tell this.
    fn write(&self, out: &mut String) {
        let Self { lease_duration_seconds, lease_transitions, .. } = self;
        out.push_str("\"holderIdentity\":");
        quote(out, &self.holder_identity);
        out.push_str(&format!(
            ",\"leaseDurationSeconds\":{lease_duration_seconds},\"leaseTransitions\":{lease_transitions}"
        ));
        for (name, time) in [("acquireTime", &self.acquire_time), ("renewTime", &self.renew_time)] {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            quote(out, time);
        }
    }
}

/// A Lease as the API server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lease {
    text: String,
    pub(super) resource_version: String,
    pub(super) record: LeaseRecord,
}

impl Lease {
    /// Reads a Lease. None if it is none that was stored: without a version of it, it can't be
    /// replaced by one who has seen it.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(body).ok()?;
        let mut is_lease = false;
        let mut lease = Self {
            text: text.to_owned(),
            resource_version: String::new(),
            record: LeaseRecord::default(),
        };
        // To its end: it is text to send back.
        for member in members(text) {
            match member.ok()? {
                ("kind", kind) => is_lease = kind == "\"Lease\"",
                ("metadata", metadata) => {
                    let version = find(metadata, &["resourceVersion"]).and_then(unquote);
                    lease.resource_version = version.unwrap_or_default().into_owned();
                }
                ("spec", spec) => lease.record = LeaseRecord::of(spec),
                _ => {}
            }
        }
        Some(lease).filter(|lease| is_lease && !lease.resource_version.is_empty())
    }

    /// This Lease with another record in it, and all else as it was: what others have put there,
    /// and the version, by which the server refuses it if the Lease was changed meanwhile.
    pub(super) fn with(&self, record: &LeaseRecord) -> String {
        let mut out = String::with_capacity(self.text.len() + 64);
        out.push('{');
        for (name, value) in members(&self.text).map_while(Result::ok) {
            if name != "spec" {
                member(&mut out, name, value);
            }
        }
        out.push_str("\"spec\":{");
        let spec = find(&self.text, &["spec"]).unwrap_or_default();
        for (name, value) in members(spec).map_while(Result::ok) {
            if !FIELDS.contains(&name) {
                member(&mut out, name, value);
            }
        }
        record.write(&mut out);
        out.push_str("}}");
        out
    }
}

/// The text of a Lease that is to be created.
pub(super) fn new_lease(name: &str, record: &LeaseRecord) -> String {
    let mut out = String::from(
        "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":",
    );
    quote(&mut out, name);
    out.push_str("},\"spec\":{");
    record.write(&mut out);
    out.push_str("}}");
    out
}

/// Appends a member as it was written, and a comma.
fn member(out: &mut String, name: &str, value: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    out.push_str(value);
    out.push(',');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use serde_json::{Value, json};

    const OF_OTHERS: &str = r#" {"kind":"Lease","apiVersion":"coordination.k8s.io/v1",
        "metadata":{"name":"a","resourceVersion":"42","labels":{"a\u00e4":"\"b\\"},"uid":"1"},
        "spec":{"holderIdentity":"pod-1_\u00e9","leaseDurationSeconds":15,"strategy":"OldestEmulationVersion",
        "acquireTime":"2026-11-24T14:17:09.123456Z","renewTime":"2026-11-24T14:18:09.000001Z",
        "leaseTransitions":3,"preferredHolder":null},"more":[{"spec":1}]} "#;

    fn record() -> LeaseRecord {
        LeaseRecord {
            holder_identity: "a \"b\"".into(),
            lease_duration_seconds: 1,
            acquire_time: "then".into(),
            renew_time: "now".into(),
            lease_transitions: 7,
        }
    }

    #[test]
    fn a_lease_is_read() {
        let lease = Lease::parse(OF_OTHERS.as_bytes()).unwrap();
        assert_eq!(lease.resource_version, "42");
        let expected = LeaseRecord {
            holder_identity: "pod-1_é".into(),
            lease_duration_seconds: 15,
            acquire_time: "2026-11-24T14:17:09.123456Z".into(),
            renew_time: "2026-11-24T14:18:09.000001Z".into(),
            lease_transitions: 3,
        };
        assert_eq!(lease.record, expected);
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_empty() {
        for spec in [
            r#""spec":{}"#,
            r#""spec":null"#,
            r#""a":1"#,
            r#""spec":{"holderIdentity":null,"leaseDurationSeconds":-1,"leaseTransitions":"3"}"#,
            r#""spec":{"holderIdentity":3,"leaseDurationSeconds":1e3,"leaseTransitions":4294967296}"#,
        ] {
            let text = format!(r#"{{"kind":"Lease","metadata":{{"resourceVersion":"1"}},{spec}}}"#);
            assert_eq!(Lease::parse(text.as_bytes()).unwrap().record, LeaseRecord::default());
        }
    }

    #[test]
    fn only_a_stored_lease_is_one() {
        for text in [
            "",
            "null",
            "<html>",
            "{}",
            r#"{"kind":"Lease"}"#,
            r#"{"kind":"Lease","metadata":{}}"#,
            r#"{"kind":"Lease","metadata":{"resourceVersion":""}}"#,
            r#"{"kind":"Lease","metadata":{"resourceVersion":1}}"#,
            r#"{"kind":"Status","metadata":{"resourceVersion":"1"}}"#,
            r#"{"kind":"Lease","metadata":{"resourceVersion":"1"}"#,
            r#"{"kind":"Lease","metadata":{"resourceVersion":"1"}},"#,
            r#"{"kind":"Lease","metadata":{"resourceVersion":"1"},"x":y}"#,
        ] {
            assert_eq!(Lease::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Lease::parse(b"{\"kind\":\"Lease\",\"a\":\"\xff\"}"), None);
    }

    #[test]
    fn what_others_put_into_a_lease_stays_there() {
        let changed = Lease::parse(OF_OTHERS.as_bytes()).unwrap().with(&record());
        let mut expected: Value = serde_json::from_str(OF_OTHERS).unwrap();
        for (name, value) in [
            ("holderIdentity", json!("a \"b\"")),
            ("leaseDurationSeconds", json!(1)),
            ("acquireTime", json!("then")),
            ("renewTime", json!("now")),
            ("leaseTransitions", json!(7)),
        ] {
            expected["spec"][name] = value;
        }
        assert_eq!(serde_json::from_str::<Value>(&changed).unwrap(), expected);
        assert_eq!(Lease::parse(changed.as_bytes()).unwrap().record, record());
    }

    #[test]
    fn a_lease_without_a_spec_gets_one() {
        let text = r#"{"kind":"Lease","metadata":{"resourceVersion":"1"}}"#;
        let changed = Lease::parse(text.as_bytes()).unwrap().with(&record());
        assert_eq!(Lease::parse(changed.as_bytes()).unwrap().record, record());
    }

    #[test]
    fn a_new_lease_has_a_name_and_a_record() {
        let value: Value = serde_json::from_str(&new_lease("my-\"lease", &record())).unwrap();
        let expected = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "my-\"lease"},
            "spec": {
                "holderIdentity": "a \"b\"", "leaseDurationSeconds": 1, "acquireTime": "then",
                "renewTime": "now", "leaseTransitions": 7,
            },
        });
        assert_eq!(value, expected);
    }
}
