//! What the service account's role does not allow.

use crate::support::{Tenant, eventually, shared, status, value};
use host_test::pod::client::rest;
use serde_json::json;

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn outside_of_the_role_the_servers_own_message_comes_through() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let mut client = tenant.client().await;
    let user = tenant.account.user();
    let namespace = tenant.account.namespace.clone();
    for (method, path, message) in [
        (
            "GET",
            "/api/v1/nodes".to_owned(),
            format!(
                "nodes is forbidden: User {user:?} cannot list resource \"nodes\" in API group \"\" at the cluster scope"
            ),
        ),
        (
            "GET",
            tenant.path("secrets/one"),
            format!(
                "secrets \"one\" is forbidden: User {user:?} cannot get resource \"secrets\" in API group \"\" in the namespace {namespace:?}"
            ),
        ),
        (
            "DELETE",
            tenant.path("pods/one"),
            format!(
                "pods \"one\" is forbidden: User {user:?} cannot delete resource \"pods\" in API group \"\" in the namespace {namespace:?}"
            ),
        ),
        (
            "GET",
            "/metrics".to_owned(),
            format!("forbidden: User {user:?} cannot get path \"/metrics\""),
        ),
    ] {
        let error = client.send(&tenant.request(method, &path), None).await.unwrap().unwrap_err();
        let status = status(error);
        assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"), "{status:?}");
        assert_eq!(status.message, message);
    }
    tenant.assert_identified(server, 4);
    assert!(tenant.audited(server).iter().all(|event| event.code == Some(403)));
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_role_that_is_taken_away_is_missed_at_the_next_request() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let mut client = tenant.client().await;
    let pods = tenant.get(&tenant.path("pods"));
    client.send(&pods, None).await.unwrap().unwrap();
    let binding = format!(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings/reader",
        tenant.account.namespace
    );
    tenant.admin.delete(&binding).await.unwrap();
    let error =
        eventually("a refusal", async || client.send(&pods, None).await.unwrap().err()).await;
    assert_eq!(status(error).reason, "Forbidden");
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_pod_asks_in_the_name_of_another_as_far_as_it_is_permitted() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let mut client = tenant.client().await;
    let mut whoami = tenant.json("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let project = ("acme.com/100%".to_owned(), "a \u{e9}".to_owned());
    whoami.impersonate = Some(rest::Impersonation {
        user: "jane".to_owned(),
        groups: vec!["developers".to_owned(), "readers".to_owned()],
        uid: Some("7".to_owned()),
        extra: vec![project.clone(), ("scopes".into(), "a".into()), ("scopes".into(), "b".into())],
    });
    let refused = status(client.send(&whoami, Some(b"{}")).await.unwrap().unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (403, "Forbidden"));
    assert!(refused.message.contains("cannot impersonate"), "{refused:?}");

    let name = format!("impersonator-{}", tenant.account.namespace);
    let extra = format!("userextras/{}", project.0);
    let role = json!({
        "metadata": {"name": name},
        "rules": [
            {
                "apiGroups": [""], "verbs": ["impersonate"],
                "resources": ["users", "groups"], "resourceNames": ["jane", "developers", "readers"],
            },
            {
                "apiGroups": ["authentication.k8s.io"], "verbs": ["impersonate"],
                "resources": ["uids", "userextras/scopes", extra],
            },
        ],
    });
    let subject = json!({
        "kind": "ServiceAccount", "namespace": tenant.account.namespace, "name": "reader",
    });
    let binding = json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [subject],
    });
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    tenant.admin.create(&format!("{rbac}/clusterroles"), &role).await.unwrap();
    tenant.admin.create(&format!("{rbac}/clusterrolebindings"), &binding).await.unwrap();
    let review = eventually("the role to count", async || {
        client.send(&whoami, Some(b"{}")).await.unwrap().ok()
    });
    let found = value(&review.await)["status"]["userInfo"].clone();
    assert_eq!((&found["username"], &found["uid"]), (&json!("jane"), &json!("7")), "{found}");
    for group in ["developers", "readers"] {
        assert!(found["groups"].as_array().unwrap().contains(&json!(group)), "{found}");
    }
    assert_eq!(found["extra"], json!({project.0: [project.1], "scopes": ["a", "b"]}));
    // Nobody else, though: not by the way of a header either.
    whoami.impersonate = None;
    whoami.headers.push(("Impersonate-User".to_owned(), "admin".to_owned()));
    let refused = status(client.send(&whoami, Some(b"{}")).await.unwrap().unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (403, "Forbidden"));
}
