//! The certificates of servers, good and bad, and the authorities that they come from.

mod authority;
mod certificate;
mod key;

pub use authority::{AuthorityCertificate, CertificateAuthority};
pub use certificate::{IssuedCertificate, ServerCertificate, Usage, Validity};
pub use key::KeyType;

/// The names that a certificate of kube-apiserver carries, and the loopback addresses that this server listens on.
pub const SERVER_NAMES: [&str; 7] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    "127.0.0.1",
    "::1",
];

/// A certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot issue a certificate for {subject}: {source}")]
pub struct IssueError {
    /// Whom the certificate was for.
    subject: String,
    /// What was wrong with it.
    source: rcgen::Error,
}

impl IssueError {
    fn of(subject: &str) -> impl Fn(rcgen::Error) -> Self + '_ {
        move |source| Self { subject: subject.to_owned(), source }
    }
}
