//! Of which namespaces.

use super::{Api, ApiResource, Resource};
use crate::kube::Client;
use crate::resource::{self, Scope};
use alloc::borrow::ToOwned;
use core::any::type_name;
use core::marker::PhantomData;
use kube_core::discovery;
use kube_core::{DynamicResourceScope, NamespaceResourceScope, NamespaceScope};

impl<K: Resource> Api<K>
where
    K::DynamicType: Default,
{
    /// Objects that belong to the cluster; or those of all namespaces, which can only be listed and
    /// watched.
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
        Self::new(client, whole::<K>(), kind)
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

    /// All objects of a kind that is known at run time, as is its scope: see [`Api::constrain`].
    pub fn dynamic(client: Client, kind: &K::DynamicType, scope: &discovery::Scope) -> Self
    where
        K: Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
    {
        let cluster_scoped = *scope == discovery::Scope::Cluster;
        let whole = if cluster_scoped { Scope::Cluster } else { Scope::AllNamespaces };
        Self { whole: whole.clone(), cluster_scoped, ..Self::new(client, whole, kind) }
    }

    /// Those of a namespace, instead of the present one; those of all namespaces, if it is empty.
    ///
    /// This has no effect if [`Api::dynamic`] was told that the objects belong to the cluster.
    #[must_use]
    pub fn constrain(mut self, namespace: &str) -> Self
    where
        K::Scope: NamespaceScope,
    {
        if self.cluster_scoped {
            return self;
        }
        if namespace.is_empty() {
            return self.unconstrain();
        }
        self.scope = Scope::Namespace(namespace.to_owned());
        self
    }

    /// Those of the pod's own namespace: [`Api::constrain`] to it.
    #[must_use]
    pub fn constrain_default(self) -> Self
    where
        K::Scope: NamespaceScope,
    {
        let namespace = self.client.default_namespace().to_owned();
        self.constrain(&namespace)
    }

    /// Those of all namespaces, as with [`Api::all`].
    #[must_use]
    pub fn unconstrain(mut self) -> Self
    where
        K::Scope: NamespaceScope,
    {
        self.scope = self.whole.clone();
        self
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
            whole: whole::<K>(),
            cluster_scoped: false,
            kind: K::kind(kind).into_owned(),
            api_version: K::api_version(kind).into_owned(),
            metadata_only: K::metadata_api(),
            objects: PhantomData,
        }
    }
}

/// That of all objects of a type.
fn whole<K: Resource>() -> Scope {
    // Which of the two it is, a type without a lifetime says by its name alone. Where it is not
    // known, the server says what can't be done.
    match type_name::<K::Scope>() == type_name::<NamespaceResourceScope>() {
        true => Scope::AllNamespaces,
        false => Scope::Cluster,
    }
}
