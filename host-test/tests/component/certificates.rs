//! Which certificates are good for the API server, and which are not: whoever verifies them, the same ones.
//!
//! Of a bad one the reason is told, and nothing is sent: not the token, and not even the request.

use crate::support::{Cluster, Transport, client, connection, get, within_reason};
use host_test::api_server::{
    ApiServer, AuthorityCertificate, CertificateAuthority, IssuedCertificate, KeyType,
    ServerCertificate, Usage, Validity,
};
use host_test::pod::client::types::ConnectionFailure;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// Whoever issued it is not known.
    Authority,
    /// Whoever issued it may not issue certificates, or not this one.
    Issuer,
    /// It is another's.
    Name,
    /// It was good once.
    Expired,
    /// It will be.
    NotYetValid,
    /// It is a client's.
    Usage,
    /// It is one of an authority, which is no server.
    OfAnAuthority,
}

impl Wrong {
    /// How the component says so, and what is to be looked at. A host keeps the reason to itself: `wasi:http` has one code
    /// for all of them.
    fn words(self) -> &'static [&'static str] {
        match (Transport::current(), self) {
            (Transport::WasiHttp, _) => &["does not trust the API server's certificate", "ca.crt"],
            (_, Self::Authority) => &["not signed by the certificate authority", "ca.crt"],
            (_, Self::Issuer | Self::OfAnAuthority) => &["or one that signed it, may not"],
            (_, Self::Name) => &["is not for 127.0.0.1", "K8S_IN_CLUSTER_TLS_SERVER_NAME"],
            (_, Self::Expired) => &["expired 24 h ago", "clock"],
            (_, Self::NotYetValid) => &["valid only in ", "clock"],
            (_, Self::Usage) => &["not for servers", "serverAuth"],
        }
    }
}

fn authority(certificate: &AuthorityCertificate) -> CertificateAuthority {
    CertificateAuthority::with("kubernetes", certificate).unwrap()
}

fn good() -> CertificateAuthority {
    authority(&AuthorityCertificate::default())
}

/// A good certificate for the API server, if the authority is.
fn issued(authority: &CertificateAuthority) -> IssuedCertificate {
    authority.issue(&ServerCertificate::default()).unwrap()
}

fn named(names: &[&str]) -> ServerCertificate {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    ServerCertificate { names, ..ServerCertificate::default() }
}

/// A cluster whose API server presents this certificate, and whose pods trust this bundle.
async fn cluster(bundle: &str, certificate: &IssuedCertificate, server: Offers) -> Cluster {
    let server = match server {
        Offers::Both => ApiServer::builder(),
        Offers::Http1 => ApiServer::builder().without_http2(),
    };
    let cluster = Cluster::with(server.certificate(certificate.clone()).start().await.unwrap());
    cluster.volume.set_ca(bundle).unwrap();
    cluster
}

#[derive(Clone, Copy)]
enum Offers {
    Both,
    Http1,
}

/// Checks that a server with this certificate is one for pods that trust this bundle.
async fn accepted(what: &str, bundle: &str, certificate: &IssuedCertificate) {
    for server in [Offers::Both, Offers::Http1] {
        let cluster = cluster(bundle, certificate, server).await;
        let answer = cluster.client().await.send(&get("/api"), None).await.unwrap();
        let answer = answer.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(answer.body.len(), 133, "{what}");
        assert_eq!(cluster.server.journal().requests().len(), 1, "{what}");
    }
}

/// Checks that it is none, that the reason is told, and that nothing was sent.
async fn refused(what: &str, bundle: &str, certificate: &IssuedCertificate, wrong: Wrong) {
    for server in [Offers::Both, Offers::Http1] {
        let cluster = cluster(bundle, certificate, server).await;
        assert_refused(what, &cluster, wrong).await;
    }
}

async fn assert_refused(what: &str, cluster: &Cluster, wrong: Wrong) {
    let mut client = cluster.client().await;
    // It stays so.
    for _ in 0..2 {
        let error = client.send(&get("/api"), None).await.unwrap().expect_err(what);
        cluster.assert_shows_no_token(&error);
        let error = connection(error);
        let found = (error.failure, error.code.as_str());
        let expected = (ConnectionFailure::Certificate, "TLS-certificate-error");
        assert_eq!(found, expected, "{what}: {error:?}");
        let message = &error.message;
        let url = cluster.server.url();
        for words in wrong.words().iter().copied().chain([url.as_str()]) {
            assert!(message.contains(words), "{what}: no {words:?} in {message}");
        }
    }
    let journal = cluster.server.journal();
    let entries = journal.wait_until(|entries| entries.failed_handshakes.len() == 2).await;
    let alerts = entries.failed_handshakes.iter().all(|failed| failed.alert.is_some());
    assert!(alerts, "{what}: {entries:?}");
    assert_eq!(entries.requests.len(), 0, "{what}");
}

