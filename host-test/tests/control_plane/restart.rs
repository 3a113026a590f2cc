//! The API server stopped and run again, on the same port, under a component that runs.

use crate::support::{Tenant, own, value, within_reason};
use host_test::pod::client::PodClient;
use host_test::pod::client::types::{ConnectionFailure, Error};
use host_test::pod::client::{rest, types};
use std::net::Ipv6Addr;

async fn ask(
    tenant: &Tenant,
    client: &mut PodClient,
    path: &str,
) -> Result<rest::Response, types::Error> {
    client.send(&tenant.get(&tenant.path(path)), None).await.unwrap()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_component_goes_on_where_the_server_comes_back() {
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        let mut client = tenant.client().await;
        tenant.config_map(&mut client, "kept", "before").await.unwrap();

        server.stop().await.unwrap();
        let error = ask(&tenant, &mut client, "configmaps/kept").await.unwrap_err();
        let Error::Connection(error) = error else { panic!("{error:?}") };
        // The first may go out on the connection that was there.
        let refused =
            matches!(error.failure, ConnectionFailure::Refused | ConnectionFailure::Terminated);
        assert!(refused, "{error:?}");
        let error = ask(&tenant, &mut client, "configmaps/kept").await.unwrap_err();
        let Error::Connection(error) = error else { panic!("{error:?}") };
        assert!(matches!(error.failure, ConnectionFailure::Refused), "{error:?}");

        server.start_again().await.unwrap();
        let kept = ask(&tenant, &mut client, "configmaps/kept").await.unwrap();
        assert_eq!(value(&kept)["data"]["key"], "before");

        // In between two requests, it takes no notice at all.
        server.restart().await.unwrap();
        ask(&tenant, &mut client, "configmaps/kept").await.unwrap();

        // And on another certificate of the same authority.
        server.stop().await.unwrap();
        server.renew_certificate().await.unwrap();
        server.start_again().await.unwrap();
        ask(&tenant, &mut client, "configmaps/kept").await.unwrap();
        tenant.assert_identified(&server, 4);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_watch_that_a_restart_cuts_ends_and_can_be_opened_again() {
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        let mut client = tenant.client().await;
        let mut watch = tenant.get(&tenant.path("configmaps"));
        watch.query = vec![("watch".to_owned(), "true".to_owned())];
        for _ in 0..2 {
            let pending = client.open(&watch, None).await.unwrap().unwrap();
            let (head, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            assert_eq!(head.status, 200);
            // kube-root-ca.crt is there.
            let first = body.blocking_read(&mut client, 1 << 20).await.unwrap().unwrap().unwrap();
            assert!(first.starts_with(br#"{"type":"ADDED""#));
            server.restart().await.unwrap();
            while let Ok(Some(_)) = body.blocking_read(&mut client, 1 << 20).await.unwrap() {}
        }
        ask(&tenant, &mut client, "configmaps").await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn ipv6_is_spoken_to_in_brackets() {
    let server = host_test::control_plane::ControlPlane::builder()
        .bind(Ipv6Addr::LOCALHOST.into())
        .start()
        .await
        .unwrap();
    let tenant = Tenant::new(&server).await;
    let mut client = tenant.client().await;
    let info = client.discover().await.unwrap().unwrap();
    assert_eq!(info.server, format!("https://[::1]:{}", server.address().port()));
    assert_eq!(info.server, server.url());
    ask(&tenant, &mut client, "pods").await.unwrap();
    tenant.assert_identified(&server, 1);
}
