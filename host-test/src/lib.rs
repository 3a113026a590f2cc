//! Plays the pod.

#![forbid(unsafe_code)]

pub mod kubeconfig;
pub mod service_account;
