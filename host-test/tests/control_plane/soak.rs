//! A watch and a cache for as long as an hour of a real API server.

use crate::relay::Step;
use crate::relayed::Relayed;
use crate::support::{own, within_reason};
use crate::watch::{churn, compact};
use host_test::pod::Clock;
use std::time::Duration;

/// An hour passes on the pod's clock: watches last as long as they do, connections are cut or dropped now and then, and the
/// server is restarted and forgets what was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn an_hour_of_changes_takes_no_more_memory_than_its_first_half() {
    const MINUTES: usize = 60;
    within_reason(async {
        let mut server = own().await;
        let mut relayed = Relayed::start(&server, Clock::new()).await;
        let collection = relayed.tenant.path("configmaps");
        let mut memory = 0;
        for minute in 0..MINUTES {
            match minute % 10 {
                3 | 7 => {
                    relayed.meddle(|| vec![Step::Cut]);
                }
                5 => {
                    relayed.meddle(Vec::new);
                }
                9 if minute % 20 == 19 => {
                    compact(&mut server).await;
                    server.restart().await.unwrap();
                }
                _ => {}
            }
            let last = churn(&relayed.tenant, 0..40, minute).await;
            relayed.see(&last, Duration::from_millis(100)).await;
            relayed.step(Duration::from_secs(60)).await;
            let path = format!("{collection}/{last}");
            relayed.tenant.admin.delete(&path).await.unwrap();
            if minute == MINUTES / 2 {
                memory = relayed.client.memory();
            }
        }
        let last = churn(&relayed.tenant, 0..40, MINUTES).await;
        relayed.see(&last, Duration::from_millis(100)).await;
        relayed.check().await;
        println!(
            "{} changes, {} restarts, {} connections, {memory} bytes of memory",
            relayed.follower.changes,
            relayed.follower.restarts,
            relayed.relay.seen().connections
        );
        // How much comes at a time is chance: some pages more or less.
        assert!(relayed.client.memory() <= memory + 256 * 1024, "{}", relayed.client.memory());
    })
    .await;
}
