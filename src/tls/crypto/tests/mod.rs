//! The provider by published vectors, and against rustls with ring as the server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod handshakes;
mod peers;
