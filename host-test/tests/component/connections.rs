//! Connections that are kept between requests, and are gone when the next one comes.

use crate::support::{Cluster, get, within_reason};
use host_test::api_server::Misbehaviour;
use host_test::pod::client::PodClient;

async fn get_api(client: &mut PodClient) {
    let answer = client.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(answer.body.len(), 133);
}

#[tokio::test]
async fn requests_one_after_the_other_share_a_connection() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            for _ in 0..5 {
                get_api(&mut client).await;
            }
            assert_eq!(cluster.server.journal().accepted_connections(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let journal = cluster.server.journal();
            get_api(&mut client).await;
            for closed in 1..=3 {
                cluster.server.misbehave(Misbehaviour::CloseAfterResponse);
                get_api(&mut client).await;
                journal.wait_until(|entries| entries.open_connections == 0).await;
                get_api(&mut client).await;
                assert_eq!(journal.accepted_connections(), closed + 1);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_was_restarted_is_connected_to_again() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            get_api(&mut client).await;
            for _ in 0..3 {
                cluster.server.stop().await;
                cluster.server.start_again().await.unwrap();
                get_api(&mut client).await;
            }
            assert_eq!(cluster.server.journal().accepted_connections(), 4);
        }
    })
    .await;
}
