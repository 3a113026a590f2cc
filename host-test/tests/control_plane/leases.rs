//! Leader election on a real API server: pods with clocks of their own, put forward by the test.

use crate::support::{Tenant, client, own, shared, within_reason};
use host_test::control_plane::ControlPlane;
use host_test::pod::Clock;
use host_test::pod::client::PodClient;
use host_test::pod::client::leases::{Elector, Event, Loss, Options};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// One that may do with Leases what an election needs, and nothing else.
async fn tenant(server: &ControlPlane) -> Tenant {
    let verbs = ["get", "create", "update"];
    let leases =
        json!({"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": verbs});
    Tenant::with(server, &json!([leases])).await
}

fn path(tenant: &Tenant) -> String {
    let namespace = &tenant.account.namespace;
    format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/lock")
}

async fn lease(tenant: &Tenant) -> Value {
    tenant.admin.get(&path(tenant)).await.unwrap()
}

/// A pod that takes part. Its clock stands still but for what the test makes of it.
struct Candidate {
    client: PodClient,
    elector: Elector,
    clock: Clock,
}

impl Candidate {
    async fn new(tenant: &Tenant, pod_name: &str) -> Self {
        let clock = Clock::stopped();
        let host = tenant.address.ip().to_string();
        let pod = tenant.pod(&host, tenant.outgoing(&host)).clock(&clock).env("POD_NAME", pod_name);
        let mut client = client(pod).await;
        let options =
            Options { name: "lock".to_owned(), namespace: None, identity: None, timings: None };
        let elector = client.elect(&options).await.unwrap().unwrap();
        Self { client, elector, clock }
    }

    async fn elected(tenant: &Tenant, pod_name: &str) -> Self {
        let mut candidate = Self::new(tenant, pod_name).await;
        candidate.until("it leads", async |this| this.leads().await).await;
        candidate
    }

