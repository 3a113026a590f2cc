use super::peer::{Authority, NAME, NOW, Pair, session};
use crate::credentials::{AuthorityError, TrustAnchors};
use crate::tls::error::failed;
use crate::tls::trust;
use crate::transport::{ConnectionError, ConnectionFailure as Failure};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, date_time_ymd};
use rustls::version;

/// How a session with a server fails that must never be sent anything.
fn refused(mut pair: Pair) -> ConnectionError {
    pair.to_send = b"Authorization: Bearer secret".to_vec();
    let error = pair.settle().expect_err("the server was accepted");
    assert!(!pair.session.is_established());
    assert_eq!(pair.server_read(), b"");
    assert!(!pair.to_send.is_empty());
    failed(&error, "https://10.96.0.1:443")
}

fn check(error: &ConnectionError, failure: Failure, code: &str, words: &str) {
    assert_eq!((error.failure, error.code), (failure, code), "{}", error.message);
    assert!(error.message.starts_with("https://10.96.0.1:443: "), "{}", error.message);
    assert!(error.message.contains(words), "{}", error.message);
}

fn certificate(change: impl FnOnce(&mut CertificateParams), name: &str, words: &str) {
    let authority = Authority::new();
    let server = authority.server_with(&version::TLS13, change);
    let error = refused(Pair::new(session(&authority.anchors(), name, NOW), server));
    check(&error, Failure::Certificate, "TLS-certificate-error", words);
}

#[test]
fn certificates_that_do_not_verify() {
    certificate(
        |_| {},
        "other.svc",
        "is not for other.svc: the names that it carries are kubernetes",
    );
    certificate(|_| {}, "10.96.0.2", "is not for 10.96.0.2");
    certificate(|_| {}, "fd00::1", "is not for fd00::1");
    certificate(|it| it.subject_alt_names.clear(), NAME, "are none");
    certificate(|it| it.not_after = date_time_ymd(2023, 11, 14), NAME, "expired 22 h ago");
    certificate(|it| it.not_before = date_time_ymd(2023, 11, 15), NAME, "valid only in 106 min");
    certificate(
        |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
        NAME,
        "serverAuth",
    );
}

#[test]
fn a_server_of_another_authority() {
    let other = Authority::new();
    let server = Authority::new().server(&version::TLS13);
    let error = refused(Pair::new(session(&other.anchors(), NAME, NOW), server));
    check(&error, Failure::Certificate, "TLS-certificate-error", "ca.crt");
}

#[test]
fn a_server_without_tls_1_3() {
    let authority = Authority::new();
    let server = authority.server(&version::TLS12);
    let mut pair = Pair::new(session(&authority.anchors(), NAME, NOW), server);
    // The server is the first to notice, and says so in an alert.
    pair.advance().unwrap();
    let hello = std::mem::take(pair.session.outgoing());
    pair.server.read_tls(&mut &hello[..]).unwrap();
    pair.server.process_new_packets().unwrap_err();
    let alert = pair.server_writes();
    pair.session.feed(alert);
    let error = failed(&pair.advance().unwrap_err(), "https://10.96.0.1:443");
    check(&error, Failure::Tls, "TLS-alert-received", "TLS 1.3");
}

#[test]
fn a_server_that_speaks_no_tls() {
    let authority = Authority::new();
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.9\r\n"] {
        let mut session = session(&authority.anchors(), NAME, NOW);
        session.feed(answer.into());
        let error = session.advance(&mut Vec::new(), |_| panic!("plaintext")).unwrap_err();
        let error = failed(&error, "https://10.96.0.1:443");
        check(&error, Failure::Tls, "TLS-protocol-error", "does not speak TLS");
    }
}

#[test]
fn a_bundle_needs_one_anchor_that_is_one() {
    let good = Authority::new();
    let bad =
        TrustAnchors::parse(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
            .unwrap();
    assert_eq!(trust::check(&good.anchors()), Ok(()));
    assert_eq!(trust::check(&bad), Err(AuthorityError::NoAnchor));
    let mut session = session(&bad, NAME, NOW);
    session.advance(&mut Vec::new(), |_| {}).unwrap();
    let error = refused(Pair::new(session, good.server(&version::TLS13)));
    check(&error, Failure::Certificate, "TLS-certificate-error", "ca.crt");
}
