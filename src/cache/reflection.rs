//! The store of what a watch tells.

use super::fields::Fields;
use super::key::Key;
use super::store::Store;
use crate::watch::Event;
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use k8s_in_cluster_json::find;

/// A store, and the next state of it while that is not complete.
#[derive(Debug)]
pub(super) struct Reflection {
    fields: Fields,
    store: Store,
    is_synced: bool,
    staged: Option<Staged>,
    /// Room to write in.
    text: String,
}

/// A state that is on its way.
#[derive(Debug)]
struct Staged {
    /// What is new in it.
    store: Store,
    /// Which slots hold what is in it too.
    confirmed: Vec<bool>,
}

impl Reflection {
    pub(super) fn new(store: Store, fields: Fields) -> Self {
        let staged = Some(Staged { store: store.empty(), confirmed: Vec::new() });
        Self { fields, store, is_synced: false, staged, text: String::new() }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the store has once been complete.
    pub(super) fn is_synced(&self) -> bool {
        self.is_synced
    }

    /// Whether another state is on its way.
    pub(super) fn is_staging(&self) -> bool {
        self.staged.is_some()
    }

    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Added(object) | Event::Modified(object) => self.set(object),
            Event::Deleted(object) => self.remove(&Key::of(object)),
            Event::Bookmark(_) => {}
            Event::Restarted => {
                let slots = self.store.taken().last().map_or(0, |(slot, _)| slot as usize + 1);
                let store = self.store.empty();
                self.staged = Some(Staged { store, confirmed: vec![false; slots] });
            }
            Event::Synced(_) => self.complete(),
        }
    }

    fn set(&mut self, object: &str) {
        let key = Key::of(object);
        let mut store = &mut self.store;
        if let Some(staged) = &mut self.staged {
            let known = store.find(&key);
            let version = |object| find(object, &["metadata", "resourceVersion"]);
            let text = known.and_then(|slot| store.text(slot));
            let is_same = text.is_some_and(|text| version(text) == version(object));
            staged.confirm(known, is_same);
            if is_same {
                staged.remove(&key);
                return;
            }
            store = &mut staged.store;
        }
        self.text.clear();
        self.fields.write(object, &mut self.text);
        store.set(&key, Box::from(self.text.as_str()));
    }

    fn remove(&mut self, key: &Key) {
        let known = self.store.find(key);
        match (&mut self.staged, known) {
            (Some(staged), known) => {
                staged.confirm(known, false);
                staged.remove(key);
            }
            (None, Some(slot)) => self.store.remove(slot),
            (None, None) => {}
        }
    }

    /// The next state takes the place of the one before, all at once.
    fn complete(&mut self) {
        self.is_synced = true;
        let Some(staged) = self.staged.take() else { return };
        let is_gone = |(slot, text): &(u32, &str)| {
            let confirmed = staged.confirmed.get(*slot as usize).copied().unwrap_or_default();
            !confirmed && staged.store.find(&Key::of(text)).is_none()
        };
        let gone: Vec<u32> = self.store.taken().filter(is_gone).map(|(slot, _)| slot).collect();
        for slot in gone {
            self.store.remove(slot);
        }
        for text in staged.store.into_texts() {
            self.store.set(&Key::of(&text), text);
        }
    }
}

impl Staged {
    fn confirm(&mut self, slot: Option<u32>, is_same: bool) {
        let confirmed = slot.and_then(|slot| self.confirmed.get_mut(slot as usize));
        if let Some(confirmed) = confirmed {
            *confirmed = is_same;
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(slot) = self.store.find(key) {
            self.store.remove(slot);
        }
    }
}
