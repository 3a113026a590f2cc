//! kube over answers that are made up: what reaches the wire, and what kube makes of what comes back.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod requests;
mod stage;
mod watches;
