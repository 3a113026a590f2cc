//! Typed calls that are begun and asked later, over pollables: none delays another.

use crate::lists::pods;
use crate::support::{
    Cluster, Transport, assert_error, client, connection, get, limits, milliseconds,
    on_both_versions, status, within_reason,
};
use host_test::api_server::{Answer, ApiServer, Framing, Misbehaviour, Pace, Steps};
use host_test::pod::Clock;
use host_test::pod::client::PodClient;
use host_test::pod::client::objects::{
    GetOptions, ObjectAnswer, PendingAnswer, PendingDeletion, Representation, Scope, Selection,
    Target, WriteOptions,
};
use host_test::pod::client::types::{ConnectionFailure, Error, Limits};
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method, StatusCode, Version};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn path(name: &str) -> String {
    format!("/api/v1/namespaces/shop/pods/{name}")
}

fn pod(name: &str) -> Answer {
    Answer::json(StatusCode::OK, &json!({"kind": "Pod", "metadata": {"name": name}}))
}

fn target(name: &str) -> Target {
    let (resource, scope) = (pods(), Scope::OwnNamespace);
    Target { resource, scope, name: name.to_owned(), subresource: None }
}

async fn begin(client: &mut PodClient, name: &str) -> PendingAnswer {
    begin_within(client, name, limits()).await
}

async fn begin_within(client: &mut PodClient, name: &str, limits: Limits) -> PendingAnswer {
    let representation = Representation::Full;
    let options = GetOptions { representation, resource_version: None, limits: Some(limits) };
    client.begin_get(&target(name), Some(&options)).await.unwrap().unwrap()
}

/// Something that is asked until it has an answer.
trait Pending {
    type Answer;

    async fn ask(&self, client: &mut PodClient) -> Result<Option<Self::Answer>, Error>;

    async fn wait(&self, client: &mut PodClient);

    /// What comes of it, by the pollable.
    async fn result(&self, client: &mut PodClient) -> Result<Self::Answer, Error> {
        loop {
            if let Some(answer) = self.ask(client).await? {
                return Ok(answer);
            }
            self.wait(client).await;
        }
    }

