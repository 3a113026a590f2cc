//! The fields of a kubeconfig file that are read.
//!
//! None of these types has a `Debug`: they hold secrets.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::DuplicateKeyPolicy;

use super::Problem;

#[derive(Default, Deserialize)]
pub(super) struct Config {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    kind: Option<String>,
    #[serde(rename = "current-context")]
    pub(super) current_context: Option<String>,
    pub(super) contexts: Option<Vec<NamedContext>>,
    pub(super) clusters: Option<Vec<NamedCluster>>,
    pub(super) users: Option<Vec<NamedUser>>,
}

#[derive(Deserialize)]
pub(super) struct NamedContext {
    pub(super) name: String,
    pub(super) context: Option<Context>,
}

#[derive(Deserialize)]
pub(super) struct NamedCluster {
    pub(super) name: String,
    pub(super) cluster: Option<Cluster>,
}

#[derive(Deserialize)]
pub(super) struct NamedUser {
    pub(super) name: String,
    pub(super) user: Option<User>,
}

#[derive(Default, Deserialize)]
pub(super) struct Context {
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) namespace: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cluster {
    pub(super) server: Option<String>,
    pub(super) tls_server_name: Option<String>,
    pub(super) insecure_skip_tls_verify: Option<bool>,
    pub(super) certificate_authority: Option<String>,
    pub(super) certificate_authority_data: Option<String>,
    pub(super) proxy_url: Option<String>,
    pub(super) disable_compression: Option<bool>,
    pub(super) extensions: Option<Vec<Extension>>,
}

#[derive(Deserialize)]
pub(super) struct Extension {
    pub(super) name: Option<String>,
    pub(super) extension: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct User {
    pub(super) client_certificate: Option<String>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key: Option<String>,
    pub(super) client_key_data: Option<String>,
    pub(super) token: Option<String>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<String>,
    #[serde(rename = "as")]
    pub(super) impersonate: Option<String>,
    #[serde(rename = "as-uid")]
    pub(super) impersonate_uid: Option<String>,
    #[serde(rename = "as-groups")]
    pub(super) impersonate_groups: Option<Vec<String>>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) auth_provider: Option<IgnoredAny>,
    pub(super) exec: Option<Exec>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exec {
    pub(super) api_version: Option<String>,
    pub(super) command: Option<String>,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<ExecEnv>>,
    pub(super) install_hint: Option<String>,
    pub(super) provide_cluster_info: Option<bool>,
    pub(super) interactive_mode: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ExecEnv {
    pub(super) name: Option<String>,
    pub(super) value: Option<String>,
}

/// Reads a file's bytes. JSON is read as the YAML that it also is.
pub(super) fn parse(bytes: &[u8]) -> Result<Config, Problem> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        // A snippet of the file may be a piece of a token.
        with_snippet: false,
    };
    let config: Config = serde_saphyr::from_slice_with_options(bytes, options)
        .map_err(|error| invalid(error.without_snippet()))?;
    let kind = config.kind.as_deref().unwrap_or("Config");
    let api_version = config.api_version.as_deref().unwrap_or("v1");
    // Either may also be empty.
    if !matches!((kind, api_version), ("Config" | "", "v1" | "")) {
        return Err(Problem::OtherKind {
            kind: kind.to_owned(),
            api_version: api_version.to_owned(),
        });
    }
    Ok(config)
}

/// Says where the file is wrong, and what was expected there. Never what was
/// found, as that may be a secret; so not the parser's own text.
fn invalid(error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error;
    let expected = match error {
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            expected.clone()
        }
        Error::InvalidScalar { ty, .. } => (*ty).to_owned(),
        Error::Unexpected { expected, .. } => (*expected).to_owned(),
        Error::SerdeMissingField { field, .. } => format!("the field {field}"),
        Error::NullIntoString { .. } => "text".to_owned(),
        Error::MultipleDocuments { .. } => "a single document".to_owned(),
        _ => "valid YAML or JSON".to_owned(),
    };
    let (line, column) = match error.location() {
        Some(location) => (location.line(), location.column()),
        None => (0, 0),
    };
    Problem::Invalid { line, column, expected }
}
