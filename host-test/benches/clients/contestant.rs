//! Who takes part, and what each does.

use super::component;
use super::floor::Floor;
use super::peer::Peer;
use super::pods;
use super::server::Server;
use super::subject::{Client, Subject, Transport};
use std::time::{Duration, Instant};

const GETS: usize = 1000;

/// How many changes of pods are read, in pods.
pub(crate) const EVENTS: usize = pods::COUNT;

/// The most linear memory that a component gets: one that needs more traps.
pub(crate) const MEMORY: usize = 4 << 20;

/// What each client does.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    List,
    Get,
    Watch,
    Events,
}

impl Work {
    pub(crate) const ALL: [Self; 4] = [Self::List, Self::Get, Self::Watch, Self::Events];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Watch => "watch",
            Self::Events => "events",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::List => "a list in pages of 500, every item touched",
            Self::Get => "1000 GETs of a small object, one after the other",
            Self::Watch => {
                "the initial state by watch, every event touched: all by WatchList, which is client-go's default, and \
                 kube-rs' with streaming_lists()"
            }
            Self::Events => "changes that the server has ready, every event touched",
        }
    }

    /// How many times the time of the others it may take.
    pub(crate) fn budget(self) -> f64 {
        match self {
            Self::List | Self::Watch => 0.7,
            Self::Get => 1.5,
            Self::Events => 1.0,
        }
    }

    /// The same for kube-rs in a component, next to kube-rs: 0.8 times the throughput. None where nothing was promised.
    pub(crate) fn budget_of_kube(self) -> Option<f64> {
        match self {
            Self::Watch | Self::Events => Some(1.25),
            Self::List | Self::Get => None,
        }
    }

    /// How many objects come of it.
    fn count(self) -> usize {
        match self {
            Self::List | Self::Watch => pods::COUNT,
            Self::Get => GETS,
            Self::Events => EVENTS,
        }
    }

    /// How the others are asked to do it.
    fn asked(self, after: &str) -> String {
        match self {
            Self::List | Self::Watch => self.name().to_owned(),
            Self::Get => format!("get {GETS}"),
            Self::Events => format!("events {EVENTS} {after}"),
        }
    }
}

/// A client of a server, ready to do it.
pub(crate) enum Contestant {
    Floor(Floor),
    Peer(Peer),
    Component { name: &'static str, client: Box<Client>, fetch_ahead: bool },
}

impl Contestant {
    pub(crate) async fn all(server: &Server) -> Vec<Self> {
        let mut all = vec![Self::Floor(Floor::connect(server).await)];
        all.extend(Peer::start_all(server).into_iter().map(Self::Peer));
        all.extend(Peer::start_in_component(server).into_iter().map(Self::Peer));
        let http1 = || Subject::load(Transport::Http).without_http2();
        let http2 = || Subject::load(Transport::Http);
        let tls = || Subject::load(Transport::Tls);
        for (name, subject, fetch_ahead) in [
            ("component", http1(), false),
            ("component, pages fetched ahead", http1(), true),
            ("component over HTTP/2", http2(), false),
            ("component over HTTP/2, pages fetched ahead", http2(), true),
            ("component with TLS", tls(), false),
            ("component with TLS, pages fetched ahead", tls(), true),
        ] {
            let client = Box::new(subject.client_with_memory(server, MEMORY).await);
            all.push(Self::Component { name, client, fetch_ahead });
        }
        all
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Floor(_) => "the bytes alone, read and dropped",
            Self::Peer(peer) => peer.name,
            Self::Component { name, .. } => name,
        }
    }

    /// How long it took. None if that is nothing for this one. `after` is the version before the changes.
    pub(crate) async fn run(&mut self, work: Work, after: &str) -> Option<Duration> {
        let start = Instant::now();
        let count = match self {
            Self::Floor(floor) => {
                match work {
                    Work::Get => return None,
                    Work::List => floor.list().await,
                    Work::Watch => floor.watch(None, pods::COUNT + 1).await,
                    Work::Events => floor.watch(Some(after), EVENTS).await,
                }
                return Some(start.elapsed());
            }
            Self::Peer(peer) => {
                let (count, time) = peer.ask(&work.asked(after));
                assert_eq!(count, work.count(), "{}", peer.name);
                return Some(time);
            }
            Self::Component { client, fetch_ahead, .. } => match work {
                Work::List => component::list(client, *fetch_ahead).await,
                _ if *fetch_ahead => return None,
                Work::Get => component::get(client, GETS).await,
                Work::Watch => component::watch(client, None, pods::COUNT).await,
                Work::Events => component::watch(client, Some(after), EVENTS).await,
            },
        };
        assert_eq!(count, work.count());
        Some(start.elapsed())
    }
}
