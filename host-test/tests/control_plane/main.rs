//! The component against a real API server: kube-apiserver over etcd.
//!
//! Each test looks at what a user of the component gets, and at what the API server has in its audit log. They need Go or
//! envtest's assets, and so are ignored unless asked for: `cargo xtask test` does that where there is one of the two.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod addresses;
mod answers;
mod authorization;
mod cache;
mod certificates;
#[allow(dead_code, reason = "the wire is looked at elsewhere")]
#[path = "../conformance/mod.rs"]
mod conformance;
mod conforming;
mod discovery;
mod fixture;
mod half_open;
mod leases;
mod left_behind;
mod lists;
mod logs;
mod program;
#[allow(dead_code, reason = "most of it is for records, elsewhere")]
#[path = "../component/relay.rs"]
mod relay;
mod relayed;
mod restart;
mod rotation;
mod soak;
mod streaming;
mod support;
mod tokens;
mod versions;
mod watch;

/// The component under test, by the name of its file.
const COMPONENT: &str = "k8s-in-cluster";
