//! `run` with an API server of the program's own.

use crate::support::{Call, component};

#[tokio::test]
async fn the_tutorial_reads_like_the_page_that_it_walks_through() {
    let outcome = Call::run().args([component("tutorial")]).outcome().await;
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    for line in [
        "APISERVER=https://127.0.0.1:",
        "NAMESPACE=shop\n",
        "TOKEN=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\n",
        "CACERT=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt\n# (1 certificate)\n",
        "GET https://127.0.0.1:",
        "\"kind\": \"APIVersions\"",
    ] {
        assert!(outcome.stdout.contains(line), "{line}\n---\n{}", outcome.stdout);
    }
    assert_eq!(outcome.stderr, "");
    assert_eq!(outcome.left, [""; 0]);
}

#[tokio::test]
async fn the_tutorial_runs_through_a_proxy() {
    let outcome = Call::run()
        .args(["--proxy", "--show-requests"])
        .args([component("tutorial")])
        .outcome()
        .await;
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("APISERVER=http://127.0.0.1:"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("NAMESPACE=shop\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("\"kind\": \"APIVersions\""), "{}", outcome.stdout);
    // What goes from the pod to its proxy has no credentials at all.
    assert!(outcome.stderr.contains("> GET http://127.0.0.1:"), "{}", outcome.stderr);
    assert!(!outcome.stderr.to_lowercase().contains("authorization"), "{}", outcome.stderr);
    assert_eq!(outcome.left, [""; 0]);
}

#[tokio::test]
async fn requests_are_shown_with_the_token_masked() {
    let outcome = Call::run().args(["--show-requests"]).args([component("hello")]).outcome().await;
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    for line in [
        "[1] > GET https://127.0.0.1:",
        "/api/v1/namespaces/shop/pods?limit=500\n",
        "[1] > authorization: Bearer [redacted]\n",
        "[1] < HTTP/2.0 200 OK (on a new connection)\n",
    ] {
        assert!(outcome.stderr.contains(line), "{line}\n---\n{}", outcome.stderr);
    }
}

#[tokio::test]
async fn a_variable_that_is_set_goes_before_what_the_cluster_gives() {
    let outcome = Call::run()
        .args(["--env", "KUBERNETES_SERVICE_HOST="])
        .args([component("tutorial")])
        .outcome()
        .await;
    assert_eq!(outcome.status, Some(1));
    assert!(
        outcome.stderr.starts_with("tutorial: KUBERNETES_SERVICE_HOST is not set, or empty"),
        "{}",
        outcome.stderr
    );
}

#[tokio::test]
async fn an_example_that_fails_says_why_and_does_not_trap() {
    for name in ["hello", "tutorial"] {
        let outcome = Call::run()
            .args(["--env", "KUBERNETES_SERVICE_PORT_HTTPS=none"])
            .args([component(name)])
            .outcome()
            .await;
        assert_eq!(outcome.status, Some(1), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("KUBERNETES_SERVICE_PORT_HTTPS"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    }
}

#[tokio::test]
async fn the_host_verifies_the_name_that_the_pod_is_told() {
    for (name, status) in [("kubernetes.default.svc", 0), ("elsewhere.example", 1)] {
        let outcome = Call::run()
            .args(["--env", &format!("K8S_IN_CLUSTER_TLS_SERVER_NAME={name}")])
            .args([component("tutorial")])
            .outcome()
            .await;
        assert_eq!(outcome.status, Some(status), "{}", outcome.stderr);
        assert!(outcome.stdout.contains(&format!("# ({name} is the name")), "{}", outcome.stdout);
        assert_eq!(status == 1, outcome.stderr.contains("TLS-certificate-error"));
    }
}

#[tokio::test]
async fn what_can_not_be_run_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let alone = r#"(component
        (import "k8s:in-cluster/cluster@0.1.0" (instance (export "discover" (func)))))"#;
    let alone = wat::parse_str(alone).unwrap();
    for (file, expected) in [
        (file("alone.wasm", &alone), "by `cargo xtask compose "),
        (folder.path().join("missing.wasm"), "missing.wasm can't be read"),
        (file("text.wasm", b"hello"), "text.wasm is not WebAssembly"),
        (file("module.wasm", b"\0asm\x01\0\0\0"), "module.wasm"),
        (component("k8s-in-cluster"), "no `wasi:cli/run`"),
    ] {
        let outcome = Call::run().args([file]).outcome().await;
        assert_eq!(outcome.status, Some(125));
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_told_from_a_failure() {
    for arguments in [&["--no-such-option"][..], &[], &["--env", "novalue", "x.wasm"]] {
        let outcome = Call::run().args(arguments).outcome().await;
        assert_eq!(outcome.status, Some(2), "{arguments:?}");
        assert!(outcome.stderr.contains("error:"), "{}", outcome.stderr);
    }
}

#[tokio::test]
async fn an_application_that_was_not_composed_is_told_to_be() {
    let outcome = Call::run().args([component("least-privilege.alone")]).outcome().await;
    assert_eq!(outcome.status, Some(125), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("compose it with the component"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`cargo xtask compose "), "{}", outcome.stderr);
}
