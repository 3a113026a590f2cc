//! Tokens that the API server does not accept, any more or at all.

use crate::support::{Tenant, eventually, from_now, shared, status, within_reason};
use host_test::control_plane::ServiceAccount;
use host_test::kubeconfig::Token;
use host_test::pod::client::PodClient;
use host_test::pod::client::types::{Error, Status};
use serde_json::json;

/// What comes of a request.
async fn ask(tenant: &Tenant, client: &mut PodClient) -> Result<(), Error> {
    let request = tenant.get(&tenant.path("pods"));
    client.send(&request, None).await.unwrap().map(drop)
}

/// Asks until the answer is a failure.
async fn until_refused(tenant: &Tenant, client: &mut PodClient) -> Status {
    let error = eventually("a refusal", async || ask(tenant, client).await.err()).await;
    tenant.assert_shows_no_token(&error);
    status(error)
}

fn assert_unauthorized(status: &Status) {
    assert_eq!((status.code, status.reason.as_str()), (401, "Unauthorized"), "{status:?}");
    assert_eq!(status.message, "Unauthorized");
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_bad_token_is_unauthorized_and_nobody() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let good = tenant.volume.contents().token.unwrap();
    let other = Tenant::new(server).await;
    let signature = |token: &[u8]| token.iter().rposition(|byte| *byte == b'.').unwrap();
    let strangers = other.volume.contents().token.unwrap();
    let mut stranger = good[..signature(&good)].to_vec();
    stranger.extend(&strangers[signature(&strangers)..]);
    let unsigned = good[..=signature(&good)].to_vec();
    for bad in [b"no-json-web-token".to_vec(), stranger, unsigned] {
        tenant.volume.set_token(bad).unwrap();
        let mut client = tenant.client().await;
        let error = ask(&tenant, &mut client).await.unwrap_err();
        tenant.assert_shows_no_token(&error);
        assert_unauthorized(&status(error));
    }
    let events = tenant.audited(server);
    assert_eq!(events.len(), 3, "not sent again: the file holds no other");
    for event in events {
        assert_eq!((event.user.as_str(), event.code), ("", Some(401)), "{event:?}");
    }
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_token_of_another_issuer_or_audience_is_unauthorized() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let vault = json!({"spec": {"audiences": ["vault"], "expirationSeconds": 600}});
    let path = format!("{}/token", tenant.account.path());
    let answer = tenant.admin.create(&path, &vault).await.unwrap();
    tenant.set_token(&Token::new(answer["status"]["token"].as_str().unwrap()).unwrap());
    let mut client = tenant.client().await;
    assert_unauthorized(&status(ask(&tenant, &mut client).await.unwrap_err()));
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_token_is_unauthorized_once_it_has_expired() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let long_ago = server.sign_token(&tenant.account, from_now(-900), from_now(-300)).unwrap();
        tenant.set_token(&long_ago.token);
        let mut client = tenant.client().await;
        assert_unauthorized(&status(ask(&tenant, &mut client).await.unwrap_err()));

        // With what the server adds to its time, it lives for some more seconds.
        let soon = server.sign_token(&tenant.account, from_now(-900), from_now(-50)).unwrap();
        tenant.set_token(&soon.token);
        let mut client = tenant.client().await;
        ask(&tenant, &mut client).await.unwrap();
        assert_unauthorized(&until_refused(&tenant, &mut client).await);
        let users: Vec<_> = tenant.audited(server).into_iter().map(|event| event.user).collect();
        assert_eq!((users.first().unwrap().as_str(), users.last().unwrap().as_str()), ("", ""));
        assert_eq!(users[1], tenant.account.user());
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_token_dies_with_its_service_account() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        ask(&tenant, &mut client).await.unwrap();
        tenant.admin.delete(&tenant.account.path()).await.unwrap();
        assert_unauthorized(&until_refused(&tenant, &mut client).await);
        // One of the same name is not the same.
        let ServiceAccount { namespace, name, .. } = &tenant.account;
        let next = tenant.admin.service_account(namespace, name).await.unwrap();
        assert_ne!(next.uid, tenant.account.uid);
        assert_unauthorized(&status(ask(&tenant, &mut client).await.unwrap_err()));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_token_dies_with_the_pod_that_it_is_bound_to() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let pod = json!({
            "metadata": {"name": "bound"},
            "spec": {
                "serviceAccountName": tenant.account.name,
                "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "main", "image": "example.com/app"}],
            },
        });
        let mut pod = tenant.admin.create(&tenant.path("pods"), &pod).await.unwrap();
        pod["kind"] = json!("Pod");
        let token = tenant.admin.token(&tenant.account, 3600, Some(&pod)).await.unwrap();
        tenant.set_token(&token);
        let mut client = tenant.client().await;
        ask(&tenant, &mut client).await.unwrap();
        tenant.admin.delete(&tenant.path("pods/bound")).await.unwrap();
        assert_unauthorized(&until_refused(&tenant, &mut client).await);
    })
    .await;
}
