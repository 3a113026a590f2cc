//! The server's own answers: as recorded where there is a recording, else made from one.

mod configmaps;
mod discovery;
mod leases;
mod pods;
mod refusals;
mod reviews;

use http::{HeaderMap, Method};

use super::NAMESPACE;
use super::answer::Answer;
use super::authentication::User;
use super::authorization::{Attributes, ResourceAttributes};
use super::journal::RecordedRequest;
use super::recorded::{RecordedError, Recordings};
use super::status::{Details, Status};
use leases::Leases;
use pods::Pods;

/// The server's own answers.
pub(super) struct Answers {
    recordings: Recordings,
    pods: Pods,
    leases: Leases,
}

impl Answers {
    /// Reads the recordings.
    pub(super) fn load() -> Result<Self, RecordedError> {
        let recordings = Recordings::load()?;
        let pods = Pods::of(&recordings.watch)?;
        Ok(Self { recordings, pods, leases: Leases::default() })
    }

    /// The answer to credentials that are none.
    pub(super) fn unauthorized(&self) -> Answer {
        self.recordings.error_401.clone()
    }

    /// The answer to what a user may not do.
    pub(super) fn forbidden(&self, attributes: &Attributes<'_>, user: User) -> Answer {
        let recorded = match user {
            User::Anonymous => &self.recordings.error_403_anonymous,
            User::Reader => match attributes {
                Attributes::Path { .. } => &self.recordings.error_403_path,
                Attributes::Resource(_) => &self.recordings.error_403,
            },
        };
        recorded.clone().with_json(&attributes.forbidden(user))
    }

    /// The answer to a request that is allowed.
    pub(super) fn to(&self, request: &RecordedRequest, attributes: &Attributes<'_>) -> Answer {
        if let Some(refused) = self.not_acceptable(request) {
            return refused;
        }
        match attributes {
            Attributes::Path { path, .. } => self.discovery(path, &request.headers),
            Attributes::Resource(attributes) => self.resource(request, attributes),
        }
        .unwrap_or_else(|| self.nothing_at(&request.path))
    }

    fn resource(
        &self,
        request: &RecordedRequest,
        attributes: &ResourceAttributes<'_>,
    ) -> Option<Answer> {
        let core = request.path.starts_with("/api/v1/");
        match (attributes.group, attributes.resource, attributes.subresource) {
            ("authentication.k8s.io", "selfsubjectreviews", "") => self.whoami(request),
            ("authorization.k8s.io", "selfsubjectaccessreviews", "") => self.can_i(request),
            ("", "pods", "") if core && request.method == Method::GET => {
                self.pods(request, attributes)
            }
            ("", "configmaps", "") if core && attributes.namespace == NAMESPACE => {
                self.configmaps(request, attributes)
            }
            ("coordination.k8s.io", "leases", "")
                if request.path.starts_with("/apis/coordination.k8s.io/v1/") =>
            {
                self.leases(request, attributes)
            }
            _ => None,
        }
    }

    fn no_such_object(&self, kind: &str, name: &str) -> Answer {
        let status = Status::failure(404, "NotFound", format!("{kind} {name:?} not found"));
        self.recordings.error_404.clone().with_json(&status.about(Details {
            name: Some(name.to_owned()),
            kind: Some(kind.to_owned()),
            ..Details::default()
        }))
    }

    /// The answer to an object in a form that is not understood. The recorded one is to a patch.
    fn unsupported_object(&self) -> Answer {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml, application/vnd.kubernetes.protobuf";
        let status = Status::failure(415, "UnsupportedMediaType", message.to_owned());
        self.recordings.error_415.clone().with_json(&status)
    }

    fn bad_request(&self, message: String) -> Answer {
        let status = Status::failure(400, "BadRequest", message);
        self.recordings.error_400.clone().with_json(&status)
    }
}

/// Whether one of the media types that a client accepts is JSON in a certain form, such as `as=Table`.
fn accepts(headers: &HeaderMap, form: &str) -> bool {
    headers
        .get_all(http::header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|media_type| {
            let mut parts = media_type.split(';').map(str::trim);
            parts.next() == Some("application/json") && parts.any(|parameter| parameter == form)
        })
}

/// The media type of a request's body, without its parameters.
fn content_type(request: &RecordedRequest) -> &str {
    let value = request.header("content-type").unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}
