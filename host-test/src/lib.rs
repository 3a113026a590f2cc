//! Plays the pod.

#![forbid(unsafe_code)]

pub mod api_server;
pub mod kubeconfig;
pub mod service_account;
