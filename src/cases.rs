//! Random cases for tests. Each has a number, which is all it takes to have it again.
//!
//! `TEST_CASES` is how many times as many cases are to be run as usual, and `TEST_SEED` the
//! number of the first one, 0 if it is not set:
//!
//! ```sh
//! TEST_CASES=100 cargo test --package k8s-in-cluster --features tls
//! # One that failed, and no other.
//! TEST_CASES=0 TEST_SEED=1234 cargo test --package k8s-in-cluster --features tls NAME
//! ```
//!
//! The longest run so far: from case 1000000 on, 9000 sessions that got garbage, 900 handshakes
//! and 900 answers that were tampered with, 600 sessions with a bad server, and 1500 chains of
//! certificates; and 360000 answers of HTTP from case 2000000 on.

#![allow(clippy::expect_used)]

use alloc::vec::Vec;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Numbers that look random (xorshift64*), the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }

    pub(crate) fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    pub(crate) fn pieces<'a>(&mut self, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let most = self.of(&[1, 3, 20, 100, 5000]);
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(self.below(most.min(bytes.len())) + 1);
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }

    /// Damages bytes in one of the ways that networks and attackers know.
    pub(crate) fn damage(&mut self, bytes: &mut Vec<u8>) {
        let (at, to) = (self.below(bytes.len()), self.below(bytes.len()));
        let range = at.min(to)..at.max(to);
        match self.below(6) {
            _ if bytes.is_empty() => bytes.push(self.next() as u8),
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes.truncate(at),
            2 => bytes.swap(at, to),
            3 => bytes.insert(at, self.next() as u8),
            4 => drop(bytes.drain(range)),
            _ => {
                let copy = bytes[range].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect(name))
}

/// Runs so many cases, or as many as are asked for, and names one that fails. Those of
/// another kind have other numbers.
pub(crate) fn cases(kind: u64, count: u64, mut run: impl FnMut(&mut Random)) {
    let first = variable("TEST_SEED").unwrap_or(0);
    let count = (count * variable("TEST_CASES").unwrap_or(1)).max(1);
    for case in first..first + count {
        let mut random = Random::new((kind << 40) + case);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&mut random))) {
            std::eprintln!("this was case {case}: TEST_CASES=0 TEST_SEED={case} runs it alone");
            resume_unwind(panic);
        }
    }
}
