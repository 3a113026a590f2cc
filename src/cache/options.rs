use super::fields::Fields;
use crate::client::InvalidRequest;
use crate::watch;
use alloc::{string::String, vec::Vec};

/// What is cached, and what is kept of it.
///
/// Fields are named by JSON Pointers, RFC 6901, but that arrays are gone through without a number,
/// as in `/metadata/ownerReferences/uid`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// What is watched. A version to begin after has no meaning here.
    pub watch: watch::Options,
    /// Whether `metadata.managedFields` is kept.
    pub managed_fields: bool,
    /// What is kept, beside what indexes go by and what makes an object one: `apiVersion`, `kind`,
    /// and of the metadata `name`, `namespace`, `uid` and `resourceVersion`. All if none.
    pub fields: Option<Vec<String>>,
    /// By which fields objects can be listed.
    pub indexes: Vec<String>,
}

impl Options {
    pub(super) fn kept(&self) -> Result<Fields, InvalidRequest> {
        Ok(match &self.fields {
            Some(fields) => Fields::only(fields.iter().chain(&self.indexes))?,
            None if self.managed_fields => Fields::all(),
            None => Fields::without_managed_fields(),
        })
    }
}
