//! The component under wasmtime, against an API server that can be told to misbehave.
//!
//! Each test looks at what a user of the component gets, and at what was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod credentials;
mod discovery;
mod invalid_requests;
mod overrides;
mod proxy;
mod requests;
mod rotation;
mod support;
mod trust;
