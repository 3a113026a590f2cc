//! The service account folder of a pod.
//!
//! The kubelet mounts a service account's token, certificate authority and
//! namespace at [`MOUNT_PATH`], and replaces them while the pod runs. A
//! [`Volume`] is such a folder, in a private place of this machine: the same
//! links, the same way of replacing what stands behind them.

mod atomic_writer;
mod contents;
mod volume;

pub use contents::{Contents, File};
pub use volume::{Volume, VolumeError};

/// Where the kubelet mounts the folder in a pod.
pub const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
