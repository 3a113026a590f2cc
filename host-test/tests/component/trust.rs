//! Who the API server has to be: the one that the mounted certificate authority vouches for.

use crate::support::{
    Cluster, Transport, assert_error, assert_untouched, case, client, get, on_both_versions,
};
use host_test::api_server::{
    ApiServer, CertificateAuthority, ConnectionId, IssuedCertificate, Misbehaviour,
    ServerCertificate,
};
use host_test::pod::client::PodClient;
use host_test::pod::client::types::{ConnectionError, ConnectionFailure, Error};
use host_test::service_account::{File, MOUNT_PATH};
use std::time::Duration;

/// Checks that an error is one of the connection, of this kind.
fn assert_connection(error: &Error, failure: ConnectionFailure, code: &str) -> ConnectionError {
    let Error::Connection(error) = error else { panic!("{} {error:?}", case(error)) };
    assert_eq!((error.failure, error.code.as_str()), (failure, code), "{error:?}");
    error.clone()
}

/// Checks that an error says that there is no certificate authority to verify the server by.
fn assert_without_authority(cluster: &Cluster, error: &Error) {
    match Transport::current() {
        // The host misses it, when it verifies.
        Transport::WasiHttp => {
            let (failure, code) = (ConnectionFailure::Certificate, "TLS-certificate-error");
            let message = assert_connection(error, failure, code).message;
            assert!(message.contains("ca.crt"), "{message}");
            assert!(message.contains(&cluster.server.url()), "{message}");
        }
        // The component does, before it connects.
        Transport::Sockets => {
            let path = format!("{MOUNT_PATH}/ca.crt");
            assert_error(error, "not-in-cluster", &[&path, "no API server can be trusted"]);
        }
    }
    cluster.assert_shows_no_token(error);
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
        let error = cluster.client().await.send(&get("/api"), None).await.unwrap().unwrap_err();
        assert_without_authority(&cluster, &error);
        assert_untouched(&cluster.server).await;
    }
}

#[tokio::test]
async fn a_certificate_authority_that_was_missing_is_found_once_it_is_there() {
    let cluster = Cluster::start().await;
    cluster.volume.remove(File::Ca).unwrap();
    let mut client = cluster.client().await;
    let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
    assert_without_authority(&cluster, &error);
    cluster.volume.set_ca(cluster.server.ca_pem()).unwrap();
    client.send(&get("/api"), None).await.unwrap().unwrap();
}

/// A good certificate of an authority.
fn issued(authority: &CertificateAuthority) -> IssuedCertificate {
    authority.issue(&ServerCertificate::default()).unwrap()
}

/// Sends a request over a connection that the bundle of now verified, and returns its number.
async fn verified_anew(cluster: &Cluster, client: &mut PodClient) -> Result<ConnectionId, Error> {
    if Transport::current() == Transport::Sockets {
        // A component looks once a minute, and keeps no connection that long without use.
        for _ in 0..2 {
            client.send(&get("/api"), None).await.unwrap()?;
            cluster.clock.advance(Duration::from_secs(31));
        }
    }
    client.send(&get("/api"), None).await.unwrap()?;
    Ok(cluster.server.journal().requests().pop().unwrap().connection.id)
}

