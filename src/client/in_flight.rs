//! How many requests are under way at a time.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

/// A limit, and how much of it is taken.
pub(super) struct InFlight {
    pub(super) most: u32,
    count: Arc<AtomicU32>,
}

/// The place of one request. Dropped, it is free.
pub(super) struct Place(Arc<AtomicU32>);

impl InFlight {
    pub(super) fn new(most: u32) -> Self {
        Self { most, count: Arc::default() }
    }

    /// None if every place is taken. Nobody waits for one: the only thread that could free it is
    /// the one that would wait.
    pub(super) fn enter(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.count));
        (self.count.fetch_add(1, Ordering::Relaxed) < self.most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_and_given_back() {
        let limit = InFlight::new(2);
        let first = limit.enter();
        let second = limit.enter();
        assert!(first.is_some() && second.is_some());
        assert!(limit.enter().is_none() && limit.enter().is_none());
        drop(first);
        let third = limit.enter();
        assert!(third.is_some() && limit.enter().is_none());
    }
}
