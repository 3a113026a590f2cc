//! Answers that are read as they come, and bodies that are written piece by piece.

use crate::support::{Tenant, host_sends, shared, status, value, within_reason};
use host_test::pod::client::{PodClient, ResponseBody};
use serde_json::{Value, json};
use std::time::Duration;

/// Reads lines of JSON as they come.
struct Events {
    body: ResponseBody,
    read: Vec<u8>,
}

impl Events {
    /// The next event, waited for by the pollable. None at the end.
    async fn next(&mut self, client: &mut PodClient) -> Option<Value> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let pollable = self.body.subscribe(client).await.unwrap();
            client.wait(pollable).await.unwrap();
            let bytes = self.body.read(client, u64::MAX).await.unwrap().unwrap();
            self.read.extend(bytes?);
        }
    }

    /// Whether neither an event is here, nor the end.
    async fn is_silent(&mut self, client: &mut PodClient) -> bool {
        let pollable = self.body.subscribe(client).await.unwrap();
        let ready = client.is_ready(&pollable).await.unwrap();
        client.drop_pollable(pollable).await.unwrap();
        if host_sends() || !ready {
            return !ready;
        }
        // A component that connects itself is woken by whatever arrives.
        let bytes = self.body.read(client, u64::MAX).await.unwrap().unwrap();
        self.read.extend(bytes.iter().flatten());
        bytes.is_some_and(|bytes| bytes.is_empty())
    }
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_watch_gives_events_as_they_happen_until_its_timeout() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let list = client.send(&tenant.get(&tenant.path("configmaps")), None).await.unwrap();
        let version = value(&list.unwrap())["metadata"]["resourceVersion"].clone();
        let mut watch = tenant.get(&tenant.path("configmaps"));
        watch.query = [
            ("watch", "true"),
            ("resourceVersion", version.as_str().unwrap()),
            ("timeoutSeconds", "8"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let pending = client.open(&watch, None).await.unwrap().unwrap();
        let (head, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        assert_eq!(head.status, 200);
        let mut events = Events { body, read: Vec::new() };
        assert!(events.is_silent(&mut client).await);

        // Each is here before the next thing happens.
        for (kind, value) in [("ADDED", "one"), ("MODIFIED", "two"), ("DELETED", "two")] {
            let path = tenant.path("configmaps/web");
            match kind {
                "ADDED" => drop(tenant.config_map(&mut client, "web", value).await.unwrap()),
                "MODIFIED" => {
                    let put = tenant.json("PUT", &path);
                    let object = json!({"metadata": {"name": "web"}, "data": {"key": value}});
                    let object = object.to_string();
                    client.send(&put, Some(object.as_bytes())).await.unwrap().unwrap();
                }
                _ => {
                    let delete = tenant.request("DELETE", &path);
                    client.send(&delete, None).await.unwrap().unwrap();
                }
            }
            let event = events.next(&mut client).await.unwrap();
            assert_eq!(
                (&event["type"], &event["object"]["data"]["key"]),
                (&json!(kind), &json!(value))
            );
        }
        assert!(events.is_silent(&mut client).await);
        // The server ends it, in good order.
        assert_eq!(events.next(&mut client).await, None);
        tenant.assert_identified(server, 5);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_watch_that_is_dropped_ends_at_the_server_too() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let mut watch = tenant.get(&tenant.path("configmaps"));
        watch.query = vec![("watch".to_owned(), "true".to_owned())];
        let pending = client.open(&watch, None).await.unwrap().unwrap();
        let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        let complete = |stage: &str| {
            let events = tenant.audited(server);
            events
                .iter()
                .any(|event| event.verb == "watch" && event.stages.iter().any(|s| s == stage))
        };
        assert!(!complete("ResponseComplete"));
        body.drop(&mut client).await.unwrap();
        crate::support::eventually("the end of the watch", async || {
            complete("ResponseComplete").then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn an_upload_is_written_piece_by_piece_and_answered() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let post = tenant.json("POST", &tenant.path("configmaps"));
        for (name, announced) in [("announced", true), ("open-ended", false)] {
            let object = json!({"metadata": {"name": name}, "data": {"key": "y".repeat(500_000)}});
            let object = object.to_string().into_bytes();
            let length = announced.then_some(object.len() as u64);
            let (body, pending) = client.upload(&post, length).await.unwrap().unwrap();
            for piece in object.chunks(10_000) {
                body.blocking_write(&mut client, piece).await.unwrap().unwrap();
            }
            body.finish(&mut client).await.unwrap().unwrap();
            let (head, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            assert_eq!(head.status, 201);
            body.drop(&mut client).await.unwrap();
            let kept = tenant.admin.get(&tenant.path(&format!("configmaps/{name}"))).await.unwrap();
            assert_eq!(kept["data"]["key"].as_str().unwrap().len(), 500_000);
        }
        tenant.assert_identified(server, 2);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn an_upload_that_is_dropped_is_not_obeyed() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let post = tenant.json("POST", &tenant.path("configmaps"));
        let object = json!({"metadata": {"name": "dropped"}}).to_string();
        for announced in [true, false] {
            let length = announced.then_some(object.len() as u64 + 1);
            let (body, pending) = client.upload(&post, length).await.unwrap().unwrap();
            body.blocking_write(&mut client, object.as_bytes()).await.unwrap().unwrap();
            body.drop(&mut client).await.unwrap();
            // What it says of it, if anything, is no success.
            if let Ok((head, _)) = pending.blocking_response(&mut client).await.unwrap() {
                assert!(head.status >= 400, "{head:?}");
            }
            client.send(&tenant.get(&tenant.path("pods")), None).await.unwrap().unwrap();
            tenant.admin.get(&tenant.path("configmaps/dropped")).await.unwrap_err();
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_body_that_is_too_large_is_answered_with_the_servers_reason() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        // etcd takes 1.5 MiB of a request, kube-apiserver 3 MiB.
        let data = "z".repeat(4 << 20);
        let error = tenant.config_map(&mut client, "huge", &data).await.unwrap_err();
        let status = status(error);
        assert_eq!((status.code, status.reason.as_str()), (413, "RequestEntityTooLarge"));
        tokio::time::timeout(Duration::from_secs(60), async {
            client.send(&tenant.get(&tenant.path("pods")), None).await.unwrap().unwrap();
        })
        .await
        .unwrap();
    })
    .await;
}
