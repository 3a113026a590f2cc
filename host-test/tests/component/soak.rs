//! A watch and a cache for as long as a hundred answers, each of which ends in another way.

use crate::support::{Cluster, within_reason};
use crate::watch::{self, Meets, bookmark, config_maps, end, error_event, line, object, status};
use host_test::pod::Clock;
use host_test::pod::client::PodClient;
use host_test::pod::client::cache::{Query, Store};
use host_test::pod::client::types::Scope;
use host_test::pod::client::watch::{Event, Watcher};
use http::Method;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The names of objects, and the version of each.
type State = BTreeMap<String, u32>;

const MIB: usize = 1 << 20;

/// So many changes, some forty in each answer.
const CHANGES: u32 = 8000;

/// What an object is filled up with, so that all that comes is many times the memory.
fn filled(line: &str) -> String {
    line.replace("\"data\"", &format!("\"managedFields\":[\"{}\"],\"data\"", "x".repeat(4000)))
}

/// An API server that changes as often as it is asked, and ends its answers in all the ways that there are.
struct Server {
    chance: u64,
    version: u32,
    state: State,
    history: Vec<(u32, &'static str, String)>,
    /// Up to which version it has forgotten what happened.
    compacted: u32,
    changes: u32,
    answers: u32,
}

impl Server {
    fn new() -> Self {
        let state = (0..200).map(|number| (format!("name-{number}"), number + 1)).collect();
        Self {
            chance: 1,
            version: 1000,
            state,
            history: Vec::new(),
            compacted: 1000,
            changes: 0,
            answers: 0,
        }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % limit
    }

    fn change(&mut self) {
        self.changes += 1;
        self.version += 1;
        let name = format!("name-{}", self.below(200));
        let kind = match (self.state.contains_key(&name), self.below(4)) {
            (true, 0) => "DELETED",
            (true, _) => "MODIFIED",
            (false, _) => "ADDED",
        };
        match kind {
            "DELETED" => self.state.remove(&name),
            _ => self.state.insert(name.clone(), self.version),
        };
        self.history.push((self.version, kind, name));
    }

    /// Forgets what was before the state that it has.
    fn forget(&mut self) {
        self.compacted = self.version;
    }

    fn answer(&mut self, query: &str) -> Meets {
        self.answers += 1;
        let parameter = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let mut body = String::new();
        if parameter("watch").is_none() {
            let items: Vec<_> =
                self.state.iter().map(|(name, version)| object(name, *version)).collect();
            let list = format!(
                r#"{{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"{}"}},"items":[{}]}}"#,
                self.version,
                items.join(",")
            );
            return Meets::Whole(200, list);
        }
        let from: u32 = match parameter("resourceVersion") {
            Some(version) => version.parse().unwrap(),
            None => {
                for (name, version) in &self.state {
                    body += &filled(&line("ADDED", name, *version));
                }
                match self.below(5) {
                    0 => return Meets::Cut(body),
                    _ => body += &end(self.version),
                }
                self.version
            }
        };
        let is_over = self.changes >= CHANGES;
        if from < self.compacted {
            return match self.below(2) {
                0 => Meets::Whole(410, status(410, "Expired")),
                _ => Meets::Whole(200, error_event(410, "Expired")),
            };
        }
        if !is_over {
            match self.below(20) {
                0 => return Meets::Whole(503, "not now".into()),
                1 => return Meets::Whole(429, status(429, "TooManyRequests")),
                2 => return Meets::Whole(200, bookmark(from)),
                3 => self.forget(),
                _ => {}
            }
            for _ in 0..20 + self.below(40) {
                self.change();
            }
        }
        for (version, kind, name) in self.history.iter().filter(|(version, ..)| *version > from) {
            body += &filled(&line(kind, name, *version));
        }
        if is_over {
            let _ = write!(body, "{}", bookmark(self.version));
            return Meets::Open(body);
        }
        match self.below(6) {
            // In the middle of an event.
            0 => Meets::Cut(body[..body.len() - 1000].to_owned()),
            1 => Meets::Whole(200, body[..body.len() - 3000].to_owned()),
            2 => Meets::Whole(200, body + &error_event(500, "InternalError")),
            3 => Meets::Cut(body),
            _ => Meets::Whole(200, body),
        }
    }
}

/// Follows a watch, as its promises permit.
#[derive(Default)]
struct Follower {
    state: State,
    version: u32,
    restarts: u32,
}

impl Follower {
    fn apply(&mut self, event: &Event) {
        let text = match event {
            Event::Restarted => {
                self.state.clear();
                self.restarts += 1;
                return;
            }
            Event::Synced(version) | Event::Bookmark(version) => {
                self.version = version.parse().unwrap();
                return;
            }
            Event::Added(text) | Event::Modified(text) | Event::Deleted(text) => text,
        };
        let (name, version) = name_and_version(text);
        self.version = version;
        let before = match event {
            Event::Deleted(_) => self.state.remove(&name),
            _ => self.state.insert(name, version),
        };
        assert_eq!(before.is_none(), matches!(event, Event::Added(_)), "{text}");
        assert!(before.is_none_or(|before| before < version), "{before:?} before {version}");
    }
}

fn name_and_version(text: &str) -> (String, u32) {
    let object: serde_json::Value = serde_json::from_str(text).unwrap();
    let field = |name: &str| object["metadata"][name].as_str().unwrap().to_owned();
    (field("name"), field("resourceVersion").parse().unwrap())
}

/// Moves both on, on a clock by which pauses are short.
struct Moved {
    client: PodClient,
    clock: Clock,
    watcher: Watcher,
    follower: Follower,
    store: Store,
    /// The memory that it had in the middle.
    warm: usize,
}

impl Moved {
    async fn start(cluster: &Cluster) -> Self {
        let mut client = cluster.client().await;
        let (resource, scope) = (config_maps(), Scope::OwnNamespace);
        let watcher = client.watch(&resource, &scope, None).await.unwrap().unwrap();
        let store = client.cache(&resource, &scope, None).await.unwrap().unwrap();
        let clock = cluster.clock.clone();
        Self { client, clock, watcher, follower: Follower::default(), store, warm: 0 }
    }

