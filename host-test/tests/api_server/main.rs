//! The API server for tests, seen from the outside by a client that trusts its authority alone.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod bodies;
mod client;
mod connections;
mod credentials;
mod journal;
mod misbehaviours;

use http::Version;

/// Both versions of HTTP that kube-apiserver speaks.
const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];
