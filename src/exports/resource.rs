use super::bindings::exports::k8s::in_cluster::types as wit;
use crate::resource::{ApiResource, Scope};

impl From<wit::ApiResource> for ApiResource {
    fn from(resource: wit::ApiResource) -> Self {
        Self { group: resource.group, version: resource.version, resource: resource.resource }
    }
}

impl From<wit::Scope> for Scope {
    fn from(scope: wit::Scope) -> Self {
        match scope {
            wit::Scope::OwnNamespace => Self::OwnNamespace,
            wit::Scope::Namespace(namespace) => Self::Namespace(namespace),
            wit::Scope::AllNamespaces => Self::AllNamespaces,
            wit::Scope::Cluster => Self::Cluster,
        }
    }
}
