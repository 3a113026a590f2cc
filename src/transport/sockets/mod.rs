//! HTTP/1.1 over sockets of WASI's, `wasi:sockets@0.2`, with TLS inside this component: for
//! hosts that can't be given a cluster's certificate authority, or have no `wasi:http`.
//!
//! Connections are kept between requests, each carries one request at a time, and none is
//! used for longer than the trust anchors that it was verified by.

mod address;
mod connect;
mod error;
mod exchange;
mod link;
mod pool;
mod socket;

pub use exchange::SocketExchange;

use super::{ConnectionError, RequestHead, Transport};
use crate::credentials::AnchorCheck;
use crate::tls::trust;
use crate::wasi::{WallClock, timer};
use alloc::sync::Arc;
use core::time::Duration;
use pool::Pool;
use wasip2::io::poll::Pollable;

/// A client of HTTP and TLS over the host's sockets.
pub struct Sockets {
    pool: Arc<Pool>,
}

impl Sockets {
    /// A client without connections.
    pub fn new() -> Self {
        Self { pool: Arc::new(Pool::new(Arc::new(WallClock))) }
    }
}

impl Default for Sockets {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for Sockets {
    type Exchange = SocketExchange;

    const VERIFIES: Option<AnchorCheck> = Some(trust::check);

    fn start(&self, head: &RequestHead<'_>) -> Result<SocketExchange, ConnectionError> {
        SocketExchange::start(Arc::clone(&self.pool), head)
    }

    fn timer(&self, after: Duration) -> Pollable {
        timer(after)
    }
}
