//! The `exec` field of a user.

use std::path::{MAIN_SEPARATOR, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{API_VERSIONS, ExecPlugin, InteractiveMode};
use crate::kubeconfig::Problem;
use crate::kubeconfig::data::{Entry, given};
use crate::kubeconfig::file::{Cluster, Exec};

/// The extension of a cluster that is handed to plugins.
const CONFIG_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// Reads the field. The plugin is told of `cluster` if it is to be.
pub(in crate::kubeconfig) fn plugin(
    entry: Entry<'_>,
    exec: &Exec,
    cluster: Value,
) -> Result<ExecPlugin, Problem> {
    let missing = |field, advice| Problem::Missing { entry: entry.name.to_owned(), field, advice };
    let value = |field, value: &str, expected| Problem::Value {
        entry: entry.name.to_owned(),
        field,
        value: value.to_owned(),
        expected,
    };

    let command =
        given(&exec.command).ok_or_else(|| missing("exec.command", "name the plugin's command"))?;
    let api_version = given(&exec.api_version).ok_or_else(|| {
        missing("exec.apiVersion", "write client.authentication.k8s.io/v1 if the plugin knows it")
    })?;
    let api_version =
        API_VERSIONS.into_iter().find(|known| *known == api_version).ok_or_else(|| {
            value(
                "exec.apiVersion",
                api_version,
                "client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1; \
                 update the plugin, and let it write the kubeconfig anew",
            )
        })?;
    let interactive_mode = match given(&exec.interactive_mode) {
        Some("Never") => InteractiveMode::Never,
        Some("IfAvailable") => InteractiveMode::IfAvailable,
        Some("Always") => InteractiveMode::Always,
        // The default of v1beta1; v1 has none.
        None if api_version != API_VERSIONS[0] => InteractiveMode::IfAvailable,
        None => {
            let advice = "write Never, IfAvailable or Always";
            return Err(missing("exec.interactiveMode", advice));
        }
        Some(other) => {
            let expected = "Never, IfAvailable or Always";
            return Err(value("exec.interactiveMode", other, expected));
        }
    };
    let mut env = Vec::new();
    for variable in exec.env.iter().flatten() {
        let name = given(&variable.name)
            .ok_or_else(|| missing("exec.env.name", "name the environment variable"))?;
        env.push((name.to_owned(), variable.value.clone().unwrap_or_default()));
    }

    Ok(ExecPlugin {
        command: match command.contains(MAIN_SEPARATOR) {
            true => entry.path(command),
            // Looked for in PATH.
            false => PathBuf::from(command),
        },
        args: exec.args.clone().unwrap_or_default(),
        env,
        api_version,
        install_hint: given(&exec.install_hint).map(str::to_owned),
        interactive_mode,
        cluster: (exec.provide_cluster_info == Some(true)).then_some(cluster),
    })
}

/// The cluster as plugins are told of it, in `spec.cluster`.
pub(in crate::kubeconfig) fn cluster_info(
    cluster: &Cluster,
    certificate_authority: Option<&[u8]>,
) -> Value {
    let mut info = Map::new();
    let mut set = |name: &str, value: Value| info.insert(name.to_owned(), value);
    if let Some(server) = given(&cluster.server) {
        set("server", server.into());
    }
    if let Some(name) = given(&cluster.tls_server_name) {
        set("tls-server-name", name.into());
    }
    if let Some(pem) = certificate_authority {
        set("certificate-authority-data", STANDARD.encode(pem).into());
    }
    if cluster.disable_compression == Some(true) {
        set("disable-compression", true.into());
    }
    let config = cluster
        .extensions
        .iter()
        .flatten()
        .find(|extension| extension.name.as_deref() == Some(CONFIG_EXTENSION))
        .and_then(|extension| extension.extension.clone());
    if let Some(config) = config {
        set("config", config);
    }
    Value::Object(info)
}