    async fn step(&mut self) {
        for event in self.watcher.next(&mut self.client, 100).await.unwrap().unwrap() {
            self.follower.apply(&event);
        }
        self.store.update(&mut self.client, 0).await.unwrap().unwrap();
        self.clock.advance(Duration::from_millis(500));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    async fn are_at(&mut self, version: u32) -> bool {
        let cached = self.store.state(&mut self.client).await.unwrap().resource_version;
        self.follower.version == version && cached == Some(version.to_string())
    }

    async fn stored(&mut self) -> State {
        let all = Query { namespace: None, labels: Vec::new(), fields: Vec::new() };
        let page = self.store.list(&mut self.client, &all, 0, 1000).await.unwrap().unwrap();
        page.objects.iter().map(|text| name_and_version(text)).collect()
    }
}

#[tokio::test]
async fn memory_stays_as_it_is_through_hundreds_of_watches_that_end() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let server = Arc::new(Mutex::new(Server::new()));
        let asked = Arc::clone(&server);
        cluster.server.answer_with(Method::GET, watch::PATH, move |request| {
            let query = request.query.clone().unwrap_or_default();
            watch::answer(asked.lock().unwrap().answer(&query))
        });
        let mut moved = Moved::start(&cluster).await;
        for fifth in 1..=5 {
            while server.lock().unwrap().changes < CHANGES / 5 * fifth {
                moved.step().await;
            }
            cluster.server.stop().await;
            // Which neither of them can learn of any more.
            server.lock().unwrap().change();
            server.lock().unwrap().forget();
            for _ in 0..50 {
                moved.step().await;
            }
            cluster.server.start_again().await.unwrap();
            if fifth == 3 {
                moved.warm = moved.client.memory();
            }
        }
        let version = server.lock().unwrap().version;
        while !moved.are_at(version).await {
            moved.step().await;
        }
        let stored = moved.stored().await;
        let server = server.lock().unwrap();
        assert_eq!(moved.follower.state, server.state);
        assert_eq!(stored, server.state);
        println!("{} answers, {} restarts", server.answers, moved.follower.restarts);
        assert!(server.answers > CHANGES / 60 && moved.follower.restarts >= 5);
        // What came is 60 MB. How much of it waits to be read is chance.
        let memory = moved.client.memory();
        assert!(memory <= moved.warm + MIB && memory <= 6 * MIB, "{} and {memory}", moved.warm);
    })
    .await;
}

/// As many as in five days, if nothing else ends them than their own time.
#[tokio::test]
async fn a_watch_that_ends_a_thousand_times_leaves_nothing_in_memory() {
    const TIMES: u32 = 1000;
    within_reason(async {
        let cluster = Cluster::start().await;
        cluster.server.answer_with(Method::GET, watch::PATH, |request| {
            let query = request.query.clone().unwrap_or_default();
            let from = query.split('&').find_map(|pair| pair.strip_prefix("resourceVersion="));
            let from: u32 = from.map_or(0, |version| version.parse().unwrap());
            watch::answer(match from {
                0 => Meets::Whole(200, line("ADDED", "a", 1) + &end(1)),
                TIMES.. => Meets::Open(bookmark(from + 1)),
                _ if from.is_multiple_of(20) => Meets::Cut(line("MODIFIED", "a", from + 1)),
                _ => Meets::Whole(200, line("MODIFIED", "a", from + 1)),
            })
        });
        let mut moved = Moved::start(&cluster).await;
        while !moved.are_at(TIMES + 1).await {
            moved.step().await;
            if moved.follower.version <= TIMES / 5 {
                moved.warm = moved.client.memory();
            }
        }
        assert_eq!(moved.follower.state, State::from([("a".to_owned(), TIMES)]));
        assert_eq!(moved.stored().await, moved.follower.state);
        assert!(cluster.server.journal().requests().len() > 2 * TIMES as usize);
        // Two pages, for chance: less than a hundred bytes for each end.
        let memory = moved.client.memory();
        assert!(memory <= moved.warm + 2 * 65536, "{} and {memory}", moved.warm);
    })
    .await;
}