    /// Lets time pass until something is so, and returns what happened and how much time that was.
    async fn until(
        &mut self,
        what: &str,
        mut holds: impl AsyncFnMut(&mut Self) -> bool,
    ) -> (Vec<&'static str>, Duration) {
        let step = 50 * SECOND / 1000;
        let (mut events, mut passed) = (Vec::new(), Duration::ZERO);
        loop {
            let happened = self.elector.poll(&mut self.client, 0).await.unwrap();
            events.extend(happened.iter().filter_map(name));
            if holds(self).await {
                return (events, passed);
            }
            assert!(passed < 1000 * SECOND, "waited in vain until {what}: {events:?}");
            self.clock.advance(step);
            passed += step;
            // Answers come in the time of this machine.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Calls it once, while its time stands still.
    async fn turn(&mut self) -> Vec<Event> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.elector.poll(&mut self.client, 0).await.unwrap()
    }

    /// Waits until so many requests have failed, and checks that nothing else happens.
    async fn fails(&mut self, count: usize) {
        let mut failures = 0;
        while failures < count {
            let events = self.turn().await;
            assert_eq!(events.iter().find_map(name), None);
            failures += events.len();
        }
    }

    async fn leads(&mut self) -> bool {
        self.elector.is_leader(&mut self.client).await.unwrap()
    }

    async fn leader_until(&mut self) -> Option<u64> {
        self.elector.leader_until(&mut self.client).await.unwrap()
    }

    async fn leader(&mut self) -> Option<String> {
        self.elector.leader(&mut self.client).await.unwrap()
    }

    async fn identity(&mut self) -> String {
        self.elector.identity(&mut self.client).await.unwrap()
    }
}

/// What happened, in short; requests that fail on a slow machine are none of it.
fn name(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::NewLeader(_) => "new leader",
        Event::StartedLeading => "started",
        Event::StoppedLeading(Loss::Deadline) => "stopped: deadline",
        Event::StoppedLeading(Loss::Taken) => "stopped: taken",
        Event::StoppedLeading(Loss::Released) => "stopped: released",
        Event::RequestFailed(_) => return None,
    })
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn another_takes_over_when_the_leader_was_killed() {
    within_reason(async {
        let server = shared().await;
        let tenant = tenant(server).await;
        let mut first = Candidate::elected(&tenant, "web-1").await;
        let made = lease(&tenant).await;
        let identity = first.identity().await;
        assert!(identity.starts_with("web-1_"), "{identity}");
        assert_eq!(made["spec"]["holderIdentity"], identity);
        assert_eq!(made["spec"]["leaseDurationSeconds"], 15);
        assert_eq!(made["spec"]["leaseTransitions"], 0);
        // Both by this machine's clock, the one with microseconds.
        let [made_at, renewed_at] =
            [&made["metadata"]["creationTimestamp"], &made["spec"]["renewTime"]];
        let minute = |time: &Value| time.as_str().unwrap()[..16].to_owned();
        assert!(minute(renewed_at) <= minute(made_at), "{made}");
        assert_eq!(renewed_at.as_str().unwrap().len(), 27);

        let until = first.leader_until().await;
        let (events, _) =
            first.until("it renews", async |this| this.leader_until().await != until).await;
        assert_eq!(events, [""; 0]);
        let renewed = lease(&tenant).await;
        assert_eq!(renewed["spec"]["acquireTime"], made["spec"]["acquireTime"]);
        assert!(renewed["spec"]["renewTime"].as_str() > made["spec"]["renewTime"].as_str());

        let mut second = Candidate::new(&tenant, "web-2").await;
        let (events, _) =
            second.until("it sees one", async |this| this.leader().await.is_some()).await;
        assert_eq!((events, second.leader().await), (vec!["new leader"], Some(identity)));
        // Killed.
        drop(first);
        let (events, waited) = second.until("it leads", async |this| this.leads().await).await;
        assert_eq!(events, ["new leader", "started"]);
        assert!(waited >= 15 * SECOND, "{waited:?}");
        let taken = lease(&tenant).await;
        assert_eq!(taken["spec"]["holderIdentity"], second.identity().await);
        assert_eq!(taken["spec"]["leaseTransitions"], 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn another_takes_over_at_once_after_a_release() {
    within_reason(async {
        let server = shared().await;
        let tenant = tenant(server).await;
        let mut first = Candidate::elected(&tenant, "web-1").await;
        let mut second = Candidate::new(&tenant, "web-2").await;
        second.until("it sees one", async |this| this.leader().await.is_some()).await;
        first.elector.release(&mut first.client).await.unwrap().unwrap();
        assert!(!first.leads().await);
        let released = lease(&tenant).await;
        assert_eq!(released["spec"]["holderIdentity"], "");
        assert_eq!(released["spec"]["leaseDurationSeconds"], 1);
        second.until("it leads", async |this| this.leads().await).await;
        // And by its drop.
        let Candidate { mut client, elector, .. } = second;
        elector.drop(&mut client).await.unwrap();
        assert_eq!(lease(&tenant).await["spec"]["holderIdentity"], "");
        Candidate::elected(&tenant, "web-3").await;
        assert_eq!(lease(&tenant).await["spec"]["leaseTransitions"], 2);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_leader_stays_one_over_a_restart_of_the_server_unless_it_takes_too_long() {
    within_reason(async {
        let mut server = own().await;
        let tenant = tenant(&server).await;
        let mut first = Candidate::elected(&tenant, "web-1").await;
        let mut second = Candidate::new(&tenant, "web-2").await;
        second.until("it sees one", async |this| this.leader().await.is_some()).await;

        server.stop().await.unwrap();
        // Tried in vain: to renew it, and to read it, and then to read it again and again.
        let until = first.leader_until().await;
        for failures in [2, 1, 1] {
            first.clock.advance(2 * SECOND);
            first.fails(failures).await;
        }
        assert!(first.leads().await);
        server.start_again().await.unwrap();
        first.clock.advance(2 * SECOND);
        while first.leader_until().await == until {
            first.turn().await;
        }
        assert!(first.leads().await);

        server.stop().await.unwrap();
        let (events, _) = first.until("it stops", async |this| !this.leads().await).await;
        assert_eq!(events, ["stopped: deadline"]);
        server.start_again().await.unwrap();
        // Whoever comes first: the second has not waited for long enough to be it.
        let (events, _) = first.until("it leads", async |this| this.leads().await).await;
        assert_eq!(events, ["started"]);
        assert_eq!(lease(&tenant).await["spec"]["leaseTransitions"], 0);

        // Stopped for so long that the second takes over as soon as the server is back.
        server.stop().await.unwrap();
        first.clock.advance(20 * SECOND);
        second.clock.advance(20 * SECOND);
        assert!(!first.leads().await);
        server.start_again().await.unwrap();
        second.until("it leads", async |this| this.leads().await).await;
        let (events, _) = first
            .until("it sees the second", async |this| {
                let other = this.leader().await.is_some_and(|leader| leader.starts_with("web-2_"));
                assert!(!this.leads().await);
                other
            })
            .await;
        assert_eq!(events, ["stopped: deadline", "new leader"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn what_others_do_to_the_lease() {
    within_reason(async {
        let server = shared().await;
        let tenant = tenant(server).await;
        let mut leader = Candidate::elected(&tenant, "web-1").await;
        let mut labelled = lease(&tenant).await;
        labelled["metadata"]["labels"] = json!({"app": "shop"});
        labelled["metadata"]["finalizers"] = json!(["of.others/one"]);
        tenant.admin.request(Method::PUT, &path(&tenant), Some(&labelled)).await.unwrap();
        let until = leader.leader_until().await;
        let (events, _) =
            leader.until("it renews", async |this| this.leader_until().await != until).await;
        assert_eq!(events, [""; 0]);
        let mut renewed = lease(&tenant).await;
        assert_eq!(renewed["metadata"]["labels"], json!({"app": "shop"}));
        assert_eq!(renewed["metadata"]["finalizers"], json!(["of.others/one"]));
        renewed["metadata"]["finalizers"] = json!([]);
        tenant.admin.request(Method::PUT, &path(&tenant), Some(&renewed)).await.unwrap();

        // Deleted: it stops before anybody can have it, and then makes another.
        tenant.admin.delete(&path(&tenant)).await.unwrap();
        let (events, _) = leader.until("it stops", async |this| !this.leads().await).await;
        assert_eq!(events, ["stopped: taken"]);
        let (events, _) = leader.until("it leads", async |this| this.leads().await).await;
        assert!(matches!(events[..], ["started"] | ["new leader", "started"]), "{events:?}");

        // Given to another by hand.
        let mut given = lease(&tenant).await;
        given["spec"]["holderIdentity"] = json!("somebody");
        tenant.admin.request(Method::PUT, &path(&tenant), Some(&given)).await.unwrap();
        let (events, _) = leader.until("it stops", async |this| !this.leads().await).await;
        assert_eq!(events, ["new leader", "stopped: taken"]);
        assert_eq!(leader.leader().await.as_deref(), Some("somebody"));
    })
    .await;
}
