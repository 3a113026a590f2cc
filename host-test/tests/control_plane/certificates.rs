//! The serving certificate replaced while the server and the component run.

use crate::support::{Tenant, eventually, own, within_reason};
use host_test::api_server::{
    AuthorityCertificate, CertificateAuthority, KeyType, ServerCertificate, Usage, Validity,
};
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

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn its_certificate_may_have_a_key_of_any_kind_and_has_to_be_good() {
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        let mut count = 0;
        let default = ServerCertificate::default;
        let authority = |key_type| {
            let certificate = AuthorityCertificate { key_type, ..Default::default() };
            CertificateAuthority::with("kubernetes", &certificate).unwrap()
        };
        // kubeadm's are RSA of 2048 bits unless it is told otherwise, or of 3072 or 4096, or ECDSA P-256 or P-384.
        for key_type in KeyType::ALL {
            let certificate = ServerCertificate { key_type, ..default() };
            server.present(authority(key_type), &certificate).await.unwrap();
            tenant.volume.set_ca(server.ca_pem()).unwrap();
            let asked = ask(&tenant, &mut tenant.client().await).await;
            asked.unwrap_or_else(|error| panic!("{key_type:?}: {error:?}"));
            count += 1;
        }

        let ours = authority(KeyType::Rsa2048);
        let between = ours.intermediate("between", &AuthorityCertificate::default()).unwrap();
        let below = between.intermediate("below", &AuthorityCertificate::default()).unwrap();
        for authority in [between, below] {
            server.present(authority, &default()).await.unwrap();
            tenant.volume.set_ca(ours.pem()).unwrap();
            ask(&tenant, &mut tenant.client().await).await.unwrap();
            count += 1;
        }

        let another = ServerCertificate { names: vec!["10.96.0.1".to_owned()], ..default() };
        for bad in [
            ServerCertificate { validity: Validity::Expired, ..default() },
            ServerCertificate { validity: Validity::NotYetValid, ..default() },
            ServerCertificate { usage: Usage::Client, ..default() },
            another,
        ] {
            server.present(ours.clone(), &bad).await.unwrap();
            let mut client = tenant.client().await;
            let error = ask(&tenant, &mut client).await.expect_err(&format!("{bad:?}"));
            assert_untrusted(&error);
            tenant.assert_shows_no_token(&error);
        }
        // None of these was sent anything.
        tenant.assert_identified(&server, count);
        server.present(ours, &default()).await.unwrap();
        ask(&tenant, &mut tenant.client().await).await.unwrap();
        tenant.assert_identified(&server, count + 1);
    })
    .await;
}
