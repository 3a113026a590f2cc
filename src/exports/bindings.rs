//! Generated from the WIT package.

#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, reason = "generated")]

use super::Component;

#[cfg(not(feature = "tls"))]
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

#[cfg(feature = "tls")]
wit_bindgen::generate!({
    path: "wit",
    world: "in-cluster-tls",
    with: {
        "wasi:cli/environment@0.2.12": wasip2::cli::environment,
        "wasi:clocks/monotonic-clock@0.2.12": wasip2::clocks::monotonic_clock,
        "wasi:clocks/wall-clock@0.2.12": wasip2::clocks::wall_clock,
        "wasi:filesystem/preopens@0.2.12": wasip2::filesystem::preopens,
        "wasi:filesystem/types@0.2.12": wasip2::filesystem::types,
        "wasi:io/error@0.2.12": wasip2::io::error,
        "wasi:io/poll@0.2.12": wasip2::io::poll,
        "wasi:io/streams@0.2.12": wasip2::io::streams,
        "wasi:random/random@0.2.12": wasip2::random::random,
        "wasi:sockets/instance-network@0.2.12": wasip2::sockets::instance_network,
        "wasi:sockets/ip-name-lookup@0.2.12": wasip2::sockets::ip_name_lookup,
        "wasi:sockets/network@0.2.12": wasip2::sockets::network,
        "wasi:sockets/tcp@0.2.12": wasip2::sockets::tcp,
        "wasi:sockets/tcp-create-socket@0.2.12": wasip2::sockets::tcp_create_socket,
    },
});

export!(Component with_types_in self);
