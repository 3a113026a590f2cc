//! Both versions of HTTP.

use crate::support::{Tenant, client, shared};
use http::Version;

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
