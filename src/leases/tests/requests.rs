//! An election on the wire, as far as a script can play the server.

use crate::Error;
use crate::client::tests::script::{Script, Stage, Step, answer};
use crate::client::{Client, InvalidRequest};
use crate::cluster::Overrides;
use crate::leases::{Election, Event, InvalidElection, LeaderElector, Loss, Timings};
use crate::pod::fake::FakePod;
use crate::transport::ConnectionFailure;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

type PodElector = LeaderElector<crate::client::tests::script::Played>;

fn election() -> Election {
    Election { name: "lock".into(), identity: Some("me".into()), ..Election::default() }
}

fn begin(
    election: Election,
    scripts: impl IntoIterator<Item = Script>,
) -> (PodElector, Client<Stage, Stage>, Stage) {
    let stage = Stage::new(FakePod::mounted(), scripts);
    let client = Client::in_cluster(stage.clone(), stage.clone(), &Overrides::default()).unwrap();
    (LeaderElector::new(&client, election).unwrap(), client, stage)
}

const MISSING: &[u8] = br#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#;

/// The Lease as the pod writes it, at times of its clock.
fn lease(version: u32, acquired: u32, renewed: u32) -> Script {
    let text = format!(
        r#"{{"kind":"Lease","metadata":{{"resourceVersion":"{version}"}},"spec":{{"holderIdentity":"me",
        "leaseDurationSeconds":15,"acquireTime":"2026-11-24T14:17:{acquired:02}.000000Z",
        "renewTime":"2026-11-24T14:17:{renewed:02}.000000Z","leaseTransitions":0}}}}"#
    );
    answer(200, text.leak().as_bytes())
}

fn hangs() -> Script {
    Script { head_after: None, ..answer(200, b"") }
}

fn led() -> [Event; 2] {
    [Event::NewLeader("me".into()), Event::StartedLeading]
}

