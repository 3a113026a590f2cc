//! Answers that end, fail or fall silent.

use super::*;

/// The next events, on a clock that runs ten times as fast: pauses are short.
async fn take_hurried(
    cluster: &Cluster,
    client: &mut PodClient,
    watcher: &Watcher,
    count: usize,
) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < count {
        events.extend(watcher.next(client, 1).await.unwrap().unwrap());
        cluster.clock.advance(Duration::from_millis(10));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    events
}

/// Waits by the pollable, and takes nothing.
async fn poll_once(client: &mut PodClient, watcher: &Watcher) {
    let pollable = watcher.subscribe(client).await.unwrap();
    client.wait(pollable).await.unwrap();
    assert_events(&watcher.next(client, 10).await.unwrap().unwrap(), &[]);
}

#[tokio::test]
async fn it_goes_on_from_the_last_version_whatever_ends_an_answer() {
    within_reason(async {
        let half = &line("ADDED", "x", 99)[..40];
        let a = || line("ADDED", "a", 11);
        for endings in 0..7 {
            for cluster in Cluster::of_each_version().await {
                let (ending, told) = match endings {
                    0 => (Meets::Cut(a() + half), true),
                    1 => (Meets::Whole(200, a() + half), true),
                    2 => (Meets::Whole(200, a() + &error_event(500, "InternalError")), true),
                    3 => (Meets::Whole(200, a() + &error_event(429, "TooManyRequests")), true),
                    4 => (Meets::Whole(429, status(429, "TooManyRequests")), false),
                    5 => (Meets::Whole(503, "not now".into()), false),
                    _ => (Meets::Whole(200, half.into()), false),
                };
                let rest = line("ADDED", "b", 12);
                let next = Meets::Open(if told { rest } else { a() + &rest });
                plan(&cluster, [ending, next]);
                let mut client = cluster.client().await;
                let watcher = watch(&mut client, after_10()).await;
                let events = take_hurried(&cluster, &mut client, &watcher, 2).await;
                assert_events(&events, &[added("a", 11), added("b", 12)]);
                let from = if told { "resourceVersion=11" } else { "resourceVersion=10" };
                assert_eq!(asked(&cluster), ["resourceVersion=10", from], "{endings}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            plan(&cluster, [Meets::Silence, Meets::Open(line("ADDED", "a", 11))]);
            let mut client = cluster.client().await;
            let watcher = watch(&mut client, after_10()).await;
            until_asked(&cluster, &mut client, &[&watcher], 1).await;
            check_silent(&mut client, &watcher).await;
            cluster.clock.advance(Duration::from_secs(111));
            let events = take_hurried(&cluster, &mut client, &watcher, 1).await;
            assert_events(&events, &[added("a", 11)]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_silent_connection_is_given_up_within_the_idle_limit() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            plan(
                &cluster,
                [
                    Meets::Open(line("ADDED", "a", 11)),
                    Meets::Open(line("ADDED", "b", 12)),
                    Meets::Open(line("ADDED", "c", 13)),
                ],
            );
            let mut client = cluster.client().await;
            let idle_limit = milliseconds(300);
            let watcher = watch(&mut client, WatchOptions { idle_limit, ..after_10() }).await;
            let expected = [added("a", 11), added("b", 12), added("c", 13)];
            assert_events(&take(&mut client, &watcher, 3).await, &expected);
            assert_eq!(cluster.server.journal().requests().len(), 3);
        }
    })
    .await;
}

#[tokio::test]
async fn a_version_that_is_too_old_begins_anew() {
    within_reason(async {
        for in_place_of_event in [true, false] {
            let cluster = Cluster::start().await;
            let expired = match in_place_of_event {
                true => Meets::Whole(200, line("ADDED", "a", 11) + &error_event(410, "Expired")),
                false => Meets::Whole(410, status(410, "Expired")),
            };
            let anew = line("ADDED", "b", 20) + &end(30) + &line("DELETED", "b", 31);
            plan(&cluster, [expired, Meets::Open(anew)]);
            let mut client = cluster.client().await;
            let watcher = watch(&mut client, after_10()).await;
            let mut expected =
                vec![Event::Restarted, added("b", 20), synced(30), Event::Deleted(object("b", 31))];
            if in_place_of_event {
                expected.insert(0, added("a", 11));
            }
            assert_events(&take(&mut client, &watcher, expected.len()).await, &expected);
            assert_eq!(asked(&cluster), ["resourceVersion=10", WATCH_LIST]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_beginning_that_breaks_off_is_taken_back() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let list = format!(
            r#"{{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"30"}},"items":[{}]}}"#,
            object("b", 2)
        );
        plan(
            &cluster,
            [
                Meets::Cut(line("ADDED", "a", 1)),
                Meets::Whole(200, list),
                Meets::Open(line("ADDED", "c", 31)),
            ],
        );
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, options()).await;
        let expected =
            [added("a", 1), Event::Restarted, added("b", 2), synced(30), added("c", 31)];
        assert_events(&take(&mut client, &watcher, expected.len()).await, &expected);
        assert_eq!(asked(&cluster), [WATCH_LIST, "limit=500", "resourceVersion=30"]);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_for_a_while_is_waited_for() {
    within_reason(async {
        let cluster = Cluster::start().await;
        plan(&cluster, [Meets::Open(line("ADDED", "a", 11)), Meets::Open(line("ADDED", "b", 12))]);
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, after_10()).await;
        assert_events(&take(&mut client, &watcher, 1).await, &[added("a", 11)]);
        cluster.server.stop().await;
        // The end of the connection, and two that are refused.
        for _ in 0..3 {
            poll_once(&mut client, &watcher).await;
            // In a pause, time alone is waited for.
            let pollable = watcher.subscribe(&mut client).await.unwrap();
            cluster.clock.advance(Duration::from_secs(60));
            client.drop_pollable(pollable).await.unwrap();
        }
        cluster.server.start_again().await.unwrap();
        assert_events(&take(&mut client, &watcher, 1).await, &[added("b", 12)]);
    })
    .await;
}
