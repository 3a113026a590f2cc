//! What the service account's role does not allow.

use crate::support::{Tenant, eventually, shared, status};

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