#[test]
fn a_leader_is_elected_in_two_requests_and_renews_in_one() {
    let scripts = [answer(404, MISSING), lease(1, 9, 9), lease(2, 9, 11)];
    let (mut elector, client, stage) = begin(election(), scripts);
    assert_eq!(elector.time_left(&client), Some(Duration::ZERO));
    assert_eq!(elector.poll(&client, Duration::ZERO), led());
    assert!(elector.is_leader(&client));
    assert_eq!(elector.leader_until(&client), Some(10 * SECOND));
    assert_eq!(elector.time_left(&client), Some(2 * SECOND));
    assert_eq!(elector.poll(&client, Duration::ZERO), []);
    stage.pod.advance(2 * SECOND);
    assert_eq!(elector.poll(&client, Duration::ZERO), []);
    assert_eq!(elector.leader_until(&client), Some(12 * SECOND));

    const LEASES: &str = "https://10.96.0.1:443/apis/coordination.k8s.io/v1/namespaces/shop/leases";
    let expected = [
        ("GET", format!("{LEASES}/lock")),
        ("POST", LEASES.into()),
        ("PUT", format!("{LEASES}/lock")),
    ];
    for (index, (method, url)) in expected.into_iter().enumerate() {
        let sent = stage.sent(index);
        assert_eq!((sent.method.as_str(), &sent.url), (method, &url));
        let content_type = sent.headers.iter().find(|(name, _)| name == "content-type");
        assert_eq!(content_type.is_some(), index > 0);
        assert_eq!(sent.body.borrow().is_empty(), index == 0);
    }
    let renewal = String::from_utf8(stage.sent(2).body.borrow().clone()).unwrap();
    assert!(renewal.contains(r#""resourceVersion":"1""#), "{renewal}");
    assert!(renewal.contains(r#""acquireTime":"2026-11-24T14:17:09.000000Z""#), "{renewal}");
    assert!(renewal.contains(r#""renewTime":"2026-11-24T14:17:11.000000Z""#), "{renewal}");
}

#[test]
fn the_lease_may_be_in_another_namespace() {
    let other = Election { namespace: Some("other".into()), ..election() };
    let (mut elector, client, stage) = begin(other, [hangs()]);
    elector.poll(&client, Duration::ZERO);
    assert!(stage.sent(0).url.ends_with("/namespaces/other/leases/lock"));
}

#[test]
fn a_request_that_hangs_is_given_up_in_time_for_another() {
    let scripts = [answer(404, MISSING), lease(1, 9, 9), hangs(), lease(1, 9, 9), lease(2, 9, 16)];
    let (mut elector, client, stage) = begin(election(), scripts);
    elector.poll(&client, Duration::ZERO);
    let events = elector.poll(&client, 60 * SECOND);
    assert!(matches!(events[..], [Event::RequestFailed(Error::DeadlineExceeded(_))]), "{events:?}");
    assert_eq!(stage.pod.now.get(), 7 * SECOND);
    assert_eq!(stage.attempts(), 5);
    assert_eq!(elector.leader_until(&client), Some(17 * SECOND));
}

#[test]
fn a_leader_that_waits_is_told_when_its_time_is_over() {
    let scripts = [answer(404, MISSING), lease(1, 9, 9), hangs(), hangs(), hangs()];
    let (mut elector, client, stage) = begin(election(), scripts);
    elector.poll(&client, Duration::ZERO);
    while stage.pod.now.get() < 10 * SECOND {
        assert!(elector.is_leader(&client));
        let events = elector.poll(&client, 60 * SECOND);
        let failed = matches!(events[..], [Event::RequestFailed(_)]);
        assert!(failed || events == [Event::StoppedLeading(Loss::Deadline)], "{events:?}");
    }
    assert_eq!(stage.pod.now.get(), 10 * SECOND);
    assert!(!elector.is_leader(&client));
}

#[test]
fn a_wait_ends_when_its_time_is_over() {
    let (mut elector, client, stage) = begin(election(), [answer(404, MISSING), lease(1, 9, 9)]);
    elector.poll(&client, Duration::ZERO);
    assert_eq!(elector.poll(&client, SECOND), []);
    assert_eq!(stage.pod.now.get(), SECOND);
    assert_eq!(elector.poll(&client, Duration::ZERO), []);
}

#[test]
fn an_answer_is_looked_for_soon_and_then_less_often() {
    let slow = Script { head_after: Some(3 * SECOND), ..answer(404, MISSING) };
    let (mut elector, client, stage) = begin(election(), [slow, hangs()]);
    let mut looks = 0;
    elector.poll(&client, Duration::ZERO);
    while stage.attempts() == 1 {
        elector.poll(&client, Duration::ZERO);
        let left = elector.time_left(&client).unwrap();
        assert!(left >= Duration::from_millis(1) && left <= Duration::from_millis(100));
        stage.pod.advance(left);
        looks += 1;
    }
    assert!((30..60).contains(&looks), "{looks}");
}

#[test]
fn a_release_is_sent_and_waited_for() {
    let freed =
        br#"{"kind":"Lease","metadata":{"resourceVersion":"2"},"spec":{"holderIdentity":""}}"#;
    let freed = Script { head_after: Some(SECOND), ..answer(200, freed) };
    let (mut elector, client, stage) =
        begin(election(), [answer(404, MISSING), lease(1, 9, 9), freed]);
    elector.poll(&client, Duration::ZERO);
    elector.release(&client, 10 * SECOND).unwrap();
    assert_eq!(stage.pod.now.get(), SECOND);
    assert!(!elector.is_leader(&client));
    assert_eq!(elector.time_left(&client), Some(Duration::ZERO));
    assert_eq!(elector.poll(&client, Duration::ZERO), [Event::StoppedLeading(Loss::Released)]);
    assert_eq!(elector.time_left(&client), None);
    assert_eq!(elector.poll(&client, 60 * SECOND), []);
    assert_eq!(stage.pod.now.get(), SECOND);
    elector.release(&client, SECOND).unwrap();
    let release = String::from_utf8(stage.sent(2).body.borrow().clone()).unwrap();
    assert!(release.contains(r#""holderIdentity":"","leaseDurationSeconds":1,"#), "{release}");
}

#[test]
fn a_release_that_fails_says_why() {
    let cut = Script { fails: Some(ConnectionFailure::Terminated), ..answer(200, b"") };
    let scripts = [answer(404, MISSING), lease(1, 9, 9), cut, hangs()];
    let (mut elector, client, stage) = begin(election(), scripts);
    elector.poll(&client, Duration::ZERO);
    let error = elector.release(&client, 2 * SECOND).unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    assert_eq!(stage.pod.now.get(), 2 * SECOND);
    assert!(!elector.is_leader(&client));
    let (mut elector, client, _) =
        begin(election(), [answer(404, MISSING), lease(1, 9, 9), hangs()]);
    elector.poll(&client, Duration::ZERO);
    let error = elector.release(&client, 2 * SECOND).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
}

#[test]
fn an_answer_too_long_for_a_lease_is_a_failure() {
    let long = vec![b' '; 1 << 20].leak();
    let body = vec![Step::Bytes(long), Step::Bytes(b"{}")];
    let (mut elector, client, _) = begin(election(), [Script { body, ..answer(200, b"") }]);
    let events = elector.poll(&client, Duration::ZERO);
    assert!(matches!(events[..], [Event::RequestFailed(Error::Protocol(_))]), "{events:?}");
}

#[test]
fn an_election_that_cannot_be_held_is_an_error_at_once() {
    let stage = Stage::new(FakePod::mounted(), []);
    let client = Client::in_cluster(stage.clone(), stage.clone(), &Overrides::default()).unwrap();
    let error = |election| match PodElector::new(&client, election) {
        Err(Error::InvalidRequest(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("an election"),
    };
    let timings = Timings { renew_deadline: 20 * SECOND, ..Timings::default() };
    assert_eq!(
        error(Election { timings, ..election() }),
        InvalidRequest::Election(InvalidElection::RenewDeadline)
    );
    for name in ["", "..", "a/b"] {
        let named = Election { name: name.into(), ..election() };
        assert!(matches!(error(named), InvalidRequest::Name(_)));
    }
    let nowhere = Election { namespace: Some(String::new()), ..election() };
    assert!(matches!(error(nowhere), InvalidRequest::Name(_)));
    let nobody = Election { identity: Some(String::new()), ..election() };
    assert_eq!(error(nobody), InvalidRequest::Election(InvalidElection::Identity));
}

#[test]
fn without_an_identity_of_its_own_it_has_the_pods_name() {
    let stage = Stage::new(FakePod::mounted().with("HOSTNAME", "web-1"), []);
    let client = Client::in_cluster(stage.clone(), stage.clone(), &Overrides::default()).unwrap();
    let election = Election { identity: None, ..election() };
    let elector = PodElector::new(&client, election).unwrap();
    assert!(elector.identity().starts_with("web-1_"), "{}", elector.identity());
}

#[test]
fn what_is_done_after_a_failure_is_the_elections_own_business() {
    for failure in [
        Script { headers: vec![("retry-after", "1")], ..answer(503, b"") },
        Script { fails: Some(ConnectionFailure::Terminated), ..answer(0, b"") },
    ] {
        let (mut elector, client, stage) = begin(election(), [failure]);
        let events = elector.poll(&client, SECOND * 60);
        assert!(matches!(events[..], [Event::RequestFailed(_)]), "{events:?}");
        assert_eq!((stage.attempts(), stage.pod.now.get()), (1, Duration::ZERO));
    }
}
