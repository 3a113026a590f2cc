//! The component under wasmtime, against an API server that can be told to misbehave.
//!
//! Each test looks at what a user of the component gets, and at what was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod certificates;
mod connections;
mod credentials;
mod discovery;
mod failures;
mod imports;
mod invalid_requests;
mod limits;
mod openssl;
mod openssl_server;
mod overrides;
mod proxy;
mod refusals;
mod requests;
mod resources;
mod rotation;
mod streaming;
mod support;
mod trust;
mod upload;
