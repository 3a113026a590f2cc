//! Reading and writing objects of any resource, as JSON text.
//!
//! [`Client`](crate::client::Client) has a function for each verb. What it sends is made
//! here, and lists are read page by page in a [`Listing`].

mod answer;
mod body;
mod client;
mod listing;
mod options;
mod verbs;

pub use answer::{Answer, Deleted};
pub use listing::{Listing, ListingMetadata};
pub use options::{
    DeleteOptions, FieldValidation, GetOptions, ListOptions, PatchKind, PropagationPolicy,
    Representation, ResourceVersionMatch, Selection, WriteOptions,
};

#[cfg(feature = "async")]
pub(crate) use verbs::Prepared;

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
