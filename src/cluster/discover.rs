//! From the pod's environment and files to a [`Cluster`].

use super::settings::{TokenOverride, variables};
use super::{
    Cluster, DEFAULT_NAMESPACE, DiscoveryError, Overrides, SERVICE_ACCOUNT_FOLDER, Scheme, Server,
    Verification,
};
use crate::credentials::TokenLocation;
use crate::pod::Pod;
use alloc::{borrow::ToOwned, format, string::String};

/// Finds the cluster. Reads the environment and the namespace's file, and sends
/// nothing.
///
/// # Errors
///
/// If the pod does not say where the API server is, or says something that can't
/// be used.
pub fn discover(pod: &impl Pod, overrides: &Overrides) -> Result<Cluster, DiscoveryError> {
    if let Some(impersonation) = &overrides.impersonation {
        impersonation.headers().map_err(|reason| DiscoveryError::Impersonation { reason })?;
    }
    let server = find_server(pod, overrides)?;
    let folder = service_account_folder(pod, overrides);
    let namespace = find_namespace(pod, overrides, &folder)?;
    let (token, verification) = match server.scheme() {
        Scheme::Http => (TokenLocation::None, Verification::LoopbackProxy),
        Scheme::Https => {
            let token = match &overrides.token {
                Some(TokenOverride::File(path)) => TokenLocation::File(path.clone()),
                Some(TokenOverride::Value(token)) => TokenLocation::Value(token.clone()),
                None => TokenLocation::File(format!("{folder}/token")),
            };
            let verification = Verification::Certificate {
                authority_path: overrides
                    .ca_file
                    .clone()
                    .unwrap_or_else(|| format!("{folder}/ca.crt")),
                server_name: overrides.tls_server_name.clone(),
            };
            (token, verification)
        }
    };
    Ok(Cluster {
        server,
        namespace,
        verification,
        token,
        allow_caller_authorization: overrides.allow_caller_authorization,
        user_agent: overrides.user_agent.clone(),
        impersonation: overrides.impersonation.clone(),
    })
}

fn find_server(pod: &impl Pod, overrides: &Overrides) -> Result<Server, DiscoveryError> {
    if let Some(url) = &overrides.server {
        return Server::parse(url).map_err(|reason| DiscoveryError::Server {
            variable: variables::SERVER,
            value: without_user(url),
            reason,
        });
    }
    let port = [variables::SERVICE_PORT_HTTPS, variables::SERVICE_PORT]
        .into_iter()
        .find_map(|name| Some((name, pod.non_empty_variable(name)?)));
    let (host, (port_variable, port)) =
        match (pod.non_empty_variable(variables::SERVICE_HOST), port) {
            (Some(host), Some(port)) => (host, port),
            (Some(_), None) => return Err(DiscoveryError::NoPort),
            (None, Some(_)) => return Err(DiscoveryError::NoHost),
            (None, None) => return Err(DiscoveryError::NotInCluster),
        };
    Server::https(&host, &port).map_err(|reason| match reason {
        super::ServerError::Port => {
            DiscoveryError::Server { variable: port_variable, value: port, reason }
        }
        _ => DiscoveryError::Server { variable: variables::SERVICE_HOST, value: host, reason },
    })
}

/// A URL to be shown in an error: its user may be a password.
fn without_user(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => url.to_owned(),
    }
}

fn service_account_folder(pod: &impl Pod, overrides: &Overrides) -> String {
    let folder = match &overrides.service_account_folder {
        Some(folder) => folder.clone(),
        None => {
            let root = pod.non_empty_variable(variables::SANDBOX_MOUNT_POINT).unwrap_or_default();
            let root = root.replace('\\', "/");
            format!("{}{SERVICE_ACCOUNT_FOLDER}", root.trim_end_matches('/'))
        }
    };
    // Of the root, nothing is left: names of files follow a slash.
    folder.trim_end_matches('/').to_owned()
}

fn find_namespace(
    pod: &impl Pod,
    overrides: &Overrides,
    folder: &str,
) -> Result<String, DiscoveryError> {
    let path = format!("{folder}/namespace");
    let (namespace, origin) = if let Some(namespace) = &overrides.namespace {
        (namespace.clone(), variables::NAMESPACE.to_owned())
    } else if let Some(namespace) = pod.non_empty_variable(variables::POD_NAMESPACE) {
        (namespace, variables::POD_NAMESPACE.to_owned())
    } else {
        // The file is optional: a pod may mount nothing but a token.
        let content = pod.read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&content);
        let namespace = match text.trim() {
            "" => DEFAULT_NAMESPACE,
            namespace => namespace,
        };
        (namespace.to_owned(), path)
    };
    if is_dns_label(&namespace) {
        Ok(namespace)
    } else {
        let value = namespace.chars().take(80).collect();
        Err(DiscoveryError::Namespace { origin, value })
    }
}

/// RFC 1123, as the API server checks names of namespaces.
fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|&byte| inner(byte) || byte == b'-')
        && bytes.first().copied().is_some_and(inner)
        && bytes.last().copied().is_some_and(inner)
}

#[cfg(test)]
mod tests;
