//! Logs, by way of the API server. Where there is something to read, a server of the test's own plays the node's kubelet.

use crate::support::{Tenant, shared, status, within_reason};
use host_test::api_server::{Answer, ApiServer, Misbehaviour, Pace, Steps};
use host_test::control_plane::Admin;
use host_test::pod::client::PodClient;
use host_test::pod::client::logs::{Log, LogOptions, Since};
use host_test::pod::client::types::Error;
use http::{Method, StatusCode};
use serde_json::json;

fn options() -> LogOptions {
    LogOptions {
        container: None,
        previous: false,
        since: None,
        tail_lines: None,
        timestamps: false,
        limit_bytes: None,
        follow: false,
        limits: None,
    }
}

async fn tenant() -> Tenant {
    let rules = json!([{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]);
    Tenant::with(shared().await, &rules).await
}

async fn pod(tenant: &Tenant, name: &str, node: Option<&str>) {
    let container = |name| json!({"name": name, "image": "example.com/app"});
    let pod = json!({
        "metadata": {"name": name},
        "spec": {"containers": [container("main"), container("side")], "nodeName": node},
    });
    tenant.admin.create(&tenant.path("pods"), &pod).await.unwrap();
}

async fn lines(client: &mut PodClient, log: &Log) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    while let Some(lines) = log.blocking_lines(client, 100).await.unwrap()? {
        all.extend(lines);
    }
    Ok(all)
}

async fn read(
    client: &mut PodClient,
    pod: &str,
    options: &LogOptions,
) -> Result<Vec<String>, Error> {
    let log = client.open_log(None, pod, options).await.unwrap()?;
    lines(client, &log).await
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn what_the_api_server_does_not_take_is_its_status() {
    within_reason(async {
        let tenant = tenant().await;
        let mut client = tenant.client().await;
        let main = LogOptions { container: Some("main".into()), ..options() };
        let missing = status(read(&mut client, "none", &main).await.unwrap_err());
        assert_eq!((missing.code, missing.message.as_str()), (404, "pods \"none\" not found"));

        pod(&tenant, "pending", None).await;
        // It has no node yet, and so nothing to read.
        assert!(read(&mut client, "pending", &main).await.unwrap().is_empty());
        let follow = LogOptions { follow: true, ..main.clone() };
        assert!(read(&mut client, "pending", &follow).await.unwrap().is_empty());
        let which = status(read(&mut client, "pending", &options()).await.unwrap_err());
        assert_eq!((which.code, which.reason.as_str()), (400, "BadRequest"));
        assert!(which.message.contains("a container name must be specified"), "{which:?}");
        let other = LogOptions { container: Some("other".into()), ..options() };
        let other = status(read(&mut client, "pending", &other).await.unwrap_err());
        assert!(other.message.contains("container other is not valid"), "{other:?}");
        for since in [Since::Seconds(0), Since::Time("yesterday".into())] {
            let options = LogOptions { since: Some(since), ..main.clone() };
            let status = status(read(&mut client, "pending", &options).await.unwrap_err());
            assert!([400, 422].contains(&status.code), "{status:?}");
        }
        let elsewhere = client.open_log(Some("kube-system"), "a", &main).await.unwrap().unwrap();
        let forbidden = status(lines(&mut client, &elsewhere).await.unwrap_err());
        assert_eq!(forbidden.reason, "Forbidden");
        assert!(forbidden.message.contains("pods/log"), "{forbidden:?}");
    })
    .await;
}

/// A node whose kubelet is a server of the test's own.
async fn node(admin: &Admin, name: &str, kubelet: &ApiServer) {
    let address = kubelet.address();
    let status = json!({
        "addresses": [{"type": "InternalIP", "address": address.ip().to_string()}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": address.port()}},
    });
    let node = json!({"metadata": {"name": name}, "status": status});
    admin.create("/api/v1/nodes", &node).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_log_comes_from_the_kubelet_through_the_api_server() {
    within_reason(async {
        let tenant = tenant().await;
        let namespace = &tenant.account.namespace;
        let kubelet = ApiServer::builder().without_http2().start().await.unwrap();
        node(&tenant.admin, namespace, &kubelet).await;
        pod(&tenant, "web-1", Some(namespace)).await;
        let mut client = tenant.client().await;

        let log = "2026-11-24T14:17:09Z one\n\nzwei größer\n\u{1f980}";
        let says = |text: &'static str| Answer::text(StatusCode::OK, text).in_chunks();
        // The API server is nobody to this kubelet, which answers nevertheless.
        kubelet.misbehave_always(Misbehaviour::Status(says(log)));
        let all = LogOptions {
            container: Some("side".into()),
            previous: true,
            since: Some(Since::Time("2026-11-24T14:17:08Z".into())),
            tail_lines: Some(3),
            timestamps: true,
            limit_bytes: Some(1000),
            follow: true,
            limits: None,
        };
        let expected = ["2026-11-24T14:17:09Z one", "", "zwei größer", "\u{1f980}"];
        assert_eq!(read(&mut client, "web-1", &all).await.unwrap(), expected);
        let asked = kubelet.journal().requests().pop().unwrap();
        assert_eq!(asked.method, Method::GET);
        assert_eq!(asked.path, format!("/containerLogs/{namespace}/web-1/side"));
        let query = asked.query.unwrap();
        for option in [
            "follow=true",
            "limitBytes=1000",
            "previous=true",
            "sinceTime=2026-11-24T14%3A17%3A08Z",
            "tailLines=3",
            "timestamps=true",
        ] {
            assert!(query.split('&').any(|other| other == option), "no {option} in {query}");
        }

        let main = LogOptions { container: Some("main".into()), follow: true, ..options() };
        let gone = Answer::text(StatusCode::BAD_REQUEST, "previous terminated container not found");
        kubelet.misbehave_always(Misbehaviour::Status(gone));
        let gone = status(read(&mut client, "web-1", &main).await.unwrap_err());
        assert!(gone.message.contains("previous terminated container not found"), "{gone:?}");
        tenant.admin.delete(&format!("/api/v1/nodes/{namespace}")).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn each_line_comes_through_the_api_server_when_the_kubelet_writes_it() {
    within_reason(async {
        let tenant = tenant().await;
        let namespace = &tenant.account.namespace;
        let kubelet = ApiServer::builder().without_http2().start().await.unwrap();
        node(&tenant.admin, namespace, &kubelet).await;
        pod(&tenant, "web-1", Some(namespace)).await;
        let mut client = tenant.client().await;
        let steps = Steps::new();
        let pace = Pace::Stepped(steps.clone());
        let log = Answer::text(StatusCode::OK, "one\ntwo\nsix\nend\n").in_chunks();
        let log = log.with_misbehaviour(Misbehaviour::SlowBytes { chunk: 4, pace });
        // The API server is nobody to this kubelet, which answers nevertheless.
        kubelet.misbehave_always(Misbehaviour::Status(log));
        let options = LogOptions { container: Some("main".into()), follow: true, ..options() };
        let log = client.open_log(None, "web-1", &options).await.unwrap().unwrap();
        for line in ["one", "two", "six", "end"] {
            // The one after it is not written yet.
            steps.release(1);
            let lines = log.blocking_lines(&mut client, 9).await.unwrap().unwrap();
            assert_eq!(lines.unwrap(), [line]);
        }
        assert_eq!(log.blocking_lines(&mut client, 9).await.unwrap().unwrap(), None);
        tenant.admin.delete(&format!("/api/v1/nodes/{namespace}")).await.unwrap();
    })
    .await;
}
