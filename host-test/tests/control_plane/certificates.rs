//! The serving certificate replaced while the server and the component run.

use crate::support::{Tenant, eventually, own, within_reason};
use host_test::api_server::CertificateAuthority;
use host_test::pod::client::PodClient;
use host_test::pod::client::types::{ConnectionFailure, Error};
use std::time::Duration;

async fn ask(tenant: &Tenant, client: &mut PodClient) -> Result<(), Error> {
    client.send(&tenant.get(&tenant.path("pods")), None).await.unwrap().map(drop)
}

fn assert_untrusted(error: &Error) {
    let Error::Connection(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.failure, ConnectionFailure::Certificate), "{error:?}");
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_new_certificate_and_then_a_new_authority_are_met_while_running() {
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        let mut client = tenant.client().await;
        ask(&tenant, &mut client).await.unwrap();

        server.renew_certificate().await.unwrap();
        ask(&tenant, &mut client).await.unwrap();
        ask(&tenant, &mut tenant.client().await).await.unwrap();

        // Connections that are there go on; a new one is not made until the pod has the new authority too.
        let old = server.ca_pem();
        let next = CertificateAuthority::new("kubernetes").unwrap();
        server.replace_authority(next).await.unwrap();
        ask(&tenant, &mut client).await.unwrap();
        let mut stranger = tenant.client().await;
        assert_untrusted(&ask(&tenant, &mut stranger).await.unwrap_err());
        let before = tenant.audited(&server).len();
        assert_eq!(before, 4, "nothing was sent to a server that is not trusted");

        // Both, as a cluster has it while it changes from one to the other.
        tenant.volume.set_ca(format!("{old}{}", server.ca_pem())).unwrap();
        ask(&tenant, &mut client).await.unwrap();
        ask(&tenant, &mut stranger).await.unwrap();
        // And the new one alone.
        tenant.volume.set_ca(server.ca_pem()).unwrap();
        ask(&tenant, &mut client).await.unwrap();
        ask(&tenant, &mut stranger).await.unwrap();
        // The old one no more: connections under the new one are not used again.
        tenant.volume.set_ca(old).unwrap();
        // A component that verifies by itself looks once a minute, and keeps no connection for that long without use.
        tenant.clock.advance(Duration::from_secs(60));
        assert_untrusted(&ask(&tenant, &mut client).await.unwrap_err());
        tenant.assert_identified(&server, before + 4);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_restart_on_another_authority_is_refused_until_the_pod_knows_it() {
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        let mut client = tenant.client().await;
        ask(&tenant, &mut client).await.unwrap();
        server.stop().await.unwrap();
        server.replace_authority(CertificateAuthority::new("kubernetes").unwrap()).await.unwrap();
        server.start_again().await.unwrap();
        assert_untrusted(&ask(&tenant, &mut client).await.unwrap_err());
        tenant.volume.set_ca(server.ca_pem()).unwrap();
        ask(&tenant, &mut client).await.unwrap();
        if server.program().has_controllers() {
            // What the cluster gives its pods is the new one as well.
            let path = tenant.path("configmaps/kube-root-ca.crt");
            eventually("kube-root-ca.crt", async || {
                let published = tenant.admin.get(&path).await.unwrap();
                (published["data"]["ca.crt"] == server.ca_pem()).then_some(())
            })
            .await;
        }
    })
    .await;
}
