//! What is told of a server that behaves.

use super::*;

#[tokio::test]
async fn the_state_and_then_each_change_as_it_happens() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let steps = Steps::new();
            let lines = vec![
                line("ADDED", "a", 1),
                line("ADDED", "b", 2),
                end(10),
                line("MODIFIED", "a", 11),
                bookmark(15),
                line("DELETED", "b", 16),
            ];
            plan(&cluster, [Meets::Stepped(lines, steps.clone())]);
            let mut client = cluster.client().await;
            let watcher = watch(&mut client, options()).await;
            until_asked(&cluster, &mut client, &[&watcher], 1).await;
            check_silent(&mut client, &watcher).await;
            steps.release(1);
            assert_events(&poll(&mut client, &watcher, 10).await, &[added("a", 1)]);
            check_silent(&mut client, &watcher).await;
            steps.release(2);
            let events = take(&mut client, &watcher, 2).await;
            assert_events(&events, &[added("b", 2), synced(10)]);
            for event in [
                Event::Modified(object("a", 11)),
                Event::Bookmark("15".into()),
                Event::Deleted(object("b", 16)),
            ] {
                check_silent(&mut client, &watcher).await;
                steps.release(1);
                assert_events(&poll(&mut client, &watcher, 10).await, &[event]);
            }
            let requests = cluster.server.journal().requests();
            assert_eq!(requests.len(), 1);
            assert_eq!(requests[0].header("accept"), Some("application/json"));
            assert_eq!(requests[0].header("accept-encoding"), Some("identity"));
            assert_eq!(asked(&cluster), [WATCH_LIST]);
        }
    })
    .await;
}

#[tokio::test]
async fn many_events_come_in_batches() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let lines: String = (11..5011).map(|version| line("ADDED", "a", version)).collect();
            plan(&cluster, [Meets::Open(lines)]);
            let mut client = cluster.client().await;
            let watcher = watch(&mut client, after_10()).await;
            let mut version = 11;
            while version < 5011 {
                let events = watcher.blocking_next(&mut client, 700).await.unwrap().unwrap();
                assert!((1..=700).contains(&events.len()), "{}", events.len());
                for event in events {
                    assert_events(&[event], &[added("a", version)]);
                    version += 1;
                }
            }
            check_silent(&mut client, &watcher).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_knows_no_initial_events_is_asked_for_lists() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let page = |token: &str, items: [(&str, u32); 2]| {
                // As of built-in resources: items say no kind.
                let types = r#""kind":"ConfigMap","apiVersion":"v1","#;
                let items = items.map(|(name, version)| object(name, version).replace(types, ""));
                Meets::Whole(
                    200,
                    format!(
                        r#"{{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"30","continue":"{token}"}},"items":[{}]}}"#,
                        items.join(",")
                    ),
                )
            };
            plan(
                &cluster,
                [
                    Meets::Whole(422, status(422, "Invalid")),
                    page("more", [("a", 1), ("b", 2)]),
                    page("", [("c", 3), ("d", 4)]),
                    Meets::Open(line("MODIFIED", "d", 31)),
                ],
            );
            let mut client = cluster.client().await;
            let selector = Some("a in (b)".to_owned());
            let watcher =
                watch(&mut client, WatchOptions { label_selector: selector, ..options() }).await;
            let events = take(&mut client, &watcher, 6).await;
            for (event, expected) in events.iter().zip(["a", "b", "c", "d"]) {
                let Event::Added(text) = event else { panic!("{event:?}") };
                let value: serde_json::Value = serde_json::from_str(text).unwrap();
                assert_eq!((&value["kind"], &value["apiVersion"]), (&"ConfigMap".into(), &"v1".into()));
                assert_eq!(value["metadata"]["name"], expected);
            }
            assert_events(&events[4..], &[synced(30), Event::Modified(object("d", 31))]);
            let selected = |rest: &str| format!("labelSelector=a%20in%20%28b%29&{rest}");
            let expected =
                [WATCH_LIST, "limit=500", "limit=500&continue=more", "resourceVersion=30"];
            assert_eq!(asked(&cluster), expected.map(selected));
        }
    })
    .await;
}

