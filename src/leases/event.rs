//! What happens in an election.

use crate::Error;
use alloc::string::String;

/// Something that happened, named as client-go's callbacks are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another than before holds the Lease, or the first that was seen: this one too.
    NewLeader(String),
    /// This one leads from now on.
    StartedLeading,
    /// This one leads no more.
    StoppedLeading(Loss),
    /// A request failed. There will be another.
    RequestFailed(Error),
}

/// Why one leads no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// No renewal succeeded within the renew deadline.
    Deadline,
    /// The Lease is another's, or nobody's, or gone: somebody changed it.
    Taken,
    /// It was given back.
    Released,
}
