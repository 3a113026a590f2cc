//! Objects of one kind, in one namespace or in all.

pub mod entry;
mod kinds;
mod lists;
mod logs;
mod objects;
mod pods;
mod request;
mod scope;
mod subresources;
mod watches;

pub use kube_core::dynamic::{ApiResource, DynamicObject};
pub use kube_core::gvk::{GroupVersionKind, GroupVersionResource};
pub use kube_core::metadata::{
    ListMeta, ObjectMeta, PartialObjectMeta, PartialObjectMetaExt, TypeMeta,
};
pub use kube_core::object::{NotUsed, Object, ObjectList};
pub use kube_core::params::{
    DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions,
    PropagationPolicy, ValidationDirective, VersionMatch, WatchParams,
};
pub use kube_core::subresource::{EvictParams, LogParams, Scale, ScaleSpec, ScaleStatus};
pub use kube_core::util::Restart;
pub use kube_core::{Resource, ResourceExt};
pub use lists::List;
pub use logs::{Log, LogLines};
pub use pods::{Ephemeral, Evict, Resize};
pub use watches::{Event, Watch};

use super::Client;
use crate::resource::{self, NameError, Scope};
use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

/// The objects of one kind: in one namespace, in all, or of the cluster.
pub struct Api<K> {
    client: Client,
    resource: resource::ApiResource,
    scope: Scope,
    /// That of all of them.
    whole: Scope,
    /// Whether it was said that they are of the cluster, and have no namespace.
    cluster_scoped: bool,
    /// For errors.
    kind: String,
    api_version: String,
    /// Whether the objects are their metadata alone.
    metadata_only: bool,
    objects: PhantomData<fn() -> K>,
}

impl<K> Api<K> {
    /// The namespace, if it is one.
    pub fn namespace(&self) -> Option<&str> {
        match &self.scope {
            Scope::Namespace(namespace) => Some(namespace),
            _ => None,
        }
    }

    /// The client.
    pub fn into_client(self) -> Client {
        self.client
    }

    /// Path of all of them.
    fn collection(&self) -> Result<String, NameError> {
        self.resource.collection_path(&self.scope, self.client.default_namespace())
    }

    /// The same, for what does not go for all namespaces at once.
    fn one_collection(&self) -> Result<String, NameError> {
        match self.scope {
            Scope::AllNamespaces => Err(NameError::AllNamespaces),
            _ => self.collection(),
        }
    }

    /// Path of one of them, or of a subresource of it.
    fn path(&self, name: &str, subresource: Option<&str>) -> Result<String, NameError> {
        let own_namespace = self.client.default_namespace();
        self.resource.object_path(&self.scope, own_namespace, name, subresource)
    }
}

impl<K> Clone for Api<K> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            resource: self.resource.clone(),
            scope: self.scope.clone(),
            whole: self.whole.clone(),
            cluster_scoped: self.cluster_scoped,
            kind: self.kind.clone(),
            api_version: self.api_version.clone(),
            metadata_only: self.metadata_only,
            objects: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Api<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("resource", &self.resource)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl<K> From<Api<K>> for Client {
    fn from(api: Api<K>) -> Self {
        api.into_client()
    }
}
