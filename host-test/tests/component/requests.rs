//! What a request is on the wire, and what its answer is to the caller.

use crate::support::{Cluster, get};
use host_test::api_server::ApiServer;

#[tokio::test]
async fn the_token_goes_with_a_request_over_both_versions_of_http() {
    for server in [ApiServer::builder(), ApiServer::builder().without_http2()] {
        let cluster = Cluster::with(server.start().await.unwrap());
        let response = cluster.client().await.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(response.head.status, 200);
        assert!(String::from_utf8(response.body).unwrap().contains("\"APIVersions\""));

        let requests = cluster.server.journal().wait_for(1).await;
        let sent = &requests[0];
        assert_eq!((sent.method.as_str(), sent.path.as_str()), ("GET", "/api"));
        let expected = format!("Bearer {}", cluster.server.token());
        assert_eq!(sent.header("authorization"), Some(expected.as_str()));
        assert_eq!(sent.header("accept"), Some("application/json"));
        assert!(sent.header("user-agent").unwrap().starts_with("k8s-in-cluster/"));
    }
}
