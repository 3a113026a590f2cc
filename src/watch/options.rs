use crate::client::InvalidRequest;
use alloc::string::String;
use core::time::Duration;

/// What is watched, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which objects, by their labels, as in `app=web,tier!=cache`. All if none.
    pub label_selector: Option<String>,
    /// Which objects, by the fields that the resource has for it, as in
    /// `spec.nodeName=node-1`. All if none.
    pub field_selector: Option<String>,
    /// Whether objects are to be a `PartialObjectMetadata`: all but what is beside `metadata`.
    pub metadata_only: bool,
    /// Begins after this resourceVersion, without an initial state.
    pub after_resource_version: Option<String>,
    /// How long a connection may be silent before another takes its place: 150 s if none.
    pub idle_limit: Option<Duration>,
    /// How long failures that pass by themselves are met without a word. For ever if none.
    pub patience: Option<Duration>,
}

impl Options {
    pub(super) fn check(&self) -> Result<(), InvalidRequest> {
        match self.after_resource_version.as_deref() {
            // To a server, both mean another thing: any version.
            Some("" | "0") => Err(InvalidRequest::ResourceVersion),
            _ => Ok(()),
        }
    }
}
