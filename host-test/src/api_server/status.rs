//! The `Status` object, field for field in the order in which kube-apiserver writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A Kubernetes `Status`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Status {
    kind: String,
    api_version: String,
    metadata: Value,
    status: String,
    pub(super) message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Details>,
    pub(super) code: u16,
}

/// What a `Status` is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) causes: Vec<Cause>,
}

/// One reason of several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cause {
    reason: String,
    pub(super) message: String,
    field: String,
}

impl Cause {
    /// The same reason about another field, in other words.
    pub(super) fn with(self, field: &str, message: &str) -> Self {
        Self { field: field.to_owned(), message: message.to_owned(), ..self }
    }
}

impl Status {
    /// A failure with no details.
    pub(super) fn failure(code: u16, reason: &str, message: String) -> Self {
        Self {
            kind: "Status".to_owned(),
            api_version: "v1".to_owned(),
            metadata: Value::Object(serde_json::Map::new()),
            status: "Failure".to_owned(),
            message,
            reason: reason.to_owned(),
            details: None,
            code,
        }
    }

    /// The same with details.
    pub(super) fn about(mut self, details: Details) -> Self {
        self.details = Some(details);
        self
    }
}
