//! The component with TLS inside against a real API server, whose TLS is Go's.
//!
//! The tests are those of `tests/control_plane` that are about the component; some say where this one differs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../control_plane/access.rs"]
mod access;
#[path = "../control_plane/addresses.rs"]
mod addresses;
#[path = "../control_plane/answers.rs"]
mod answers;
#[path = "../control_plane/authorization.rs"]
mod authorization;
#[path = "../control_plane/cache.rs"]
mod cache;
#[path = "../control_plane/certificates.rs"]
mod certificates;
#[allow(dead_code, reason = "the wire is looked at elsewhere")]
#[path = "../conformance/mod.rs"]
mod conformance;
#[path = "../control_plane/conforming.rs"]
mod conforming;
#[path = "../control_plane/discovery.rs"]
mod discovery;
#[path = "../control_plane/half_open.rs"]
mod half_open;
#[allow(dead_code, reason = "some of it is done where the API server is the tests' own")]
#[path = "../component/harm.rs"]
mod harm;
mod harmed;
#[path = "../control_plane/lists.rs"]
mod lists;
#[path = "../control_plane/logs.rs"]
mod logs;
#[allow(dead_code, reason = "more of it is used where the API server is the tests' own")]
#[path = "../component/relay.rs"]
mod relay;
#[path = "../control_plane/relayed.rs"]
mod relayed;
#[path = "../control_plane/restart.rs"]
mod restart;
#[path = "../control_plane/rotation.rs"]
mod rotation;
#[path = "../control_plane/soak.rs"]
mod soak;
#[path = "../control_plane/streaming.rs"]
mod streaming;
#[path = "../control_plane/support.rs"]
mod support;
#[path = "../control_plane/tokens.rs"]
mod tokens;
#[path = "../control_plane/watch.rs"]
mod watch;

/// The component under test, by the name of its file.
const COMPONENT: &str = "k8s-in-cluster-tls";
