//! TLS inside the component.

pub mod crypto;
