//! TLS inside the component, without I/O: for hosts that can't be given a cluster's
//! certificate authority.
//!
//! rustls is the protocol, TLS 1.3 alone (RFC 8446), and [`crypto`] the primitives that it
//! gets. A session takes the bytes of a connection and gives plaintext, and knows no socket.

pub mod crypto;
#[cfg(any(test, target_family = "wasm"))]
pub(crate) mod error;
#[cfg(any(test, target_family = "wasm"))]
pub(crate) mod session;
#[cfg(any(test, target_family = "wasm"))]
pub(crate) mod trust;

#[cfg(test)]
mod tests;
