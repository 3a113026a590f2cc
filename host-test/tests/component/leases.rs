//! Leader election among pods, each with a clock of its own that the test puts forward.

use crate::support::{Cluster, assert_error, client, get, request, status, within_reason};
use host_test::api_server::{Misbehaviour, NAMESPACE};
use host_test::pod::Clock;
use host_test::pod::client::PodClient;
use host_test::pod::client::leases::{Elector, Event, Loss, Options, Timings};
use host_test::pod::client::types::Error;
use serde_json::{Value, json};
use std::time::Duration;

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/shop/leases";
const LOCK: &str = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/lock";

const SECOND: Duration = Duration::from_secs(1);

/// A pod that takes part in an election. Its clock stands still but for what the test makes of it.
struct Candidate {
    client: PodClient,
    elector: Elector,
    clock: Clock,
}

fn options() -> Options {
    Options { name: "lock".to_owned(), namespace: None, identity: None, timings: None }
}

impl Candidate {
    async fn new(cluster: &Cluster, pod_name: &str) -> Self {
        let clock = Clock::stopped();
        let pod = cluster.pod().clock(&clock).env("HOSTNAME", pod_name);
        let mut client = client(pod).await;
        let elector = client.elect(&options()).await.unwrap().unwrap();
        Self { client, elector, clock }
    }

    async fn poll(&mut self) -> Vec<Event> {
        self.elector.poll(&mut self.client, 0).await.unwrap()
    }

    /// Calls it whenever it wants to be called, until something happens.
    async fn until_event(&mut self) -> Vec<Event> {
        loop {
            let events = self.poll().await;
            if !events.is_empty() {
                return events;
            }
            let pollable = self.elector.subscribe(&mut self.client).await.unwrap();
            self.client.wait(pollable).await.unwrap();
        }
    }

    /// The same until so many requests of this kind were answered.
    async fn until_sent(&mut self, cluster: &Cluster, method: &str, count: usize) {
        let sent = || {
            let requests = cluster.server.journal().requests();
            requests.iter().filter(|sent| sent.method == method && sent.path == LOCK).count()
        };
        while sent() < count {
            assert_eq!(names(&self.poll().await), [""; 0]);
            tokio::task::yield_now().await;
        }
    }

    /// Lets time pass until it leads, and returns how much. Calls what happens meanwhile before each
    /// step of it.
    async fn until_leading(&mut self, mut meanwhile: impl AsyncFnMut(Duration)) -> Duration {
        let step = Duration::from_millis(100);
        let mut passed = Duration::ZERO;
        loop {
            // On a slow machine a request may be given up: then comes another.
            let mut events = self.poll().await;
            events.retain(|event| !matches!(event, Event::RequestFailed(_)));
            if self.leads().await {
                assert_eq!(names(&events), ["new leader", "started"]);
                return passed;
            }
            meanwhile(step).await;
            self.clock.advance(step);
            passed += step;
            // Answers come in the time of this machine.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn leads(&mut self) -> bool {
        self.elector.is_leader(&mut self.client).await.unwrap()
    }

    async fn leader_until(&mut self) -> Option<u64> {
        self.elector.leader_until(&mut self.client).await.unwrap()
    }

    async fn identity(&mut self) -> String {
        self.elector.identity(&mut self.client).await.unwrap()
    }

    /// Its process is gone, and tells nobody.
    fn killed(self) {}
}

/// What happened, in short.
fn names(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .map(|event| match event {
            Event::NewLeader(_) => "new leader",
            Event::StartedLeading => "started",
            Event::StoppedLeading(Loss::Deadline) => "stopped: deadline",
            Event::StoppedLeading(Loss::Taken) => "stopped: taken",
            Event::StoppedLeading(Loss::Released) => "stopped: released",
            Event::RequestFailed(_) => "failed",
        })
        .collect()
}

async fn elected(cluster: &Cluster, pod_name: &str) -> Candidate {
    let mut candidate = Candidate::new(cluster, pod_name).await;
    assert_eq!(names(&candidate.until_event().await), ["new leader", "started"]);
    candidate
}

/// The Lease as anybody reads it.
async fn lease(cluster: &Cluster) -> Value {
    let answer = cluster.client().await.send(&get(LOCK), None).await.unwrap().unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn the_first_creates_the_lease_and_renews_it() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut leader = Candidate::new(&cluster, "web-1").await;
        let identity = leader.identity().await;
        assert!(identity.starts_with("web-1_"), "{identity}");
        assert!(!leader.leads().await);
        assert!(cluster.server.journal().requests().is_empty());
        let events = leader.until_event().await;
        assert!(matches!(&events[..], [Event::NewLeader(new), Event::StartedLeading] if *new == identity));
        assert!(leader.leads().await);
        assert_eq!(leader.leader_until().await, Some(10_000_000_000));
        assert_eq!(leader.elector.leader(&mut leader.client).await.unwrap(), Some(identity.clone()));

        leader.clock.advance(2 * SECOND);
        while leader.leader_until().await == Some(10_000_000_000) {
            assert_eq!(names(&leader.poll().await), [""; 0]);
            let pollable = leader.elector.subscribe(&mut leader.client).await.unwrap();
            leader.client.wait(pollable).await.unwrap();
        }
        assert_eq!(leader.leader_until().await, Some(12_000_000_000));

        let sent = cluster.server.journal().requests();
        let lines: Vec<_> =
            sent.iter().map(|sent| (sent.method.as_str(), sent.path.as_str())).collect();
        assert_eq!(lines, [("GET", LOCK), ("POST", LEASES), ("PUT", LOCK)]);
        let spec = |index: usize| {
            let mut spec = serde_json::from_slice::<Value>(&sent[index].body).unwrap()["spec"].take();
            let times = ["acquireTime", "renewTime"].map(|name| spec[name].take());
            (spec, times.map(|time| time.as_str().unwrap().to_owned()))
        };
        let ((created, [acquired, first]), (renewed, [kept, second])) = (spec(1), spec(2));
        let expected = json!({
            "holderIdentity": identity, "leaseDurationSeconds": 15, "leaseTransitions": 0,
            "acquireTime": null, "renewTime": null,
        });
        assert_eq!((&created, &renewed), (&expected, &expected));
        // As `meta/v1.MicroTime` is written, by the time of day.
        assert!(acquired == first && acquired == kept && second > first, "{first} {second}");
        assert!(first.len() == 27 && first.ends_with('Z') && *first > *"2026", "{first}");
        for sent in &sent[1..] {
            assert_eq!(sent.header("content-type"), Some("application/json"));
        }
    })
    .await;
}

