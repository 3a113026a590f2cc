//! The objects that the controller knows: a Website, and the ConfigMap that holds its page.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The group of the custom resource.
pub(crate) const GROUP: &str = "example.com";

/// `apiVersion` and `kind` of a Website.
pub(crate) const API_VERSION: &str = "example.com/v1";
pub(crate) const KIND: &str = "Website";

/// Namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What both have, as far as it is used here.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    pub(crate) generation: i64,
    pub(crate) deletion_timestamp: Option<String>,
    pub(crate) finalizers: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) owner_references: Vec<OwnerReference>,
}

impl Metadata {
    pub(crate) fn key(&self) -> Key {
        Key { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

/// Whose object it is. With its owner gone, the garbage collector deletes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnerReference {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    #[serde(default)]
    pub(crate) controller: bool,
    #[serde(default)]
    pub(crate) block_owner_deletion: bool,
}

/// Something with metadata.
pub(crate) trait Object: DeserializeOwned {
    fn metadata(&self) -> &Metadata;
}

/// The custom resource: what its user wants, and what has come of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Website {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Spec,
    #[serde(default)]
    pub(crate) status: Status,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Spec {
    pub(crate) title: String,
    pub(crate) text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    /// The `metadata.generation` that the rest is about.
    pub(crate) observed_generation: i64,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Condition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    pub(crate) observed_generation: i64,
    pub(crate) last_transition_time: String,
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Object for Website {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

impl Website {
    /// Its condition `Ready`, if it was said.
    pub(crate) fn ready(&self) -> Option<&Condition> {
        self.status.conditions.iter().find(|it| it.r#type == "Ready")
    }

    /// The reference by which a ConfigMap is this one's.
    pub(crate) fn as_owner(&self) -> OwnerReference {
        OwnerReference {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            name: self.metadata.name.clone(),
            uid: self.metadata.uid.clone(),
            controller: true,
            block_owner_deletion: true,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct ConfigMap {
    pub(crate) metadata: Metadata,
    #[serde(default)]
    pub(crate) data: BTreeMap<String, String>,
}

impl Object for ConfigMap {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

impl ConfigMap {
    /// The Website that it is kept in step with.
    pub(crate) fn owner(&self) -> Option<Key> {
        let group = |it: &OwnerReference| it.api_version.split('/').next() == Some(GROUP);
        let references = &self.metadata.owner_references;
        let owner = references.iter().find(|it| it.controller && it.kind == KIND && group(it))?;
        Some(Key { namespace: self.metadata.namespace.clone(), name: owner.name.clone() })
    }
}
