//! The names and addresses that a pod may know the API server by, and both versions of HTTP.

use crate::support::{Tenant, client, shared};
use host_test::api_server::SERVER_NAMES;
use host_test::pod::client::types::{ConnectionFailure, Error};
use http::Version;

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
        let seen = tenant.seen.lock().unwrap().last().unwrap().0.clone();
        assert!(seen.starts_with(&format!("{}/", info.server)), "{seen}");
        count += 1;
    }
    let other = "kubernetes.default.svc.example.com";
    let mut client = client(tenant.pod(other, tenant.outgoing(other))).await;
    let error = client.send(&tenant.get("/api"), None).await.unwrap().unwrap_err();
    let Error::Connection(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.failure, ConnectionFailure::Certificate), "{error:?}");
    tenant.assert_identified(server, count);
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn both_versions_of_http_are_spoken() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    for (http2, version) in [(true, Version::HTTP_2), (false, Version::HTTP_11)] {
        let outgoing = tenant.outgoing("127.0.0.1").http2(http2);
        let mut client = client(tenant.pod("127.0.0.1", outgoing)).await;
        let name = format!("by-{}", if http2 { "2" } else { "1" });
        let made = tenant.config_map(&mut client, &name, &"x".repeat(100_000)).await.unwrap();
        assert_eq!(made.head.status, 201);
        let list = client.send(&tenant.get(&tenant.path("configmaps")), None).await.unwrap();
        assert!(list.unwrap().body.len() > 100_000);
        let seen = std::mem::take(&mut *tenant.seen.lock().unwrap());
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|(_, seen)| *seen == version), "{seen:?}");
    }
    tenant.assert_identified(server, 4);
}
