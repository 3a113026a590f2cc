//! What the API server says of a request: its Status, its warnings.

use crate::support::{Tenant, shared, status, value};
use host_test::pod::client::types::Status;
use serde_json::json;

fn causes(status: &Status) -> Vec<(&str, &str)> {
    let details = status.details.as_ref().unwrap();
    details.causes.iter().map(|cause| (cause.reason.as_str(), cause.field.as_str())).collect()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn failures_come_with_the_servers_status() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let mut client = tenant.client().await;
    tenant.config_map(&mut client, "web", "one").await.unwrap();

    let exists = status(tenant.config_map(&mut client, "web", "two").await.unwrap_err());
    assert_eq!((exists.code, exists.reason.as_str()), (409, "AlreadyExists"));
    assert_eq!(exists.message, "configmaps \"web\" already exists");
    let details = exists.details.unwrap();
    assert_eq!((details.name.as_str(), details.kind.as_str()), ("web", "configmaps"));

    let stale = json!({"metadata": {"name": "web", "resourceVersion": "1"}}).to_string();
    let put = tenant.json("PUT", &tenant.path("configmaps/web"));
    let conflict = status(client.send(&put, Some(stale.as_bytes())).await.unwrap().unwrap_err());
    assert_eq!((conflict.code, conflict.reason.as_str()), (409, "Conflict"));
    assert!(conflict.message.contains("the object has been modified"), "{conflict:?}");

    let invalid = status(tenant.config_map(&mut client, "Not_A_Name", "x").await.unwrap_err());
    assert_eq!((invalid.code, invalid.reason.as_str()), (422, "Invalid"));
    assert_eq!(causes(&invalid), [("FieldValueInvalid", "metadata.name")]);

    let mut apply = tenant.request("PATCH", &tenant.path("configmaps/web"));
    let content_type = ("Content-Type".to_owned(), "application/apply-patch+yaml".to_owned());
    apply.headers.push(content_type);
    apply.query = vec![("fieldManager".to_owned(), "two".to_owned())];
    let object = b"{apiVersion: v1, kind: ConfigMap, data: {key: applied}}";
    let conflict = status(client.send(&apply, Some(object)).await.unwrap().unwrap_err());
    assert_eq!((conflict.code, conflict.reason.as_str()), (409, "Conflict"));
    assert_eq!(causes(&conflict), [("FieldManagerConflict", ".data.key")]);
    apply.query.push(("force".to_owned(), "true".to_owned()));
    let applied = client.send(&apply, Some(object)).await.unwrap().unwrap();
    assert_eq!(value(&applied)["data"]["key"], "applied");

    let missing = client.send(&tenant.get(&tenant.path("pods/none")), None).await.unwrap();
    let missing = status(missing.unwrap_err());
    assert_eq!((missing.code, missing.reason.as_str()), (404, "NotFound"));
    assert_eq!(missing.message, "pods \"none\" not found");
    tenant.assert_identified(server, 7);
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn warnings_reach_the_caller() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let mut client = tenant.client().await;
    let object = json!({"metadata": {"name": "web"}, "datum": {"key": "\u{e9}"}}).to_string();
    let mut post = tenant.json("POST", &tenant.path("configmaps"));
    post.query = vec![("fieldValidation".to_owned(), "Warn".to_owned())];
    let made = client.send(&post, Some(object.as_bytes())).await.unwrap().unwrap();
    assert_eq!(made.head.status, 201);
    assert_eq!(made.head.warnings, ["unknown field \"datum\""]);
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_list_comes_in_pages() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let mut client = tenant.client().await;
    let names: Vec<_> = (1..=7).map(|number| format!("page-{number}")).collect();
    for name in &names {
        tenant.config_map(&mut client, name, "x").await.unwrap();
    }
    let mut found = Vec::new();
    let mut pages = 0;
    let mut next = String::new();
    loop {
        let mut list = tenant.get(&tenant.path("configmaps"));
        list.query = vec![
            ("limit".to_owned(), "3".to_owned()),
            ("fieldSelector".to_owned(), "metadata.name!=kube-root-ca.crt".to_owned()),
        ];
        if !next.is_empty() {
            list.query.push(("continue".to_owned(), next));
        }
        let page = value(&client.send(&list, None).await.unwrap().unwrap());
        pages += 1;
        for item in page["items"].as_array().unwrap() {
            found.push(item["metadata"]["name"].as_str().unwrap().to_owned());
        }
        next = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
        if next.is_empty() {
            break;
        }
    }
    assert_eq!((found, pages), (names, 3));
}
