//! Who the API server has to be: the one that the mounted certificate authority vouches for.

use crate::support::{Cluster, assert_untouched, case, client, get, on_both_versions};
use host_test::api_server::{
    ApiServer, CertificateAuthority, IssuedCertificate, Misbehaviour, ServerCertificate, Usage,
    Validity,
};
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::client::types::{ConnectionError, ConnectionFailure, Error};
use host_test::service_account::{File, MOUNT_PATH};

/// Checks that an error is one of the connection, of this kind.
fn assert_connection(error: &Error, failure: ConnectionFailure, code: &str) -> ConnectionError {
    let Error::Connection(error) = error else { panic!("{} {error:?}", case(error)) };
    assert_eq!((error.failure, error.code.as_str()), (failure, code), "{error:?}");
    error.clone()
}

/// Checks that the component does not send anything to a server because of its certificate.
async fn assert_not_trusted(cluster: &Cluster) {
    let mut client = cluster.client().await;
    let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
    let message =
        assert_connection(&error, ConnectionFailure::Certificate, "TLS-certificate-error").message;
    assert!(message.contains("ca.crt") && message.contains(&cluster.server.url()), "{message}");
    cluster.assert_shows_no_token(&error);
}

/// The names of a server that is another.
fn named(names: &[&str]) -> ServerCertificate {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    ServerCertificate { names, ..ServerCertificate::default() }
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_ends_the_connection_before_the_request() {
    let good = ServerCertificate::default();
    let (ours, other, twin) = (
        CertificateAuthority::new("kubernetes").unwrap(),
        CertificateAuthority::new("another").unwrap(),
        CertificateAuthority::new("kubernetes").unwrap(),
    );
    for (what, authority, certificate) in [
        ("of another authority", &other, good.clone()),
        ("of another authority with the same name", &twin, good.clone()),
        ("for another name", &ours, named(&["kubernetes.example.com"])),
        ("for another address", &ours, named(&["10.96.0.1", "::1"])),
        ("for the address as a name", &ours, named(&["localhost"])),
        ("that expired", &ours, ServerCertificate { validity: Validity::Expired, ..good.clone() }),
        (
            "that is not valid yet",
            &ours,
            ServerCertificate { validity: Validity::NotYetValid, ..good.clone() },
        ),
        ("of a client", &ours, ServerCertificate { usage: Usage::Client, ..good.clone() }),
    ] {
        for server in [ApiServer::builder(), ApiServer::builder().without_http2()] {
            let certificate = authority.issue(&certificate).unwrap();
            let server = server.authority(ours.clone()).certificate(certificate);
            let cluster = Cluster::with(server.start().await.unwrap());
            assert_not_trusted(&cluster).await;
            let journal = cluster.server.journal();
            let entries = journal.wait_until(|entries| !entries.failed_handshakes.is_empty()).await;
            assert!(entries.failed_handshakes[0].alert.is_some(), "{what}: {entries:?}");
            assert_eq!(entries.requests.len(), 0, "{what}");
        }
    }
}

#[tokio::test]
async fn without_a_certificate_authority_nothing_is_sent() {
    for bundle in [None, Some(""), Some("not a certificate"), Some("-----BEGIN CERTIFICATE-----\n")]
    {
        let cluster = Cluster::start().await;
        match bundle {
            Some(bundle) => cluster.volume.set_ca(bundle).unwrap(),
            None => cluster.volume.remove(File::Ca).unwrap(),
        }
        assert_not_trusted(&cluster).await;
        assert_untouched(&cluster.server).await;
    }
}

#[tokio::test]
async fn a_certificate_authority_that_was_missing_is_found_once_it_is_there() {
    let cluster = Cluster::start().await;
    cluster.volume.remove(File::Ca).unwrap();
    let mut client = cluster.client().await;
    let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
    assert_connection(&error, ConnectionFailure::Certificate, "TLS-certificate-error");
    cluster.volume.set_ca(cluster.server.ca_pem()).unwrap();
    client.send(&get("/api"), None).await.unwrap().unwrap();
}

/// A good certificate of an authority.
fn issued(authority: &CertificateAuthority) -> IssuedCertificate {
    authority.issue(&ServerCertificate::default()).unwrap()
}

#[tokio::test]
async fn the_certificate_authority_is_replaced_without_a_restart() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        client.send(&get("/api"), None).await.unwrap().unwrap();
        // As a cluster does it: both are trusted, the server moves, the old one goes.
        let next = CertificateAuthority::new("kubernetes").unwrap();
        let both = format!("{}{}", cluster.server.ca_pem(), next.pem());
        cluster.volume.set_ca(both).unwrap();
        client.send(&get("/api"), None).await.unwrap().unwrap();
        cluster.server.set_certificate(&issued(&next)).unwrap();
        cluster.volume.set_ca(next.pem()).unwrap();
        client.send(&get("/api"), None).await.unwrap().unwrap();
        let requests = cluster.server.journal().requests();
        let connections: Vec<_> = requests.iter().map(|sent| sent.connection.id).collect();
        assert_eq!(connections, [1, 2, 3], "each bundle verifies a connection of its own");
        // Whoever still presents what the old one signed is not trusted any more.
        cluster.server.set_certificate(&issued(cluster.server.authority())).unwrap();
        cluster.volume.set_ca(format!("{}\n", next.pem())).unwrap();
        let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
        assert_connection(&error, ConnectionFailure::Certificate, "TLS-certificate-error");
        assert_eq!(cluster.server.journal().requests().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_new_bundle_that_is_broken_keeps_the_last_good_one() {
    // Over HTTP/1.1 a request that waits for its answer has the next one open a connection.
    let server = ApiServer::builder().without_http2().start().await.unwrap();
    let cluster = Cluster::with(server);
    let mut client = cluster.client().await;
    client.send(&get("/api"), None).await.unwrap().unwrap();
    for (connection, bundle) in [(2, Some("not a certificate")), (3, Some("")), (4, None)] {
        match bundle {
            Some(bundle) => cluster.volume.set_ca(bundle).unwrap(),
            None => cluster.volume.remove(File::Ca).unwrap(),
        }
        let journal = cluster.server.journal();
        let before = journal.requests().len();
        cluster.server.misbehave(Misbehaviour::StallBeforeHead);
        let stalled = client.open(&get("/api"), None).await.unwrap().unwrap();
        journal.wait_for(before + 1).await;
        client.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(journal.requests().pop().unwrap().connection.id, connection);
        stalled.drop(&mut client).await.unwrap();
    }
}

#[tokio::test]
async fn an_ipv6_server_by_its_address() {
    for host in ["::1", "[::1]", "0:0:0:0:0:0:0:1"] {
        for server in [ApiServer::builder(), ApiServer::builder().without_http2()] {
            let cluster = Cluster::with(server.with_ipv6().start().await.unwrap());
            let address = cluster.server.ipv6_address().unwrap();
            let destination = Destination::https("::1", address.port(), address);
            let pod = cluster
                .pod()
                .env("KUBERNETES_SERVICE_HOST", host)
                .env("KUBERNETES_SERVICE_PORT_HTTPS", address.port().to_string())
                .outgoing(cluster.outgoing().destination(destination).build().unwrap());
            let mut client = client(pod).await;
            let bare = host.trim_matches(['[', ']']);
            let authority = format!("[{bare}]:{}", address.port());
            let info = client.discover().await.unwrap().unwrap();
            assert_eq!(info.server, format!("https://{authority}"));
            client.send(&get("/api"), None).await.unwrap().unwrap();
            let sent = &cluster.server.journal().requests()[0];
            assert!(sent.connection.peer.is_ipv6());
            assert_eq!(sent.authority, Some(authority));
        }
    }
}

#[tokio::test]
async fn the_servers_name_can_be_another_where_the_host_is_told() {
    let authority = CertificateAuthority::new("kubernetes").unwrap();
    let certificate = authority.issue(&named(&["api.example.com"])).unwrap();
    let server = ApiServer::builder().authority(authority).certificate(certificate);
    let cluster = Cluster::with(server.start().await.unwrap());
    let pod = || cluster.pod().env("K8S_IN_CLUSTER_TLS_SERVER_NAME", "api.example.com");

    // wasi:http has no place for it: the setting alone does not make the host accept the name.
    let error = client(pod()).await.send(&get("/api"), None).await.unwrap().unwrap_err();
    assert_connection(&error, ConnectionFailure::Certificate, "TLS-certificate-error");
    assert_eq!(cluster.server.journal().requests().len(), 0);

    let outgoing = cluster.outgoing().server_name("api.example.com").build().unwrap();
    client(pod().outgoing(outgoing)).await.send(&get("/api"), None).await.unwrap().unwrap();
    let sent = &cluster.server.journal().requests()[0];
    assert_eq!(sent.connection.server_name.as_deref(), Some("api.example.com"));
    assert_eq!(sent.authority, Some(cluster.server.address().to_string()));
}

#[tokio::test]
async fn no_other_server_can_be_reached() {
    let cluster = Cluster::start().await;
    // It would even be trusted.
    let other = ApiServer::builder().authority(cluster.server.authority().clone());
    let other = other.start().await.unwrap();
    let plain = ApiServer::builder().plain_http().start().await.unwrap();
    let urls = [other.url(), plain.url(), "https://example.com".to_owned()];
    for url in urls {
        let pod = cluster.pod().env("K8S_IN_CLUSTER_SERVER", &url);
        let error = client(pod).await.send(&get("/api"), None).await.unwrap().unwrap_err();
        let error = assert_connection(&error, ConnectionFailure::Denied, "HTTP-request-denied");
        assert!(error.message.contains(&url), "{}", error.message);
    }
    // And none at all where the host allows none.
    let pod = cluster.pod().outgoing(Outgoing::builder().build().unwrap());
    let error = client(pod).await.send(&get("/api"), None).await.unwrap().unwrap_err();
    assert_connection(&error, ConnectionFailure::Denied, "HTTP-request-denied");
    for server in [&cluster.server, &other, &plain] {
        assert_untouched(server).await;
    }
}

#[tokio::test]
async fn the_bundle_that_the_component_is_told_of_is_not_what_the_host_trusts() {
    // The component reads the bundle to report it; what the host verifies by is the host's affair.
    let cluster = Cluster::start().await;
    let pod = cluster.pod().env("K8S_IN_CLUSTER_CA_FILE", format!("{MOUNT_PATH}/token"));
    let mut client = client(pod).await;
    let info = client.discover().await.unwrap().unwrap();
    let found = format!("{:?}", info.certificate_authority);
    assert!(found.contains("holds no certificate"), "{found}");
    client.send(&get("/api"), None).await.unwrap().unwrap();
}
