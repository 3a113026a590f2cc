//! Which of two replicas acts.

use crate::cluster::{Cluster, LEASE, within_reason};
use crate::replica::Replica;
use host_test::control_plane::AuditEvent;
use serde_json::Value;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Two replicas, of which the first leads and has published something.
async fn two(cluster: &Cluster) -> [Replica; 2] {
    let first = Replica::started(cluster, "website-controller-1").await;
    cluster.led_by(&first.name).await;
    let second = Replica::started(cluster, "website-controller-2").await;
    cluster.publish("blog", "News").await;
    cluster.in_step("blog", "News").await;
    second.says("the leader is website-controller-1_").await;
    [first, second]
}

/// How often a replica looked at the Lease, after the last write of another and before its own first.
fn looks(cluster: &Cluster, replica: &Replica) -> usize {
    let credential = replica.credential();
    let mut looks = 0;
    let of_lease = |event: &AuditEvent| event.uri.starts_with(LEASE);
    for event in cluster.audited().into_iter().filter(of_lease) {
        match (event.verb.as_str(), event.credential == credential) {
            ("update", true) => return looks,
            ("update", false) => looks = 0,
            ("get", true) => looks += 1,
            _ => {}
        }
    }
    panic!("{} has not taken the Lease", replica.name)
}

/// A time in a Lease, by the clock of this machine whichever replica wrote it.
fn time(lease: &Value, field: &str) -> OffsetDateTime {
    OffsetDateTime::parse(lease["spec"][field].as_str().unwrap(), &Rfc3339).unwrap()
}

/// Who told of a Website first.
async fn told_by(cluster: &Cluster, name: &str) -> String {
    cluster.tells(name, &["Created"]).await;
    let event = cluster.events(name).await.remove(0);
    event["reportingInstance"].as_str().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn another_takes_over_when_the_first_is_killed_and_has_waited_for_the_lease() {
    within_reason(async {
        let cluster = Cluster::new().await;
        let [mut first, second] = two(&cluster).await;
        first.kill().await;
        let before = cluster.lease().await.unwrap();
        cluster.publish("next", "Next").await;
        cluster.retitle("blog", "Old news").await;
        cluster.in_step("next", "Next").await;
        cluster.in_step("blog", "Old news").await;
        let lease = cluster.led_by(&second.name).await;
        assert_eq!(lease["spec"]["leaseTransitions"], 1);
        assert!(told_by(&cluster, "next").await.starts_with(&second.name));
        let waited = time(&lease, "acquireTime") - time(&before, "renewTime");
        assert!(waited >= Duration::from_secs(15), "{waited}");

        // Back again, the first is one who waits.
        first.start();
        first.says("the leader is website-controller-2_").await;
        cluster.assert_never_refused();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn another_takes_over_at_once_when_the_pod_of_the_first_is_deleted() {
    within_reason(async {
        let cluster = Cluster::new().await;
        let [mut first, mut second] = two(&cluster).await;
        assert_eq!(first.delete(&cluster).await, Some(0), "{}", first.said());
        cluster.publish("next", "Next").await;
        cluster.in_step("next", "Next").await;
        cluster.led_by(&second.name).await;
        assert!(told_by(&cluster, "next").await.starts_with(&second.name));
        // At the first look, or the one after it where that was under way.
        assert!(looks(&cluster, &second) <= 2);

        // With no other left, it leaves the Lease to nobody.
        assert_eq!(second.delete(&cluster).await, Some(0), "{}", second.said());
        let lease = cluster.lease().await.unwrap();
        assert_eq!(lease["spec"]["holderIdentity"], "");
        cluster.assert_never_refused();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn who_loses_the_lease_fails_and_one_who_waits_ends_well() {
    within_reason(async {
        let cluster = Cluster::new().await;
        let [mut first, mut second] = two(&cluster).await;
        // One who does not lead has nothing to leave.
        assert_eq!(second.delete(&cluster).await, Some(0), "{}", second.said());
        cluster.led_by(&first.name).await;

        let give = |it: &mut Value| {
            it["spec"]["holderIdentity"] = "somebody".into();
            it["spec"]["leaseDurationSeconds"] = 3600.into();
        };
        cluster.change(LEASE, give).await;
        assert_eq!(first.ended().await, Some(1));
        first.says("no longer the leader: Loss::Taken").await;
        assert_eq!(cluster.lease().await.unwrap()["spec"]["holderIdentity"], "somebody");
    })
    .await;
}
