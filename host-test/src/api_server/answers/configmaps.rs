//! Writing config maps: the ways in which that can go, each as recorded. Nothing is kept.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answers, content_type};
use crate::api_server::answer::Answer;
use crate::api_server::authorization::ResourceAttributes;
use crate::api_server::journal::RecordedRequest;
use crate::api_server::status::Status;

/// The fields that a config map has; any other gets a warning.
const FIELDS: [&str; 6] = ["kind", "apiVersion", "metadata", "data", "binaryData", "immutable"];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigMap {
    kind: String,
    api_version: String,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    namespace: String,
    uid: String,
    resource_version: String,
    creation_timestamp: String,
}

impl Answers {
    /// The answer to writing a config map, if it was recorded.
    pub(super) fn configmaps(
        &self,
        request: &RecordedRequest,
        attributes: &ResourceAttributes<'_>,
    ) -> Option<Answer> {
        let recordings = &self.recordings;
        match (&request.method, attributes.name, content_type(request)) {
            (&Method::POST, "", "application/json" | "") => self.create(request),
            (&Method::POST, "", _) => Some(self.unsupported_object()),
            (&Method::PATCH, "applied", "application/apply-patch+yaml") => {
                let manager = request.query_parameter("fieldManager");
                let force = request.query_parameter("force") == Some("true");
                Some(match manager {
                    Some("one") => recordings.apply_201.clone(),
                    _ if force => recordings.apply_201.clone(),
                    _ => recordings.error_409_apply_conflict.clone(),
                })
            }
            (&Method::PATCH, "web", "application/merge-patch+json") => {
                Some(recordings.merge_patch_200.clone())
            }
            (&Method::PATCH, _, kind) if !is_patch(kind) => Some(recordings.error_415.clone()),
            (&Method::PATCH | &Method::GET, name, _) if name != "web" && !name.is_empty() => {
                Some(self.no_such_object("configmaps", name))
            }
            _ => None,
        }
    }

    /// `web` is there already; a name that is none is refused; a field that is unknown gets a warning.
    fn create(&self, request: &RecordedRequest) -> Option<Answer> {
        let recordings = &self.recordings;
        let Ok(Value::Object(sent)) = serde_json::from_slice(&request.body) else {
            return Some(recordings.error_400.clone());
        };
        let name = sent.get("metadata").and_then(|metadata| metadata.get("name"));
        let name = name.and_then(Value::as_str).unwrap_or_default();
        if name == "web" {
            return Some(recordings.error_409_exists.clone());
        }
        if !is_name(name) {
            return self.invalid_name(name);
        }
        let recorded = &recordings.warning_unknown_field;
        let mut made: ConfigMap = serde_json::from_slice(&recorded.body).ok()?;
        made.metadata.name = name.to_owned();
        made.data = sent.get("data").cloned();
        let mut answer = recorded.clone().with_json(&made);
        answer.headers.remove(http::header::WARNING);
        for field in sent.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
            // The text of a warning is a quoted string, within which quotes are escaped.
            let text = format!("unknown field {field:?}");
            if let Ok(value) = format!("299 - {text:?}").parse() {
                answer.headers.append(http::header::WARNING, value);
            }
        }
        Some(answer)
    }

    fn invalid_name(&self, name: &str) -> Option<Answer> {
        let recorded = &self.recordings.error_422;
        let mut status: Status = serde_json::from_slice(&recorded.body).ok()?;
        status.message = status.message.replace("Bad_Name", name);
        let details = status.details.as_mut()?;
        details.name = Some(name.to_owned());
        for cause in &mut details.causes {
            cause.message = cause.message.replace("Bad_Name", name);
        }
        Some(recorded.clone().with_json(&status))
    }
}

fn is_patch(content_type: &str) -> bool {
    matches!(
        content_type,
        "application/json-patch+json"
            | "application/merge-patch+json"
            | "application/strategic-merge-patch+json"
            | "application/apply-patch+yaml"
    )
}

/// Whether this is a subdomain as RFC 1123 has it, in lower case.
fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(inner)
        })
}
