//! How an exchange begins.

use super::{Connection, SocketExchange, now};
use crate::http1::{RequestBody, RequestBytes, Response};
use crate::tls::error::failed;
use crate::transport::sockets::address::Host;
use crate::transport::sockets::connect::Connecting;
use crate::transport::sockets::error::{misconfigured, not_looked_up};
use crate::transport::sockets::pool::{Pool, Purpose};
use crate::transport::{BodySize, ConnectionError, RequestHead};
use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};
use core::cell::Cell;
use rustls::pki_types::ServerName;

impl SocketExchange {
    /// Begins to send a request: over a kept connection, or over one that begins to be made.
    pub(in crate::transport::sockets) fn start(
        pool: Arc<Pool>,
        head: &RequestHead<'_>,
    ) -> Result<Self, ConnectionError> {
        let mut peer = String::from(if head.tls { "https://" } else { "http://" });
        peer.push_str(head.authority);
        let host = Host::parse(head.authority, !head.tls)
            .ok_or_else(|| misconfigured(&peer, "this is no address of a server"))?;
        let bytes = RequestBytes::new(head, &peer)?;
        let now = now();

        let mut purpose = Purpose {
            authority: head.authority.to_owned(),
            trust: head.trust.map(|trust| (trust.server_name.to_owned(), trust.anchors.known())),
        };
        // Closed, not open: there is no TLS without somebody to trust.
        if head.tls && purpose.trust.is_none() {
            return Err(misconfigured(&peer, "there is no trust anchor to verify it by"));
        }
        let kept = pool.take(&purpose, now);
        if kept.is_none()
            && let (Some((_, known)), Some(trust)) = (&mut purpose.trust, head.trust)
        {
            *known = trust.anchors.latest();
        }
        let tls = match &purpose.trust {
            None => None,
            Some((name, anchors)) => {
                let config = pool.config(anchors).map_err(|error| failed(&error, &peer))?;
                let name = ServerName::try_from(name.clone())
                    .map_err(|_| misconfigured(&peer, "its name is none that a certificate has"))?;
                Some((config, name))
            }
        };
        // What was sent once may have been obeyed, though the answer was lost.
        let harmless = matches!(head.method, "GET" | "HEAD" | "OPTIONS");
        let again = kept.is_some() && harmless && head.body == BodySize::Empty;
        let outbound = bytes.expose().to_vec();
        let connection = match kept {
            Some(link) => Connection::Open(link),
            None => Connection::Connecting(
                Connecting::new(&host, now, head.timeouts.connect)
                    .map_err(|code| not_looked_up(code, &peer))?,
            ),
        };
        let mut exchange = Self {
            pool,
            purpose,
            host,
            tls,
            method: head.method.to_owned(),
            connection,
            given_up: Vec::new(),
            head: again.then_some(bytes),
            body: RequestBody::new(head.body, &peer),
            outbound,
            response: Response::new(head.method, &peer),
            answered: false,
            timeouts: head.timeouts,
            since: now,
            failed: None,
            handed_out: Cell::new(false),
            peer,
        };
        exchange.push(now)?;
        Ok(exchange)
    }

    /// Sends a request again whose kept connection the server had closed, over a new one.
    /// Whether it could.
    pub(super) fn start_again(&mut self) -> Result<bool, ConnectionError> {
        let Some(head) = self.head.take() else { return Ok(false) };
        let now = now();
        let connecting = Connecting::new(&self.host, now, self.timeouts.connect)
            .map_err(|code| not_looked_up(code, &self.peer))?;
        let old = core::mem::replace(&mut self.connection, Connection::Connecting(connecting));
        self.given_up.push(old);
        self.outbound = head.expose().to_vec();
        self.response = Response::new(&self.method, &self.peer);
        self.since = now;
        Ok(true)
    }
}
