#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Client, Ready};
use crate::Error;
use crate::client::tests::mounted;
use crate::client::tests::script::{Ready as Handed, Script, Stage, Step, answer};
use crate::client::{Limits, Request};
use crate::objects::{DeleteOptions, GetOptions, ListOptions, Selection, Target};
use crate::resource::{ApiResource, Scope};
use crate::transport::ConnectionFailure;
use crate::watch::{Event, Options as WatchOptions};
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

thread_local! {
    /// How many pollables are being waited for.
    static WAITED_FOR: Cell<usize> = const { Cell::new(0) };
}

/// Pending once, as what is handed out may be ready at any time.
pub(crate) struct Once(bool);

impl Ready for Handed {
    type Future = Once;

    fn ready(self) -> Once {
        Once(false)
    }
}

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        WAITED_FOR.set(WAITED_FOR.get() + 1);
        Poll::Pending
    }
}

const TICK: Duration = Duration::from_millis(10);

pub(crate) fn run<F: Future>(stage: &Stage, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        WAITED_FOR.set(0);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        assert!(WAITED_FOR.get() > 0, "nothing is waited for");
        stage.pod.advance(TICK);
    }
}

fn client(scripts: impl IntoIterator<Item = Script>) -> (Client<Stage, Stage>, Stage) {
    let (client, stage) = mounted(scripts);
    (client.into(), stage)
}

fn late(script: Script, by: Duration) -> Script {
    Script { head_after: Some(by), ..script }
}

fn never() -> Script {
    Script { head_after: None, ..answer(200, b"") }
}

fn pods() -> ApiResource {
    ApiResource::new("", "v1", "pods")
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_answer_is_waited_for() {
    let (client, stage) = client([late(answer(200, b"{}"), SECOND)]);
    let response = run(&stage, client.send(Request::new("GET", "/api"), None)).unwrap();
    assert_eq!(response.body, b"{}");
    assert!(stage.pod.now.get() >= SECOND);
    assert_eq!(stage.sent(0).authorization.as_deref(), Some("Bearer first-token"));
}

#[test]
fn what_the_server_refuses_is_its_status() {
    let body = br#"{"kind":"Status","status":"Failure","message":"no","reason":"NotFound"}"#;
    let (client, stage) = client([answer(404, body)]);
    match run(&stage, client.send(Request::new("GET", "/api"), None)) {
        Err(Error::Api(status)) => assert_eq!((status.code, &*status.message), (404, "no")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_passes_is_asked_again_after_a_pause() {
    let cut = Script { body: vec![Step::Bytes(b"{"), Step::Cut], ..answer(200, b"{") };
    let (client, stage) = client([answer(503, b""), cut, answer(200, b"{}")]);
    let response = run(&stage, client.send(Request::new("GET", "/api"), None)).unwrap();
    assert_eq!((response.body.as_slice(), stage.attempts()), (b"{}".as_slice(), 3));
    assert!(stage.pod.now.get() >= SECOND, "a cut is met after a second");
}

#[test]
fn an_answer_that_never_comes_is_given_up() {
    let (client, stage) = client([never(), never()]);
    match run(&stage, client.send(Request::new("GET", "/api"), None)) {
        Err(Error::Connection(error)) => {
            assert_eq!(error.failure, ConnectionFailure::ReadTimeout);
        }
        other => panic!("{other:?}"),
    }
    let mut request = Request::new("GET", "/api");
    request.limits = Limits { deadline: Some(SECOND), ..Limits::default() };
    let begun = stage.pod.now.get();
    let error = run(&stage, client.send(request, None)).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    assert!(stage.pod.now.get() - begun < 2 * SECOND);
}

#[test]
fn an_answer_over_the_limit_is_no_answer() {
    let (client, stage) = client([answer(200, b"0123456789")]);
    let mut request = Request::new("GET", "/api");
    request.limits = Limits { max_buffered: Some(9), ..Limits::default() };
    let error = run(&stage, client.send(request, None)).unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(stage.sent(0).closed.get());
}

#[test]
fn what_has_come_of_a_body_is_one_chunk() {
    static LONG: [u8; 70_000] = [b'x'; 70_000];
    let script = Script {
        body: vec![Step::Bytes(b"one"), Step::Bytes(b"two"), Step::Bytes(&LONG)],
        ..late(answer(500, b"-"), SECOND)
    };
    let (client, stage) = client([script]);
    let chunks = run(&stage, async {
        let (head, mut body) = client.open(Request::new("GET", "/api"), None).await.unwrap();
        assert_eq!(head.status, 500);
        let mut chunks = Vec::new();
        while let Some(chunk) = body.next().await {
            chunks.push(chunk.unwrap());
        }
        chunks
    });
    assert!(chunks[0].starts_with(b"onetwox"));
    let lengths: Vec<_> = chunks.iter().map(Vec::len).collect();
    assert_eq!(lengths, [64 << 10, 6 + 70_000 - (64 << 10)]);
}

#[test]
fn what_came_before_a_cut_is_given_first() {
    let cut = Script { body: vec![Step::Bytes(b"one"), Step::Cut], ..answer(200, b"-") };
    let (client, stage) = client([cut]);
    run(&stage, async {
        let (_, mut body) = client.open(Request::new("GET", "/api"), None).await.unwrap();
        assert_eq!(body.next().await.unwrap().unwrap(), b"one");
        let error = body.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Connection(_)), "{error:?}");
        assert!(body.next().await.is_none());
    });
}

#[test]
fn an_object_is_one() {
    let (client, stage) = client([answer(200, b"{\"kind\":\"Pod\"}\n"), answer(200, b"[]")]);
    let target = Target {
        resource: pods(),
        scope: Scope::OwnNamespace,
        name: "web".into(),
        subresource: None,
    };
    let answer = run(&stage, client.get(&target, GetOptions::default())).unwrap();
    assert_eq!(answer.object, "{\"kind\":\"Pod\"}");
    assert!(stage.sent(0).url.ends_with("/api/v1/namespaces/shop/pods/web"));
    let error = run(&stage, client.get(&target, GetOptions::default())).unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
}

#[test]
fn a_collection_that_is_deleted_is_counted() {
    let list = late(answer(200, FIRST), SECOND);
    let (client, stage) = client([list, answer(403, b"")]);
    let delete = || {
        let (selection, options) = (Selection::default(), DeleteOptions::default());
        let scope = Scope::OwnNamespace;
        run(&stage, client.delete_collection(&pods(), &scope, &selection, options))
    };
    assert_eq!(delete().unwrap().count, Some(2));
    assert!(matches!(delete(), Err(Error::Api(_))));
}

const FIRST: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"next"},"items":[{"a":1},{"a":2}]}"#;
const LAST: &[u8] =
    br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"a":3}]}"#;

