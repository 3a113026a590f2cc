//! An API server as far as a watch sees it, which misbehaves by chance.

use crate::watch::protocol::Ask;
use std::collections::{BTreeMap, VecDeque};

/// Chance that can be repeated.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// The names of objects, and the version of each.
pub(super) type State = BTreeMap<String, u64>;

/// What became of an object that is selected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) kind: &'static str,
    pub(super) name: String,
}

pub(super) struct Server {
    pub(super) chance: Chance,
    pub(super) version: u64,
    pub(super) state: State,
    /// All changes, those included that it does not know any longer.
    history: Vec<Change>,
    compacted: u64,
    /// Whether it knows of initial events.
    watch_lists: bool,
    pub(super) misbehaves: bool,
    /// Whether it said that a version is too old, and how many errors it has given in place of
    /// what follows one.
    pub(super) is_too_old: bool,
    pub(super) errors: u32,
}

/// How it answers.
pub(super) enum Answer {
    /// No connection.
    Refused,
    /// No answer on one.
    Silent,
    /// A status, and a body.
    Whole(u16, String),
    /// A body that breaks off.
    Half(String),
    Events(Stream),
}

/// What is read of a stream.
#[derive(Debug)]
pub(super) enum Read {
    Bytes(Vec<u8>),
    Nothing,
    End,
    Cut,
}

/// Events on their way.
pub(super) struct Stream {
    /// Objects of the initial state that are still to be sent. None once it is complete.
    initial: Option<VecDeque<(String, u64)>>,
    /// Up to which version changes were sent.
    sent: u64,
    bytes: VecDeque<u8>,
    /// Half-open: nothing more comes.
    dead: bool,
    over: bool,
}

