//! Events by chance: the store is always a state that the server once had, and those who follow its
//! changes have the same.

use super::super::fields::Fields;
use super::super::reflection::Reflection;
use super::super::store::{Index, Store};
use super::pod;
use crate::cache::{Key, Query};
use crate::watch::Event;
use std::collections::BTreeMap;

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

type State = BTreeMap<(String, String), String>;

/// What a server has, and tells of it.
struct Server {
    chance: Chance,
    version: u64,
    state: State,
}

impl Server {
    /// A change, as a watch tells of it.
    fn change(&mut self) -> Event {
        self.version += 1;
        let namespace = ["a", "b"][self.chance.below(2) as usize].to_owned();
        let name = format!("pod-{}", self.chance.below(20));
        let (label, node) = (self.chance.below(3).to_string(), self.chance.below(4).to_string());
        let object = pod(&namespace, &name, &label, &node, self.version);
        let key = (namespace, name);
        if self.state.contains_key(&key) && self.chance.below(3) == 0 {
            self.state.remove(&key);
            return Event::Deleted(object);
        }
        match self.state.insert(key, object.clone()) {
            Some(_) => Event::Modified(object),
            None => Event::Added(object),
        }
    }
}

/// Follows the changes of a store.
#[derive(Default)]
struct Follower {
    cursor: u64,
    state: State,
}

impl Follower {
    fn follow(&mut self, store: &Store, max: usize) {
        let Some((changes, cursor)) = store.since(self.cursor, max, usize::MAX) else {
            *self = Self::default();
            return;
        };
        for change in changes {
            let key = (change.key.namespace, change.key.name);
            match change.object {
                Some(object) => self.state.insert(key, object),
                None => self.state.remove(&key),
            };
        }
        self.cursor = cursor;
    }
}

fn kept(object: &str) -> String {
    object.replace(r#","managedFields":[{"manager":"m"}]"#, "")
}

#[track_caller]
fn check(store: &Store, state: &State) {
    let found: State = store
        .taken()
        .map(|(slot, text)| {
            let key = Key::of(text);
            assert_eq!(store.find(&key), Some(slot));
            ((key.namespace, key.name), text.to_owned())
        })
        .collect();
    let expected: State = state.iter().map(|(key, object)| (key.clone(), kept(object))).collect();
    assert_eq!(found, expected);
    assert_eq!(store.len(), state.len());
    for node in 0..4 {
        let fields = vec![("/spec/nodeName".to_owned(), node.to_string())];
        let query = Query { fields, ..Query::default() };
        let (mut found, _) = store.list(&query, 0, usize::MAX, usize::MAX).unwrap();
        found.sort();
        let on_node = format!("\"nodeName\":\"{node}\"");
        let on_node = expected.values().filter(|object| object.contains(&on_node));
        let mut expected: Vec<_> = on_node.cloned().collect();
        expected.sort();
        assert_eq!(found, expected);
    }
}

fn run(seed: u64) {
    let indexes = vec![Index::new("/spec/nodeName").unwrap()];
    let store = Store::new(seed as u32, indexes);
    let mut reflection = Reflection::new(store, Fields::without_managed_fields());
    let mut server = Server { chance: Chance(seed), version: 10, state: State::new() };
    let mut visible = State::new();
    let mut followers = [Follower::default(), Follower::default(), Follower::default()];
    for round in 0..6 {
        // The state, once or in several beginnings that break off.
        loop {
            if round > 0 || server.chance.below(2) == 0 {
                reflection.apply(&Event::Restarted);
            }
            for _ in 0..server.chance.below(30) {
                server.change();
            }
            let breaks_off = server.chance.below(3) == 0;
            for object in server.state.values().cloned().collect::<Vec<_>>() {
                reflection.apply(&Event::Added(object));
            }
            check(reflection.store(), &visible);
            for _ in 0..server.chance.below(10) {
                let event = server.change();
                reflection.apply(&event);
            }
            check(reflection.store(), &visible);
            assert!(reflection.is_staging());
            if !breaks_off {
                break;
            }
            reflection.apply(&Event::Restarted);
        }
        assert_eq!(reflection.is_synced(), round > 0);
        let before = reflection.store().changes();
        let unchanged = visible == server.state;
        reflection.apply(&Event::Synced(server.version.to_string()));
        assert!(!unchanged || reflection.store().changes() == before);
        visible.clone_from(&server.state);
        check(reflection.store(), &visible);
        // And what follows.
        for _ in 0..server.chance.below(100) {
            let event = server.change();
            reflection.apply(&event);
            let who = server.chance.below(9) as usize;
            if let Some(follower) = followers.get_mut(who) {
                let max = 1 + server.chance.below(5) as usize;
                follower.follow(reflection.store(), max);
            }
        }
        visible.clone_from(&server.state);
        check(reflection.store(), &visible);
        for follower in &mut followers {
            while follower.cursor != reflection.store().changes() {
                follower.follow(reflection.store(), 7);
            }
            let expected: State =
                visible.iter().map(|(key, object)| (key.clone(), kept(object))).collect();
            assert_eq!(follower.state, expected);
        }
    }
}

#[test]
fn the_store_is_a_state_of_the_server_and_who_follows_it_has_it_too() {
    for seed in 0..60 {
        let result = std::panic::catch_unwind(|| run(seed));
        assert!(result.is_ok(), "with the seed {seed}");
    }
}

/// Those of a watch of a server that misbehaves by chance, in the midst of all that it can do.
#[test]
fn whatever_a_watch_tells_the_store_is_in_the_end_what_the_server_has() {
    let mut ended = 0;
    for seed in 0..150 {
        let (events, state) = crate::watch::tests::random::trace(seed);
        let mut reflection = Reflection::new(Store::new(seed as u32, Vec::new()), Fields::all());
        events.iter().for_each(|event| reflection.apply(event));
        if !reflection.is_synced() {
            // It began after a version, as no cache does.
            continue;
        }
        let stored: BTreeMap<_, _> = reflection
            .store()
            .taken()
            .map(|(_, text)| {
                let object: serde_json::Value = serde_json::from_str(text).unwrap();
                let version = object["metadata"]["resourceVersion"].as_str().unwrap();
                (Key::of(text).name, version.parse::<u64>().unwrap())
            })
            .collect();
        assert_eq!(stored, state, "with the seed {seed}");
        ended += 1;
    }
    assert!(ended > 100, "{ended}");
}

/// Who looks seldom begins anew once what is gone is forgotten, in pages, and has the state in the end.
#[test]
fn who_falls_behind_begins_anew_and_catches_up() {
    let mut begun = 0;
    for seed in 0..4 {
        let mut chance = Chance(u64::from(seed));
        let mut store = Store::new(seed, Vec::new());
        let mut follower = Follower::default();
        for _ in 0..8 {
            for _ in 0..chance.below(6000) {
                let object = pod("n", &chance.below(40).to_string(), "", "", store.changes());
                let key = Key::of(&object);
                match store.find(&key) {
                    Some(slot) => store.remove(slot),
                    None => store.set(&key, object.into()),
                }
                // Some of it between one page and the next.
                if chance.below(1000) == 0 {
                    follower.follow(&store, 7);
                }
            }
            while follower.cursor != store.changes() {
                follower.follow(&store, 7);
                begun += u32::from(follower.cursor == 0);
            }
            let stored = store.taken().map(|(_, text)| {
                let key = Key::of(text);
                ((key.namespace, key.name), text.to_owned())
            });
            assert_eq!(follower.state, stored.collect::<State>(), "with the seed {seed}");
        }
    }
    assert!(begun >= 5, "{begun}");
}
