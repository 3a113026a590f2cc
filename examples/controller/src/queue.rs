//! The work queue: which keys are to be looked at, and when.
//!
//! A key is in it once, however often it is added: what is done for it depends on the state as it
//! is then, and not on what was added. One that failed waits, longer each time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// The first wait after a failure. It doubles with each that follows.
const FIRST: u64 = SECOND / 5;

/// No wait is longer.
const LONGEST: u64 = 300 * SECOND;

/// Times are instants of `wasi:clocks/monotonic-clock`.
#[derive(Debug)]
pub(crate) struct Queue<K> {
    order: VecDeque<K>,
    queued: BTreeSet<K>,
    /// Keys that failed, and when they are to be tried again.
    waiting: BTreeMap<K, u64>,
    failures: BTreeMap<K, u32>,
}

impl<K: Ord + Clone> Queue<K> {
    pub(crate) fn new() -> Self {
        Self {
            order: VecDeque::new(),
            queued: BTreeSet::new(),
            waiting: BTreeMap::new(),
            failures: BTreeMap::new(),
        }
    }

    /// Something may have changed: the key is to be looked at, and at once if it was to wait.
    pub(crate) fn add(&mut self, key: K) {
        self.waiting.remove(&key);
        if self.queued.insert(key.clone()) {
            self.order.push_back(key);
        }
    }

    /// The key that is next.
    pub(crate) fn next(&mut self, now: u64) -> Option<K> {
        let due: Vec<K> =
            self.waiting.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
        for key in due {
            self.add(key);
        }
        let key = self.order.pop_front()?;
        self.queued.remove(&key);
        Some(key)
    }

    /// It came to nothing: again later. Returns how often it has failed, in a row.
    pub(crate) fn retry(&mut self, key: K, now: u64) -> u32 {
        let failures = self.failures.entry(key.clone()).or_default();
        *failures = failures.saturating_add(1);
        let failures = *failures;
        // Twenty doublings are beyond the longest.
        let wait = (FIRST << (failures - 1).min(20)).min(LONGEST);
        if !self.queued.contains(&key) {
            self.waiting.insert(key, now.saturating_add(wait));
        }
        failures
    }

    /// All is well with it.
    pub(crate) fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }

    /// There is nothing to be looked at any more.
    pub(crate) fn remove(&mut self, key: &K) {
        if self.queued.remove(key) {
            self.order.retain(|it| it != key);
        }
        self.waiting.remove(key);
        self.failures.remove(key);
    }

    /// When `next` will have one: 0 if it has now, none if nothing is queued.
    pub(crate) fn due(&self) -> Option<u64> {
        match self.order.is_empty() {
            false => Some(0),
            true => self.waiting.values().min().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_it_once_and_in_the_order_in_which_it_came() {
        let mut queue = Queue::new();
        assert_eq!((queue.due(), queue.next(0)), (None, None));
        for key in ["a", "b", "a"] {
            queue.add(key);
        }
        assert_eq!(queue.due(), Some(0));
        assert_eq!([queue.next(0), queue.next(0), queue.next(0)], [Some("a"), Some("b"), None]);
        // While it is being looked at, it may change again.
        queue.add("a");
        assert_eq!(queue.next(0), Some("a"));
    }

    #[test]
    fn failures_wait_longer_each_time_and_no_longer_than_five_minutes() {
        let mut queue = Queue::new();
        let mut now = 0;
        let mut waits = Vec::new();
        for count in 1..=70 {
            assert_eq!(queue.retry("a", now), count);
            let due = queue.due().unwrap_or_default();
            assert_eq!(queue.next(due - 1), None);
            assert_eq!(queue.next(due), Some("a"));
            waits.push((due - now) * 10 / SECOND);
            now = due;
        }
        assert_eq!(waits[..12], [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3000]);
        assert!(waits[12..].iter().all(|wait| *wait == 3000));
        queue.forget(&"a");
        assert_eq!(queue.retry("a", now), 1);
    }

    #[test]
    fn a_change_ends_the_wait_and_other_keys_do_not_share_it() {
        let mut queue = Queue::new();
        queue.retry("a", 0);
        queue.add("b");
        assert_eq!([queue.next(0), queue.next(0)], [Some("b"), None]);
        queue.add("a");
        assert_eq!([queue.next(0), queue.next(0)], [Some("a"), None]);
        assert_eq!(queue.due(), None);
        // One that has come back meanwhile need not wait.
        queue.add("a");
        queue.retry("a", 0);
        assert_eq!([queue.next(0), queue.next(u64::MAX)], [Some("a"), None]);
    }

    #[test]
    fn of_one_that_is_removed_nothing_is_left() {
        let mut queue = Queue::new();
        for key in ["a", "b", "c"] {
            queue.add(key);
        }
        queue.retry("d", 0);
        for key in ["b", "d", "e"] {
            queue.remove(&key);
        }
        assert_eq!([queue.next(u64::MAX), queue.next(u64::MAX)], [Some("a"), Some("c")]);
        assert_eq!(queue.due(), None);
        // It may come again, as if for the first time.
        assert_eq!(queue.retry("d", 0), 1);
        queue.add("b");
        assert_eq!(queue.next(0), Some("b"));
    }
}
