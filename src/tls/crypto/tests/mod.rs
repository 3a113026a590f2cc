//! The provider by published vectors, and against rustls with ring as the server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod forgeries;
mod garbage;
mod handshakes;
mod hashes;
mod offers;
mod peers;
mod record;
mod records;
mod tampering;
mod wycheproof;
