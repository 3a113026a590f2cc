//! The bodies that are made here: `meta/v1.DeleteOptions` and `policy/v1.Eviction`.

use super::{DeleteOptions, PropagationPolicy};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use k8s_in_cluster_json::quote;

impl DeleteOptions {
    /// The body of a DELETE. None if there is nothing to say.
    pub(super) fn body(&self) -> Option<Vec<u8>> {
        let mut body = String::from("{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"");
        let without = body.len();
        self.append(&mut body);
        let any = body.len() > without;
        body.push('}');
        any.then(|| body.into_bytes())
    }

    /// The body that evicts a pod.
    pub(super) fn eviction(&self, pod: &str) -> Vec<u8> {
        let mut body = String::from(
            "{\"kind\":\"Eviction\",\"apiVersion\":\"policy/v1\",\"metadata\":{\"name\":",
        );
        quote(&mut body, pod);
        body.push('}');
        if let Some(options) = self.body() {
            body.push_str(",\"deleteOptions\":");
            body.push_str(&String::from_utf8_lossy(&options));
        }
        body.push('}');
        body.into_bytes()
    }

    /// Appends each option that is set, and a comma before it.
    fn append(&self, body: &mut String) {
        if self.dry_run {
            body.push_str(",\"dryRun\":[\"All\"]");
        }
        if let Some(seconds) = self.grace_period_seconds {
            body.push_str(",\"gracePeriodSeconds\":");
            body.push_str(&seconds.to_string());
        }
        if let Some(policy) = self.propagation_policy {
            body.push_str(match policy {
                PropagationPolicy::Orphan => ",\"propagationPolicy\":\"Orphan\"",
                PropagationPolicy::Background => ",\"propagationPolicy\":\"Background\"",
                PropagationPolicy::Foreground => ",\"propagationPolicy\":\"Foreground\"",
            });
        }
        let preconditions = [
            ("\"uid\":", &self.precondition_uid),
            ("\"resourceVersion\":", &self.precondition_resource_version),
        ];
        let set = preconditions.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let mut separator = ",\"preconditions\":{";
        for (name, value) in set {
            body.push_str(separator);
            body.push_str(name);
            quote(body, value);
            separator = ",";
        }
        if separator == "," {
            body.push('}');
        }
    }
}
