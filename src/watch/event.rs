use alloc::string::String;

/// What happened to the objects that are watched.
///
/// An object is given as the JSON text that the API server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An object is there that was not, or the initial state has it.
    Added(String),
    /// An object changed.
    Modified(String),
    /// An object is gone, or is not selected any longer. This is its last state.
    Deleted(String),
    /// The initial state is complete at this resourceVersion.
    Synced(String),
    /// Nothing else that is watched has changed up to this resourceVersion, which may be the one that is
    /// known: so it is told that the watch goes on after an error.
    Bookmark(String),
    /// The initial state follows once more: what it does not add is gone.
    Restarted,
}

impl Event {
    /// Bytes of text in it.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Added(text)
            | Self::Modified(text)
            | Self::Deleted(text)
            | Self::Synced(text)
            | Self::Bookmark(text) => text.len(),
            Self::Restarted => 0,
        }
    }
}
