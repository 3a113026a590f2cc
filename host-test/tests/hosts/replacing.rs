//! What a pod lives through: its token rotated, and the cluster's certificate authority replaced.

use crate::cluster::{Cluster, within_reason};
use crate::guest::Asks;
use std::time::Duration;

/// After which a guest is asked again whether what it says has changed.
pub(crate) const AGAIN: Duration = Duration::from_millis(50);

/// Has the token of a running guest rotated, as the kubelet does it: no request fails, and the last is sent with the new
/// one.
pub(crate) async fn rotate_token(cluster: &mut Cluster, guest: &mut impl Asks) {
    within_reason(async {
        let path = cluster.path();
        assert_ok(&guest.get(&path).await);
        assert!(cluster.last_came_with_the_token(&path));
        cluster.rotate_token().await;
        loop {
            assert_ok(&guest.get(&path).await);
            if cluster.last_came_with_the_token(&path) {
                break;
            }
            tokio::time::sleep(AGAIN).await;
        }
    })
    .await;
}

/// Has the API server present a certificate of another authority: it is not trusted until the mounted `ca.crt` is the new
/// one, and then it is, without a restart of the guest.
pub(crate) async fn replace_authority(cluster: &mut Cluster, guest: &mut impl Asks) {
    within_reason(async {
        let path = cluster.path();
        assert_ok(&guest.get(&path).await);
        let next = cluster.replace_authority().await;
        loop {
            let refused = guest.get(&path).await;
            assert!(!refused.starts_with("200"), "{refused}");
            assert!(!refused.contains(&cluster.token()), "{refused}");
            // Where a connection was kept, it may be its end that is told first.
            if refused.contains("certificate") {
                break;
            }
        }
        cluster.volume.set_ca(next.pem()).unwrap();
        assert_ok(&guest.get(&path).await);
    })
    .await;
}

/// Checks that a guest has got what it asked for.
pub(crate) fn assert_ok(said: &str) {
    assert!(said.starts_with("200, "), "{said}");
}
