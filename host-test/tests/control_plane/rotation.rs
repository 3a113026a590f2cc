//! A token that rotates, and then expires, while requests run.

use crate::support::{Tenant, eventually, from_now, shared, within_reason};
use host_test::control_plane::AuditEvent;
use serde_json::json;

/// The credential and the code of each request.
fn credentials(events: &[AuditEvent]) -> Vec<(&str, u16)> {
    events.iter().map(|event| (event.credential.as_str(), event.code.unwrap())).collect()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn requests_go_on_while_the_token_expires_under_them() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        // Accepted for some seconds yet: the server adds a minute.
        let first = server.sign_token(&tenant.account, from_now(-900), from_now(-52)).unwrap();
        let second = server.sign_token(&tenant.account, from_now(-10), from_now(3000)).unwrap();
        tenant.set_token(&first.token);
        let mut client = tenant.client().await;
        let pods = tenant.get(&tenant.path("pods"));
        client.send(&pods, None).await.unwrap().unwrap();
        // As the kubelet does it, in good time. The component has read its file just now.
        tenant.set_token(&second.token);
        let events = eventually("the second token", async || {
            client.send(&pods, None).await.unwrap().unwrap();
            let events = tenant.audited(server);
            events.iter().any(|event| event.credential == second.credential).then_some(events)
        })
        .await;

        // All with the first, one 401, and the same request with the second.
        let sent = credentials(&events);
        let (last, before) = sent.split_last().unwrap();
        let (refused, accepted) = before.split_last().unwrap();
        assert_eq!(*last, (second.credential.as_str(), 200));
        assert_eq!(*refused, ("", 401));
        assert!(!accepted.is_empty());
        assert!(accepted.iter().all(|sent| *sent == (first.credential.as_str(), 200)), "{sent:?}");
        assert!(
            events
                .iter()
                .all(|event| event.code == Some(401) || event.user == tenant.account.user())
        );
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_request_with_a_body_is_sent_again_whole() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let old = server.sign_token(&tenant.account, from_now(-900), from_now(-300)).unwrap();
        let new = server.sign_token(&tenant.account, from_now(-10), from_now(3000)).unwrap();
        tenant.set_token(&old.token);
        let mut client = tenant.client().await;
        client.discover().await.unwrap().unwrap();
        // Reads the old one.
        client.send(&tenant.get("/version"), None).await.unwrap().unwrap_err();
        tenant.set_token(&new.token);
        let data = "x".repeat(300_000);
        let made = tenant.config_map(&mut client, "large", &data).await.unwrap();
        assert_eq!(made.head.status, 201);
        let kept = tenant.admin.get(&tenant.path("configmaps/large")).await.unwrap();
        assert_eq!(kept["data"], json!({"key": data}));
        let events = tenant.audited(server);
        assert_eq!(credentials(&events), [("", 401), ("", 401), (new.credential.as_str(), 201)],);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_rotated_token_is_sent_once_the_last_read_is_old_without_a_401() {
    let server = shared().await;
    let tenant = Tenant::new(server).await;
    let tokens = [0, 1, 2].map(|number| {
        server.sign_token(&tenant.account, from_now(-10 - number), from_now(3000)).unwrap()
    });
    let mut client = None;
    for token in &tokens {
        tenant.set_token(&token.token);
        tenant.clock.advance(std::time::Duration::from_secs(51));
        if client.is_none() {
            client = Some(tenant.client().await);
        }
        let client = client.as_mut().unwrap();
        client.send(&tenant.get(&tenant.path("pods")), None).await.unwrap().unwrap();
    }
    let events = tenant.audited(server);
    let expected: Vec<_> = tokens.iter().map(|token| (token.credential.as_str(), 200)).collect();
    assert_eq!(credentials(&events), expected);
}
