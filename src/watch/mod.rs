//! Watches that resume for as long as they are wanted.
//!
//! `protocol` decides and `watcher` acts: the first knows no connection, and the second
//! nothing of events.

mod answer;
mod backoff;
mod event;
mod frames;
mod options;
mod outcome;
mod protocol;
mod watcher;

pub use event::Event;
pub use options::Options;
pub use watcher::Watcher;

#[cfg(test)]
pub(crate) mod tests;