#[tokio::test]
async fn another_takes_over_when_the_leader_was_killed() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut first = elected(&cluster, "web-1").await;
        let mut second = Candidate::new(&cluster, "web-2").await;
        let events = second.until_event().await;
        let expected = first.identity().await;
        assert!(matches!(&events[..], [Event::NewLeader(leader)] if *leader == expected));
        first.killed();
        let waited = second.until_leading(async |_| {}).await;
        // The Lease lasts for so long, and then comes the next look.
        assert!(waited >= 15 * SECOND, "{waited:?}");
        let lease = lease(&cluster).await;
        assert_eq!(lease["spec"]["holderIdentity"], second.identity().await);
        assert_eq!(lease["spec"]["leaseTransitions"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_leader_that_is_cut_off_stops_before_another_starts() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut first = elected(&cluster, "web-1").await;
        let mut second = Candidate::new(&cluster, "web-2").await;
        second.until_event().await;
        // Time passes for both, and the first does not even look.
        let mut led = Duration::ZERO;
        second
            .until_leading(async |step| {
                if first.leads().await {
                    led += step;
                }
                first.clock.advance(step);
            })
            .await;
        assert_eq!(led, 10 * SECOND);
        assert!(!first.leads().await);
        assert_eq!(first.leader_until().await, None);
        // What it had believed it is told now; and it does not get the Lease back.
        let mut events = first.until_event().await;
        events.extend(first.until_event().await);
        assert_eq!(names(&events), ["stopped: deadline", "new leader"]);
        assert!(!first.leads().await);
        assert!(second.leads().await);
    })
    .await;
}

#[tokio::test]
async fn a_leader_that_gets_no_answer_is_told_when_its_time_is_over() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut leader = elected(&cluster, "web-1").await;
        cluster.server.misbehave_always(Misbehaviour::StallBeforeHead);
        leader.clock.advance(2 * SECOND);
        leader.until_sent(&cluster, "PUT", 1).await;
        assert!(leader.leads().await);
        // The request is given up, another is sent, and the time is over.
        leader.clock.advance(5 * SECOND);
        let events = leader.until_event().await;
        assert!(
            matches!(&events[..], [Event::RequestFailed(Error::DeadlineExceeded(_))]),
            "{events:?}"
        );
        assert!(leader.leads().await);
        leader.clock.advance(3 * SECOND);
        assert!(!leader.leads().await);
        assert_eq!(names(&leader.until_event().await), ["stopped: deadline"]);

        // It takes part still.
        cluster.server.behave();
        leader.clock.advance(5 * SECOND);
        assert_eq!(names(&leader.until_event().await), ["failed"]);
        leader.clock.advance(5 * SECOND);
        assert_eq!(names(&leader.until_event().await), ["started"]);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_does_not_end_a_reign() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut leader = elected(&cluster, "web-1").await;
        cluster.server.misbehave(Misbehaviour::CutMidBody {
            after: 10,
            framing: host_test::api_server::Framing::Length,
        });
        leader.clock.advance(2 * SECOND);
        assert_eq!(names(&leader.until_event().await), ["failed"]);
        while leader.leader_until().await != Some(12_000_000_000) {
            assert_eq!(names(&leader.poll().await), [""; 0]);
            let pollable = leader.elector.subscribe(&mut leader.client).await.unwrap();
            leader.client.wait(pollable).await.unwrap();
        }
        let sent = cluster.server.journal().requests();
        let methods: Vec<_> = sent.iter().map(|sent| sent.method.as_str()).collect();
        assert_eq!(methods, ["GET", "POST", "PUT", "GET", "PUT"]);
    })
    .await;
}

