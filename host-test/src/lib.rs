//! Plays the pod: runs components as if in a Kubernetes pod, at the desk and in tests.

#![forbid(unsafe_code)]

pub mod api_server;
pub mod control_plane;
pub mod kubeconfig;
pub mod loopback_proxy;
pub mod outgoing;
pub mod pages;
pub mod pod;
pub mod service_account;
