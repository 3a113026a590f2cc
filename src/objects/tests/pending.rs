//! Calls that are begun, and asked for their answers later.

use super::*;
use crate::client::Limits;
use crate::client::tests::script::{Played, Ready, Step};
use crate::client::tests::staged;
use crate::pod::fake::{FOLDER, FakePod};
use crate::transport::{ConnectionFailure, Interest};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn begin(client: &Client<Stage, Stage>) -> PendingAnswer<Played> {
    client.begin_get(&target(None), GetOptions::default()).unwrap()
}

fn begin_within(client: &Client<Stage, Stage>, limits: Limits) -> PendingAnswer<Played> {
    client.begin_get(&target(None), GetOptions { limits, ..GetOptions::default() }).unwrap()
}

fn late(script: Script, after: Duration) -> Script {
    Script { head_after: Some(after), ..script }
}

fn never() -> Script {
    Script { head_after: None, ..answer(200, POD) }
}

fn busy(seconds: &'static str) -> Script {
    Script { headers: vec![("retry-after", seconds)], ..answer(429, b"") }
}

const OTHER: &[u8] = br#"{"kind":"Deployment","metadata":{"name":"other"}}"#;

/// The error of something that is asked for after its end.
fn taken() -> Error {
    InvalidRequest::AnswerTaken.into()
}

#[test]
fn answers_come_in_any_order_and_each_once() {
    let (client, stage) = mounted([late(answer(200, POD), 2 * SECOND), answer(200, OTHER)]);
    let (mut slow, mut quick) = (begin(&client), begin(&client));
    assert_eq!((stage.attempts(), stage.pod.now.get()), (2, Duration::ZERO));
    assert_eq!(slow.answer(&client), Ok(None));
    assert_eq!(slow.subscribe(&client), Ready::For(Interest::Head));
    let other = quick.answer(&client).unwrap().unwrap();
    assert_eq!(other.object.as_bytes(), OTHER);
    assert_eq!(slow.answer(&client), Ok(None));
    stage.pod.advance(2 * SECOND);
    let answer = slow.answer(&client).unwrap().unwrap();
    assert_eq!(answer.object.as_bytes(), POD.trim_ascii_end());
    for mut pending in [slow, quick] {
        assert_eq!(pending.answer(&client), Err(taken()));
        assert_eq!(pending.wait_for_answer(&client), Err(taken()));
        assert_eq!(pending.subscribe(&client), Ready::After(Duration::ZERO));
    }
}

#[test]
fn a_body_that_comes_in_pieces_is_not_waited_for() {
    let (first, end) = OTHER.split_at(9);
    let body = vec![Step::Bytes(first), Step::Silence(SECOND), Step::Bytes(end)];
    let (client, stage) = mounted([Script { body, ..answer(200, b"") }]);
    let mut pending = begin(&client);
    for _ in 0..3 {
        assert_eq!(pending.answer(&client), Ok(None));
        assert_eq!(pending.subscribe(&client), Ready::For(Interest::Read));
    }
    assert_eq!(stage.pod.now.get(), Duration::ZERO);
    let answer = pending.wait_for_answer(&client).unwrap();
    assert_eq!((answer.object.as_bytes(), stage.pod.now.get()), (OTHER, SECOND));
}

#[test]
fn a_renewed_token_is_tried_as_soon_as_it_is_asked() {
    let (client, stage) = mounted([answer(401, b""), answer(200, POD)]);
    let mut pending = begin(&client);
    stage.pod.write(&format!("{FOLDER}/token"), Ok(b"second-token".into()));
    assert_eq!(pending.answer(&client), Ok(None));
    assert_eq!(stage.sent(1).authorization.as_deref(), Some("Bearer second-token"));
    assert!(pending.answer(&client).unwrap().is_some());
    assert_eq!(stage.pod.now.get(), Duration::ZERO);
}

