//! Objects by key and by what they say, and what became of them.

use super::fields::{any, names};
use super::key::Key;
use super::table::{Table, hash};
use crate::client::InvalidRequest;
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use k8s_in_cluster_json::unquote;

/// So many objects that are gone are remembered, and as many as there are.
const MIN_GONE: usize = 1000;

/// Marks a number that is no change but a place among all objects: a slot, and above it the change
/// at which its reader began.
const PLACE: u64 = 1 << 63;

/// As many objects as memory has room for. The rest is for a year of a million changes a minute.
const SLOT_BITS: u32 = 24;

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
    /// Changes, in order.
    log: Vec<Entry>,
    /// The last change after which something was gone, and that is forgotten.
    forgotten: u64,
}

/// A change. If it is not the last of its slot, and nothing was gone by it, it says nothing.
#[derive(Debug)]
struct Entry {
    change: u64,
    slot: u32,
    gone: Option<Box<Key>>,
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
    path: Vec<String>,
    /// Hashes of values, and slots. Looked through: that is a thousandth of what the objects take.
    entries: Vec<(u32, u32)>,
}

impl Index {
    pub(super) fn new(pointer: &str) -> Result<Self, InvalidRequest> {
        Ok(Self { path: names(pointer)?, entries: Vec::new() })
    }
}

/// Which objects are looked for: all that fit each of these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// In this namespace.
    pub namespace: Option<String>,
    /// With each of these labels, of that value.
    pub labels: Vec<(String, String)>,
    /// With each of these fields, by JSON Pointers, of that value. One that there is an index of is
    /// looked up, and the others are looked at.
    pub fields: Vec<(String, String)>,
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

    /// How much it remembers: places for objects, changes, and entries of indexes.
    #[cfg(test)]
    pub(super) fn held(&self) -> [usize; 3] {
        let indexed = self.indexes.iter().map(|index| index.entries.len()).sum();
        [self.slots.len(), self.log.len(), indexed]
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
                if !old.is_empty() {
                    index.entries.retain(|(_, other)| *other != slot);
                }
                index.entries.extend(new.into_iter().map(|hash| (hash, slot)));
            }
        }
        self.note(slot, None);
    }

    /// Notes the last change, and forgets what says nothing.
    fn note(&mut self, slot: u32, gone: Option<Box<Key>>) {
        self.log.push(Entry { change: self.changes, slot, gone });
        let remembered = self.len().max(MIN_GONE);
        if self.log.len() <= 2 * (self.len() + remembered) {
            return;
        }
        let mut count = self.log.iter().filter(|entry| entry.gone.is_some()).count();
        let slots = &self.slots;
        let forgotten = &mut self.forgotten;
        self.log.retain(|entry| {
            if entry.gone.is_none() {
                return slots.get(entry.slot as usize).is_some_and(|s| s.change == entry.change);
            }
            count -= 1;
            if count >= remembered {
                *forgotten = entry.change;
            }
            count < remembered
        });
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
        self.note(slot, Some(Box::new(Key::of(&text))));
    }

    /// Up to `max` objects that fit, or up to so many bytes of them, from a place on; and the place
    /// behind if there may be more.
    ///
    /// # Errors
    ///
    /// If a pointer is none.
    pub(super) fn list(
        &self,
        query: &Query,
        from: usize,
        max: usize,
        max_bytes: usize,
    ) -> Result<(Vec<String>, Option<usize>), InvalidRequest> {
        let mut fields = Vec::new();
        for (pointer, value) in &query.fields {
            fields.push((names(pointer)?, value));
        }
        for (label, value) in &query.labels {
            fields.push((["metadata", "labels", label].map(ToOwned::to_owned).into(), value));
        }
        let index = fields.iter().find_map(|(path, value)| {
            let index = self.indexes.iter().find(|index| index.path == *path)?;
            Some((&index.entries, hash(self.seed, value)))
        });
        let length = index.map_or(self.slots.len(), |(entries, _)| entries.len());
        let mut found = Vec::new();
        let mut bytes = 0;
        for place in from..length {
            if found.len() >= max || bytes >= max_bytes {
                return Ok((found, Some(place)));
            }
            let slot = match index {
                None => place as u32,
                Some((entries, hash)) => match entries.get(place) {
                    Some((other, slot)) if *other == hash => *slot,
                    _ => continue,
                },
            };
            let Some(text) = self.text(slot) else { continue };
            let namespace = query.namespace.as_ref();
            let fits = namespace.is_none_or(|namespace| Key::of(text).namespace == *namespace)
                && fields.iter().all(|(path, value)| has(text, path, value));
            if fits {
                bytes += text.len();
                found.push(text.into());
            }
        }
        Ok((found, None))
    }

    /// Up to `max` of what became of objects after a change, each once and as it is now, or up
    /// to so many bytes of it; and the change up to which that is all. None if that is forgotten.
    ///
    /// After 0, it is all that there is, and where that does not fit, the place to go on from.
    pub(super) fn since(
        &self,
        change: u64,
        max: usize,
        max_bytes: usize,
    ) -> Option<(Vec<Change>, u64)> {
        if change == 0 || change & PLACE != 0 {
            return self.all(change, max, max_bytes);
        }
        if change > self.changes || change < self.forgotten {
            return None;
        }
        let mut found = Vec::new();
        let (mut bytes, mut last) = (0, change);
        let from = self.log.partition_point(|entry| entry.change <= change);
        for entry in self.log.get(from..).unwrap_or_default() {
            if found.len() >= max || bytes >= max_bytes {
                return Some((found, last));
            }
            last = entry.change;
            let Some(key) = &entry.gone else {
                let slot = self.slots.get(entry.slot as usize);
                if let Some(slot) = slot.filter(|slot| slot.change == last) {
                    bytes += slot.text.len();
                    found.push(Change::to(&slot.text));
                }
                continue;
            };
            // One of the same name may be there again, and is told of by itself.
            if self.find(key).is_none() {
                found.push(Change { key: Key::clone(key), object: None });
            }
        }
        Some((found, self.changes))
    }

    /// All that is there, in pages. The last goes on to the change at which the first was asked for, so
    /// that what changed meanwhile comes after it.
    fn all(&self, place: u64, max: usize, max_bytes: usize) -> Option<(Vec<Change>, u64)> {
        let (began, from) = match place {
            0 => (self.changes, 0),
            _ => ((place & !PLACE) >> SLOT_BITS, place & ((1 << SLOT_BITS) - 1)),
        };
        if began > self.changes || began < self.forgotten {
            return None;
        }
        let mut found = Vec::new();
        let mut bytes = 0;
        for (slot, text) in self.taken().skip_while(|(slot, _)| u64::from(*slot) < from) {
            if found.len() >= max || bytes >= max_bytes {
                return Some((found, PLACE | began << SLOT_BITS | u64::from(slot)));
            }
            bytes += text.len();
            found.push(Change::to(text));
        }
        match found.is_empty() && began > 0 {
            // What was on this page is gone, and that is told.
            true => self.since(began, max, max_bytes),
            false => Some((found, began)),
        }
    }
}

impl Change {
    fn to(text: &str) -> Self {
        Self { key: Key::of(text), object: Some(text.to_owned()) }
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
