//! `run --kubeconfig`: a pod of a cluster that a user has access to.

use crate::support::{Call, Outcome, component, outcome};
use host_test::api_server::{ApiServer, CertificateAuthority, Misbehaviour, RecordedRequest};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A kubeconfig for a server, with a user as the YAML text says.
fn kubeconfig(folder: &Path, server: &ApiServer, user: &str) -> PathBuf {
    std::fs::write(folder.join("ca.crt"), server.ca_pem()).unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: other\n\
         clusters:\n- name: c\n  cluster:\n    server: {}\n    certificate-authority: ca.crt\n\
         users:\n- name: u\n  user:\n{user}\n\
         contexts:\n- name: mine\n  context: {{cluster: c, user: u, namespace: shop}}\n\
         - name: other\n  context: {{cluster: none, user: u}}\n",
        server.url()
    );
    let file = folder.join("config");
    std::fs::write(&file, text).unwrap();
    file
}

/// Runs `hello` in a pod of the server, with the user's credentials.
async fn hello(
    server: &ApiServer,
    folder: &TempDir,
    user: &str,
) -> (Outcome, Vec<RecordedRequest>) {
    let config = kubeconfig(folder.path(), server, user);
    let outcome = Call::run()
        .args(["--show-requests", "--context", "mine", "--kubeconfig"])
        .args([config, component("hello")])
        .outcome()
        .await;
    (outcome, server.journal().requests())
}

fn assert_pods(outcome: &Outcome, token: &str) {
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("\"web-1\""), "{} {}", outcome.stdout, outcome.stderr);
    assert!(!outcome.stderr.contains(token), "{}", outcome.stderr);
    assert_eq!(outcome.left, [""; 0]);
}

#[tokio::test]
async fn a_token_becomes_the_pods_token() {
    let server = ApiServer::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let user = format!("    token: {}", server.token());
    let (outcome, requests) = hello(&server, &folder, &user).await;
    assert_pods(&outcome, server.token());
    let expected = format!("Bearer {}", server.token());
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("authorization"), Some(expected.as_str()));
}

#[tokio::test]
async fn a_token_file_and_a_plugin_give_one_too() {
    let server = ApiServer::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), format!("{}\n", server.token())).unwrap();
    let credential = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"{}"}}}}"#,
        server.token()
    );
    std::fs::write(folder.path().join("credential"), credential).unwrap();
    let plugin = format!(
        "    exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
         command: cat, args: [{}/credential]}}",
        folder.path().display()
    );
    for user in ["    tokenFile: token", plugin.as_str()] {
        let (outcome, requests) = hello(&server, &folder, user).await;
        assert_pods(&outcome, server.token());
        let expected = format!("Bearer {}", server.token());
        assert_eq!(requests.last().unwrap().header("authorization"), Some(expected.as_str()));
    }
}

#[tokio::test]
async fn a_client_certificate_is_presented_by_the_host_and_no_token_is_sent() {
    let authority = CertificateAuthority::new("users").unwrap();
    let user = authority.issue_client("system:serviceaccount:shop:reader").unwrap();
    let server = ApiServer::builder().accept_clients_of(&authority).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("user.crt"), user.pem()).unwrap();
    std::fs::write(folder.path().join("user.key"), user.key_pem()).unwrap();
    let (outcome, requests) =
        hello(&server, &folder, "    client-certificate: user.crt\n    client-key: user.key").await;
    assert_pods(&outcome, user.key_pem());
    assert!(requests[0].connection.client_certificate.is_some());
    assert_eq!(requests[0].header("authorization"), None);
}

#[tokio::test]
async fn a_proxy_uses_the_users_credentials() {
    let server = ApiServer::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = kubeconfig(folder.path(), &server, &format!("    token: {}", server.token()));
    let outcome = Call::run()
        .args(["--proxy", "--context", "mine", "--kubeconfig"])
        .args([config, component("hello")])
        .outcome()
        .await;
    assert_pods(&outcome, server.token());
    let expected = format!("Bearer {}", server.token());
    let requests = server.journal().requests();
    assert_eq!(requests[0].header("authorization"), Some(expected.as_str()));
}

#[tokio::test]
async fn another_cluster_is_not_trusted_and_gets_no_token() {
    let server = ApiServer::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = kubeconfig(folder.path(), &server, "    token: a-token");
    let other = CertificateAuthority::new("kubernetes").unwrap();
    std::fs::write(folder.path().join("ca.crt"), other.pem()).unwrap();
    let outcome = Call::run()
        .args(["--context", "mine", "--kubeconfig"])
        .args([config, component("tutorial")])
        .outcome()
        .await;
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.stderr.contains("TLS-certificate-error"), "{}", outcome.stderr);
    assert!(server.journal().requests().is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_the_kubeconfig_is_said_before_anything_runs() {
    let server = ApiServer::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = kubeconfig(folder.path(), &server, "    {}");
    for (context, expected) in [("mine", "no credentials"), ("other", "none"), ("gone", "mine")] {
        let outcome = Call::run()
            .args(["--context", context, "--kubeconfig"])
            .args([config.clone(), component("hello")])
            .outcome()
            .await;
        assert_eq!(outcome.status, Some(125), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{context}: {}", outcome.stderr);
    }
    assert_eq!(server.journal().accepted_connections(), 0);
}

#[tokio::test]
async fn an_interrupted_pod_leaves_no_file() {
    let server = ApiServer::builder().start().await.unwrap();
    server.misbehave_always(Misbehaviour::StallBeforeHead);
    let folder = tempfile::tempdir().unwrap();
    let config = kubeconfig(folder.path(), &server, &format!("    token: {}", server.token()));
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        server.journal().clear();
        let (child, temporary) = Call::run()
            .args(["--context", "mine", "--kubeconfig"])
            .args([config.clone(), component("hello")])
            .start();
        server.journal().wait_for(1).await;
        assert!(std::fs::read_dir(temporary.path()).unwrap().next().is_some());
        let process = child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", signal, &process]).status().unwrap();
        assert!(sent.success());
        let outcome = outcome(child.wait_with_output().await.unwrap(), &temporary);
        assert_eq!(outcome.status, Some(status));
        assert_eq!(outcome.left, [""; 0]);
    }
}