#[tokio::test]
async fn the_authority_has_to_be_the_one_that_is_mounted() {
    within_reason(async {
        let (ours, other) = (good(), CertificateAuthority::new("another").unwrap());
        accepted("a good one", &ours.pem(), &issued(&ours)).await;
        refused("of another authority", &ours.pem(), &issued(&other), Wrong::Authority).await;
        // What certificates say of their issuer is no proof.
        refused("of a namesake", &ours.pem(), &issued(&good()), Wrong::Authority).await;
        let key_identifier = Some(ours.key_identifier().to_vec());
        let impostor = authority(&AuthorityCertificate { key_identifier, ..Default::default() });
        assert_eq!(impostor.key_identifier(), ours.key_identifier());
        refused("of an impostor", &ours.pem(), &issued(&impostor), Wrong::Authority).await;
    })
    .await;
}

#[tokio::test]
async fn each_authority_of_a_bundle_will_do() {
    within_reason(async {
        let (first, second) = (good(), good());
        let rsa = AuthorityCertificate { key_type: KeyType::Rsa2048, ..Default::default() };
        let third = CertificateAuthority::with("front-proxy", &rsa).unwrap();
        let bundle = [first.pem(), second.pem(), third.pem()].concat();
        for (what, authority) in [("the first", &first), ("its twin", &second), ("rsa", &third)] {
            accepted(what, &bundle, &issued(authority)).await;
        }
        refused("of none of them", &bundle, &issued(&good()), Wrong::Authority).await;
        // Text between certificates, as OpenSSL writes it, and line ends of other systems.
        let commented =
            format!("subject=CN = kubernetes\n{}\n# next\n\n{}", first.pem(), rsa_pem());
        accepted("with comments", &commented, &issued(&first)).await;
        accepted("with CRLF", &first.pem().replace('\n', "\r\n"), &issued(&first)).await;
    })
    .await;
}

fn rsa_pem() -> String {
    authority(&AuthorityCertificate { key_type: KeyType::Rsa4096, ..Default::default() }).pem()
}

#[tokio::test]
async fn the_certificate_has_to_be_for_this_server() {
    within_reason(async {
        let ours = good();
        for (what, names) in [
            ("another name", &["kubernetes.example.com"][..]),
            ("another address", &["10.96.0.1", "::1"]),
            ("the name of the address", &["localhost", "kubernetes.default.svc"]),
            ("the address as a name", &["127.0.0.1.example.com"]),
            ("the address mapped into IPv6", &["::ffff:127.0.0.1"]),
            ("any name", &["*"]),
            ("no name at all", &[]),
        ] {
            let certificate = ours.issue(&named(names)).unwrap();
            refused(what, &ours.pem(), &certificate, Wrong::Name).await;
        }
        let among = ours.issue(&named(&["a.example.com", "10.96.0.1", "127.0.0.1"])).unwrap();
        accepted("among others", &ours.pem(), &among).await;
    })
    .await;
}