#[tokio::test]
async fn the_certificate_authority_is_replaced_without_a_restart() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        assert_eq!(verified_anew(cluster, &mut client).await.unwrap(), 1);
        // As a cluster does it: both are trusted, the server moves, the old one goes.
        let next = CertificateAuthority::new("kubernetes").unwrap();
        let both = format!("{}{}", cluster.server.ca_pem(), next.pem());
        cluster.volume.set_ca(both).unwrap();
        assert_eq!(verified_anew(cluster, &mut client).await.unwrap(), 2);
        cluster.server.set_certificate(&issued(&next)).unwrap();
        cluster.volume.set_ca(next.pem()).unwrap();
        assert_eq!(verified_anew(cluster, &mut client).await.unwrap(), 3);
        // The same one in a new file is no reason to part with a connection.
        cluster.volume.set_ca(next.pem()).unwrap();
        assert_eq!(verified_anew(cluster, &mut client).await.unwrap(), 3);
        // Whoever still presents what the old one signed is not trusted any more.
        cluster.server.set_certificate(&issued(cluster.server.authority())).unwrap();
        cluster.volume.set_ca(format!("{}\n", next.pem())).unwrap();
        let error = verified_anew(cluster, &mut client).await.unwrap_err();
        assert_connection(&error, ConnectionFailure::Certificate, "TLS-certificate-error");
        let last = cluster.server.journal().requests().pop().unwrap();
        assert_eq!(last.connection.id, 3);
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
            let mut client = client(cluster.pod_at(host, address)).await;
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
async fn a_host_that_verifies_has_to_be_told_the_servers_name_too() {
    let authority = CertificateAuthority::new("kubernetes").unwrap();
    let names = vec!["api.example.com".to_owned()];
    let certificate = ServerCertificate { names, ..ServerCertificate::default() };
    let certificate = authority.issue(&certificate).unwrap();
    let server = ApiServer::builder().authority(authority).certificate(certificate);
    let cluster = Cluster::with(server.start().await.unwrap());

    let pod = cluster.pod().env("K8S_IN_CLUSTER_TLS_SERVER_NAME", "api.example.com");
    let answer = client(pod).await.send(&get("/api"), None).await.unwrap();
    match Transport::current() {
        Transport::WasiHttp => {
            let error = answer.unwrap_err();
            assert_connection(&error, ConnectionFailure::Certificate, "TLS-certificate-error");
            assert_eq!(cluster.server.journal().requests().len(), 0);
        }
        Transport::Sockets => drop(answer.unwrap()),
    }
    let mut told = client(cluster.pod_with_server_name("api.example.com")).await;
    told.send(&get("/api"), None).await.unwrap().unwrap();
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
    let (denied, prohibited, dns) = (
        (ConnectionFailure::Denied, "HTTP-request-denied"),
        (ConnectionFailure::Denied, "destination-IP-prohibited"),
        (ConnectionFailure::Dns, "DNS-error"),
    );
    let (here, elsewhere) = match Transport::current() {
        Transport::WasiHttp => (denied, denied),
        // Names are looked up before addresses are let through, and this one leads nowhere.
        Transport::Sockets => (prohibited, dns),
    };
    for (url, (failure, code)) in
        [(other.url(), here), (plain.url(), here), ("https://example.com".to_owned(), elsewhere)]
    {
        let pod = cluster.pod().env("K8S_IN_CLUSTER_SERVER", &url);
        let error = client(pod).await.send(&get("/api"), None).await.unwrap().unwrap_err();
        let error = assert_connection(&error, failure, code);
        assert!(error.message.contains(&url), "{}", error.message);
    }
    for server in [&cluster.server, &other, &plain] {
        assert_untouched(server).await;
    }
}

#[tokio::test]
async fn the_bundle_that_the_component_is_told_of_is_what_it_trusts_and_no_affair_of_a_host() {
    let cluster = Cluster::start().await;
    let pod = || cluster.pod().env("K8S_IN_CLUSTER_CA_FILE", format!("{MOUNT_PATH}/token"));
    let mut client = client(pod()).await;
    match Transport::current() {
        // The component reads it to report it. What the host verifies by is the host's affair.
        Transport::WasiHttp => {
            let info = client.discover().await.unwrap().unwrap();
            let found = format!("{:?}", info.certificate_authority);
            assert!(found.contains("holds no certificate"), "{found}");
            client.send(&get("/api"), None).await.unwrap().unwrap();
        }
        Transport::Sockets => {
            let path = format!("{MOUNT_PATH}/token");
            let says = [path.as_str(), "holds no certificate"];
            cluster.assert_unusable(pod(), "not-in-cluster", &says).await;
        }
    }
}