#[test]
fn a_pause_delays_no_other() {
    let (client, stage) = mounted([busy("3"), answer(200, OTHER), answer(200, POD)]);
    let mut busy = begin(&client);
    assert_eq!(busy.answer(&client), Ok(None));
    let Ready::After(pause) = busy.subscribe(&client) else { panic!("not a pause") };
    assert!(pause >= 3 * SECOND);
    assert!(begin(&client).answer(&client).unwrap().is_some());
    assert_eq!((busy.answer(&client), stage.attempts()), (Ok(None), 2));
    stage.pod.advance(pause);
    assert!(busy.answer(&client).unwrap().is_some());
    assert_eq!((stage.attempts(), stage.pod.now.get()), (3, pause));
}

#[test]
fn a_deadline_holds_without_waiting() {
    let (client, stage) = mounted([never()]);
    let limits = Limits { deadline: Some(SECOND), ..Limits::default() };
    let mut pending = begin_within(&client, limits);
    assert_eq!(pending.answer(&client), Ok(None));
    stage.pod.advance(SECOND);
    assert!(matches!(pending.answer(&client), Err(Error::DeadlineExceeded(_))));
    assert_eq!(pending.answer(&client), Err(taken()));
}

#[test]
fn what_is_over_or_dropped_is_under_way_no_more() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_MAX_REQUESTS", "1");
    let (client, stage) = staged(pod, [never(), answer(404, b""), answer(200, POD)]);
    let stalled = begin(&client);
    let error = client.begin_get(&target(None), GetOptions::default()).err();
    let Some(Error::Connection(error)) = error else { panic!("{error:?}") };
    assert_eq!(error.failure, ConnectionFailure::LimitReached);
    drop(stalled);
    let mut refused = begin(&client);
    assert!(matches!(refused.answer(&client), Err(Error::Api(_))));
    let mut last = begin(&client);
    assert!(last.answer(&client).unwrap().is_some());
    assert_eq!(stage.attempts(), 3);
}

#[test]
fn a_list_that_failed_is_under_way_no_more() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_MAX_REQUESTS", "1");
    let (client, _) = staged(pod, [answer(200, b"oops"), answer(200, POD)]);
    let pods = ApiResource::new("", "v1", "pods");
    let mut list = client.list(&pods, &Scope::OwnNamespace, ListOptions::default()).unwrap();
    assert!(list.subscribe(&client).is_some());
    assert!(matches!(list.wait_for_next(&client, 9), Err(Error::Protocol(_))));
    assert!(begin(&client).answer(&client).unwrap().is_some());
}

#[test]
fn one_that_was_waited_for_in_vain_is_over() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_MAX_REQUESTS", "1");
    let (client, _) = staged(pod, [never(), answer(200, POD)]);
    let mut pending = begin(&client);
    assert!(matches!(pending.wait_for_answer(&client), Err(Error::Connection(_))));
    assert_eq!(pending.answer(&client), Err(taken()));
    assert_eq!(pending.subscribe(&client), Ready::After(Duration::ZERO));
    assert!(begin(&client).answer(&client).unwrap().is_some());
}

#[test]
fn the_turn_of_what_is_dropped_is_anothers() {
    let pod = FakePod::mounted()
        .with("K8S_IN_CLUSTER_REQUESTS_PER_SECOND", "1")
        .with("K8S_IN_CLUSTER_BURST", "1");
    let (client, stage) = staged(pod, vec![answer(200, POD); 2]);
    assert!(begin(&client).answer(&client).unwrap().is_some());
    let held = [begin(&client), begin(&client)].map(|pending| pending.subscribe(&client));
    assert_eq!(held, [Ready::After(SECOND), Ready::After(2 * SECOND)]);
    // By now both are dropped.
    let mut next = begin(&client);
    assert_eq!(next.subscribe(&client), Ready::After(SECOND));
    stage.pod.advance(SECOND);
    assert!(next.answer(&client).unwrap().is_some());
}

fn begin_deletion(client: &Client<Stage, Stage>) -> PendingDeletion<Played> {
    let deployments = ApiResource::new("apps", "v1", "deployments");
    let (scope, selection) = (Scope::OwnNamespace, Selection::default());
    let options = DeleteOptions::default();
    client.begin_delete_collection(&deployments, &scope, &selection, options).unwrap()
}

