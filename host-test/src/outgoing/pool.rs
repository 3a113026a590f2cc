//! The connections to one destination that are kept for the next request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::connect::{Connection, Sender};

/// The kept connections to one destination.
pub(super) struct Pool {
    max_idle: usize,
    idle_timeout: Duration,
    kept: Mutex<Kept>,
    /// Held while a connection is opened that may turn out to be one for all requests.
    pub(super) opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    /// HTTP/1.1 connections with nothing under way, the one used last at the end.
    idle: Vec<(Instant, Connection)>,
    /// The HTTP/2 connection, if the server speaks that.
    shared: Option<Connection>,
    /// Whether the server chose HTTP/1.1 when it was last connected to.
    http1: bool,
}

impl Pool {
    pub(super) fn new(max_idle: usize, idle_timeout: Duration) -> Self {
        Self {
            max_idle,
            idle_timeout,
            kept: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
        }
    }

    /// A kept connection whose server was verified by these trust anchors.
    ///
    /// Connections made under others are let go; requests under way on them go on.
    pub(super) fn take(&self, trust: u64) -> Option<Connection> {
        let mut kept = self.kept();
        if let Some(shared) = &kept.shared {
            match &shared.sender {
                Sender::Http2(sender) if shared.trust == trust && !sender.is_closed() => {
                    let sender = Sender::Http2(sender.clone());
                    return Some(Connection::new(sender, shared.ended.clone(), trust));
                }
                _ => kept.shared = None,
            }
        }
        kept.prune(trust, self.idle_timeout);
        kept.idle.pop().map(|(_, connection)| connection)
    }

    /// Whether requests are better off waiting for a connection that is being opened.
    pub(super) fn may_share(&self) -> bool {
        !self.kept().http1
    }

    /// Takes note of a new connection, and keeps it if it can be shared.
    pub(super) fn opened(&self, connection: &Connection) {
        let mut kept = self.kept();
        match &connection.sender {
            Sender::Http1(_) => kept.http1 = true,
            Sender::Http2(sender) => {
                kept.http1 = false;
                let (sender, ended) = (Sender::Http2(sender.clone()), connection.ended.clone());
                kept.shared = Some(Connection::new(sender, ended, connection.trust));
            }
        }
    }

    /// Puts an HTTP/1.1 connection back once its answer was read.
    pub(super) fn put_back(&self, mut connection: Connection) {
        if let Sender::Http1(http1) = &mut connection.sender {
            http1.take_back();
        }
        let mut kept = self.kept();
        kept.prune(connection.trust, self.idle_timeout);
        kept.idle.push((Instant::now(), connection));
        if kept.idle.len() > self.max_idle {
            // The one that has been idle for longest.
            kept.idle.remove(0);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn prune(&mut self, trust: u64, idle_timeout: Duration) {
        self.idle.retain(|(since, connection)| {
            // One that was put back late may be older than the anchors of those kept here.
            connection.trust >= trust
                && since.elapsed() < idle_timeout
                && match &connection.sender {
                    Sender::Http1(http1) => !http1.is_closed(),
                    Sender::Http2(_) => false,
                }
        });
    }
}
