//! Who takes part, and what each does.

use super::floor::Floor;
use super::peer::Peer;
use super::pods;
use super::server::Server;
use super::{host, in_component};
use std::time::{Duration, Instant};

const GETS: usize = 1000;

/// How many changes of pods are read, in pods.
pub(crate) const EVENTS: usize = pods::COUNT;

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
    KubeInComponent(Peer),
    Component { host: Peer, fetch_ahead: bool },
}

impl Contestant {
    pub(crate) async fn all(server: &Server) -> Vec<Self> {
        let mut all = vec![Self::Floor(Floor::connect(server).await)];
        all.extend(Peer::start_all(server).into_iter().map(Self::Peer));
        for (name, side) in in_component::KINDS {
            let host = Peer::start_this(name, &[in_component::NAME, side], server);
            all.push(Self::KubeInComponent(host));
        }
        for (name, part, fetch_ahead) in [
            ("component", host::HTTP1, false),
            ("component, pages fetched ahead", host::HTTP1, true),
            ("component over HTTP/2", host::HTTP2, false),
            ("component over HTTP/2, pages fetched ahead", host::HTTP2, true),
            ("component with TLS", host::TLS, false),
            ("component with TLS, pages fetched ahead", host::TLS, true),
        ] {
            let host = Peer::start_this(name, &[host::NAME, part], server);
            all.push(Self::Component { host, fetch_ahead });
        }
        all
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Floor(_) => "the bytes alone, read and dropped",
            Self::Peer(peer) | Self::KubeInComponent(peer) => peer.name,
            Self::Component { host, .. } => host.name,
        }
    }

    /// Its process, if it has one of its own.
    pub(crate) fn process(&self) -> Option<u32> {
        match self {
            Self::Floor(_) => None,
            Self::Peer(peer) | Self::KubeInComponent(peer) | Self::Component { host: peer, .. } => {
                Some(peer.id())
            }
        }
    }

    /// How long it took. None if that is nothing for this one. `after` is the version before the changes.
    pub(crate) async fn run(&mut self, work: Work, after: &str) -> Option<Duration> {
        let asked = work.asked(after);
        let (peer, asked) = match self {
            Self::Floor(floor) => {
                let start = Instant::now();
                match work {
                    Work::Get => return None,
                    Work::List => floor.list().await,
                    Work::Watch => floor.watch(None, pods::COUNT + 1).await,
                    Work::Events => floor.watch(Some(after), EVENTS).await,
                }
                return Some(start.elapsed());
            }
            Self::Peer(peer) | Self::KubeInComponent(peer) => (peer, asked),
            Self::Component { fetch_ahead: true, .. } if !matches!(work, Work::List) => {
                return None;
            }
            Self::Component { host, fetch_ahead: true } => (host, host::AHEAD.to_owned()),
            Self::Component { host, .. } => (host, asked),
        };
        let (count, time) = peer.ask(&asked);
        assert_eq!(count, work.count(), "{}", peer.name);
        Some(time)
    }
}
