//! Objects of one kind, in one namespace or in all.

mod lists;
mod logs;
mod objects;
mod request;
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
pub use kube_core::{Resource, ResourceExt};
pub use lists::List;
pub use logs::{Log, LogLines};
pub use subresources::Evict;
pub use watches::{Event, Watch};

use super::Client;
use crate::resource::{self, NameError, Scope};
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::any::type_name;
use core::fmt;
use core::marker::PhantomData;
use kube_core::{DynamicResourceScope, NamespaceResourceScope};

/// The objects of one kind: in one namespace, in all, or of the cluster.
pub struct Api<K> {
    client: Client,
    resource: resource::ApiResource,
    scope: Scope,
    /// For errors.
    kind: String,
    api_version: String,
    /// Whether the objects are their metadata alone.
    metadata_only: bool,
    objects: PhantomData<fn() -> K>,
}

impl<K: Resource> Api<K>
where
    K::DynamicType: Default,
{
    /// Objects of the cluster, or those of all namespaces: these can be listed and watched, and no
    /// more.
    pub fn all(client: Client) -> Self {
        Self::all_with(client, &K::DynamicType::default())
    }

    /// Objects of a namespace.
    pub fn namespaced(client: Client, namespace: &str) -> Self
    where
        K: Resource<Scope = NamespaceResourceScope>,
    {
        Self::new(client, Scope::Namespace(namespace.to_owned()), &K::DynamicType::default())
    }

    /// Objects of the pod's own namespace.
    pub fn default_namespaced(client: Client) -> Self
    where
        K: Resource<Scope = NamespaceResourceScope>,
    {
        let namespace = client.default_namespace().to_owned();
        Self::namespaced(client, &namespace)
    }
}

impl<K: Resource> Api<K> {
    /// As [`Api::all`], for a kind that is known at run time.
    pub fn all_with(client: Client, kind: &K::DynamicType) -> Self {
        // Which of the two it is, a type without a lifetime says by its name alone. Where it is not
        // known, the server says what can't be done.
        let namespaced = type_name::<K::Scope>() == type_name::<NamespaceResourceScope>();
        Self::new(client, if namespaced { Scope::AllNamespaces } else { Scope::Cluster }, kind)
    }

    /// As [`Api::namespaced`], for a kind that is known at run time.
    pub fn namespaced_with(client: Client, namespace: &str, kind: &K::DynamicType) -> Self
    where
        K: Resource<Scope = DynamicResourceScope>,
    {
        Self::new(client, Scope::Namespace(namespace.to_owned()), kind)
    }

    /// As [`Api::default_namespaced`], for a kind that is known at run time.
    pub fn default_namespaced_with(client: Client, kind: &K::DynamicType) -> Self
    where
        K: Resource<Scope = DynamicResourceScope>,
    {
        let namespace = client.default_namespace().to_owned();
        Self::namespaced_with(client, &namespace, kind)
    }

    fn new(client: Client, scope: Scope, kind: &K::DynamicType) -> Self {
        Self {
            client,
            resource: resource::ApiResource::new(
                &K::group(kind),
                &K::version(kind),
                &K::plural(kind),
            ),
            scope,
            kind: K::kind(kind).into_owned(),
            api_version: K::api_version(kind).into_owned(),
            metadata_only: K::metadata_api(),
            objects: PhantomData,
        }
    }
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
