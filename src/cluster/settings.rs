//! What an operator can set in place of what the pod says.

use super::DiscoveryError;
use crate::credentials::BearerToken;
use crate::pod::Pod;
use alloc::string::String;

/// Names of the environment variables that the client reads.
///
/// The first group is set by Kubernetes, the second by whoever deploys the
/// component. An application that is composed with the component can set none of
/// them, and so can't send the token elsewhere.
pub mod variables {
    /// Address or name of the API server.
    pub const SERVICE_HOST: &str = "KUBERNETES_SERVICE_HOST";
    /// Port of the API server.
    pub const SERVICE_PORT_HTTPS: &str = "KUBERNETES_SERVICE_PORT_HTTPS";
    /// Port of the API server, read where the former is missing.
    pub const SERVICE_PORT: &str = "KUBERNETES_SERVICE_PORT";
    /// The pod's namespace, by the downward API. Goes before the mounted file.
    pub const POD_NAMESPACE: &str = "POD_NAMESPACE";
    /// Root of the mounts in a Windows host-process container.
    pub const SANDBOX_MOUNT_POINT: &str = "CONTAINER_SANDBOX_MOUNT_POINT";

    /// Base URL of the API server: `https://…`, or `http://` to a proxy on
    /// loopback.
    pub const SERVER: &str = "K8S_IN_CLUSTER_SERVER";
    /// The name that the API server's certificate carries.
    pub const TLS_SERVER_NAME: &str = "K8S_IN_CLUSTER_TLS_SERVER_NAME";
    /// Folder of the service account's files.
    pub const SERVICE_ACCOUNT_FOLDER: &str = "K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER";
    /// File of the bearer token.
    pub const TOKEN_FILE: &str = "K8S_IN_CLUSTER_TOKEN_FILE";
    /// The bearer token itself, in place of a file. It is not rotated.
    pub const TOKEN: &str = "K8S_IN_CLUSTER_TOKEN";
    /// File of the certificate authority's bundle.
    pub const CA_FILE: &str = "K8S_IN_CLUSTER_CA_FILE";
    /// The namespace. Goes before everything else that names one.
    pub const NAMESPACE: &str = "K8S_IN_CLUSTER_NAMESPACE";
    /// `true` lets callers send an `Authorization` header of their own.
    pub const ALLOW_AUTHORIZATION: &str = "K8S_IN_CLUSTER_ALLOW_AUTHORIZATION";
}

/// Settings that replace, one thing each, what the pod says. What is none is
/// discovered.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Base URL of the API server, for example `https://kubernetes.default.svc`,
    /// or `http://127.0.0.1:8001` for a proxy on loopback: then no token is read
    /// and none is sent.
    pub server: Option<String>,
    /// The name that the API server's certificate carries, where it is another
    /// than the server's host.
    pub tls_server_name: Option<String>,
    /// Folder of `token`, `ca.crt` and `namespace`.
    pub service_account_folder: Option<String>,
    /// Where the token comes from.
    pub token: Option<TokenOverride>,
    /// File of the certificate authority's bundle.
    pub ca_file: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// Whether a caller may send an `Authorization` header of its own.
    pub allow_caller_authorization: bool,
}

/// A token in place of the mounted one. Replaces file and value together.
#[derive(Debug, Clone)]
pub enum TokenOverride {
    /// Read from this file, and re-read as it rotates.
    File(String),
    /// This one, for good.
    Value(BearerToken),
}

impl Overrides {
    /// Reads the settings from the pod's environment: see [`variables`].
    ///
    /// # Errors
    ///
    /// If a value can't be used, or two exclude each other.
    pub fn from_environment(pod: &impl Pod) -> Result<Self, DiscoveryError> {
        let file = pod.non_empty_variable(variables::TOKEN_FILE);
        let value = pod.non_empty_variable(variables::TOKEN);
        let token = match (file, value) {
            (Some(_), Some(_)) => return Err(DiscoveryError::TwoTokens),
            (Some(path), None) => Some(TokenOverride::File(path)),
            (None, Some(value)) => Some(TokenOverride::Value(
                BearerToken::parse(value.as_bytes())
                    .map_err(|reason| DiscoveryError::Token { reason })?,
            )),
            (None, None) => None,
        };
        Ok(Self {
            server: pod.non_empty_variable(variables::SERVER),
            tls_server_name: pod.non_empty_variable(variables::TLS_SERVER_NAME),
            service_account_folder: pod.non_empty_variable(variables::SERVICE_ACCOUNT_FOLDER),
            token,
            ca_file: pod.non_empty_variable(variables::CA_FILE),
            namespace: pod.non_empty_variable(variables::NAMESPACE),
            allow_caller_authorization: switch(pod, variables::ALLOW_AUTHORIZATION)?,
        })
    }
}

fn switch(pod: &impl Pod, variable: &'static str) -> Result<bool, DiscoveryError> {
    match pod.non_empty_variable(variable) {
        None => Ok(false),
        Some(value) if value == "false" => Ok(false),
        Some(value) if value == "true" => Ok(true),
        Some(value) => Err(DiscoveryError::Switch { variable, value }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::pod::fake::FakePod;

    #[test]
    fn two_tokens_are_one_too_many() {
        let pod = FakePod::default()
            .with(variables::TOKEN, "secret")
            .with(variables::TOKEN_FILE, "/token");
        let error = Overrides::from_environment(&pod).unwrap_err().to_string();
        assert!(error.contains("K8S_IN_CLUSTER_TOKEN and K8S_IN_CLUSTER_TOKEN_FILE"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn a_bad_token_is_named_and_not_quoted() {
        let pod = FakePod::default().with(variables::TOKEN, "sec ret");
        let error = Overrides::from_environment(&pod).unwrap_err().to_string();
        assert!(error.starts_with("K8S_IN_CLUSTER_TOKEN can't be used"), "{error}");
        assert!(!error.contains("ret"), "{error}");
    }

    #[test]
    fn debug_shows_no_token() {
        let pod = FakePod::default().with(variables::TOKEN, "secret");
        let overrides = Overrides::from_environment(&pod).unwrap();
        assert!(!format!("{overrides:?}").contains("secret"));
    }

    #[test]
    fn a_switch_is_on_or_off() {
        for (value, expected) in [("true", true), ("false", false), ("", false)] {
            let pod = FakePod::default().with(variables::ALLOW_AUTHORIZATION, value);
            let overrides = Overrides::from_environment(&pod).unwrap();
            assert_eq!(overrides.allow_caller_authorization, expected);
        }
        let pod = FakePod::default().with(variables::ALLOW_AUTHORIZATION, "yes");
        assert!(Overrides::from_environment(&pod).is_err());
    }
}
