//! The components under wasmtime, against an API server that can be told to misbehave.
//!
//! Each test looks at what a user of the component gets, and at what was sent. There are two components with the same
//! exports, and these are the tests of both: `tests/component_tls` is a link to this folder, so that cargo compiles it twice,
//! and [`Transport::current`](support::Transport::current) tells which one is tested, where that makes a difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod answers;
mod api_discovery;
mod at_once;
mod bad_bodies;
mod begun;
mod cache;
mod certificates;
mod compressed;
#[path = "../conformance/mod.rs"]
mod conformance;
mod conforming;
mod connections;
mod credentials;
mod discovery;
mod failures;
mod handshakes;
mod harm;
mod imports;
mod invalid_requests;
mod kept;
mod leases;
mod limits;
mod lists;
mod logs;
mod openssl;
mod operator;
mod overrides;
mod proxy;
mod records;
mod refusals;
mod relay;
mod relayed;
mod released;
mod requests;
mod resources;
mod retries;
mod rotation;
mod soak;
mod streaming;
mod support;
mod trust;
mod upload;
mod watch;
