//! Connections that are kept between requests.

use super::link::Link;
use super::socket::Socket;
use crate::credentials::TrustAnchors;
use crate::tls::trust;
use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;
use rustls::client::ClientConfig;
use rustls::time_provider::TimeProvider;
use spin::Mutex;

/// How long a connection is kept: less than the 90 s after which an API server closes it, so
/// that a request rarely meets that.
const IDLE: Duration = Duration::from_secs(60);

/// How many are kept at most.
const MAX_IDLE: usize = 16;

/// What a connection is good for.
#[derive(Clone)]
pub(super) struct Purpose {
    /// Host and port.
    pub(super) authority: String,
    /// The name to verify, and by whom. None for a plain connection.
    pub(super) trust: Option<(String, Arc<TrustAnchors>)>,
}

impl Purpose {
    fn is_served_by(&self, other: &Self) -> bool {
        let trusted = match (&self.trust, &other.trust) {
            (None, None) => true,
            (Some((name, anchors)), Some((other_name, other_anchors))) => {
                name == other_name && Arc::ptr_eq(anchors, other_anchors)
            }
            _ => false,
        };
        trusted && self.authority == other.authority
    }
}

/// Connections that are kept, and what they were made by.
pub(super) struct Pool {
    time: Arc<dyn TimeProvider>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order in which they became idle.
    idle: Vec<Idle>,
    /// Sockets that still send what they took.
    leaving: Vec<Socket>,
    /// The last anchors, and what sessions begin with under them.
    config: Option<(Arc<TrustAnchors>, Arc<ClientConfig>)>,
}

struct Idle {
    link: Link,
    purpose: Purpose,
    since: Duration,
}

impl Pool {
    pub(super) fn new(time: Arc<dyn TimeProvider>) -> Self {
        Self { time, state: Mutex::default() }
    }

    /// A kept connection: the one that was used last, since it is the likeliest to live.
    /// Drops those that are too old, have ended, or were verified by other anchors.
    pub(super) fn take(&self, purpose: &Purpose, now: Duration) -> Option<Link> {
        let mut state = self.state.lock();
        state.leaving.retain(Socket::is_sending);
        let too_old = |idle: &Idle| now.saturating_sub(idle.since) >= IDLE;
        let mut found = None;
        let mut kept = Vec::with_capacity(state.idle.len());
        while let Some(mut idle) = state.idle.pop() {
            let serves = idle.purpose.is_served_by(purpose);
            if too_old(&idle) || !serves {
                state.leaving.extend(idle.link.close());
            } else if found.is_some() {
                kept.push(idle);
            } else if idle.link.is_idle() {
                found = Some(idle.link);
            } else {
                state.leaving.extend(idle.link.close());
            }
        }
        kept.reverse();
        state.idle = kept;
        found
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(&self, link: Link, purpose: Purpose, now: Duration) {
        if !link.is_at_rest() {
            return self.close(link);
        }
        let mut state = self.state.lock();
        if state.idle.len() >= MAX_IDLE {
            let oldest = state.idle.remove(0);
            state.leaving.extend(oldest.link.close());
        }
        state.idle.push(Idle { link, purpose, since: now });
    }

    /// Ends a connection.
    pub(super) fn close(&self, link: Link) {
        self.state.lock().leaving.extend(link.close());
    }

    /// What sessions begin with that trust these anchors.
    pub(super) fn config(
        &self,
        anchors: &Arc<TrustAnchors>,
    ) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut state = self.state.lock();
        if let Some((_, config)) =
            state.config.as_ref().filter(|(known, _)| Arc::ptr_eq(known, anchors))
        {
            return Ok(Arc::clone(config));
        }
        let config = trust::config(anchors, Arc::clone(&self.time))?;
        state.config = Some((Arc::clone(anchors), Arc::clone(&config)));
        Ok(config)
    }
}