#[tokio::test]
async fn a_release_lets_the_next_begin_at_once() {
    within_reason(async {
        let cluster = Cluster::start().await;
        for (transitions, explicitly) in [(0, true), (1, false)] {
            let mut leader = Candidate::new(&cluster, "web-1").await;
            while !leader.leads().await {
                leader.until_event().await;
            }
            assert_eq!(lease(&cluster).await["spec"]["leaseTransitions"], transitions);
            if explicitly {
                leader.elector.release(&mut leader.client).await.unwrap().unwrap();
                assert!(!leader.leads().await);
                assert_eq!(names(&leader.poll().await), ["stopped: released"]);
                // It is over: there is nothing to wait for.
                let over = leader.elector.poll(&mut leader.client, u64::MAX).await.unwrap();
                assert_eq!(names(&over), [""; 0]);
                let pollable = leader.elector.subscribe(&mut leader.client).await.unwrap();
                assert!(!leader.client.is_ready(&pollable).await.unwrap());
                leader.client.drop_pollable(pollable).await.unwrap();
            } else {
                let Candidate { mut client, elector, .. } = leader;
                elector.drop(&mut client).await.unwrap();
            }
            let spec = &lease(&cluster).await["spec"];
            assert_eq!(spec["holderIdentity"], "");
            assert_eq!(spec["leaseDurationSeconds"], 1);
        }
        // One that holds nothing sends nothing.
        let follower = Candidate::new(&cluster, "web-2").await;
        cluster.server.journal().clear();
        let Candidate { mut client, elector, .. } = follower;
        elector.drop(&mut client).await.unwrap();
        assert!(cluster.server.journal().requests().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_release_that_the_server_refuses_says_so() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut leader = elected(&cluster, "web-1").await;
        cluster.server.stop().await;
        let clock = leader.clock.clone();
        let release = leader.elector.release(&mut leader.client);
        // Its time passes while it waits.
        let pass = async {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                clock.advance(SECOND);
            }
        };
        let released = tokio::select! {
            released = release => released.unwrap(),
            () = pass => unreachable!(),
        };
        assert_error(&released.unwrap_err(), "connection", &[]);
        assert!(!leader.leads().await);
    })
    .await;
}

#[tokio::test]
async fn what_others_put_into_the_lease_stays_there() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut leader = elected(&cluster, "web-1").await;
        let mut labelled = lease(&cluster).await;
        labelled["metadata"]["labels"] = json!({"app": "shop"});
        labelled["metadata"]["annotations"] = json!({"of.others/note": "\"\u{e4}\"\n"});
        labelled["spec"]["strategy"] = json!("OldestEmulationVersion");
        let put = request("PUT", LOCK);
        let body = labelled.to_string();
        cluster.client().await.send(&put, Some(body.as_bytes())).await.unwrap().unwrap();
        for advances in 1..3 {
            leader.clock.advance(2 * SECOND);
            while leader.leader_until().await != Some(10_000_000_000 + advances * 2_000_000_000) {
                assert_eq!(names(&leader.poll().await), [""; 0]);
                let pollable = leader.elector.subscribe(&mut leader.client).await.unwrap();
                leader.client.wait(pollable).await.unwrap();
            }
        }
        let mut renewed = lease(&cluster).await;
        for (of, name) in [("metadata", "resourceVersion"), ("spec", "renewTime")] {
            assert_ne!(renewed[of][name].take(), labelled[of][name].take());
        }
        assert_eq!(renewed, labelled);
    })
    .await;
}