    /// Lets the call go on for as long as something is not so yet.
    async fn until(&self, client: &mut PodClient, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            assert!(self.ask(client).await.unwrap().is_none());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Pending for PendingAnswer {
    type Answer = ObjectAnswer;

    async fn ask(&self, client: &mut PodClient) -> Result<Option<ObjectAnswer>, Error> {
        self.answer(client).await.unwrap()
    }

    async fn wait(&self, client: &mut PodClient) {
        let pollable = self.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
    }
}

impl Pending for PendingDeletion {
    type Answer = Option<u64>;

    async fn ask(&self, client: &mut PodClient) -> Result<Option<Option<u64>>, Error> {
        Ok(self.deleted(client).await.unwrap()?.map(|deleted| deleted.count))
    }

    async fn wait(&self, client: &mut PodClient) {
        let pollable = self.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
    }
}

/// Nothing has come of a call, and its pollable does not say otherwise.
async fn check_silent(client: &mut PodClient, pending: &PendingAnswer) {
    assert!(pending.ask(client).await.unwrap().is_none());
    if Transport::current() == Transport::WasiHttp {
        let pollable = pending.subscribe(client).await.unwrap();
        assert!(!client.is_ready(&pollable).await.unwrap());
        client.drop_pollable(pollable).await.unwrap();
    }
}

fn check_is(answer: &ObjectAnswer, name: &str) {
    assert!(answer.object.contains(&format!("\"{name}\"")), "{answer:?}");
}

async fn check_over(client: &mut PodClient, pending: &PendingAnswer) {
    for error in [
        pending.ask(client).await.unwrap_err(),
        pending.blocking_answer(client).await.unwrap().unwrap_err(),
    ] {
        assert_error(&error, "invalid-request", &["taken already"]);
    }
}

#[tokio::test]
async fn answers_come_in_another_order_than_they_were_asked_for() {
    on_both_versions(async |cluster| {
        let names = ["a", "b", "c", "d"];
        let mut client = cluster.client().await;
        let mut calls = Vec::new();
        for name in names {
            let steps = Steps::new();
            let pace = Pace::Stepped(steps.clone());
            let slow = Misbehaviour::SlowBytes { chunk: 1000, pace };
            cluster.server.answer(Method::GET, &path(name), pod(name).with_misbehaviour(slow));
            calls.push((name, begin(&mut client, name).await, steps));
        }
        while cluster.server.journal().requests().len() < names.len() {
            for (_, pending, _) in &calls {
                assert!(pending.ask(&mut client).await.unwrap().is_none());
            }
            tokio::task::yield_now().await;
        }
        // The third, the first, the fourth, the second.
        for index in [2, 0, 1, 0] {
            let (name, pending, steps) = calls.remove(index);
            for (_, other, _) in &calls {
                assert!(other.ask(&mut client).await.unwrap().is_none());
            }
            steps.release(1);
            check_is(&pending.result(&mut client).await.unwrap(), name);
            check_over(&mut client, &pending).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_slow_call_blocks_none_of_any_kind() {
    on_both_versions(async |cluster| {
        let collection = "/api/v1/namespaces/shop/pods";
        let mut client = cluster.client().await;
        let stalls = pod("slow").with_misbehaviour(Misbehaviour::StallMidBody { after: 10 });
        cluster.server.answer(Method::GET, &path("slow"), stalls);
        cluster.server.answer(Method::POST, collection, pod("new"));
        let list = json!({"kind": "PodList", "metadata": {}, "items": [{"a": 1}, {"a": 2}]});
        cluster.server.answer(Method::DELETE, collection, Answer::json(StatusCode::OK, &list));
        let slow = begin(&mut client, "slow").await;
        let scope = Scope::OwnNamespace;
        let options = WriteOptions {
            dry_run: true,
            field_manager: None,
            field_validation: None,
            force: false,
            representation: Representation::Full,
            limits: None,
        };
        let object = r#"{"metadata": {"name": "new"}}"#;
        let create = client.begin_create(&pods(), &scope, object, Some(&options)).await;
        let create = create.unwrap().unwrap();
        let everything = Selection { label_selector: None, field_selector: None };
        let delete = client.begin_delete_collection(&pods(), &scope, &everything, None).await;
        let delete = delete.unwrap().unwrap();
        check_is(&create.result(&mut client).await.unwrap(), "new");
        assert_eq!(delete.result(&mut client).await.unwrap(), Some(2));
        let over = delete.ask(&mut client).await.unwrap_err();
        assert_error(&over, "invalid-request", &["taken already"]);
        // What waits is not held up either.
        client.send(&get("/api"), None).await.unwrap().unwrap();
        assert!(slow.ask(&mut client).await.unwrap().is_none());
        let requests = cluster.server.journal().requests();
        let created = requests.iter().find(|sent| sent.method == Method::POST).unwrap();
        assert_eq!(created.query.as_deref(), Some("dryRun=All"));
        assert_eq!(created.body, object.as_bytes());
        slow.drop(&mut client).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    within_reason(async {
        let http1 = ApiServer::builder().without_http2().start().await.unwrap();
        let cluster = Cluster::with(http1);
        let mut client = cluster.client().await;
        let journal = cluster.server.journal();
        for misbehaviour in
            [Misbehaviour::StallBeforeHead, Misbehaviour::StallMidBody { after: 10 }]
        {
            let stalls = pod("slow").with_misbehaviour(misbehaviour);
            cluster.server.answer(Method::GET, &path("slow"), stalls);
            journal.clear();
            let slow = begin(&mut client, "slow").await;
            slow.until(&mut client, || journal.requests().len() == 1).await;
            assert_eq!(journal.entries().open_connections, 1);
            slow.drop(&mut client).await.unwrap();
            journal.wait_until(|entries| entries.open_connections == 0).await;
        }
    })
    .await;
}

/// More than the streams that the server allows on one HTTP/2 connection.
const MANY: usize = 120;

#[tokio::test]
async fn dropped_calls_give_their_streams_back() {
    within_reason(async {
        let [_, cluster] = Cluster::of_each_version().await;
        let mut client = cluster.client().await;
        let journal = cluster.server.journal();
        let stalls = pod("slow").with_misbehaviour(Misbehaviour::StallBeforeHead);
        cluster.server.answer(Method::GET, &path("slow"), stalls);
        for sent in 1..=MANY {
            let slow = begin(&mut client, "slow").await;
            slow.until(&mut client, || journal.requests().len() == sent).await;
            slow.drop(&mut client).await.unwrap();
        }
        client.send(&get("/api"), None).await.unwrap().unwrap();
        match cluster.version {
            Version::HTTP_2 => assert_eq!(journal.accepted_connections(), 1),
            // A connection each: the last one is kept.
            _ => drop(journal.wait_until(|entries| entries.open_connections == 1).await),
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_gives_its_turn_back() {
    within_reason(async {
        for mut cluster in Cluster::of_each_version().await {
            cluster.clock = Clock::stopped();
            cluster.server.answer(Method::GET, &path("a"), pod("a"));
            let limited = cluster
                .pod()
                .env("K8S_IN_CLUSTER_REQUESTS_PER_SECOND", "1")
                .env("K8S_IN_CLUSTER_BURST", "1");
            let mut client = client(limited).await;
            begin(&mut client, "a").await.result(&mut client).await.unwrap();
            for _ in 0..3 {
                let held = begin(&mut client, "a").await;
                check_silent(&mut client, &held).await;
                held.drop(&mut client).await.unwrap();
            }
            let next = begin(&mut client, "a").await;
            check_silent(&mut client, &next).await;
            assert_eq!(cluster.server.journal().requests().len(), 1);
            // Had the three kept their turns, it would be the fourth second.
            cluster.clock.advance(Duration::from_secs(1));
            next.result(&mut client).await.unwrap();
            assert_eq!(cluster.server.journal().requests().len(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_gives_its_place_back() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let stalls = pod("slow").with_misbehaviour(Misbehaviour::StallBeforeHead);
            cluster.server.answer(Method::GET, &path("slow"), stalls);
            cluster.server.answer(Method::GET, &path("a"), pod("a"));
            let limited = cluster.pod().env("K8S_IN_CLUSTER_MAX_REQUESTS", "2");
            let mut client = client(limited).await;
            let slow = begin(&mut client, "slow").await;
            let quick = begin(&mut client, "a").await;
            let error = client.begin_get(&target("a"), None).await.unwrap().unwrap_err();
            assert_eq!(connection(error).failure, ConnectionFailure::LimitReached);
            // By its answer, though it is kept; and by being dropped.
            quick.result(&mut client).await.unwrap();
            let third = begin(&mut client, "a").await;
            client.begin_get(&target("a"), None).await.unwrap().unwrap_err();
            slow.drop(&mut client).await.unwrap();
            let fourth = begin(&mut client, "a").await;
            for pending in [third, fourth] {
                pending.result(&mut client).await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_ends_one_call_alone() {
    on_both_versions(async |cluster| {
        for (name, misbehaviour) in
            [("a", Misbehaviour::StallBeforeHead), ("b", Misbehaviour::StallMidBody { after: 10 })]
        {
            let stalls = pod(name).with_misbehaviour(misbehaviour);
            cluster.server.answer(Method::GET, &path(name), stalls);
        }
        let steps = Steps::new();
        let slow = Misbehaviour::SlowBytes { chunk: 1000, pace: Pace::Stepped(steps.clone()) };
        cluster.server.answer(Method::GET, &path("c"), pod("c").with_misbehaviour(slow));
        let clock = Clock::stopped();
        let mut client = client(cluster.pod().clock(&clock)).await;
        let journal = cluster.server.journal();
        let other = begin(&mut client, "c").await;
        other.until(&mut client, || journal.requests().len() == 1).await;
        let limits = Limits { deadline: milliseconds(30_000), ..limits() };
        for (name, sent) in [("a", 2), ("b", 4)] {
            let late = begin_within(&mut client, name, limits).await;
            late.until(&mut client, || journal.requests().len() == sent).await;
            let waits = begin_within(&mut client, name, limits).await;
            waits.until(&mut client, || journal.requests().len() == sent + 1).await;
            clock.advance(Duration::from_secs(30));
            for error in [
                late.ask(&mut client).await.unwrap_err(),
                waits.blocking_answer(&mut client).await.unwrap().unwrap_err(),
            ] {
                assert_error(&error, "deadline-exceeded", &["30 s", &path(name)]);
            }
            check_over(&mut client, &late).await;
        }
        steps.release(1);
        check_is(&other.result(&mut client).await.unwrap(), "c");
    })
    .await;
}

#[tokio::test]
async fn one_is_asked_again_while_another_completes() {
    on_both_versions(async |cluster| {
        let was_busy = AtomicBool::new(false);
        cluster.server.answer_with(Method::GET, &path("busy"), move |_| {
            let busy = Answer::text(StatusCode::TOO_MANY_REQUESTS, "busy");
            match was_busy.swap(true, Ordering::Relaxed) {
                true => pod("busy"),
                false => busy.with_header(RETRY_AFTER, HeaderValue::from_static("1")),
            }
        });
        cluster.server.answer(Method::GET, &path("a"), pod("a"));
        let mut client = cluster.client().await;
        let journal = cluster.server.journal();
        let before = Instant::now();
        let busy = begin(&mut client, "busy").await;
        busy.until(&mut client, || journal.requests().len() == 1).await;
        for _ in 0..3 {
            let quick = begin(&mut client, "a").await;
            check_is(&quick.result(&mut client).await.unwrap(), "a");
        }
        check_is(&busy.result(&mut client).await.unwrap(), "busy");
        assert!(before.elapsed() >= Duration::from_secs(1));
        let paths: Vec<_> = journal.requests().into_iter().map(|sent| sent.path).collect();
        let [busy, a] = ["busy", "a"].map(path);
        assert_eq!(paths, [&busy, &a, &a, &a, &busy].map(String::as_str));
    })
    .await;
}

#[tokio::test]
async fn a_401_is_met_with_the_rotated_token() {
    on_both_versions(async |cluster| {
        for name in ["a", "b"] {
            cluster.server.answer(Method::GET, &path(name), pod(name));
        }
        let mut client = cluster.client().await;
        cluster.server.revoke_token(cluster.server.token());
        cluster.server.accept_token("second-token".to_owned());
        let calls = [begin(&mut client, "a").await, begin(&mut client, "b").await];
        cluster.volume.set_token("second-token").unwrap();
        for (pending, name) in calls.iter().zip(["a", "b"]) {
            check_is(&pending.result(&mut client).await.unwrap(), name);
        }
        let requests = cluster.server.journal().requests();
        let second = Some("Bearer second-token");
        let renewed = requests.iter().filter(|sent| sent.header("authorization") == second);
        assert_eq!((requests.len(), renewed.count()), (4, 2));
    })
    .await;
}

#[tokio::test]
async fn what_the_server_refuses_is_told_by_the_call_that_it_refused() {
    on_both_versions(async |cluster| {
        let gone = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound",
            "message": "pods \"gone\" not found", "code": 404,
        });
        let gone = Answer::json(StatusCode::NOT_FOUND, &gone);
        cluster.server.answer(Method::GET, &path("gone"), gone);
        cluster.server.answer(Method::GET, &path("a"), pod("a"));
        let mut client = cluster.client().await;
        let refused = begin(&mut client, "gone").await;
        let granted = begin(&mut client, "a").await;
        check_is(&granted.blocking_answer(&mut client).await.unwrap().unwrap(), "a");
        let error = status(refused.result(&mut client).await.unwrap_err());
        assert_eq!((error.code, &*error.message), (404, "pods \"gone\" not found"));
        check_over(&mut client, &refused).await;
        // What is wrong here is told at once.
        let error = client.begin_get(&target(".."), None).await.unwrap().unwrap_err();
        assert_error(&error, "invalid-request", &[]);
        let error =
            client.begin_evict(&Scope::AllNamespaces, "a", None).await.unwrap().unwrap_err();
        assert_error(&error, "invalid-request", &[]);
    })
    .await;
}

#[tokio::test]
async fn a_pollable_of_an_answer_may_be_kept_until_the_call_is_dropped() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for name in ["long", "cut"] {
            let steps = Steps::new();
            let slow = Misbehaviour::SlowBytes { chunk: 4, pace: Pace::Stepped(steps.clone()) };
            let cut = Misbehaviour::CutMidBody { after: 8, framing: Framing::Length };
            let was_asked = AtomicBool::new(false);
            cluster.server.answer_with(Method::GET, &path(name), move |request| {
                match (request.path.ends_with("cut"), was_asked.swap(true, Ordering::Relaxed)) {
                    (true, true) => pod("cut"),
                    (true, false) => pod("cut").with_misbehaviour(cut.clone()),
                    (false, _) => pod("long").with_misbehaviour(slow.clone()),
                }
            });
            let max_buffered = (name == "long").then_some(9);
            let pending =
                begin_within(&mut client, name, Limits { max_buffered, ..limits() }).await;
            steps.release(1);
            pending.wait(&mut client).await;
            assert!(pending.ask(&mut client).await.unwrap().is_none());
            let pollable = pending.subscribe(&mut client).await.unwrap();
            steps.release(99);
            match (pending.result(&mut client).await, name) {
                (Ok(answer), "cut") => check_is(&answer, name),
                (Err(error), "long") => assert_error(&error, "protocol", &["9 bytes"]),
                other => panic!("{other:?}"),
            }
            client.drop_pollable(pollable).await.unwrap();
            pending.drop(&mut client).await.unwrap();
        }
    })
    .await;
}
