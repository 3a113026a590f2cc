use super::fields::Fields;
use alloc::{string::String, vec::Vec};

/// What is kept of each object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Keep {
    /// All but `metadata.managedFields`.
    #[default]
    Object,
    /// All of it.
    Everything,
    /// The metadata but for `managedFields`. Nothing else is asked for.
    Metadata,
    /// The fields that these JSON Pointers (RFC 6901) lead to, those of the indexes, and what makes an object one: `apiVersion`, `kind`,
    /// and of the metadata `name`, `namespace`, `uid` and `resourceVersion`.
    Fields(Vec<String>),
}

impl Keep {
    pub(super) fn fields(&self, indexes: &[IndexOptions]) -> Fields {
        match self {
            Self::Everything => Fields::all(),
            Self::Object | Self::Metadata => Fields::without_managed_fields(),
            Self::Fields(paths) => {
                let indexed = indexes.iter().map(|index| &index.path);
                Fields::only(paths.iter().chain(indexed).map(String::as_str))
            }
        }
    }
}

/// An index to find objects by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexOptions {
    /// What a query calls it.
    pub name: String,
    /// Where the values stand: a JSON Pointer, RFC 6901, but that arrays are gone through
    /// without a number, as in `/metadata/ownerReferences/uid`.
    pub path: String,
}