#[tokio::test]
async fn events_that_are_compressed_one_by_one_are_read() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let lines = vec![line("ADDED", "a", 11), line("ADDED", "b", 12)];
            plan(&cluster, [Meets::Compressed(lines)]);
            let mut client = cluster.client().await;
            let watcher = watch(&mut client, after_10()).await;
            let events = take(&mut client, &watcher, 2).await;
            assert_events(&events, &[added("a", 11), added("b", 12)]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_not_sent() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let after =
        |version: &str| WatchOptions { after_resource_version: Some(version.into()), ..options() };
    let named = |resource: &str| ApiResource { resource: resource.into(), ..config_maps() };
    for (resource, scope, options) in [
        (named(""), Scope::OwnNamespace, None),
        (named("../secrets"), Scope::Cluster, None),
        (config_maps(), Scope::Namespace("..".into()), None),
        (config_maps(), Scope::AllNamespaces, Some(after("0"))),
        (config_maps(), Scope::AllNamespaces, Some(after(""))),
    ] {
        let started = client.watch(&resource, &scope, options.as_ref()).await.unwrap();
        assert!(matches!(started, Err(Error::InvalidRequest(_))), "{started:?}");
    }
    crate::support::assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn watches_and_requests_do_not_wait_for_each_other() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let (first_steps, second_steps) = (Steps::new(), Steps::new());
            let lines = |name: &str| vec![line("ADDED", name, 11), line("ADDED", name, 12)];
            plan(
                &cluster,
                [
                    Meets::Stepped(lines("a"), first_steps.clone()),
                    Meets::Stepped(lines("b"), second_steps.clone()),
                ],
            );
            let mut client = cluster.client().await;
            let first = watch(&mut client, after_10()).await;
            until_asked(&cluster, &mut client, &[&first], 1).await;
            let second = watch(&mut client, after_10()).await;
            until_asked(&cluster, &mut client, &[&first, &second], 2).await;
            second_steps.release(1);
            assert_events(&poll(&mut client, &second, 10).await, &[added("b", 11)]);
            check_silent(&mut client, &first).await;
            client.send(&get("/api"), None).await.unwrap().unwrap();
            first_steps.release(2);
            let events = take(&mut client, &first, 2).await;
            assert_events(&events, &[added("a", 11), added("a", 12)]);
            check_silent(&mut client, &second).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_pollable_that_is_kept_too_long_does_no_harm() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            plan(
                &cluster,
                [
                    Meets::Cut(line("ADDED", "a", 11)),
                    Meets::Whole(200, line("ADDED", "b", 12)),
                    Meets::Open(line("ADDED", "c", 13)),
                ],
            );
            let mut client = cluster.client().await;
            let watcher = watch(&mut client, after_10()).await;
            let before = watcher.subscribe(&mut client).await.unwrap();
            assert_events(&take(&mut client, &watcher, 1).await, &[added("a", 11)]);
            let within = watcher.subscribe(&mut client).await.unwrap();
            let events = take(&mut client, &watcher, 2).await;
            assert_events(&events, &[added("b", 12), added("c", 13)]);
            client.drop_pollable(before).await.unwrap();
            client.drop_pollable(within).await.unwrap();
            check_silent(&mut client, &watcher).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_watcher_that_is_dropped_ends_its_connection() {
    within_reason(async {
        // HTTP/1.1: a connection each.
        let [cluster, _] = Cluster::of_each_version().await;
        plan(&cluster, [Meets::Open(line("ADDED", "a", 11))]);
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, after_10()).await;
        take(&mut client, &watcher, 1).await;
        watcher.drop(&mut client).await.unwrap();
        if Transport::current() == Transport::Sockets {
            // What is closed there is closed when the component runs again.
            client.send(&get("/api"), None).await.unwrap().unwrap();
        }
        let open = if Transport::current() == Transport::Sockets { 1 } else { 0 };
        cluster.server.journal().wait_until(|entries| entries.open_connections == open).await;
    })
    .await;
}

#[tokio::test]
async fn events_of_any_number_take_little_memory() {
    const MIB: usize = 1 << 20;
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let filler = "x".repeat(2000);
            let events: String = (11..20_011)
                .map(|version| {
                    line("ADDED", "a", version)
                        .replace("\"data\"", &format!("\"{filler}\":1,\"data\""))
                })
                .collect();
            assert!(events.len() > 40 * MIB);
            plan(&cluster, [Meets::Open(events)]);
            let mut client = crate::support::client(cluster.pod().memory_limit(10 * MIB)).await;
            let watcher = watch(&mut client, after_10()).await;
            let mut count = 0;
            while count < 20_000 {
                count += watcher.blocking_next(&mut client, u32::MAX).await.unwrap().unwrap().len();
            }
        }
    })
    .await;
}
