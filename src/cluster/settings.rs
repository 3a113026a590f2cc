//! What an operator can set in place of what the pod says.

use super::DiscoveryError;
use crate::Impersonation;
use crate::credentials::BearerToken;
use crate::pod::Pod;
use alloc::string::String;

/// The largest number that a setting may be.
pub(super) const MAX_NUMBER: u32 = 1_000_000;

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
    /// How many requests are begun in a second.
    pub const REQUESTS_PER_SECOND: &str = "K8S_IN_CLUSTER_REQUESTS_PER_SECOND";
    /// How many of them may be begun at once.
    pub const BURST: &str = "K8S_IN_CLUSTER_BURST";
    /// How many requests may be under way at a time.
    pub const MAX_REQUESTS: &str = "K8S_IN_CLUSTER_MAX_REQUESTS";
    /// The `User-Agent` of requests that name none.
    pub const USER_AGENT: &str = "K8S_IN_CLUSTER_USER_AGENT";
    /// The user in whose name requests are sent.
    pub const IMPERSONATE_USER: &str = "K8S_IN_CLUSTER_IMPERSONATE_USER";
    /// The groups of that user, with commas between.
    pub const IMPERSONATE_GROUPS: &str = "K8S_IN_CLUSTER_IMPERSONATE_GROUPS";
    /// The UID of that user.
    pub const IMPERSONATE_UID: &str = "K8S_IN_CLUSTER_IMPERSONATE_UID";
    /// Further attributes of that user: `key=value`, with commas between.
    pub const IMPERSONATE_EXTRA: &str = "K8S_IN_CLUSTER_IMPERSONATE_EXTRA";
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
    /// How many requests are begun in a time. As many as there are, if none.
    pub rate_limit: Option<RateLimit>,
    /// How many requests may be under way at a time. As many as there are, if none.
    pub max_requests: Option<u32>,
    /// The `User-Agent` of requests that name none: what audit logs call the program, and the API server
    /// the field manager, up to a slash. `k8s-in-cluster/VERSION (wasm)` if none.
    pub user_agent: Option<String>,
    /// In whose name all requests are sent, in place of the pod's own.
    pub impersonation: Option<Impersonation>,
}

/// How many requests are begun in a time. Watches are not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// In a second, in the long run; at least 1.
    pub per_second: u32,
    /// At once, after a time with fewer; at least 1.
    pub burst: u32,
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
            rate_limit: rate_limit(pod)?,
            max_requests: number(pod, variables::MAX_REQUESTS)?,
            user_agent: pod.non_empty_variable(variables::USER_AGENT),
            impersonation: impersonation(pod)?,
        })
    }
}

fn rate_limit(pod: &impl Pod) -> Result<Option<RateLimit>, DiscoveryError> {
    let burst = number(pod, variables::BURST)?;
    match number(pod, variables::REQUESTS_PER_SECOND)? {
        // As client-go has it.
        Some(per_second) => {
            Ok(Some(RateLimit { per_second, burst: burst.unwrap_or(per_second * 2) }))
        }
        None if burst.is_some() => Err(DiscoveryError::BurstAlone),
        None => Ok(None),
    }
}

fn impersonation(pod: &impl Pod) -> Result<Option<Impersonation>, DiscoveryError> {
    let variable = |name| pod.non_empty_variable(name);
    let mut impersonation = Impersonation {
        user: variable(variables::IMPERSONATE_USER).unwrap_or_default(),
        uid: variable(variables::IMPERSONATE_UID),
        ..Impersonation::default()
    };
    if let Some(groups) = variable(variables::IMPERSONATE_GROUPS) {
        impersonation.groups = list(&groups).map(Into::into).collect();
    }
    if let Some(extra) = variable(variables::IMPERSONATE_EXTRA) {
        for pair in list(&extra) {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| DiscoveryError::Extra { value: pair.into() })?;
            impersonation.extra.push((key.into(), value.into()));
        }
    }
    Ok(Some(impersonation).filter(|impersonation| *impersonation != Impersonation::default()))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn number(pod: &impl Pod, variable: &'static str) -> Result<Option<u32>, DiscoveryError> {
    match pod.non_empty_variable(variable) {
        None => Ok(None),
        Some(value) => match value.parse() {
            Ok(number @ 1..=MAX_NUMBER) => Ok(Some(number)),
            _ => Err(DiscoveryError::Number { variable, value }),
        },
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

    fn read(settings: &[(&str, &str)]) -> Result<Overrides, DiscoveryError> {
        let pod = settings.iter().fold(FakePod::default(), |pod, (name, value)| {
            pod.with(&format!("K8S_IN_CLUSTER_{name}"), value)
        });
        Overrides::from_environment(&pod)
    }

    #[test]
    fn limits_are_off_unless_set() {
        let none = read(&[("REQUESTS_PER_SECOND", ""), ("IMPERSONATE_USER", "")]).unwrap();
        assert_eq!((none.rate_limit, none.max_requests), (None, None));
        assert_eq!(none.impersonation, None);
        let set = read(&[("REQUESTS_PER_SECOND", "5"), ("MAX_REQUESTS", "1")]).unwrap();
        assert_eq!(set.rate_limit, Some(RateLimit { per_second: 5, burst: 10 }));
        assert_eq!(set.max_requests, Some(1));
        let set = read(&[("REQUESTS_PER_SECOND", "5"), ("BURST", "1")]).unwrap();
        assert_eq!(set.rate_limit, Some(RateLimit { per_second: 5, burst: 1 }));
    }

    #[test]
    fn a_number_is_whole_and_neither_nothing_nor_absurd() {
        for value in ["0", "-1", "0.5", "many", "1000001", "99999999999", " 1"] {
            for name in ["REQUESTS_PER_SECOND", "BURST", "MAX_REQUESTS"] {
                let error = read(&[(name, value)]).unwrap_err().to_string();
                assert!(error.contains(name) && error.contains("1 to 1000000"), "{error}");
            }
        }
        let error = read(&[("BURST", "5")]).unwrap_err().to_string();
        assert!(error.contains("K8S_IN_CLUSTER_REQUESTS_PER_SECOND"), "{error}");
    }

    #[test]
    fn somebody_to_impersonate() {
        let somebody = read(&[
            ("IMPERSONATE_USER", "jane"),
            ("IMPERSONATE_GROUPS", "developers, system:authenticated,"),
            ("IMPERSONATE_UID", "7"),
            ("IMPERSONATE_EXTRA", "scopes=view, scopes=a=b,acme.com/project="),
        ]);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = Impersonation {
            user: "jane".into(),
            groups: vec!["developers".into(), "system:authenticated".into()],
            uid: Some("7".into()),
            extra: vec![
                pair("scopes", "view"),
                pair("scopes", "a=b"),
                pair("acme.com/project", ""),
            ],
        };
        assert_eq!(somebody.unwrap().impersonation, Some(expected));
        let error = read(&[("IMPERSONATE_EXTRA", "scopes")]).unwrap_err().to_string();
        assert!(error.contains("key=value"), "{error}");
    }
}
