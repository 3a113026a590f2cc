//! What a request wants of the API, and whether its user may have that.

use http::Method;

use super::NAMESPACE;
use super::authentication::User;
use super::journal::RecordedRequest;
use super::status::{Details, Status};

/// What a request is about, read from its path as kube-apiserver does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attributes<'a> {
    /// A path that is not of a resource.
    Path {
        /// The method in lower case.
        verb: String,
        /// The path.
        path: &'a str,
    },
    /// A resource.
    Resource(ResourceAttributes<'a>),
}

/// A verb on a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ResourceAttributes<'a> {
    pub(super) verb: &'a str,
    pub(super) group: &'a str,
    pub(super) namespace: &'a str,
    pub(super) resource: &'a str,
    pub(super) subresource: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Attributes<'a> {
    /// Reads them from a request.
    pub(super) fn of(request: &'a RecordedRequest) -> Self {
        let segments: Vec<&str> =
            request.path.split('/').filter(|segment| !segment.is_empty()).collect();
        let watch = matches!(request.query_parameter("watch"), Some("" | "1" | "true"));
        let (group, rest) = match segments.as_slice() {
            ["api", _version, rest @ ..] => ("", rest),
            ["apis", group, _version, rest @ ..] => (*group, rest),
            _ => ("", &[][..]),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, _, ..] => (*namespace, &rest[2..]),
            ["namespaces", namespace] => (*namespace, rest),
            _ => ("", rest),
        };
        let Some((resource, rest)) = rest.split_first() else {
            return Self::Path {
                verb: request.method.as_str().to_lowercase(),
                path: &request.path,
            };
        };
        let name = rest.first().copied().unwrap_or_default();
        Self::Resource(ResourceAttributes {
            verb: verb(&request.method, name.is_empty(), watch),
            group,
            namespace,
            resource,
            subresource: rest.get(1).copied().unwrap_or_default(),
            name,
        })
    }

    /// Whether the user may do this: what the default roles `system:discovery`, `system:public-info-viewer` and
    /// `system:basic-user` grant, `view` in the namespace, and there to create and patch config maps, and to
    /// create and update Leases.
    pub(super) fn allowed_to(&self, user: User) -> bool {
        match (self, user) {
            (Self::Path { verb, path }, _) => {
                let public =
                    matches!(*path, "/healthz" | "/livez" | "/readyz" | "/version" | "/version/");
                let discovery = ["/api", "/apis", "/openapi"].iter().any(|root| {
                    path.strip_prefix(root)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                verb == "get" && (public || (discovery && user == User::Reader))
            }
            (Self::Resource(_), User::Anonymous) => false,
            (Self::Resource(attributes), User::Reader) => attributes.allowed_to_reader(),
        }
    }

    /// The `Status` that refuses this to the user.
    pub(super) fn forbidden(&self, user: User) -> Status {
        match self {
            Self::Path { verb, path } => {
                let message =
                    format!("forbidden: User {:?} cannot {verb} path {path:?}", user.name());
                Status::failure(403, "Forbidden", message).about(Details::default())
            }
            Self::Resource(attributes) => attributes.forbidden(user),
        }
    }
}

impl ResourceAttributes<'_> {
    /// Whether the service account may do this.
    pub(super) fn allowed_to_reader(&self) -> bool {
        match (self.group, self.resource, self.verb) {
            ("authentication.k8s.io", "selfsubjectreviews", "create")
            | ("authorization.k8s.io", "selfsubjectaccessreviews", "create") => true,
            ("", "secrets", _) => false,
            ("", "configmaps", "create" | "patch")
            | ("coordination.k8s.io", "leases", "create" | "update") => self.namespace == NAMESPACE,
            (_, _, "get" | "list" | "watch") => self.namespace == NAMESPACE,
            _ => false,
        }
    }

    fn forbidden(&self, user: User) -> Status {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut about = self.resource.to_owned();
        if !self.group.is_empty() {
            about = format!("{about}.{}", self.group);
        }
        if !self.name.is_empty() {
            about = format!("{about} {:?}", self.name);
        }
        let mut resource = self.resource.to_owned();
        if !self.subresource.is_empty() {
            resource = format!("{resource}/{}", self.subresource);
        }
        let scope = if self.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", self.namespace)
        };
        let message = format!(
            "{about} is forbidden: User {:?} cannot {} resource {resource:?} in API group {:?} {scope}",
            user.name(),
            self.verb,
            self.group,
        );
        Status::failure(403, "Forbidden", message).about(Details {
            name: some(self.name),
            group: some(self.group),
            kind: some(self.resource),
            causes: Vec::new(),
        })
    }
}

fn verb(method: &Method, collection: bool, watch: bool) -> &'static str {
    match method.as_str() {
        "GET" | "HEAD" if watch => "watch",
        "GET" | "HEAD" if collection => "list",
        "GET" | "HEAD" => "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" if collection => "deletecollection",
        "DELETE" => "delete",
        _ => "",
    }
}
