//! `authorization.k8s.io/v1.SelfSubjectAccessReview`.

use super::{ask, begin, member};
use crate::Error;
use crate::client::{Client, Limits};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::Transport;
use alloc::string::String;
use k8s_in_cluster_json::{members, text};

/// What one may do or not. `*` as a verb, group, resource or name stands for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Something with a resource.
    Resource {
        /// For example `list` or `create`.
        verb: String,
        /// The resource; the version may be empty.
        resource: ApiResource,
        /// For example `log`. None for the resource itself.
        subresource: Option<String>,
        /// Where.
        scope: Scope,
        /// Name of one object. None for any.
        name: Option<String>,
    },
    /// Something with a path that is no resource's.
    Path {
        /// A method in lower case, for example `get`.
        verb: String,
        /// For example `/metrics`.
        path: String,
    },
}

/// What the API server says to that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether one may.
    pub allowed: bool,
    /// Whether it is denied outright, so that nothing else could allow it.
    pub denied: bool,
    /// Why. Empty if the server gave no reason.
    pub reason: String,
    /// What went wrong while it was decided. Empty if nothing did.
    pub evaluation_error: String,
}

impl Decision {
    /// Asks the API server whether this program may do something.
    ///
    /// # Errors
    ///
    /// As [`Client::send`], and if the answer is none. Not if one may not.
    pub fn get<P: Pod, T: Transport>(
        client: &Client<P, T>,
        action: &Action,
        limits: Limits,
    ) -> Result<Self, Error> {
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let object = review(action, &client.cluster().namespace);
        let status = ask(client, path, object, limits)?;
        let mut decision = Self::default();
        for (name, value) in members(&status).map_while(Result::ok) {
            match name {
                "allowed" => decision.allowed = value == "true",
                "denied" => decision.denied = value == "true",
                "reason" => decision.reason = text(value),
                "evaluationError" => decision.evaluation_error = text(value),
                _ => {}
            }
        }
        Ok(decision)
    }
}

fn review(action: &Action, own_namespace: &str) -> String {
    let mut out = String::from(
        r#"{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{"#,
    );
    match action {
        Action::Resource { verb, resource, subresource, scope, name } => {
            let namespace = match scope {
                Scope::OwnNamespace => own_namespace,
                Scope::Namespace(namespace) => namespace,
                Scope::AllNamespaces | Scope::Cluster => "",
            };
            begin(&mut out, "resourceAttributes");
            out.push('{');
            member(&mut out, "namespace", namespace);
            member(&mut out, "verb", verb);
            member(&mut out, "group", &resource.group);
            member(&mut out, "version", &resource.version);
            member(&mut out, "resource", &resource.resource);
            member(&mut out, "subresource", subresource.as_deref().unwrap_or_default());
            member(&mut out, "name", name.as_deref().unwrap_or_default());
        }
        Action::Path { verb, path } => {
            begin(&mut out, "nonResourceAttributes");
            out.push('{');
            member(&mut out, "path", path);
            member(&mut out, "verb", verb);
        }
    }
    out.push_str("}}}");
    out
}