#[test]
fn a_list_is_read_over_its_pages() {
    let (client, stage) = client([answer(200, FIRST), late(answer(200, LAST), SECOND)]);
    let (items, version) = run(&stage, async {
        let mut list = client.list(&pods(), &Scope::AllNamespaces, ListOptions::default()).unwrap();
        let mut items = Vec::new();
        while let Some(item) = list.next().await {
            items.push(item.unwrap());
        }
        (items, list.metadata().list.resource_version)
    });
    let ends: Vec<_> = items.iter().map(|item| &item[item.len() - 3..]).collect();
    assert_eq!(ends, [":1}", ":2}", ":3}"]);
    assert_eq!(version, "7");
}

#[test]
fn a_list_goes_on_after_its_answer_was_cut() {
    const HALF: &[u8] = FIRST.split_last_chunk::<9>().unwrap().0;
    let cut = Script { body: vec![Step::Bytes(HALF), Step::Cut], ..answer(200, b"-") };
    let (client, stage) = client([cut, answer(200, FIRST), answer(200, LAST)]);
    let items = run(&stage, async {
        let mut list = client.list(&pods(), &Scope::AllNamespaces, ListOptions::default()).unwrap();
        let mut items = Vec::new();
        while let Some(item) = list.next().await {
            items.push(item.unwrap());
        }
        items
    });
    let ends: Vec<_> = items.iter().map(|item| &item[item.len() - 3..]).collect();
    assert_eq!(ends, [":1}", ":2}", ":3}"]);
    let exact = "/pods?limit=500&resourceVersion=7&resourceVersionMatch=Exact";
    assert!(stage.sent(1).url.ends_with(exact), "{}", stage.sent(1).url);
}

#[test]
fn a_list_ends_with_its_error() {
    let (client, stage) = client([answer(200, FIRST), answer(403, b"")]);
    let results = run(&stage, async {
        let mut list = client.list(&pods(), &Scope::AllNamespaces, ListOptions::default()).unwrap();
        let mut results = Vec::new();
        while let Some(item) = list.next().await {
            results.push(item.is_ok());
        }
        results
    });
    assert_eq!(results, [true, true, false]);
}

#[test]
fn a_watch_goes_on_after_it_was_cut() {
    const ADDED: &[u8] =
        b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"6\"}}}\n";
    const GONE: &[u8] =
        b"{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"resourceVersion\":\"8\"}}}\n";
    let (client, stage) = client([answer(200, ADDED), late(answer(200, GONE), SECOND), never()]);
    let options = WatchOptions { after_resource_version: Some("5".into()), ..Default::default() };
    let events = run(&stage, async {
        let mut watch = client.watch(&pods(), &Scope::AllNamespaces, options).unwrap();
        [watch.next().await.unwrap().unwrap(), watch.next().await.unwrap().unwrap()]
    });
    assert!(matches!(&events, [Event::Added(_), Event::Deleted(_)]), "{events:?}");
    assert!(stage.sent(1).url.contains("resourceVersion=6"));
}

#[test]
fn what_is_dropped_is_cancelled() {
    let (client, stage) = client([never(), never()]);
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut send = pin!(client.send(Request::new("GET", "/api"), None));
        assert!(send.as_mut().poll(&mut context).is_pending());
        let mut open = pin!(client.open(Request::new("GET", "/api"), None));
        assert!(open.as_mut().poll(&mut context).is_pending());
        // Both at once, and neither waits for the other.
        assert_eq!(stage.attempts(), 2);
    }
    assert_eq!(std::rc::Rc::strong_count(&stage.sent(0)), 2, "the exchange is gone");
}
