//! Generated from the WIT package.

#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, reason = "generated")]

use super::Component;

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));

export!(Component with_types_in self);
