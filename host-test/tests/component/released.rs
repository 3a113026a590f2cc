//! What the host holds for a call is let go of with it: a controller sends requests for months.

use crate::lists::pods;
use crate::logs;
use crate::support::{Cluster, get, on_both_versions, request, status, within_reason};
use host_test::api_server::Answer;
use host_test::pod::client::PodClient;
use host_test::pod::client::objects::{GetOptions, Representation, Scope, Target};
use http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

const PODS: &str = "/api/v1/namespaces/shop/pods";
const PATH: &str = "/api/v1/namespaces/shop/pods/web";

/// Each way in which a call may go.
async fn all(client: &mut PodClient) {
    let answer = client.send(&get(PATH), None).await.unwrap().unwrap();
    assert_eq!(answer.head.status, 200);
    status(client.send(&get("/api/v1/none"), None).await.unwrap().unwrap_err());
    client.send(&request("POST", PATH), Some(b"{}")).await.unwrap().unwrap();

    let target = Target {
        resource: pods(),
        scope: Scope::OwnNamespace,
        name: "web".into(),
        subresource: None,
    };
    let representation = Representation::Full;
    let options = GetOptions { representation, resource_version: None, limits: None };
    client.get_object(&target, Some(&options)).await.unwrap().unwrap();
    let begun = client.begin_get(&target, Some(&options)).await.unwrap().unwrap();
    begun.drop(client).await.unwrap();

    let listing = client.list(&pods(), &Scope::OwnNamespace, None).await.unwrap().unwrap();
    while listing.blocking_next(client, 1).await.unwrap().unwrap().is_some() {}
    listing.drop(client).await.unwrap();
    let log = client.open_log(None, "web", &logs::options()).await.unwrap().unwrap();
    while log.blocking_lines(client, 1).await.unwrap().unwrap().is_some() {}
    log.drop(client).await.unwrap();

    // Read by half, and not at all.
    let opened = client.open(&get(PATH), None).await.unwrap().unwrap();
    let (_, body) = opened.blocking_response(client).await.unwrap().unwrap();
    body.blocking_read(client, 1).await.unwrap().unwrap();
    body.drop(client).await.unwrap();
    opened.drop(client).await.unwrap();
    let opened = client.open(&get(PATH), None).await.unwrap().unwrap();
    opened.drop(client).await.unwrap();
}

#[tokio::test]
async fn calls_leave_nothing_in_the_host() {
    on_both_versions(async |cluster: &Cluster| {
        let pod =
            || Answer::json(StatusCode::OK, &json!({"kind": "Pod", "metadata": {"name": "web"}}));
        cluster.server.answer(Method::GET, PATH, pod());
        cluster.server.answer(Method::POST, PATH, pod());
        let list =
            json!({"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": [{}, {}]});
        cluster.server.answer(Method::GET, PODS, Answer::json(StatusCode::OK, &list));
        let log = Answer::text(StatusCode::OK, "a\nb\n");
        cluster.server.answer(Method::GET, &format!("{PATH}/log"), log);
        let mut client = cluster.client().await;
        within_reason(async {
            all(&mut client).await;
            let before = client.host_resources();
            for _ in 0..20 {
                // The token is read anew every 50 seconds.
                cluster.clock.advance(Duration::from_secs(25));
                all(&mut client).await;
            }
            assert_eq!(client.host_resources(), before);
        })
        .await;
    })
    .await;
}
