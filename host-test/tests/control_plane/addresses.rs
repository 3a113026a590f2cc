//! The names and addresses that a pod may know the API server by.

use crate::support::{Tenant, client, host_sends, shared};
use host_test::api_server::SERVER_NAMES;
use host_test::pod::client::types::{ConnectionFailure, Error};

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn every_name_in_the_certificate_will_do_and_no_other() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let names = SERVER_NAMES.into_iter().filter(|name| *name != "::1");
    let mut count = 0;
    for name in names {
        let mut client = client(tenant.pod(name, tenant.outgoing(name))).await;
        let info = client.discover().await.unwrap().unwrap();
        assert_eq!(info.server, format!("https://{name}:{}", server.address().port()));
        client.send(&tenant.get(&tenant.path("pods")), None).await.unwrap().unwrap();
        if host_sends() {
            let seen = tenant.seen.lock().unwrap().last().unwrap().0.clone();
            assert!(seen.starts_with(&format!("{}/", info.server)), "{seen}");
        }
        count += 1;
    }
    let other = "kubernetes.default.svc.example.com";
    let mut client = client(tenant.pod(other, tenant.outgoing(other))).await;
    let error = client.send(&tenant.get("/api"), None).await.unwrap().unwrap_err();
    let Error::Connection(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.failure, ConnectionFailure::Certificate), "{error:?}");
    tenant.assert_identified(server, count);
}
