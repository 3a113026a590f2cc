//! Who am I, and may I.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answers, content_type};
use crate::api_server::answer::Answer;
use crate::api_server::authorization::ResourceAttributes;
use crate::api_server::journal::RecordedRequest;

/// What is asked in an access review.
#[derive(Deserialize)]
struct Question {
    spec: QuestionSpec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuestionSpec {
    resource_attributes: Option<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    namespace: String,
    verb: String,
    group: String,
    resource: String,
    subresource: String,
    name: String,
}

/// The answer to what was not recorded.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    kind: &'static str,
    api_version: &'static str,
    metadata: Value,
    spec: &'a Value,
    status: ReviewStatus,
}

#[derive(Serialize)]
struct ReviewStatus {
    allowed: bool,
}

impl Answers {
    /// The answer to a SelfSubjectReview.
    pub(super) fn whoami(&self, request: &RecordedRequest) -> Option<Answer> {
        if let Some(refused) = self.refused(request) {
            return Some(refused);
        }
        Some(self.recordings.whoami.clone())
    }

    /// The answer to a SelfSubjectAccessReview: the recorded one to the recorded question.
    pub(super) fn can_i(&self, request: &RecordedRequest) -> Option<Answer> {
        if let Some(refused) = self.refused(request) {
            return Some(refused);
        }
        let recorded = &self.recordings.can_i;
        let sent: Value = serde_json::from_slice(&request.body).ok()?;
        let known: Value = serde_json::from_slice(&recorded.body).ok()?;
        let spec = sent.get("spec")?;
        if known.get("spec") == Some(spec) {
            return Some(recorded.clone());
        }
        let question: Question = serde_json::from_value(sent.clone()).ok()?;
        let allowed = question.spec.resource_attributes.is_some_and(|asked| {
            ResourceAttributes {
                verb: &asked.verb,
                group: &asked.group,
                namespace: &asked.namespace,
                resource: &asked.resource,
                subresource: &asked.subresource,
                name: &asked.name,
            }
            .allowed_to_reader()
        });
        Some(recorded.clone().with_json(&Review {
            kind: "SelfSubjectAccessReview",
            api_version: "authorization.k8s.io/v1",
            metadata: Value::Object(serde_json::Map::new()),
            spec,
            status: ReviewStatus { allowed },
        }))
    }

    /// The refusal of a body that is no JSON object with a spec or without.
    fn refused(&self, request: &RecordedRequest) -> Option<Answer> {
        if !matches!(content_type(request), "application/json" | "") {
            return Some(self.unsupported_object());
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(_)) => None,
            _ => Some(self.bad_request("the object provided is unrecognized".to_owned())),
        }
    }
}
