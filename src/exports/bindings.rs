//! Generated from the WIT package.

#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, reason = "generated")]

use super::Component;

wit_bindgen::generate!({
    path: "wit",
    world: "in-cluster",
    with: {
        "wasi:cli/environment@0.2.12": wasip2::cli::environment,
        "wasi:clocks/monotonic-clock@0.2.12": wasip2::clocks::monotonic_clock,
        "wasi:clocks/wall-clock@0.2.12": wasip2::clocks::wall_clock,
        "wasi:filesystem/preopens@0.2.12": wasip2::filesystem::preopens,
        "wasi:filesystem/types@0.2.12": wasip2::filesystem::types,
        "wasi:http/outgoing-handler@0.2.12": wasip2::http::outgoing_handler,
        "wasi:http/types@0.2.12": wasip2::http::types,
        "wasi:io/error@0.2.12": wasip2::io::error,
        "wasi:io/poll@0.2.12": wasip2::io::poll,
        "wasi:io/streams@0.2.12": wasip2::io::streams,
    },
});

export!(Component with_types_in self);
