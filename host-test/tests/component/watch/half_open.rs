//! Connections whose traffic is dropped by what stands between. Nobody closes them, and nobody is told.

use super::*;
use crate::relay::{By, Relay};
use host_test::api_server::ApiServer;
use host_test::pod::Clock;

/// A cluster that is reached through a relay. HTTP/1.1 is spoken: a host that shares connections of HTTP/2 has to
/// notice itself that one is dead.
async fn relayed() -> (Cluster, Relay) {
    let server = ApiServer::builder().without_http2().start().await.unwrap();
    let relay = Relay::start(server.address()).await;
    (Cluster::with(server), relay)
}

async fn client_of(cluster: &Cluster, relay: &Relay) -> PodClient {
    crate::support::client(cluster.pod_at("127.0.0.1", relay.address())).await
}

/// What is said over the first connection is lost from now on. The next event is sent, and lost.
async fn lose(relay: &Relay, steps: &Steps) {
    relay.meddle(|record| match record.connection {
        1 => Vec::new(),
        _ => record.pass(),
    });
    let before = relay.seen().records.len();
    steps.release(1);
    relay
        .wait_until(|seen| seen.records[before..].iter().any(|record| record.by == By::Server))
        .await;
}

/// What the requests meet: the first event passes, the second is lost, and the third comes later.
fn plan_loss(cluster: &Cluster) -> Steps {
    let steps = Steps::new();
    let lost = vec![line("ADDED", "a", 11), line("ADDED", "b", 12)];
    let again = line("ADDED", "b", 12) + &line("ADDED", "c", 13);
    plan(cluster, [Meets::Stepped(lost, steps.clone()), Meets::Open(again)]);
    steps.release(1);
    steps
}

fn check_resumed(cluster: &Cluster, relay: &Relay) {
    assert_eq!(asked(cluster), ["resourceVersion=10", "resourceVersion=11"]);
    assert_eq!(relay.seen().connections, 2);
}

#[tokio::test]
async fn a_half_open_connection_is_noticed_at_the_idle_limit_and_no_event_is_lost() {
    within_reason(async {
        for limit in [None, Some(20)] {
            let (cluster, relay) = relayed().await;
            // It stands still between one step of the test and the next.
            let cluster = Cluster { clock: Clock::stopped(), ..cluster };
            let steps = plan_loss(&cluster);
            let mut client = client_of(&cluster, &relay).await;
            let idle_limit = limit.map(|seconds: u64| seconds * 1_000_000_000);
            let watcher = watch(&mut client, WatchOptions { idle_limit, ..after_10() }).await;
            assert_events(&take(&mut client, &watcher, 1).await, &[added("a", 11)]);
            lose(&relay, &steps).await;
            let moment = Duration::from_millis(1);
            cluster.clock.advance(Duration::from_secs(limit.unwrap_or(150)) - moment);
            check_silent(&mut client, &watcher).await;
            let seen = relay.seen();
            assert_eq!((seen.connections, seen.ended.len()), (1, 0));
            cluster.clock.advance(moment);
            assert_events(&watcher.next(&mut client, 9).await.unwrap().unwrap(), &[]);
            let expected = [added("b", 12), added("c", 13)];
            assert_events(&take(&mut client, &watcher, 2).await, &expected);
            check_resumed(&cluster, &relay);
        }
    })
    .await;
}

/// Nobody has to look at a clock for it.
#[tokio::test]
async fn who_waits_is_woken_at_the_idle_limit() {
    within_reason(async {
        let (cluster, relay) = relayed().await;
        let steps = plan_loss(&cluster);
        let mut client = client_of(&cluster, &relay).await;
        let idle_limit = milliseconds(2000);
        let watcher = watch(&mut client, WatchOptions { idle_limit, ..after_10() }).await;
        assert_events(&take(&mut client, &watcher, 1).await, &[added("a", 11)]);
        lose(&relay, &steps).await;
        let expected = [added("b", 12), added("c", 13)];
        assert_events(&take(&mut client, &watcher, 2).await, &expected);
        check_resumed(&cluster, &relay);
    })
    .await;
}
