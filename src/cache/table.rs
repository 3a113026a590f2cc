//! Finds slots by the hash of what they hold.

use alloc::{vec, vec::Vec};

/// An open table of slots: each stands where its hash says, or behind.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The hash and one more than the slot. 0 for none.
    places: Vec<(u32, u32)>,
    count: usize,
}

impl Table {
    /// The slots that may hold what has this hash.
    pub(super) fn candidates(&self, hash: u32) -> impl Iterator<Item = u32> {
        let places = self.probe(hash).map_while(|place| self.places.get(place).copied());
        places
            .take_while(|(_, slot)| *slot != 0)
            .filter(move |(other, _)| *other == hash)
            .map(|(_, slot)| slot - 1)
    }

    pub(super) fn insert(&mut self, hash: u32, slot: u32) {
        if (self.count + 1) * 4 > self.places.len() * 3 {
            let larger = vec![(0, 0); (self.places.len() * 2).max(16)];
            for (hash, slot) in core::mem::replace(&mut self.places, larger) {
                if slot != 0 {
                    self.put(hash, slot);
                }
            }
        }
        self.put(hash, slot + 1);
        self.count += 1;
    }

    pub(super) fn remove(&mut self, hash: u32, slot: u32) {
        let at = self.probe(hash).find(|&place| {
            self.places.get(place).is_none_or(|&(_, other)| other == slot + 1 || other == 0)
        });
        let Some(mut hole) = at else { return };
        match self.places.get_mut(hole) {
            Some(place) if place.1 == slot + 1 => *place = (0, 0),
            _ => return,
        }
        self.count -= 1;
        // What stands behind moves up, as long as it is not where its hash says.
        let mask = self.places.len() - 1;
        let mut place = hole;
        loop {
            place = (place + 1) & mask;
            let Some(&(hash, slot)) = self.places.get(place) else { return };
            if slot == 0 {
                return;
            }
            let home = hash as usize & mask;
            if place.wrapping_sub(home) & mask >= place.wrapping_sub(hole) & mask {
                self.places.swap(hole, place);
                hole = place;
            }
        }
    }

    fn put(&mut self, hash: u32, slot: u32) {
        let free = self.probe(hash).find(|&at| self.places.get(at).is_none_or(|at| at.1 == 0));
        if let Some(place) = free.and_then(|at| self.places.get_mut(at)) {
            *place = (hash, slot);
        }
    }

    /// The places where a hash may be, in order.
    fn probe(&self, hash: u32) -> impl Iterator<Item = usize> + use<> {
        let length = self.places.len();
        (0..length).map(move |step| (hash as usize + step) & (length - 1))
    }
}

/// FNV-1a.
pub(super) fn hash(seed: u32, text: &str) -> u32 {
    text.bytes()
        .fold(seed ^ 0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn it_holds_what_a_set_holds() {
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        // Few hashes, so that many collide.
        for hashes in [1, 7, 1000, u64::from(u32::MAX)] {
            let mut table = Table::default();
            let mut expected = HashSet::new();
            for _ in 0..20_000 {
                let slot = random(100) as u32;
                let hash = (u64::from(slot).wrapping_mul(0x9e37_79b9) % hashes) as u32;
                if expected.contains(&slot) {
                    assert!(table.candidates(hash).any(|other| other == slot));
                    table.remove(hash, slot);
                    expected.remove(&slot);
                } else {
                    assert!(table.candidates(hash).all(|other| other != slot));
                    table.remove(hash, slot);
                    table.insert(hash, slot);
                    expected.insert(slot);
                }
                assert_eq!(table.count, expected.len());
            }
        }
    }
}
