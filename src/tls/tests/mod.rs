//! Sessions with a server of rustls and ring, joined in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_bytes;
mod bad_certificates;
mod bad_server;
mod peer;
mod refusals;
mod traffic;
