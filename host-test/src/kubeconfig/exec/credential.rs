//! What a plugin gives: an `ExecCredential`.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ExecProblem;
use crate::kubeconfig::data::{Pem, given};
use crate::kubeconfig::{ClientCertificate, Token};

/// How long before the end credentials are renewed.
const EARLY: Duration = Duration::from_secs(60);
/// How long a plugin that gives short-lived credentials is left alone.
const PAUSE: Duration = Duration::from_secs(10);

/// Credentials that a plugin gave: a token, a client certificate, or both.
/// `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecCredential {
    token: Option<Token>,
    client_certificate: Option<ClientCertificate>,
    expires: Option<SystemTime>,
    received: SystemTime,
}

impl ExecCredential {
    /// The bearer token.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// The certificate that is presented when the connection is made.
    pub fn client_certificate(&self) -> Option<&ClientCertificate> {
        self.client_certificate.as_ref()
    }

    /// When the credentials end, if the plugin said so.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// When to run the plugin again: 60 seconds before the credentials end, yet
    /// at least 10 seconds after they were received, so that a plugin which gives
    /// the same ones to their end is not run without pause. `None` if they last
    /// until the API server answers 401.
    pub fn renew_at(&self) -> Option<SystemTime> {
        let early = self.expires?.checked_sub(EARLY)?;
        Some(early.max(self.received.checked_add(PAUSE)?))
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "apiVersion", default)]
    api_version: String,
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct Body {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

/// Reads what a plugin wrote. It may be a secret: no error quotes it.
pub(super) fn parse(
    stdout: &[u8],
    api_version: &'static str,
    received: SystemTime,
) -> Result<ExecCredential, ExecProblem> {
    let head: Head = json(stdout)?;
    if head.kind != "ExecCredential" {
        return Err(ExecProblem::Kind);
    }
    if head.api_version != api_version {
        return Err(ExecProblem::ApiVersion { expected: api_version });
    }
    let body: Body = json(stdout)?;
    let status = body.status.ok_or(ExecProblem::NoCredentials)?;

    let token = given(&status.token).map(Token::new).transpose().map_err(ExecProblem::Token)?;
    let certificate = given(&status.client_certificate_data);
    let client_certificate = match (certificate, given(&status.client_key_data)) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some(client_certificate(certificate, key)?),
        _ => return Err(ExecProblem::HalfCertificate),
    };
    if token.is_none() && client_certificate.is_none() {
        return Err(ExecProblem::NoCredentials);
    }
    let expires = given(&status.expiration_timestamp)
        .map(|text| OffsetDateTime::parse(text, &Rfc3339).map(SystemTime::from))
        .transpose()
        .map_err(|_| ExecProblem::Expiration)?;
    Ok(ExecCredential { token, client_certificate, expires, received })
}

/// The parser's own text may quote what it read.
fn json<'a, T: Deserialize<'a>>(stdout: &'a [u8]) -> Result<T, ExecProblem> {
    if stdout.trim_ascii().is_empty() {
        return Err(ExecProblem::NoOutput);
    }
    serde_json::from_slice(stdout)
        .map_err(|error| ExecProblem::Output { line: error.line(), column: error.column() })
}

fn client_certificate(certificate: &str, key: &str) -> Result<ClientCertificate, ExecProblem> {
    let certificate = certificate.as_bytes();
    let key = key.as_bytes();
    if !Pem::Certificates.check(certificate) {
        return Err(ExecProblem::NotPem { field: "clientCertificateData" });
    }
    if !Pem::PrivateKey.check(key) {
        return Err(ExecProblem::NotPem { field: "clientKeyData" });
    }
    Ok(ClientCertificate { certificate_pem: certificate.to_owned(), key_pem: key.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn credential(expires: &str, received: u64) -> ExecCredential {
        let stdout = format!(
            r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
                "status":{{"token":"abc","expirationTimestamp":{expires}}}}}"#
        );
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(received);
        parse(stdout.as_bytes(), "client.authentication.k8s.io/v1", received).unwrap()
    }

    fn unix(time: Option<SystemTime>) -> Option<u64> {
        time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn expiry_is_read_in_any_time_zone() {
        for expires in [r#""1970-01-01T01:00:00Z""#, r#""1970-01-01T02:00:00.5+01:00""#] {
            assert_eq!(unix(credential(expires, 0).expires()), Some(3600), "{expires}");
        }
        for expires in ["null", r#""""#] {
            let credential = credential(expires, 0);
            assert_eq!(credential.expires(), None);
            assert_eq!(credential.renew_at(), None);
        }
    }

    #[test]
    fn renewal_is_early_but_never_without_pause() {
        let hour = r#""1970-01-01T01:00:00Z""#;
        for (received, renew_at) in [
            (0, 3540),
            (3530, 3540),
            (3535, 3545),
            (3599, 3609),
            // Given although it had ended.
            (9000, 9010),
        ] {
            let renewal = credential(hour, received).renew_at();
            assert_eq!(unix(renewal), Some(renew_at), "received at {received}");
        }
    }

    #[test]
    fn times_at_the_edge_of_the_calendar() {
        for year in ["0000", "9999"] {
            let credential = credential(&format!(r#""{year}-12-31T23:59:59Z""#), 0);
            assert!(credential.expires().is_some());
            assert!(credential.renew_at().is_some());
        }
    }
}
