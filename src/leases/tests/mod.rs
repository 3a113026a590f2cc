#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod requests;
mod server;
mod simulation;
mod steps;