#[test]
fn what_is_deleted_is_counted_as_it_comes() {
    let body = vec![
        Step::Bytes(br#"{"kind":"DeploymentList","metadata":{},"items":[{"a":1},"#),
        Step::Silence(SECOND),
        Step::Bytes(br#"{"a":2}]}"#),
    ];
    let (client, stage) = mounted([Script { body, ..late(answer(200, b""), SECOND) }]);
    let mut pending = begin_deletion(&client);
    assert_eq!(pending.deleted(&client), Ok(None));
    assert_eq!(pending.subscribe(&client), Ready::For(Interest::Head));
    stage.pod.advance(SECOND);
    assert_eq!(pending.deleted(&client), Ok(None));
    assert_eq!(pending.subscribe(&client), Ready::For(Interest::Read));
    assert_eq!(stage.pod.now.get(), SECOND);
    let deleted = pending.wait_for_deleted(&client).unwrap();
    assert_eq!((deleted.count, stage.pod.now.get()), (Some(2), 2 * SECOND));
    assert_eq!(pending.deleted(&client), Err(taken()));
    assert_eq!(pending.wait_for_deleted(&client), Err(taken()));
    assert_eq!(pending.subscribe(&client), Ready::After(Duration::ZERO));
}

#[test]
fn why_the_server_says_no_is_not_waited_for_either() {
    let refused = |status| {
        let (begin, end) =
            br#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}"#.split_at(30);
        let body = vec![Step::Bytes(begin), Step::Silence(SECOND), Step::Bytes(end)];
        Script { body, ..answer(status, b"") }
    };
    let forbidden = |error: Error| {
        let Error::Api(status) = error else { panic!("{error:?}") };
        assert_eq!((status.code, &*status.reason), (403, "Forbidden"));
    };
    for status in [403, 200] {
        let (client, stage) = mounted([refused(status), refused(status)]);
        let mut deletion = begin_deletion(&client);
        let pods = ApiResource::new("", "v1", "pods");
        let mut list = client.list(&pods, &Scope::OwnNamespace, ListOptions::default()).unwrap();
        for _ in 0..3 {
            assert_eq!(deletion.deleted(&client), Ok(None));
            assert_eq!(list.next(&client, 9), Ok(Some(Vec::new())));
        }
        assert_eq!(stage.pod.now.get(), Duration::ZERO);
        forbidden(deletion.wait_for_deleted(&client).unwrap_err());
        forbidden(list.wait_for_next(&client, 9).unwrap_err());
    }
}

#[cfg(feature = "async")]
#[test]
fn an_answer_that_is_here_is_taken_however_late_it_is_asked_for() {
    let (client, stage) = mounted([late(answer(200, POD), 2 * SECOND)]);
    let mut pending = begin(&client);
    assert_eq!(pending.answer(&client), Ok(None));
    pending.time_left(&client).unwrap();
    stage.pod.advance(1000 * SECOND);
    assert!(pending.time_left(&client).is_err());
    assert_eq!(pending.wait_for_answer(&client).unwrap().object.as_bytes(), POD.trim_ascii_end());
}

/// On `wasi:http`, to close an answer that a pollable was taken of is a trap.
#[test]
fn an_answer_that_may_be_waited_on_is_not_closed_before_the_call_is_dropped() {
    let begun = |last: Step| {
        let body = vec![Step::Bytes(b"{\"kind\":"), Step::Silence(SECOND), last];
        Script { body, ..answer(200, b"") }
    };
    let scripts = [begun(Step::Cut), answer(200, POD), begun(Step::Bytes(b"\"Pod\"}"))];
    let (client, stage) = mounted(scripts);
    let limits = Limits { max_buffered: Some(POD.len() as u64), ..Limits::default() };
    let wait = |pending: &mut PendingAnswer<Played>| {
        assert_eq!(pending.answer(&client), Ok(None));
        assert_eq!(pending.subscribe(&client), Ready::For(Interest::Read));
    };

    let mut cut = begin_within(&client, limits);
    wait(&mut cut);
    assert_eq!(cut.wait_for_answer(&client).unwrap().object.as_bytes(), POD.trim_ascii_end());
    assert!(!stage.sent(0).closed.get());

    let mut long = begin_within(&client, Limits { max_buffered: Some(9), ..Limits::default() });
    wait(&mut long);
    assert!(matches!(long.wait_for_answer(&client), Err(Error::Protocol(_))));
    assert!(!stage.sent(2).closed.get());
}
