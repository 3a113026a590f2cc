use super::table::hash;
use alloc::string::String;
use k8s_in_cluster_json::{find, text};

/// Which object of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// Empty for objects that belong to the cluster.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl Key {
    pub(super) fn of(object: &str) -> Self {
        let field = |name| find(object, &["metadata", name]).map(text).unwrap_or_default();
        Self { namespace: field("namespace"), name: field("name") }
    }

    pub(super) fn hash(&self, seed: u32) -> u32 {
        // A name holds no `/`.
        hash(hash(hash(seed, &self.namespace), "/"), &self.name)
    }
}
