#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::kubeconfig::{Credentials, Kubeconfig};

const V1: &str = "client.authentication.k8s.io/v1";

/// A folder with a kubeconfig whose user has a plugin: a shell script, run by
/// `sh`, that finds the folder in `$FOLDER`.
struct Desk {
    folder: TempDir,
    /// The fields of `exec` beside command, arguments and environment.
    fields: String,
    /// The fields of the cluster beside the server.
    cluster: String,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            folder: tempfile::tempdir().unwrap(),
            fields: format!("apiVersion: {V1}, interactiveMode: Never"),
            cluster: String::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn plugin(&self, command: &str, script: &str) -> ExecPlugin {
        fs::write(self.path("plugin.sh"), script).unwrap();
        let text = format!(
            "current-context: dev\n\
             contexts: [{{name: dev, context: {{cluster: kind, user: admin}}}}]\n\
             clusters: [{{name: kind, cluster: {{server: 'https://10.0.0.1:6443', {cluster}}}}}]\n\
             users: [{{name: admin, user: {{exec: {{command: '{command}', args: ['{script}', s3cret],\n\
             \x20 env: [{{name: FOLDER, value: '{folder}'}}], {fields}}}}}}}]\n",
            script = self.path("plugin.sh").display(),
            folder = self.folder.path().display(),
            cluster = self.cluster,
            fields = self.fields,
        );
        fs::write(self.path("config"), text).unwrap();
        let kubeconfig = Kubeconfig::read(self.path("config")).unwrap();
        match kubeconfig.resolve(None).unwrap().credentials {
            Credentials::Exec(plugin) => plugin,
            other => panic!("{other:?}"),
        }
    }

    async fn run(&self, script: &str) -> Result<ExecCredential, ExecError> {
        self.plugin("sh", script).credential_with(false).await
    }

    /// The text of the error that a script leads to, with no secret in it.
    async fn error(&self, script: &str) -> String {
        let error = self.run(script).await.expect_err("an error");
        let text = error.to_string();
        for said in [text.clone(), format!("{error:?}")] {
            assert!(!said.contains("s3cret"), "{said}");
        }
        let text = text.strip_prefix("credential plugin sh: ").expect(&text);
        text.to_owned()
    }
}

/// A script that answers with a status.
fn answer(status: &str) -> String {
    answer_with(V1, "ExecCredential", status)
}

fn answer_with(api_version: &str, kind: &str, status: &str) -> String {
    format!(
        "cat <<'END'\n{{\"kind\": \"{kind}\", \"apiVersion\": \"{api_version}\", \
         \"spec\": {{\"interactive\": false}}, \"status\": {status}}}\nEND\n"
    )
}

