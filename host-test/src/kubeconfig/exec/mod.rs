//! Credential plugins: commands that give credentials.
//!
//! See <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.

mod config;
mod credential;
mod error;
mod run;

use std::fmt;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::{Value, json};

pub(super) use config::{cluster_info, plugin};
pub use credential::ExecCredential;
pub use error::{ExecError, ExecProblem};

/// Versions of `client.authentication.k8s.io` that are spoken.
const API_VERSIONS: [&str; 2] =
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// A command that gives credentials.
///
/// `Debug` shows the command, but neither arguments nor environment: they may be
/// secret.
pub struct ExecPlugin {
    command: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    api_version: &'static str,
    install_hint: Option<String>,
    interactive_mode: InteractiveMode,
    /// `spec.cluster`, where the plugin is to have it.
    cluster: Option<Value>,
}

/// Whether a plugin may use this program's standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InteractiveMode {
    Never,
    IfAvailable,
    Always,
}

impl ExecPlugin {
    /// Runs the command and takes the credentials that it writes.
    ///
    /// A plugin that may use the terminal has it until it is done, and what it
    /// writes to standard error is passed on. There is no limit of time: it may
    /// wait for someone to sign in. The command is ended when this is dropped.
    pub async fn credential(&self) -> Result<ExecCredential, ExecError> {
        self.credential_with(std::io::stdin().is_terminal()).await
    }

    async fn credential_with(&self, stdin_is_terminal: bool) -> Result<ExecCredential, ExecError> {
        let credential = async {
            let interactive = match self.interactive_mode {
                InteractiveMode::Never => false,
                InteractiveMode::IfAvailable => stdin_is_terminal,
                InteractiveMode::Always if stdin_is_terminal => true,
                InteractiveMode::Always => return Err(ExecProblem::NoTerminal),
            };
            let stdout = run::run(self, interactive).await?;
            credential::parse(&stdout, self.api_version, SystemTime::now())
        };
        credential.await.map_err(|problem| ExecError { command: self.command.clone(), problem })
    }

    /// What the plugin is told, in `KUBERNETES_EXEC_INFO`.
    fn info(&self, interactive: bool) -> String {
        let mut spec = json!({ "interactive": interactive });
        if let Some(cluster) = &self.cluster {
            spec["cluster"] = cluster.clone();
        }
        json!({ "apiVersion": self.api_version, "kind": "ExecCredential", "spec": spec })
            .to_string()
    }
}

impl fmt::Debug for ExecPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecPlugin")
            .field("command", &self.command)
            .field("api_version", &self.api_version)
            .field("interactive_mode", &self.interactive_mode)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