impl Server {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let watch_lists = !chance.once_in(3);
        let mut server = Self {
            chance,
            version: 100,
            state: State::new(),
            history: Vec::new(),
            compacted: 0,
            watch_lists,
            misbehaves: true,
            is_too_old: false,
            errors: 0,
        };
        for _ in 0..server.chance.below(12) {
            server.change();
        }
        server
    }

    /// Changes an object, which may be one that is not selected.
    pub(super) fn change(&mut self) {
        self.version += 1 + self.chance.below(3);
        let name = format!("ö{}", self.chance.below(12));
        let kind = match (self.state.contains_key(&name), self.chance.below(4)) {
            (_, 0) => return,
            (true, 1) => "DELETED",
            (true, _) => "MODIFIED",
            (false, _) => "ADDED",
        };
        match kind {
            "DELETED" => self.state.remove(&name),
            _ => self.state.insert(name.clone(), self.version),
        };
        self.history.push(Change { version: self.version, kind, name });
    }

    /// Forgets what was before some version.
    pub(super) fn compact(&mut self) {
        let ago = self.chance.below(20);
        self.compacted = self.compacted.max(self.version.saturating_sub(ago));
    }

    /// The state at a version.
    pub(super) fn state_at(&self, version: u64) -> State {
        let mut state = State::new();
        for change in self.history.iter().take_while(|change| change.version <= version) {
            match change.kind {
                "DELETED" => state.remove(&change.name),
                _ => state.insert(change.name.clone(), change.version),
            };
        }
        state
    }

    /// What is to be told first after a version.
    pub(super) fn next_after(&self, version: u64) -> Option<&Change> {
        self.history.iter().find(|change| change.version > version)
    }

    pub(super) fn answer(&mut self, ask: &Ask) -> Answer {
        let named = |name: &str| {
            ask.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
        };
        if self.misbehaves && self.chance.once_in(3) {
            return match self.chance.below(9) {
                0 => Answer::Refused,
                1 => Answer::Silent,
                2 => status(429, "TooManyRequests"),
                3 => status(503, ""),
                4 => self.error(500, "InternalError"),
                5 => status(403, "Forbidden"),
                6 => self.too_old("Expired"),
                7 => self.too_old(""),
                _ => self.error(422, "Invalid"),
            };
        }
        if ask.list {
            return self.page(named("limit").is_some(), named("continue"));
        }
        let version: Option<u64> = named("resourceVersion").map(|version| version.parse().unwrap());
        let Some(version) = version else {
            if !self.watch_lists {
                return status(422, "Invalid");
            }
            // As fresh as when it was asked for, or a little fresher by the time it is told.
            let mut initial: Vec<_> = self.state.clone().into_iter().collect();
            for index in (1..initial.len()).rev() {
                initial.swap(index, self.chance.below(index as u64 + 1) as usize);
            }
            return Answer::Events(Stream::new(Some(initial.into()), self.version));
        };
        if version < self.compacted {
            return self.too_old("Expired");
        }
        Answer::Events(Stream::new(None, version))
    }

    /// What follows a version is seen: the errors before it are past, but for one that is on its way.
    pub(super) fn went_on(&mut self) {
        self.errors = self.errors.min(1);
    }

    fn too_old(&mut self, reason: &str) -> Answer {
        self.is_too_old = true;
        status(410, reason)
    }

    fn error(&mut self, code: u16, reason: &str) -> Answer {
        self.errors += 1;
        status(code, reason)
    }

    fn page(&mut self, limited: bool, token: Option<&str>) -> Answer {
        let (version, from) = match token {
            None => (self.version, 0),
            Some(token) => {
                let (version, from) = token.split_once('.').unwrap();
                (version.parse().unwrap(), from.parse().unwrap())
            }
        };
        if token.is_some() && version < self.compacted {
            return status(410, "Expired");
        }
        let state = self.state_at(version);
        let size = if limited { 1 + self.chance.below(4) as usize } else { usize::MAX };
        let items: Vec<String> =
            state.iter().skip(from).take(size).map(|(name, at)| object(name, *at)).collect();
        let next = from + items.len();
        let token = if next < state.len() { format!("{version}.{next}") } else { String::new() };
        let mut body = format!(
            r#"{{"kind":"ThingList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}","continue":"{token}"}},"items":[{}]}}"#,
            items.join(",")
        );
        if self.misbehaves && self.chance.once_in(6) {
            let mut length = self.chance.below(body.len() as u64) as usize;
            while !body.is_char_boundary(length) {
                length -= 1;
            }
            body.truncate(length);
            return Answer::Half(body);
        }
        Answer::Whole(200, body)
    }

    /// Some of a stream.
    pub(super) fn read(&mut self, stream: &mut Stream) -> Read {
        if stream.dead {
            return Read::Nothing;
        }
        if self.misbehaves && self.chance.once_in(12) {
            match self.chance.below(6) {
                0 => stream.dead = true,
                1 => return Read::Cut,
                2 => return Read::End,
                3 => {
                    self.is_too_old = true;
                    stream.fail(410, "Expired");
                }
                4 => stream.fail(429, "TooManyRequests"),
                _ => {
                    self.errors += 1;
                    stream.fail(500, "InternalError");
                }
            }
        }
        while stream.bytes.len() < 100 && !stream.over && self.send(stream) {}
        if stream.bytes.is_empty() {
            return if stream.over { Read::End } else { Read::Nothing };
        }
        // In pieces of any size, so that anything may be cut.
        let length = (1 + self.chance.below(150) as usize).min(stream.bytes.len());
        Read::Bytes(stream.bytes.drain(..length).collect())
    }

    /// Puts the next event on its way, if there is one.
    fn send(&mut self, stream: &mut Stream) -> bool {
        if let Some(initial) = &mut stream.initial {
            if self.chance.once_in(6) {
                stream.bookmark(&format!("\"resourceVersion\":\"{}\"", stream.sent));
                return true;
            }
            if let Some((name, version)) = initial.pop_front() {
                stream.line("ADDED", &object(&name, version));
                return true;
            }
            if self.chance.once_in(2) {
                stream.initial = None;
                let annotations = r#","annotations":{"k8s.io/initial-events-end":"true"}"#;
                stream.bookmark(&format!("\"resourceVersion\":\"{}\"{annotations}", stream.sent));
                return true;
            }
        }
        if stream.sent < self.compacted {
            self.is_too_old = true;
            stream.fail(410, "Expired");
            return true;
        }
        match self.next_after(stream.sent).cloned() {
            Some(change) => {
                stream.line(change.kind, &object(&change.name, change.version));
                stream.sent = change.version;
                true
            }
            None if self.chance.once_in(8) => {
                match self.chance.below(3) {
                    0 => stream.bookmark(""),
                    _ => {
                        stream.sent = self.version;
                        stream.bookmark(&format!("\"resourceVersion\":\"{}\"", self.version));
                    }
                }
                true
            }
            None => false,
        }
    }
}

impl Stream {
    fn new(initial: Option<VecDeque<(String, u64)>>, sent: u64) -> Self {
        Self { initial, sent, bytes: VecDeque::new(), dead: false, over: false }
    }

    fn line(&mut self, kind: &str, object: &str) {
        self.bytes.extend(format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n").bytes());
    }

    fn bookmark(&mut self, metadata: &str) {
        self.line("BOOKMARK", &format!("{{\"metadata\":{{{metadata}}}}}"));
    }

    fn fail(&mut self, code: u16, reason: &str) {
        self.line("ERROR", &failure(code, reason));
        self.over = true;
    }
}

fn object(name: &str, version: u64) -> String {
    format!(
        r#"{{"kind":"Thing","apiVersion":"v1","metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}"#
    )
}

fn failure(code: u16, reason: &str) -> String {
    format!(
        "{{\n \"kind\":\"Status\",\n \"status\":\"Failure\",\n \"reason\":\"{reason}\",\"code\":{code}}}"
    )
}

fn status(code: u16, reason: &str) -> Answer {
    Answer::Whole(code, failure(code, reason))
}