#[tokio::test]
async fn a_token() {
    let desk = Desk::new();
    let script = answer(r#"{"token": "s3cret", "expirationTimestamp": "2126-11-24T15:21:05Z"}"#);
    let credential = desk.run(&script).await.unwrap();
    assert_eq!(credential.token().unwrap().expose(), "s3cret");
    assert_eq!(credential.client_certificate(), None);
    let expires = credential.expires().unwrap();
    assert_eq!(credential.renew_at(), Some(expires - Duration::from_secs(60)));
    let debug = format!("{credential:?}");
    assert!(!debug.contains("s3cret"), "{debug}");
}

#[tokio::test]
async fn a_client_certificate() {
    let desk = Desk::new();
    let pair = rcgen::generate_simple_self_signed(["admin".to_owned()]).unwrap();
    let (certificate, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
    let status = json!({ "clientCertificateData": certificate, "clientKeyData": key });
    let credential = desk.run(&answer(&status.to_string())).await.unwrap();
    assert_eq!(credential.token(), None);
    assert_eq!(credential.renew_at(), None);
    let debug = format!("{credential:?}");
    assert!(!debug.contains(key.lines().nth(1).unwrap()), "{debug}");
    let found = credential.client_certificate().unwrap();
    assert_eq!(found.certificate_pem, certificate.as_bytes());
    assert_eq!(found.key_pem, key.as_bytes());
}

#[tokio::test]
async fn the_older_version_needs_no_interactive_mode() {
    const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";
    let mut desk = Desk::new();
    desk.fields = format!("apiVersion: {V1BETA1}");
    let script = answer_with(V1BETA1, "ExecCredential", r#"{"token": "abc"}"#);
    let credential = desk.run(&script).await.unwrap();
    assert_eq!(credential.token().unwrap().expose(), "abc");
}

/// Runs a plugin and returns what it was told in the environment.
async fn told(desk: &Desk, stdin_is_terminal: bool) -> Value {
    let script = format!(
        "printf %s \"$KUBERNETES_EXEC_INFO\" > \"$FOLDER/info\"\n{}",
        answer(r#"{"token": "abc"}"#)
    );
    let plugin = desk.plugin("sh", &script);
    plugin.credential_with(stdin_is_terminal).await.unwrap();
    serde_json::from_slice(&fs::read(desk.path("info")).unwrap()).unwrap()
}

#[tokio::test]
async fn what_a_plugin_is_told() {
    let desk = Desk::new();
    assert_eq!(
        told(&desk, false).await,
        json!({"apiVersion": V1, "kind": "ExecCredential", "spec": {"interactive": false}})
    );
}

#[tokio::test]
async fn a_plugin_is_told_of_the_cluster_if_it_is_to_be() {
    let mut desk = Desk::new();
    let pair = rcgen::generate_simple_self_signed(["kubernetes".to_owned()]).unwrap();
    fs::write(desk.path("ca.crt"), pair.cert.pem()).unwrap();
    desk.fields += ", provideClusterInfo: true";
    desk.cluster = "tls-server-name: kubernetes, certificate-authority: ca.crt, extensions: [\
        {name: other, extension: {a: 1}}, \
        {name: client.authentication.k8s.io/exec, extension: {audience: 06e3fbd18de8, n: [1]}}]"
        .to_owned();
    use base64::Engine as _;
    let ca = base64::engine::general_purpose::STANDARD.encode(pair.cert.pem());
    assert_eq!(
        told(&desk, false).await,
        json!({
            "apiVersion": V1,
            "kind": "ExecCredential",
            "spec": {
                "cluster": {
                    "server": "https://10.0.0.1:6443",
                    "tls-server-name": "kubernetes",
                    "certificate-authority-data": ca,
                    "config": { "audience": "06e3fbd18de8", "n": [1] },
                },
                "interactive": false,
            },
        })
    );
}

#[tokio::test]
async fn a_terminal_is_handed_on_where_the_mode_allows() {
    let mut desk = Desk::new();
    for (mode, terminal, interactive) in [
        ("Never", true, false),
        ("IfAvailable", true, true),
        ("IfAvailable", false, false),
        ("Always", true, true),
    ] {
        desk.fields = format!("apiVersion: {V1}, interactiveMode: {mode}");
        let info = told(&desk, terminal).await;
        assert_eq!(info["spec"]["interactive"], json!(interactive), "{mode}");
    }
    desk.fields = format!("apiVersion: {V1}, interactiveMode: Always");
    let error = desk.error("touch \"$FOLDER/ran\"").await;
    assert!(error.contains("standard input is no terminal"), "{error}");
    assert!(!desk.path("ran").exists());
}

#[tokio::test]
async fn without_a_terminal_standard_input_is_empty() {
    let desk = Desk::new();
    let script = format!("cat > \"$FOLDER/stdin\"\n{}", answer(r#"{"token": "abc"}"#));
    desk.run(&script).await.unwrap();
    assert_eq!(fs::read(desk.path("stdin")).unwrap(), b"");
}

#[tokio::test]
async fn a_command_with_a_slash_starts_at_the_kubeconfigs_folder() {
    let desk = Desk::new();
    fs::create_dir(desk.path("bin")).unwrap();
    std::os::unix::fs::symlink("/bin/sh", desk.path("bin/sh")).unwrap();
    let plugin = desk.plugin("./bin/sh", &answer(r#"{"token": "abc"}"#));
    assert_eq!(plugin.command, desk.path("./bin/sh"));
    assert!(plugin.credential_with(false).await.is_ok());
}

#[tokio::test]
async fn a_command_that_is_not_there() {
    let mut desk = Desk::new();
    desk.fields += ", installHint: \"Get it at \\e[1mhttps://example.com/get\"";
    let plugin = desk.plugin("no-such-credential-plugin", "");
    let error = plugin.credential_with(false).await.unwrap_err().to_string();
    for part in [
        "credential plugin no-such-credential-plugin: ",
        "not there; install it",
        "PATH. The kubeconfig says:\nGet it at [1mhttps://example.com/get",
    ] {
        assert!(error.contains(part), "{error:?}");
    }
}

#[tokio::test]
async fn a_command_that_may_not_be_run() {
    let desk = Desk::new();
    let plugin = desk.plugin("./config", "");
    let error = plugin.credential_with(false).await.unwrap_err().to_string();
    assert!(error.contains("/config: the command can't be run: Permission denied"), "{error}");
}

#[tokio::test]
async fn a_plugin_that_fails() {
    let desk = Desk::new();
    let error = desk
        .error("echo s3cret; echo 'Session has expired.' >&2; printf '\\033[31mred' >&2; exit 7")
        .await;
    assert_eq!(
        error,
        "it failed with exit status: 7; run it by hand, or sign in again. It wrote:\n\
         Session has expired.\n[31mred"
    );

    let error = desk.error("exit 1").await;
    assert!(error.ends_with("It wrote nothing to standard error"), "{error}");

    let error = desk.error("kill -9 $$").await;
    assert!(error.contains("signal: 9"), "{error}");
}

#[tokio::test]
async fn only_the_end_of_much_standard_error_is_told() {
    let desk = Desk::new();
    let error = desk
        .error(
            "echo the beginning >&2; i=0; while [ $i -lt 5000 ]; do echo line $i >&2; \
             i=$((i + 1)); done; echo the end >&2; exit 1",
        )
        .await;
    assert!(error.ends_with("\nline 4999\nthe end"), "{error}");
    assert!(!error.contains("the beginning"), "{error}");
    assert!(error.len() < 2048 + 200, "{}", error.len());
}

#[tokio::test]
async fn a_plugin_that_writes_too_much() {
    let desk = Desk::new();
    let error = desk.error("while :; do echo s3cret; done").await;
    assert!(error.contains("more than 1048576 bytes"), "{error}");
}

#[tokio::test]
async fn answers_that_are_none() {
    let desk = Desk::new();
    let v1beta1 = "client.authentication.k8s.io/v1beta1";
    for (script, says) in [
        ("".to_owned(), "wrote nothing to standard output"),
        ("echo".to_owned(), "wrote nothing to standard output"),
        ("echo s3cret".to_owned(), "no ExecCredential in JSON"),
        ("echo '\"s3cret\"'".to_owned(), "no ExecCredential in JSON"),
        ("printf '{\"kind\": \"ExecCredential\", \"s3cret'".to_owned(), "from line 1, column 34"),
        (answer("\"s3cret\""), "no ExecCredential in JSON"),
        (answer(r#"{"token": {"s3cret": 1}}"#), "no ExecCredential in JSON"),
        (answer_with(V1, "s3cret", r#"{"token": "s3cret"}"#), "kind is not ExecCredential"),
        ("echo '{}'".to_owned(), "kind is not ExecCredential"),
        (
            answer_with(v1beta1, "ExecCredential", r#"{"token": "s3cret"}"#),
            "another apiVersion than client.authentication.k8s.io/v1, which exec.apiVersion asks for",
        ),
        (answer("null"), "neither a token nor a client certificate"),
        (answer("{}"), "neither a token nor a client certificate"),
        (answer(r#"{"token": ""}"#), "neither a token nor a client certificate"),
        (
            answer(r#"{"clientKeyData": "s3cret"}"#),
            "only one of clientCertificateData and clientKeyData",
        ),
        (
            answer(r#"{"token": "s3cret", "clientCertificateData": "s3cret"}"#),
            "only one of clientCertificateData and clientKeyData",
        ),
        (
            answer(r#"{"clientCertificateData": "s3cret", "clientKeyData": "s3cret"}"#),
            "clientCertificateData is no PEM",
        ),
        (answer(r#"{"token": "s3cret\ns3cret"}"#), "its token holds a byte, number 7"),
        (
            answer(r#"{"token": "s3cret", "expirationTimestamp": "s3cret"}"#),
            "expirationTimestamp is no time in the form of RFC 3339",
        ),
    ] {
        let error = desk.error(&script).await;
        assert!(error.contains(says), "{script}: {error}");
    }
}

#[tokio::test]
async fn dropping_the_call_ends_the_plugin() {
    let desk = Desk::new();
    let fifo = desk.path("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());

    // The plugin holds the pipe open for as long as it lives.
    let plugin = desk.plugin("sh", "exec 3>\"$FOLDER/fifo\"; echo started >&3; exec sleep 3600");
    let (started, plugin_started) = tokio::sync::oneshot::channel();
    let ended = tokio::task::spawn_blocking(move || wait_for_end(&fifo, started));
    tokio::select! {
        result = plugin.credential_with(false) => panic!("{result:?}"),
        started = plugin_started => started.unwrap(),
    }
    let hang = Duration::from_secs(120);
    tokio::time::timeout(hang, ended).await.unwrap().unwrap();
}

fn wait_for_end(fifo: &Path, started: tokio::sync::oneshot::Sender<()>) {
    let mut pipe = BufReader::new(fs::File::open(fifo).unwrap());
    let mut line = String::new();
    pipe.read_line(&mut line).unwrap();
    assert_eq!(line, "started\n");
    started.send(()).unwrap();
    pipe.read_to_string(&mut line).unwrap();
}
