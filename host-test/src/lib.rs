//! Plays the pod.

#![forbid(unsafe_code)]

pub mod service_account;
