//! Generated from the WIT package.

#![allow(unsafe_code, missing_docs, unreachable_pub, reason = "generated")]
#![allow(unused_variables, reason = "generated")]
#![allow(clippy::all, clippy::panic, clippy::unwrap_used, reason = "generated")]

use super::Component;

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));

export!(Component with_types_in self);
