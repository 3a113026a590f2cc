//! Connections to a real API server whose traffic is dropped on the way. Nobody closes them.

use crate::relay::{By, Seen};
use crate::relayed::Relayed;
use crate::support::{own, within_reason};
use crate::watch::churn;
use host_test::pod::Clock;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_half_open_connection_is_noticed_within_the_idle_limit_and_no_change_is_lost() {
    within_reason(async {
        let server = own().await;
        // It stands still between one step of the test and the next.
        let mut relayed = Relayed::start(&server, Clock::stopped()).await;
        let last = churn(&relayed.tenant, 0..48, 0).await;
        relayed.see(&last, Duration::ZERO).await;
        let (connections, changes) = (relayed.relay.seen().connections, relayed.follower.changes);

        let before = relayed.meddle(Vec::new);
        let last = churn(&relayed.tenant, 0..48, 1).await;
        let by_server =
            |seen: &Seen| seen.records[before..].iter().any(|record| record.by == By::Server);
        relayed.relay.wait_until(by_server).await;
        // Of what the server sends now, nothing comes.
        let moment = Duration::from_millis(1);
        relayed.step(Duration::from_secs(150) - moment).await;
        relayed.step(Duration::ZERO).await;
        assert_eq!((relayed.follower.changes, relayed.follower.restarts), (changes, 0));
        assert_eq!(relayed.relay.seen().connections, connections);

        relayed.step(moment).await;
        relayed.see(&last, Duration::from_millis(10)).await;
        relayed.check().await;
        // Each change came once: of the 48, 12 were deleted and made again.
        assert_eq!(relayed.follower.changes - changes, 48 + 12 + 1);
        assert_eq!(relayed.follower.restarts, 0);
        assert!(relayed.relay.seen().connections > connections);
    })
    .await;
}
