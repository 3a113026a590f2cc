//! Lists of any length, cut into their items while they come. Knows no HTTP.

mod cutter;

pub use cutter::{CutError, Cutter};

use alloc::string::String;

/// What a list says of itself, as far as it was read: items may come before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListMetadata {
    /// The list's kind, for example `PodList` or `Table`. Empty if it is not known yet.
    pub kind: String,
    /// The list's API version, for example `v1`. Empty if it is not known yet.
    pub api_version: String,
    /// Version of the whole list, to watch from. Empty if it is not known.
    pub resource_version: String,
    /// Where the rest of the list begins. Empty if this is the last page.
    pub continue_token: String,
    /// How many items follow this page, where the server says so.
    pub remaining: Option<u64>,
    /// The columns of a Table, as JSON text.
    pub columns: Option<String>,
}

#[cfg(test)]
mod tests;
