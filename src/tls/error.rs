//! What TLS reports, with the name that `wasi:http` has for it and a word on what to do.

use crate::transport::{ConnectionError, ConnectionFailure as Failure};
use alloc::{format, string::String, string::ToString};
use core::net::{Ipv4Addr, Ipv6Addr};
use rustls::pki_types::{IpAddr, ServerName, UnixTime};
use rustls::{CertificateError, Error, InvalidMessage, PeerIncompatible};

/// The error of a session.
pub(crate) fn failed(error: &Error, peer: &str) -> ConnectionError {
    let (failure, code, text) = match error {
        Error::InvalidCertificate(error) => {
            (Failure::Certificate, "TLS-certificate-error", certificate(error))
        }
        Error::NoCertificatesPresented => (
            Failure::Certificate,
            "TLS-certificate-error",
            "it has no certificate: check that it is an API server that listens there".into(),
        ),
        Error::AlertReceived(alert) => {
            let number = u8::from(*alert);
            let text = match number {
                40 | 70 | 71 | 109 | 120 => {
                    "it accepts no protocol, cipher suite or key exchange that is offered here: TLS \
                     1.3 with ChaCha20-Poly1305 or AES-GCM over X25519, P-256 or P-384"
                }
                42..=46 | 48 | 116 => {
                    "it asks for a client certificate, and takes no pod without one: check that it is \
                     the cluster's API server"
                }
                112 => "it does not know the server name that was asked for",
                _ => "it ended the TLS session with an alert",
            };
            (Failure::Tls, "TLS-alert-received", format!("{text} (TLS alert {number})"))
        }
        other => (Failure::Tls, "TLS-protocol-error", protocol(other).into()),
    };
    ConnectionError { failure, code, message: format!("{peer}: {text}") }
}

fn protocol(error: &Error) -> &'static str {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "what answers there does not speak TLS: check the address and the port"
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => "it speaks no TLS 1.3, which this component needs, and every kube-apiserver has",
        Error::PeerIncompatible(_) => "it speaks TLS in a way that this component does not support",
        Error::DecryptError => {
            "what it sent did not decrypt: the connection was disturbed, or tampered with"
        }
        Error::FailedToGetRandomBytes => "the host gives no random numbers",
        Error::FailedToGetCurrentTime => "the host's clock stands before 1970",
        Error::NoApplicationProtocol => "it speaks no HTTP/1.1 over TLS",
        _ => "it breaks the rules of TLS: check that it is an API server that listens there",
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        // The last one: of an authority with the same name, and another kind of key.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its certificate is not signed by the certificate authority that the pod trusts: check \
             that the mounted `ca.crt` is this cluster's, and that it is this cluster's API server \
             that answers"
                .into()
        }
        CertificateError::Expired => "its certificate has expired: have it renewed".into(),
        CertificateError::ExpiredContext { time, not_after } => format!(
            "its certificate expired {} ago: have it renewed, or check the host's clock",
            span(*not_after, *time)
        ),
        CertificateError::NotValidYet => {
            "its certificate is not valid yet: check the host's clock".into()
        }
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "its certificate is valid only in {}: check the host's clock",
            span(*time, *not_before)
        ),
        CertificateError::NotValidForName => {
            "its certificate does not carry the server's name".into()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            wrong_name(expected, presented)
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not for servers: it lacks the usage `serverAuth`".into()
        }
        CertificateError::BadEncoding => "its certificate is damaged".into(),
        CertificateError::UnhandledCriticalExtension => {
            "its certificate has a critical extension that is not understood here".into()
        }
        #[allow(deprecated, reason = "a match names what it may meet")]
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            "its certificate is signed in a way that is not accepted here: ECDSA over P-256 or P-384, \
             Ed25519, and RSA of 2048 to 8192 bits are, with SHA-256, SHA-384 or SHA-512"
                .into()
        }
        _ => "its certificate, or one that signed it, may not be used so".into(),
    }
}

/// The cure stands in the text: other names are the usual case in a pod.
fn wrong_name(expected: &ServerName<'_>, presented: &[String]) -> String {
    let expected = match expected {
        ServerName::DnsName(name) => name.as_ref().to_string(),
        ServerName::IpAddress(IpAddr::V4(address)) => Ipv4Addr::from(*address.as_ref()).to_string(),
        ServerName::IpAddress(IpAddr::V6(address)) => Ipv6Addr::from(*address.as_ref()).to_string(),
        _ => "it".to_string(),
    };
    let mut names = String::new();
    for name in presented.iter().take(10) {
        if !names.is_empty() {
            names.push_str(", ");
        }
        // rustls writes `DnsName("…")` and `IpAddress(…)`.
        let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        names.extend(inner.trim_end_matches(')').trim_matches('"').chars().take(253));
    }
    let carried = if names.is_empty() { "none".to_string() } else { names };
    format!(
        "its certificate is not for {expected}: the names that it carries are {carried}. Use one of \
         them as the server's host, or set K8S_IN_CLUSTER_TLS_SERVER_NAME"
    )
}

/// The time between two moments, for people.
fn span(from: UnixTime, to: UnixTime) -> String {
    let seconds = to.as_secs().saturating_sub(from.as_secs());
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86400),
    }
}
