//! What the program is asked to do.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Plays the pod: runs WebAssembly components as if in a Kubernetes pod.
///
/// A component that is run gets what a container in a pod gets, and nothing else of
/// this machine: the two environment variables that name the API server, and a
/// read-only service account folder with token, certificate authority and namespace.
/// Its HTTP requests reach that API server alone, over TLS that trusts the mounted
/// certificate authority alone; and so do connections that it makes itself.
#[derive(Debug, Parser)]
#[command(name = "host-test", version, max_term_width = 100, after_help = EXIT_STATUS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_STATUS: &str = "\
Exit status:
  that of the component, if it ran
    2  the command line is wrong
  125  the pod could not be played: the message says what is missing
  130  interrupted
  134  the component trapped";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a command component in a pod
    ///
    /// Without --kubeconfig and --cluster, the pod's cluster is an API server of this program's
    /// own: it answers as a real one was recorded to, for a service account `reader` in the
    /// namespace `shop`.
    Run(Run),

    /// Start a real API server
    #[command(subcommand)]
    Cluster(Cluster),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cluster {
    /// Keep an API server running until it is interrupted
    ///
    /// It is kube-apiserver over etcd, on 127.0.0.1, with some objects in the namespace `shop`, and
    /// no nodes: pods stay pending. It is built with Go, which takes some ten minutes the first
    /// time; or KUBEBUILDER_ASSETS names a folder with envtest's etcd and kube-apiserver. What it
    /// stored is gone when it ends.
    Up(Up),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Up {
    /// The port to listen on, instead of a free one
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,

    /// Where to put the kubeconfig: a file that is not there yet
    ///
    /// It is removed at the end. Without this, it is put in a folder for temporary files.
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_STATUS)]
pub(crate) struct Run {
    /// Play a pod of the cluster in this file, with the user's credentials
    ///
    /// The token of the user becomes the pod's token, and is renewed as a token file or a
    /// credential plugin renews it. A client certificate is presented by this program and never
    /// reaches the pod.
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// Play a pod of a real API server, which is started for it
    ///
    /// As `cluster up` starts it. The pod has a token of the service account `reader`, which may
    /// read what is in the namespace, and is bound to the pod `web-1` there.
    #[arg(long, conflicts_with = "kubeconfig")]
    pub(crate) cluster: bool,

    /// The context of the kubeconfig, instead of its current one
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    pub(crate) context: Option<String>,

    /// The pod's namespace, instead of the context's
    #[arg(long, short, value_name = "NAME")]
    pub(crate) namespace: Option<String>,

    /// Put a proxy on loopback into the pod, and mount no service account
    ///
    /// As with `kubectl proxy` beside a container: the component speaks plain HTTP to it, and the
    /// proxy brings the credentials.
    #[arg(long)]
    pub(crate) proxy: bool,

    /// Set an environment variable of the pod; give it again for more
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) variables: Vec<(String, String)>,

    /// Show each HTTP request on standard error, the token masked
    ///
    /// Those over wasi:http, that is: what a component sends over its own connections is not seen.
    #[arg(long)]
    pub(crate) show_requests: bool,

    /// The component: it exports wasi:cli/run
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: PathBuf,

    /// Arguments for the component
    #[arg(value_name = "ARGUMENT", last = true)]
    pub(crate) arguments: Vec<String>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !text.contains('\0') => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("an environment variable is given as NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_go_before_the_component_and_its_arguments_after() {
        let command = Arguments::try_parse_from([
            "host-test",
            "run",
            "--env",
            "A=b=c",
            "--proxy",
            "app.wasm",
            "--",
            "--env",
            "x",
        ])
        .unwrap()
        .command;
        let Command::Run(run) = command else { unreachable!() };
        assert_eq!(run.variables, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!(run.arguments, ["--env", "x"]);
        assert!(run.proxy && !run.show_requests);
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        for text in ["A", "=b", "", "A=\0"] {
            assert!(variable(text).is_err(), "{text:?}");
        }
        assert_eq!(variable("A=").unwrap(), ("A".to_owned(), String::new()));
    }

    #[test]
    fn a_pod_is_in_one_cluster() {
        let run = ["host-test", "run", "--cluster", "a.wasm"];
        assert!(Arguments::try_parse_from(run).is_ok());
        for more in [&["--kubeconfig", "f"][..], &["--kubeconfig", "f", "--context", "x"]] {
            let both = run.into_iter().chain(more.iter().copied());
            assert!(Arguments::try_parse_from(both).is_err(), "{more:?}");
        }
    }

    #[test]
    fn a_context_needs_a_kubeconfig() {
        assert!(Arguments::try_parse_from(["host-test", "run", "--context", "x", "a"]).is_err());
    }
}
