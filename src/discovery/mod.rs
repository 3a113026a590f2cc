//! What the API server serves: its groups, versions and resources, its own version and
//! health, and the schemas of its objects.
//!
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api>

mod aggregated;
mod cache;
mod fetch;
mod find;
mod health;
mod openapi;
mod plain;
mod version;

pub use cache::Discovery;
pub use find::Found;
pub use health::{Check, Health, Probe};
pub use openapi::OpenApiDocument;
pub use version::ServerVersion;

use alloc::{string::String, vec::Vec};

/// An API group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name; empty for the core group.
    pub name: String,
    /// Its versions, the preferred one first.
    pub versions: Vec<Version>,
}

/// A version of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// For example `v1`.
    pub name: String,
    /// How far what is known of it can be relied on.
    pub freshness: Freshness,
    /// Its resources.
    pub resources: Vec<Resource>,
}

/// How far what is known of a version can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// It is as the server has it now.
    Current,
    /// The server that serves it can't be reached from the API server: its resources are those of
    /// before, or none.
    Stale,
    /// Its resources could not be had; the text says why.
    Failed(String),
}

/// A resource of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// Plural and in lower case, as in paths.
    pub plural: String,
    /// Singular and in lower case. Empty if the server gave none.
    pub singular: String,
    /// Of its objects.
    pub kind: Kind,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What may be done with it, for example `list`.
    pub verbs: Vec<String>,
    /// For example `deploy`.
    pub short_names: Vec<String>,
    /// Names for several resources at a time, for example `all`.
    pub categories: Vec<String>,
    /// What is below its objects.
    pub subresources: Vec<Subresource>,
}

/// A subresource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subresource {
    /// For example `scale`.
    pub name: String,
    /// Of its objects.
    pub kind: Kind,
    /// What may be done with it.
    pub verbs: Vec<String>,
}

/// A kind of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kind {
    /// Its group, which may be another than the resource's.
    pub group: String,
    /// Its version within the group.
    pub version: String,
    /// For example `Scale`. Empty if the server gave none.
    pub kind: String,
}

impl Kind {
    /// Servers leave group and version out where they are the resource's own.
    fn or(mut self, group: &str, version: &str) -> Self {
        if self.group.is_empty() && self.version.is_empty() {
            self.group = group.into();
            self.version = version.into();
        }
        self
    }
}

#[cfg(test)]
mod tests;
