//! What a watch can not do by itself.

use super::*;

#[tokio::test]
async fn patience_ends() {
    within_reason(async {
        let cluster = Cluster::start().await;
        cluster.server.stop().await;
        let mut client = cluster.client().await;
        let patience = milliseconds(1);
        let watcher = watch(&mut client, WatchOptions { patience, ..options() }).await;
        for _ in 0..2 {
            let error = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap_err();
            let Error::Connection(error) = error else { panic!("{error:?}") };
            assert!(matches!(error.failure, ConnectionFailure::Refused), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_told_and_does_not_end_the_watch() {
    within_reason(async {
        let cluster = Cluster::start().await;
        plan(
            &cluster,
            [
                Meets::Whole(200, line("ADDED", "a", 11)),
                Meets::Whole(403, status(403, "Forbidden")),
                Meets::Open(line("ADDED", "b", 12)),
            ],
        );
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, after_10()).await;
        assert_events(&take(&mut client, &watcher, 1).await, &[added("a", 11)]);
        let error = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap_err();
        let Error::Api(told) = error else { panic!("{error:?}") };
        assert_eq!((told.code, told.reason.as_str()), (403, "Forbidden"));
        // That it is over is told too.
        let over = Event::Bookmark("11".into());
        assert_events(&take(&mut client, &watcher, 1).await, &[over]);
        assert_events(&take(&mut client, &watcher, 1).await, &[added("b", 12)]);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_was_rotated_is_taken_up_and_one_that_is_refused_is_told() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let ending = Steps::new();
        let first = Meets::Stepped(vec![line("ADDED", "a", 11)], ending.clone());
        plan(&cluster, [first, Meets::Open(line("ADDED", "b", 12))]);
        ending.release(1);
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, after_10()).await;
        assert_events(&take(&mut client, &watcher, 1).await, &[added("a", 11)]);
        let old = cluster.server.token().to_owned();
        cluster.server.accept_token("second".into());
        cluster.server.revoke_token(&old);
        cluster.volume.set_token("second").unwrap();
        ending.release(2);
        assert_events(&take(&mut client, &watcher, 1).await, &[added("b", 12)]);

        cluster.server.revoke_token("second");
        let watcher = watch(&mut client, after_10()).await;
        let error = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap_err();
        cluster.assert_shows_no_token(&error);
        let Error::Api(told) = error else { panic!("{error:?}") };
        assert_eq!((told.code, told.reason.as_str()), (401, "Unauthorized"));
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_too_long_is_an_error_of_that_watch_alone() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let long = line("ADDED", &"x".repeat(17 << 20), 12);
        plan(
            &cluster,
            [
                Meets::Open(line("ADDED", "a", 11) + &long),
                Meets::Open(line("ADDED", "b", 20) + &end(30)),
            ],
        );
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, after_10()).await;
        let events = take(&mut client, &watcher, 2).await;
        assert_events(&events, &[added("a", 11), Event::Restarted]);
        let error = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap_err();
        assert!(matches!(&error, Error::Protocol(text) if text.contains("16777216")), "{error:?}");
        let events = take(&mut client, &watcher, 2).await;
        assert_events(&events, &[added("b", 20), synced(30)]);
        client.send(&get("/api"), None).await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_no_watch_is_an_error() {
    within_reason(async {
        let cluster = Cluster::start().await;
        plan(
            &cluster,
            [
                Meets::Whole(200, "<html>a portal</html>".into()),
                Meets::Open(line("ADDED", "b", 20) + &end(30)),
            ],
        );
        let mut client = cluster.client().await;
        let watcher = watch(&mut client, after_10()).await;
        assert_events(&take(&mut client, &watcher, 1).await, &[Event::Restarted]);
        let error = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap_err();
        assert!(matches!(&error, Error::Protocol(_)), "{error:?}");
        let events = take(&mut client, &watcher, 2).await;
        assert_events(&events, &[added("b", 20), synced(30)]);
    })
    .await;
}