#[tokio::test]
async fn two_of_one_identity_are_told_apart() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut candidates = Vec::new();
        for _ in 0..2 {
            let clock = Clock::stopped();
            let mut client = client(cluster.pod().clock(&clock)).await;
            let options = Options { identity: Some("the same".to_owned()), ..options() };
            let elector = client.elect(&options).await.unwrap().unwrap();
            let mut candidate = Candidate { client, elector, clock };
            candidate.until_event().await;
            candidates.push(candidate);
        }
        assert_eq!(candidates[0].identity().await, candidates[1].identity().await);
        assert!(candidates[0].leads().await);
        assert!(!candidates[1].leads().await);
    })
    .await;
}

#[tokio::test]
async fn a_program_can_wait_for_its_turn() {
    within_reason(async {
        let cluster = Cluster::start().await;
        // By a clock that runs, and timings that a test can wait for.
        let timings = Timings {
            lease_duration: 1_000_000_000,
            renew_deadline: 900_000_000,
            retry_period: 50_000_000,
        };
        let options = Options { timings: Some(timings), ..options() };
        let first = elected(&cluster, "web-1").await;
        first.killed();
        let mut client = client(cluster.pod()).await;
        let elector = client.elect(&options).await.unwrap().unwrap();
        let waits = elector.poll(&mut client, u64::MAX).await.unwrap();
        assert_eq!(names(&waits), ["new leader"]);
        assert!(elector.poll(&mut client, 60_000_000).await.unwrap().is_empty());
        cluster.clock.advance(15 * SECOND);
        // A request that was under way then is given up.
        while !elector.is_leader(&mut client).await.unwrap() {
            elector.poll(&mut client, u64::MAX).await.unwrap();
        }
        // It renews while the program does nothing but wait: the deadline passes many times.
        let waited = elector.poll(&mut client, 3_000_000_000).await.unwrap();
        if waited.is_empty() {
            assert!(elector.is_leader(&mut client).await.unwrap());
        }
        assert!(
            cluster.server.journal().requests().iter().filter(|r| r.method == "PUT").count() > 2
        );
    })
    .await;
}

#[tokio::test]
async fn a_pollable_may_outlive_what_it_was_taken_for() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut candidate = Candidate::new(&cluster, "web-1").await;
        let mut pollables = Vec::new();
        while !candidate.leads().await {
            candidate.poll().await;
            pollables.push(candidate.elector.subscribe(&mut candidate.client).await.unwrap());
            tokio::task::yield_now().await;
        }
        let Candidate { mut client, elector, .. } = candidate;
        elector.drop(&mut client).await.unwrap();
        for pollable in pollables {
            client.drop_pollable(pollable).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_server_refuses_is_told_and_asked_again() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let clock = Clock::stopped();
        let mut client = client(cluster.pod().clock(&clock)).await;
        let elsewhere = Options { namespace: Some("kube-system".to_owned()), ..options() };
        let elector = client.elect(&elsewhere).await.unwrap().unwrap();
        let mut candidate = Candidate { client, elector, clock };
        for _ in 0..2 {
            let mut events = candidate.until_event().await;
            let Some(Event::RequestFailed(error)) = events.pop() else { panic!("{events:?}") };
            assert!(events.is_empty());
            cluster.assert_shows_no_token(&error);
            let status = status(error);
            assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
            assert!(status.message.contains("leases.coordination.k8s.io"), "{status:?}");
            candidate.clock.advance(5 * SECOND);
        }
        let sent = cluster.server.journal().requests();
        assert!(sent.iter().all(|sent| sent.path == LOCK.replace(NAMESPACE, "kube-system")));
        assert_eq!(sent.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_election_that_cannot_be_held_is_refused() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let timings = |lease: u64, renew: u64, retry: u64| Options {
        timings: Some(Timings {
            lease_duration: lease * 1_000_000,
            renew_deadline: renew * 1_000_000,
            retry_period: retry * 1_000_000,
        }),
        ..options()
    };
    for (wrong, says) in [
        (Options { name: String::new(), ..options() }, "name is empty"),
        (Options { name: "../pods".to_owned(), ..options() }, "../pods"),
        (Options { namespace: Some("a/b".to_owned()), ..options() }, "a/b"),
        (Options { identity: Some(String::new()), ..options() }, "identity is empty"),
        (timings(10_000, 10_000, 2_000), "longer than the renew deadline"),
        (timings(15_500, 10_000, 2_000), "whole seconds"),
        (timings(15_000, 10_000, 9_000), "1.2 times the retry period"),
        (timings(15_000, 10_000, 0), "longer than zero"),
    ] {
        let error = client.elect(&wrong).await.unwrap().unwrap_err();
        assert_error(&error, "invalid-request", &[says]);
    }
    assert!(cluster.server.journal().requests().is_empty());
}
