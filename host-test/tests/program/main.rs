//! The program, as a user calls it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kubeconfig;
mod run;
mod support;
