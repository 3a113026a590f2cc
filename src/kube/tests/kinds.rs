//! What objects of some kinds have beside the verbs.

use super::{client, header, run, sent};
use crate::client::tests::script::{Script, answer};
use crate::kube::Api;
use crate::kube::api::*;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::{Node, Pod, ServiceAccount};
use serde_json::{Value, json};

fn object(kind: &str) -> Script {
    let object = json!({
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"audiences": [], "containers": [], "request": "", "selector": {}, "signerName": "", "template": {}},
    });
    answer(200, object.to_string().leak().as_bytes())
}

#[test]
fn they_are_what_kube_sends() {
    let csr = "CertificateSigningRequest";
    let few = ["Deployment", "Node", "Node", "TokenRequest", csr, csr];
    let (client, stage) = client(few.into_iter().chain(["Pod"; 7]).map(object));
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let nodes: Api<Node> = Api::all(client.clone());
    let accounts: Api<ServiceAccount> = Api::default_namespaced(client.clone());
    let requests: Api<CertificateSigningRequest> = Api::all(client.clone());
    let deployments: Api<Deployment> = Api::default_namespaced(client);
    let (post, params) = (PostParams::default(), PatchParams::default());
    let patch = Patch::Strategic(json!({"a": 1}));
    run(&stage, async {
        deployments.restart("web").await.unwrap();
        nodes.cordon("node-1").await.unwrap();
        nodes.uncordon("node-1").await.unwrap();
        let request = TokenRequest::default();
        accounts.create_token_request("reader", &post, &request).await.unwrap();
        requests.get_approval("csr").await.unwrap();
        requests.patch_approval("csr", &params, &patch).await.unwrap();
        let pod = pods.get_ephemeral_containers("web").await.unwrap();
        pods.patch_ephemeral_containers("web", &params, &patch).await.unwrap();
        pods.replace_ephemeral_containers("web", &post, &pod).await.unwrap();
        pods.get_resize("web").await.unwrap();
        pods.patch_resize("web", &params, &patch).await.unwrap();
        pods.replace_resize("web", &post, &pod).await.unwrap();
        let version = GetParams::at("7");
        assert!(pods.get_metadata_opt_with("web", &version).await.unwrap().is_some());
    });
    let (line, restarted) = sent(&stage, 0);
    assert_eq!(line, "PATCH /apis/apps/v1/namespaces/shop/deployments/web");
    let restarted: Value = serde_json::from_str(&restarted).unwrap();
    let annotations = &restarted["spec"]["template"]["metadata"]["annotations"];
    assert!(annotations["kube.kubernetes.io/restartedAt"].is_string(), "{restarted}");
    let core = "/api/v1/namespaces/shop";
    let csr = "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr/approval";
    let cordoned = |value| json!({"spec": {"unschedulable": value}}).to_string();
    let pod = r#""kind":"Pod""#;
    for (index, (line, body)) in [
        ("PATCH /api/v1/nodes/node-1".to_owned(), &*cordoned(true)),
        ("PATCH /api/v1/nodes/node-1".to_owned(), &*cordoned(false)),
        (format!("POST {core}/serviceaccounts/reader/token"), r#""kind":"TokenRequest""#),
        (format!("GET {csr}"), ""),
        (format!("PATCH {csr}"), r#"{"a":1}"#),
        (format!("GET {core}/pods/web/ephemeralcontainers"), ""),
        (format!("PATCH {core}/pods/web/ephemeralcontainers"), r#"{"a":1}"#),
        (format!("PUT {core}/pods/web/ephemeralcontainers"), pod),
        (format!("GET {core}/pods/web/resize"), ""),
        (format!("PATCH {core}/pods/web/resize"), r#"{"a":1}"#),
        (format!("PUT {core}/pods/web/resize"), pod),
        (format!("GET {core}/pods/web?resourceVersion=7"), ""),
    ]
    .into_iter()
    .enumerate()
    {
        let (sent, text) = sent(&stage, index + 1);
        assert_eq!(sent, line);
        assert!(text.contains(body) && text.is_empty() == body.is_empty(), "{line}: {text}");
    }
    assert_eq!(
        header(&stage, 1, "content-type").as_deref(),
        Some("application/strategic-merge-patch+json")
    );
}
