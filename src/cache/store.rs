//! Objects by key and by what they say, and what became of them.

use super::fields::any;
use super::key::Key;
use super::table::{Table, hash};
use alloc::{boxed::Box, collections::VecDeque, string::String, vec::Vec};
use k8s_in_cluster_json::{find, unquote};

/// So many objects that are gone are remembered, and as many as there are.
const MIN_GONE: usize = 1000;

/// Objects, as JSON text, and the order in which they changed.
#[derive(Debug)]
pub(super) struct Store {
    seed: u32,
    slots: Vec<Slot>,
    free: Vec<u32>,
    table: Table,
    indexes: Vec<Index>,
    /// The number of the last change.
    changes: u64,
    /// Changes and their slots, in order. One that is not its slot's last says nothing.
    log: Vec<(u64, u32)>,
    /// What is gone, and by which change.
    gone: VecDeque<(u64, Key)>,
    /// The last change that is forgotten.
    forgotten: u64,
}

/// One object. Free if its text is empty.
#[derive(Debug, Default)]
struct Slot {
    text: Box<str>,
    hash: u32,
    change: u64,
}

/// Objects by the values at a path.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) path: Vec<String>,
    /// Hashes of values, and slots. Looked through: that is a thousandth of what the objects take.
    entries: Vec<(u32, u32)>,
}

impl Index {
    pub(super) fn new(name: String, path: Vec<String>) -> Self {
        Self { name, path, entries: Vec::new() }
    }
}

/// Which objects are looked for: all that fit each of these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// In this namespace.
    pub namespace: Option<String>,
    /// With each of these labels.
    pub labels: Vec<(String, String)>,
    /// With this value in an index, which is named.
    pub index: Option<(String, String)>,
}

/// What an object became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which object.
    pub key: Key,
    /// As it is now. None if it is gone.
    pub object: Option<String>,
}

impl Store {
    pub(super) fn new(seed: u32, indexes: Vec<Index>) -> Self {
        Self {
            seed,
            slots: Vec::new(),
            free: Vec::new(),
            table: Table::default(),
            indexes,
            changes: 0,
            log: Vec::new(),
            gone: VecDeque::new(),
            forgotten: 0,
        }
    }

    /// One with nothing in it, and without indexes.
    pub(super) fn empty(&self) -> Self {
        Self::new(self.seed, Vec::new())
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn find(&self, key: &Key) -> Option<u32> {
        let is = |slot: &u32| self.text(*slot).is_some_and(|text| Key::of(text) == *key);
        self.table.candidates(key.hash(self.seed)).find(is)
    }

    /// The text of an object. None if the slot is free.
    pub(super) fn text(&self, slot: u32) -> Option<&str> {
        self.slots.get(slot as usize).map(|slot| &*slot.text).filter(|text| !text.is_empty())
    }

    /// The slots with an object.
    pub(super) fn taken(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..self.slots.len() as u32).filter_map(|slot| Some((slot, self.text(slot)?)))
    }

    /// The objects, out of their slots.
    pub(super) fn into_texts(self) -> impl Iterator<Item = Box<str>> {
        self.slots.into_iter().map(|slot| slot.text).filter(|text| !text.is_empty())
    }

    pub(super) fn set(&mut self, key: &Key, text: Box<str>) {
        let slot = self.find(key).unwrap_or_else(|| self.allot(key));
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        self.changes += 1;
        place.change = self.changes;
        let before = core::mem::replace(&mut place.text, text);
        for index in &mut self.indexes {
            let old = hashes(self.seed, &before, &index.path);
            let new = hashes(self.seed, &place.text, &index.path);
            if old != new {
                index.entries.retain(|(_, other)| *other != slot);
                index.entries.extend(new.into_iter().map(|hash| (hash, slot)));
            }
        }
        self.log.push((self.changes, slot));
        if self.log.len() > 2 * self.len() + 64 {
            let slots = &self.slots;
            self.log.retain(|(change, slot)| {
                slots.get(*slot as usize).is_some_and(|slot| slot.change == *change)
            });
        }
    }

