//! Leases: the only objects that are kept, since who writes one looks at what became of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answers, content_type};
use crate::api_server::NAMESPACE;
use crate::api_server::answer::Answer;
use crate::api_server::authorization::ResourceAttributes;
use crate::api_server::journal::RecordedRequest;
use crate::api_server::status::{Details, Status};

/// The resource version before the first that is written.
const FIRST_VERSION: u64 = 20_000;

/// The Leases of the namespace.
#[derive(Default)]
pub(super) struct Leases(Mutex<Stored>);

#[derive(Default)]
struct Stored {
    leases: BTreeMap<String, Value>,
    writes: u64,
}

impl Answers {
    /// The answer to reading or writing one Lease.
    pub(super) fn leases(
        &self,
        request: &RecordedRequest,
        attributes: &ResourceAttributes<'_>,
    ) -> Option<Answer> {
        let mut stored = self.leases.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = attributes.name;
        if request.method == Method::GET && !name.is_empty() {
            return Some(match stored.leases.get(name) {
                Some(lease) => self.recordings.merge_patch_200.clone().with_json(lease),
                None => self.no_lease(name),
            });
        }
        if !matches!(content_type(request), "application/json" | "") {
            return Some(self.unsupported_object());
        }
        let mut lease: Value = match serde_json::from_slice(&request.body) {
            Ok(lease @ Value::Object(_)) => lease,
            _ => return self.no_lease_at_all(),
        };
        let given = lease["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let known = stored.leases.get(&given);
        let known = known.map(|known| known["metadata"].clone());
        let [version, uid] = ["resourceVersion", "uid"].map(|field| &lease["metadata"][field]);
        match (&request.method, &known) {
            (&Method::POST, Some(_)) if name.is_empty() => return Some(self.lease_exists(&given)),
            (&Method::POST, None) if name.is_empty() => {}
            (&Method::PUT, Some(_)) if name == given && version.is_null() => {
                return self.lease_without_version(name);
            }
            (&Method::PUT, Some(known)) if name == given => {
                if *version != known["resourceVersion"] {
                    return Some(self.lease_conflicts(name, MODIFIED));
                }
            }
            // Leases may be created so, but for one that is said to have been there.
            (&Method::PUT, None) if name == given => {
                if let Some(uid) = uid.as_str() {
                    let failed = format!(
                        "StorageError: invalid object, Code: 4, Key: /registry/leases/{NAMESPACE}/{name}, \
                         ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: \
                         {uid}, UID in object meta: "
                    );
                    return Some(self.lease_conflicts(name, &failed));
                }
            }
            _ => return None,
        }
        stored.writes += 1;
        let written = FIRST_VERSION + stored.writes;
        let metadata = &mut lease["metadata"];
        metadata["namespace"] = attributes.namespace.into();
        metadata["resourceVersion"] = written.to_string().into();
        for (field, first) in [
            ("uid", json!(format!("132d0644-f43f-4fff-845d-{written:012}"))),
            ("creationTimestamp", json!("2026-11-24T14:17:09Z")),
        ] {
            metadata[field] = known.as_ref().map_or(first, |known| known[field].clone());
        }
        let mut answer = self.recordings.merge_patch_200.clone().with_json(&lease);
        if known.is_none() {
            answer.status = StatusCode::CREATED;
        }
        stored.leases.insert(given, lease);
        Some(answer)
    }

    fn no_lease(&self, name: &str) -> Answer {
        let message = format!("leases.coordination.k8s.io {name:?} not found");
        let status = Status::failure(404, "NotFound", message);
        self.recordings.error_404.clone().with_json(&status.about(about(name)))
    }

    fn lease_exists(&self, name: &str) -> Answer {
        let message = format!("leases.coordination.k8s.io {name:?} already exists");
        let status = Status::failure(409, "AlreadyExists", message);
        self.recordings.error_409_exists.clone().with_json(&status.about(about(name)))
    }

    fn lease_conflicts(&self, name: &str, why: &str) -> Answer {
        let message =
            format!("Operation cannot be fulfilled on leases.coordination.k8s.io {name:?}: {why}");
        let status = Status::failure(409, "Conflict", message);
        self.recordings.error_409_exists.clone().with_json(&status.about(about(name)))
    }

    fn lease_without_version(&self, name: &str) -> Option<Answer> {
        let field = "metadata.resourceVersion";
        let why = "Invalid value: 0: must be specified for an update";
        let recorded = &self.recordings.error_422;
        let mut status: Status = serde_json::from_slice(&recorded.body).ok()?;
        status.message = format!("leases.coordination.k8s.io {name:?} is invalid: {field}: {why}");
        let causes = core::mem::take(&mut status.details.as_mut()?.causes);
        let causes = causes.into_iter().map(|cause| cause.with(field, why)).collect();
        status.details = Some(Details { causes, ..about(name) });
        Some(recorded.clone().with_json(&status))
    }

    /// The answer to what is no JSON. The recorded one is to a config map.
    fn no_lease_at_all(&self) -> Option<Answer> {
        let recorded = &self.recordings.error_400;
        let mut status: Status = serde_json::from_slice(&recorded.body).ok()?;
        status.message = status.message.replace("ConfigMap", "Lease");
        Some(recorded.clone().with_json(&status))
    }
}

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

fn about(name: &str) -> Details {
    Details {
        name: Some(name.to_owned()),
        group: Some("coordination.k8s.io".to_owned()),
        kind: Some("leases".to_owned()),
        causes: Vec::new(),
    }
}
