//! Who takes part in an election.

use crate::pod::Pod;
use alloc::{format, string::String};

/// The variables that name the pod, the first that is set: by the downward API, and by Kubernetes.
const POD_NAMES: [&str; 2] = ["POD_NAME", "HOSTNAME"];

/// An identity that no other has: the pod's name, for people to read, and a suffix, since a pod
/// may be started again under the same name.
pub(super) fn of_pod(pod: &impl Pod) -> String {
    let name = POD_NAMES.iter().find_map(|name| pod.non_empty_variable(name));
    // What differs from one start to the next is the nanosecond.
    let started = pod.wall_clock().as_nanos() ^ (pod.now().as_nanos() << 20);
    format!("{}_{:016x}", name.as_deref().unwrap_or("k8s-in-cluster"), started as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pod::fake::FakePod;
    use std::time::Duration;

    #[test]
    fn the_identity_begins_with_the_pods_name() {
        let pod = FakePod::default();
        assert!(of_pod(&pod).starts_with("k8s-in-cluster_"));
        let pod = pod.with("HOSTNAME", "web-1");
        assert!(of_pod(&pod).starts_with("web-1_"));
        let pod = pod.with("POD_NAME", "web-2");
        assert!(of_pod(&pod).starts_with("web-2_"));
        let pod = pod.with("POD_NAME", "");
        assert_eq!(of_pod(&pod).len(), "web-1_".len() + 16);
    }

    #[test]
    fn no_start_has_the_identity_of_another() {
        let pod = FakePod::default();
        let first = of_pod(&pod);
        pod.advance(Duration::from_nanos(1));
        let second = of_pod(&pod);
        assert_ne!(first, second);
    }
}