    fn allot(&mut self, key: &Key) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() as u32 - 1
        });
        let hash = key.hash(self.seed);
        self.table.insert(hash, slot);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            place.hash = hash;
        }
        slot
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        let Slot { text, hash, .. } = core::mem::take(place);
        if text.is_empty() {
            return;
        }
        self.table.remove(hash, slot);
        for index in &mut self.indexes {
            index.entries.retain(|(_, other)| *other != slot);
        }
        self.free.push(slot);
        self.changes += 1;
        self.gone.push_back((self.changes, Key::of(&text)));
        while self.gone.len() > self.len().max(MIN_GONE)
            && let Some((change, _)) = self.gone.pop_front()
        {
            self.forgotten = change;
        }
    }

    /// Up to `max` objects that fit, or up to so many bytes of them, from a place on; and the place
    /// behind if there may be more. None if no index has that name.
    pub(super) fn list(
        &self,
        query: &Query,
        from: usize,
        max: usize,
        max_bytes: usize,
    ) -> Option<(Vec<String>, Option<usize>)> {
        let index = match &query.index {
            None => None,
            Some((name, value)) => {
                let index = self.indexes.iter().find(|index| index.name == *name)?;
                Some((index, value, hash(self.seed, value)))
            }
        };
        let length = index.map_or(self.slots.len(), |(index, ..)| index.entries.len());
        let mut found = Vec::new();
        let mut bytes = 0;
        for place in from..length {
            if found.len() >= max || bytes >= max_bytes {
                return Some((found, Some(place)));
            }
            let slot = match index {
                None => place as u32,
                Some((index, _, hash)) => match index.entries.get(place) {
                    Some((other, slot)) if *other == hash => *slot,
                    _ => continue,
                },
            };
            let Some(text) = self.text(slot) else { continue };
            let indexed = index.is_none_or(|(index, value, _)| has(text, &index.path, value));
            if indexed && fits(text, query) {
                bytes += text.len();
                found.push(text.into());
            }
        }
        Some((found, None))
    }

    /// Up to `max` of what became of objects after a change, each once and as it is now, or up
    /// to so many bytes of it; and the change up to which that is all. None if that is forgotten.
    pub(super) fn since(
        &self,
        change: u64,
        max: usize,
        max_bytes: usize,
    ) -> Option<(Vec<Change>, u64)> {
        // At the beginning nothing is there that could be gone.
        if change > self.changes || (change > 0 && change < self.forgotten) {
            return None;
        }
        let mut log = self.log.iter().skip(self.log.partition_point(|(at, _)| *at <= change));
        let from = self.gone.partition_point(|(at, _)| *at <= change);
        let mut gone = self.gone.iter().skip(if change == 0 { self.gone.len() } else { from });
        let (mut changed, mut removed) = (log.next(), gone.next());
        let mut found = Vec::new();
        let (mut bytes, mut last) = (0, change);
        while changed.is_some() || removed.is_some() {
            if found.len() >= max || bytes >= max_bytes {
                return Some((found, last));
            }
            let is_change = match (changed, removed) {
                (Some((changed, _)), Some((removed, _))) => changed < removed,
                (changed, _) => changed.is_some(),
            };
            if let (true, Some((at, slot))) = (is_change, changed) {
                last = *at;
                changed = log.next();
                let is_last = self.slots.get(*slot as usize).is_some_and(|slot| slot.change == *at);
                if let Some(text) = self.text(*slot).filter(|_| is_last) {
                    bytes += text.len();
                    found.push(Change { key: Key::of(text), object: Some(text.into()) });
                }
            } else if let Some((at, key)) = removed {
                last = *at;
                removed = gone.next();
                // One of the same name may be there again, and is told of by itself.
                if self.find(key).is_none() {
                    found.push(Change { key: key.clone(), object: None });
                }
            }
        }
        Some((found, self.changes))
    }
}

fn hashes(seed: u32, text: &str, path: &[String]) -> Vec<u32> {
    let mut hashes = Vec::new();
    any(text, path, &mut |value| {
        let value = unquote(value).unwrap_or(value.into());
        let hash = hash(seed, &value);
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
        false
    });
    hashes
}

fn has(text: &str, path: &[String], value: &str) -> bool {
    any(text, path, &mut |other| unquote(other).unwrap_or(other.into()) == value)
}

fn fits(text: &str, query: &Query) -> bool {
    let is = |path: &[&str], value: &str| {
        find(text, path).and_then(unquote).is_some_and(|found| found == value)
    };
    query.namespace.as_ref().is_none_or(|namespace| is(&["metadata", "namespace"], namespace))
        && query.labels.iter().all(|(name, value)| is(&["metadata", "labels", name], value))
}