#[tokio::test]
async fn the_certificate_has_to_be_within_its_time() {
    within_reason(async {
        let ours = good();
        for (what, validity, wrong) in [
            ("expired", Validity::Expired, Wrong::Expired),
            ("not valid yet", Validity::NotYetValid, Wrong::NotYetValid),
        ] {
            let certificate = ServerCertificate { validity, ..Default::default() };
            refused(what, &ours.pem(), &ours.issue(&certificate).unwrap(), wrong).await;
            // That of an authority between as well.
            let certificate = AuthorityCertificate { validity, ..Default::default() };
            let between = ours.intermediate("between", &certificate).unwrap();
            refused(what, &ours.pem(), &issued(&between), wrong).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_certificate_has_to_be_for_a_server() {
    within_reason(async {
        let ours = good();
        let of_use =
            |usage| ours.issue(&ServerCertificate { usage, ..Default::default() }).unwrap();
        refused("a client's", &ours.pem(), &of_use(Usage::Client), Wrong::Usage).await;
        accepted("for any use", &ours.pem(), &of_use(Usage::Unspecified)).await;
        // Every pod's kubelet has one of these, signed by the same authority.
        let client = ours.issue_client("system:node:one").unwrap();
        refused("a node's own", &ours.pem(), &client, Wrong::Usage).await;
    })
    .await;
}

#[tokio::test]
async fn a_certificate_of_its_own_making_has_to_be_in_the_bundle() {
    within_reason(async {
        let certificate = ServerCertificate::default();
        let own = IssuedCertificate::self_signed(&certificate, false).unwrap();
        accepted("in the bundle", own.pem(), &own).await;
        refused("not in the bundle", &good().pem(), &own, Wrong::Authority).await;
        let another = IssuedCertificate::self_signed(&certificate, false).unwrap();
        refused("another one is", another.pem(), &own, Wrong::Authority).await;
        // The bundle is of authorities, and so the rest of it is still looked at.
        for (what, certificate, wrong) in [
            ("another's", named(&["other.example.com"]), Wrong::Name),
            (
                "expired",
                ServerCertificate { validity: Validity::Expired, ..certificate.clone() },
                Wrong::Expired,
            ),
        ] {
            let own = IssuedCertificate::self_signed(&certificate, false).unwrap();
            refused(what, own.pem(), &own, wrong).await;
        }
        // Go takes an authority for a server, if it is in the bundle; rustls takes none.
        let own = IssuedCertificate::self_signed(&certificate, true).unwrap();
        refused("of an authority", own.pem(), &own, Wrong::OfAnAuthority).await;
    })
    .await;
}

#[tokio::test]
async fn authorities_between_have_to_be_presented_and_to_be_some() {
    within_reason(async {
        let ours = good();
        let default = AuthorityCertificate::default();
        let one = ours.intermediate("one", &default).unwrap();
        let two = one.intermediate("two", &default).unwrap();
        for (what, last) in [("one between", &one), ("two between", &two)] {
            accepted(what, &ours.pem(), &issued(last)).await;
            let alone = issued(last).without_intermediates();
            refused(what, &ours.pem(), &alone, Wrong::Authority).await;
            // Whoever is in the bundle is the end of the chain.
            accepted(what, &last.pem(), &alone).await;
        }
        // Whoever holds a certificate of the cluster's is no authority by that.
        let none = AuthorityCertificate { no_authority: true, ..Default::default() };
        let impostor = ours.intermediate("a server", &none).unwrap();
        refused("of a server", &ours.pem(), &issued(&impostor), Wrong::Issuer).await;
        // One that may have none below it.
        let last = AuthorityCertificate { path_length: Some(0), ..Default::default() };
        let last = ours.intermediate("last", &last).unwrap();
        accepted("of the last", &ours.pem(), &issued(&last)).await;
        let beyond = last.intermediate("beyond", &default).unwrap();
        refused("beyond the last", &ours.pem(), &issued(&beyond), Wrong::Issuer).await;
    })
    .await;
}

#[tokio::test]
async fn an_authority_between_may_be_for_clients_alone() {
    within_reason(async {
        let ours = good();
        let for_clients = AuthorityCertificate { for_clients: true, ..Default::default() };
        let between = ours.intermediate("clients", &for_clients).unwrap();
        refused("of one for clients", &ours.pem(), &issued(&between), Wrong::Usage).await;
        let below = between.intermediate("below", &AuthorityCertificate::default()).unwrap();
        refused("below one for clients", &ours.pem(), &issued(&below), Wrong::Usage).await;
    })
    .await;
}

/// Where Go looks at more, which refuses all of these: see `docs/decisions/sockets-transport.md`.
#[tokio::test]
async fn of_an_anchor_its_name_and_its_key_count_and_of_no_authority_its_key_usage() {
    within_reason(async {
        for certificate in [
            AuthorityCertificate { validity: Validity::Expired, ..Default::default() },
            AuthorityCertificate { validity: Validity::NotYetValid, ..Default::default() },
            AuthorityCertificate { no_signing: true, ..Default::default() },
            AuthorityCertificate { no_authority: true, ..Default::default() },
        ] {
            let anchor = authority(&certificate);
            let what = format!("an anchor with {certificate:?}");
            accepted(&what, &anchor.pem(), &issued(&anchor)).await;
        }
        let ours = good();
        let no_signing = AuthorityCertificate { no_signing: true, ..Default::default() };
        let between = ours.intermediate("between", &no_signing).unwrap();
        accepted("of one that signs none", &ours.pem(), &issued(&between)).await;
    })
    .await;
}

#[tokio::test]
async fn an_authority_may_be_for_some_names_alone() {
    within_reason(async {
        let strings =
            |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let default = AuthorityCertificate::default;
        for (what, permitted, excluded, good) in [
            ("its address permitted", &["127.0.0.1"][..], &[][..], true),
            ("another address permitted", &["10.96.0.1"], &[], false),
            ("names alone permitted", &["example.com"], &[], true),
            ("another excluded", &[], &["10.96.0.1"], true),
            ("its address excluded", &[], &["127.0.0.1"], false),
            ("both", &["127.0.0.1"], &["127.0.0.1"], false),
        ] {
            let (permitted, excluded) = (strings(permitted), strings(excluded));
            let held = AuthorityCertificate { permitted, excluded, ..default() };
            let certificate = named(&["127.0.0.1"]);
            let root = authority(&held);
            let ours = self::good();
            let between = ours.intermediate("between", &held).unwrap();
            for (bundle, authority) in [(root.pem(), &root), (ours.pem(), &between)] {
                let certificate = authority.issue(&certificate).unwrap();
                match good {
                    true => accepted(what, &bundle, &certificate).await,
                    false => refused(what, &bundle, &certificate, Wrong::Issuer).await,
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn keys_of_every_kind_will_do() {
    within_reason(async {
        for key_type in KeyType::ALL {
            let ours = authority(&AuthorityCertificate { key_type, ..Default::default() });
            for server in KeyType::ALL {
                let certificate = ServerCertificate { key_type: server, ..Default::default() };
                let what = format!("{server:?}, signed by {key_type:?}");
                accepted(&what, &ours.pem(), &ours.issue(&certificate).unwrap()).await;
            }
            // A signature that is none: by another key of the same kind, or of another.
            let other = AuthorityCertificate { key_type: KeyType::Ed25519, ..Default::default() };
            let what = format!("another than {key_type:?}");
            refused(&what, &ours.pem(), &issued(&authority(&other)), Wrong::Authority).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_name_that_the_operator_gives_is_what_the_certificate_has_to_carry() {
    within_reason(async {
        let ours = good();
        for (name, names, good) in [
            ("api.example.com", &["api.example.com"][..], true),
            ("API.Example.com", &["api.example.com"], true),
            ("api.example.com", &["*.example.com"], true),
            ("api.example.com", &["127.0.0.1"], false),
            ("api.example.com", &["example.com"], false),
            ("example.com", &["*.example.com"], false),
            ("a.b.example.com", &["*.example.com"], false),
            ("api.example.com", &["api.example.com.example.org"], false),
            ("api.example.com", &["api.example.co"], false),
        ] {
            let what = format!("{name} of {names:?}");
            let certificate = ours.issue(&self::named(names)).unwrap();
            let cluster = cluster(&ours.pem(), &certificate, Offers::Both).await;
            let mut client = client(cluster.pod_with_server_name(name)).await;
            let answer = client.send(&get("/api"), None).await.unwrap();
            if good {
                answer.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                let sent = &cluster.server.journal().requests()[0];
                let asked = sent.connection.server_name.as_deref().unwrap();
                assert!(asked.eq_ignore_ascii_case(name), "{what}: asked for {asked}");
                // The name is for the certificate alone.
                assert_eq!(sent.authority, Some(cluster.server.address().to_string()));
            } else {
                let error = connection(answer.expect_err(&what));
                assert_eq!(error.failure, ConnectionFailure::Certificate, "{what}: {error:?}");
                assert_eq!(cluster.server.journal().requests().len(), 0, "{what}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_ipv6_address_has_to_be_in_the_certificate_too() {
    within_reason(async {
        let ours = good();
        for (names, good) in [
            (&["::1"][..], true),
            (&["fd00::1", "0:0:0:0:0:0:0:1"], true),
            (&["::2", "127.0.0.1", "localhost"], false),
            (&["::ffff:0.0.0.1"], false),
        ] {
            let certificate = ours.issue(&named(names)).unwrap();
            let server = ApiServer::builder().certificate(certificate).with_ipv6();
            let cluster = Cluster::with(server.start().await.unwrap());
            cluster.volume.set_ca(ours.pem()).unwrap();
            let address = cluster.server.ipv6_address().unwrap();
            let mut client = client(cluster.pod_at("::1", address)).await;
            let answer = client.send(&get("/api"), None).await.unwrap();
            assert_eq!(answer.is_ok(), good, "{names:?}: {answer:?}");
            if let Err(error) = answer {
                assert_eq!(connection(error).failure, ConnectionFailure::Certificate);
                assert_eq!(cluster.server.journal().requests().len(), 0);
            } else {
                // No name is asked for: there is none for an address.
                let sent = &cluster.server.journal().requests()[0];
                assert_eq!(sent.connection.server_name, None);
            }
        }
    })
    .await;
}
