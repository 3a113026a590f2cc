//! Reading and writing objects of any resource, as JSON text.
//!
//! [`Client`](crate::client::Client) has two functions for each verb: one that waits for the
//! answer, and one that begins the call, so that several are under way at a time. What is sent is
//! made here, and lists are read page by page in a [`Listing`].

mod answer;
mod begin;
mod body;
mod client;
mod listing;
mod options;
mod pending;
mod verbs;

pub use answer::{Answer, Deleted};
pub use listing::{Listing, ListingMetadata, PendingDeletion};
pub use options::{
    DeleteOptions, FieldValidation, GetOptions, ListOptions, PatchKind, PropagationPolicy,
    Representation, ResourceVersionMatch, Selection, WriteOptions,
};
pub use pending::PendingAnswer;

use crate::resource::{ApiResource, Scope};
use alloc::string::String;

/// One object, or a subresource of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub resource: ApiResource,
    /// Where it is. [`Scope::AllNamespaces`] is refused.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// For example `status` or `scale`; the object itself if none.
    pub subresource: Option<String>,
}

#[cfg(test)]
mod tests;
