//! Pages of a list, and what becomes of them.

use super::*;
use crate::client::Limits;
use crate::client::tests::script::{Played, Step};
use std::time::Duration;

pub(super) type Outcome = Result<Vec<String>, (Vec<String>, Error)>;

pub(super) fn open(client: &Client<Stage, Stage>, options: ListOptions) -> Listing<Played> {
    let pods = ApiResource::new("", "v1", "pods");
    client.list(&pods, &Scope::OwnNamespace, options).unwrap()
}

/// A page with items of these names.
pub(super) fn page(names: &[&str], metadata: &str) -> Script {
    let items: Vec<String> =
        names.iter().map(|name| format!("{{\"metadata\":{{\"name\":\"{name}\"}}}}")).collect();
    let body = format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{{metadata}}},"items":[{}]}}"#,
        items.join(",")
    );
    answer(200, body.leak().as_bytes())
}

pub(super) fn with_token(names: &[&str], token: &str) -> Script {
    page(names, &format!(r#""resourceVersion":"7","continue":"{token}""#))
}

pub(super) fn last(names: &[&str]) -> Script {
    page(names, r#""resourceVersion":"7""#)
}

pub(super) fn expired(token: &str) -> Script {
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{"continue":"{token}"}},"status":"Failure","message":"The provided continue parameter is too old","reason":"Expired","code":410}}"#
    );
    answer(410, body.leak().as_bytes())
}

/// The names of all items, and the error that came after them.
pub(super) fn names(client: &Client<Stage, Stage>, listing: &mut Listing<Played>) -> Outcome {
    let mut names = Vec::new();
    loop {
        match listing.wait_for_next(client, 2) {
            Ok(Some(items)) => {
                assert!((1..=2).contains(&items.len()));
                names.extend(items.iter().map(|item| name(item)));
            }
            Ok(None) => return Ok(names),
            Err(error) => return Err((names, error)),
        }
    }
}

pub(super) fn name(item: &str) -> String {
    assert!(item.starts_with(r#"{"apiVersion":"v1","kind":"Pod","#), "{item}");
    let name = k8s_in_cluster_json::find(item, &["metadata", "name"]).unwrap();
    name.trim_matches('"').to_owned()
}

/// Lists with these options, and returns the names and the queries that were sent.
pub(super) fn list(options: ListOptions, scripts: Vec<Script>) -> (Outcome, Vec<String>) {
    let (client, stage) = mounted(scripts);
    let mut listing = open(&client, options);
    let outcome = names(&client, &mut listing);
    let sent = stage.sent.borrow();
    let queries = sent.iter().map(|sent| {
        let line = line(sent);
        let query = line.strip_prefix("GET /api/v1/namespaces/shop/pods").unwrap();
        query.trim_start_matches('?').to_owned()
    });
    (outcome, queries.collect())
}

#[test]
fn pages_follow_each_other_to_the_last() {
    let options = ListOptions {
        selection: Selection { label_selector: Some("a=b".into()), field_selector: None },
        page_size: Some(3),
        resource_version: Some("5".into()),
        resource_version_match: Some(ResourceVersionMatch::NotOlderThan),
        ..ListOptions::default()
    };
    let scripts = vec![with_token(&["a", "b", "c"], "x="), with_token(&[], "y"), last(&["d"])];
    let (outcome, queries) = list(options, scripts);
    assert_eq!(outcome.unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(
        queries,
        [
            "labelSelector=a%3Db&limit=3&resourceVersion=5&resourceVersionMatch=NotOlderThan",
            "labelSelector=a%3Db&limit=3&continue=x%3D",
            "labelSelector=a%3Db&limit=3&continue=y",
        ]
    );
}

#[test]
fn pages_have_a_size_unless_all_is_asked_for_at_once() {
    let (_, queries) = list(ListOptions::default(), vec![last(&[])]);
    assert_eq!(queries, ["limit=500"]);
    let whole = ListOptions { page_size: Some(0), ..ListOptions::default() };
    let (_, queries) = list(whole, vec![last(&[])]);
    assert_eq!(queries, [""]);
}

#[test]
fn a_list_goes_on_where_another_ended() {
    let single = ListOptions { single_page: true, page_size: Some(1), ..ListOptions::default() };
    let (client, _) = mounted([with_token(&["a"], "x"), last(&["b"])]);
    let mut first = open(&client, single.clone());
    assert_eq!(names(&client, &mut first).unwrap(), ["a"]);
    let metadata = first.metadata();
    assert_eq!(metadata.list.continue_token, "x");
    assert_eq!(metadata.list.resource_version, "7");
    let options = ListOptions { continue_token: Some("x".into()), ..single };
    let mut second = open(&client, options);
    assert_eq!(names(&client, &mut second).unwrap(), ["b"]);
    assert_eq!(second.metadata().list.continue_token, "");
}

#[test]
fn an_empty_token_is_the_beginning() {
    let options = ListOptions {
        continue_token: Some(String::new()),
        resource_version: Some("5".into()),
        ..ListOptions::default()
    };
    let scripts = vec![with_token(&["a"], "x"), expired("z"), last(&["a", "b"])];
    let (outcome, queries) = list(options, scripts);
    assert_eq!(outcome.unwrap(), ["a", "b"]);
    assert_eq!(queries[0], "limit=500&resourceVersion=5");
}

#[test]
fn nothing_is_read_before_it_is_asked_for() {
    let item = |name: &str| format!("{{\"metadata\":{{\"name\":\"{name}\"}}}}");
    let head =
        r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":["#;
    let (second, third) = (Duration::from_secs(5), Duration::from_secs(3));
    let bytes = |text: String| Step::Bytes(text.leak().as_bytes());
    let script = Script {
        head_after: Some(Duration::from_secs(1)),
        status: 200,
        body: vec![
            bytes(format!("{head}{},{},", item("a"), item("b"))),
            Step::Silence(second),
            bytes(format!("{},", item("c"))),
            Step::Silence(third),
            bytes(format!("{}]}}", item("d"))),
        ],
        ..Script::default()
    };
    let (client, stage) = mounted([script]);
    let mut listing = open(&client, ListOptions::default());
    let now = || stage.pod.now.get();
    // Nothing is here yet, and asking does not wait.
    assert_eq!(listing.next(&client, 9).unwrap(), Some(Vec::new()));
    assert!(listing.subscribe(&client).is_some());
    assert_eq!(listing.metadata().list.resource_version, "");
    let start = now();
    let mut taken = |max| -> Vec<String> {
        let items = listing.wait_for_next(&client, max).unwrap().unwrap();
        assert!(listing.subscribe(&client).is_none() == (items.len() == max));
        items.iter().map(|item| name(item)).collect()
    };
    assert_eq!(taken(1), ["a"]);
    assert_eq!(now() - start, Duration::from_secs(1));
    // It does not wait for more than the first.
    assert_eq!(taken(9), ["b"]);
    assert_eq!(now() - start, Duration::from_secs(1));
    assert_eq!(taken(9), ["c"]);
    assert_eq!(now() - start, Duration::from_secs(6));
    assert_eq!(taken(0), [""; 0]);
    assert_eq!(listing.next(&client, 9).unwrap(), Some(Vec::new()));
    assert!(listing.subscribe(&client).is_some());
    assert_eq!(names(&client, &mut listing).unwrap(), ["d"]);
    assert!(listing.subscribe(&client).is_none());
    assert_eq!(listing.next(&client, 9).unwrap(), None);
}

#[test]
fn a_batch_is_no_longer_than_what_can_be_held() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(300 << 10));
    let items = vec![long; 12].join(",");
    let body = format!("{{\"kind\":\"PodList\",\"metadata\":{{}},\"items\":[{items}]}}");
    let (client, stage) = mounted([answer(200, body.leak().as_bytes())]);
    let mut listing = open(&client, ListOptions::default());
    let mut taken = 0;
    while let Some(items) = listing.wait_for_next(&client, usize::MAX).unwrap() {
        assert_eq!(items.len(), 4);
        taken += items.len();
        assert!(stage.sent(0).read.get() < taken * (300 << 10) + (256 << 10));
    }
    assert_eq!(taken, 12);
}

#[test]
fn each_page_may_be_compressed_where_that_is_wanted() {
    for (compress, accepted) in [(false, &[][..]), (true, &["gzip"])] {
        let (client, stage) = mounted([with_token(&["a"], "x"), last(&["b"])]);
        let mut listing = open(&client, ListOptions { compress, ..ListOptions::default() });
        names(&client, &mut listing).unwrap();
        for index in [0, 1] {
            assert_eq!(header(&stage.sent(index), "accept-encoding"), accepted);
        }
    }
}

#[test]
fn an_expired_list_is_asked_for_once_more_as_it_was() {
    let scripts = vec![
        with_token(&["a", "b"], "x"),
        with_token(&["c"], "y"),
        expired("z"),
        last(&["a", "b", "c", "d", "e"]),
    ];
    for fetch_ahead in [false, true] {
        let selection = Selection {
            label_selector: Some("a".into()),
            field_selector: Some("metadata.name!=x".into()),
        };
        let options =
            ListOptions { selection, page_size: Some(2), fetch_ahead, ..ListOptions::default() };
        let (outcome, queries) = list(options, scripts.clone());
        assert_eq!(outcome.unwrap(), ["a", "b", "c", "d", "e"]);
        let queries: Vec<_> = queries
            .iter()
            .map(|query| {
                query.strip_prefix("labelSelector=a&fieldSelector=metadata.name%21%3Dx&").unwrap()
            })
            .collect();
        assert_eq!(
            queries,
            [
                "limit=2",
                "limit=2&continue=x",
                "limit=2&continue=y",
                "resourceVersion=7&resourceVersionMatch=Exact",
            ]
        );
    }
}

#[test]
fn what_is_gone_for_another_reason_is_not_asked_for_again() {
    let gone =
        b"{\"kind\":\"Status\",\"metadata\":{\"continue\":\"z\"},\"reason\":\"Gone\",\"code\":410}";
    for body in [&gone[..], b"<html>"] {
        let options = ListOptions { allow_inconsistent: true, ..ListOptions::default() };
        let (outcome, queries) = list(options, vec![with_token(&["a"], "x"), answer(410, body)]);
        let (names, error) = outcome.unwrap_err();
        let Error::Api(status) = error else { panic!("{error:?}") };
        assert_eq!((&*status.reason, names.len(), queries.len()), ("Gone", 1, 2));
    }
}

#[test]
fn a_list_that_cannot_be_had_as_it_was_is_expired_unless_allowed() {
    let scripts = vec![
        with_token(&["a", "b"], "x"),
        expired("z"),
        expired(""),
        page(&["c"], r#""resourceVersion":"9","continue":"w""#),
        expired("v"),
        page(&["d"], r#""resourceVersion":"11""#),
    ];
    let (outcome, queries) = list(ListOptions::default(), scripts.clone());
    let (names_before, error) = outcome.unwrap_err();
    assert_eq!((names_before.len(), queries.len()), (2, 3));
    let Error::Api(status) = error else { panic!("{error:?}") };
    assert_eq!(status.reason, "Expired");

    let (client, stage) = mounted(scripts);
    let options = ListOptions { allow_inconsistent: true, ..ListOptions::default() };
    let mut listing = open(&client, options);
    listing.wait_for_next(&client, 2).unwrap();
    assert!(listing.metadata().consistent);
    assert_eq!(names(&client, &mut listing).unwrap(), ["c", "d"]);
    let metadata = listing.metadata();
    assert!(!metadata.consistent);
    assert_eq!(metadata.list.resource_version, "11");
    let tokens = [3, 4, 5].map(|index| {
        let line = line(&stage.sent(index));
        line.split_once("continue=").unwrap().1.to_owned()
    });
    assert_eq!(tokens, ["z", "w", "v"]);
}

#[test]
fn a_refusal_that_comes_as_a_success_is_one_each_time() {
    let succeeds = Script { status: 200, ..expired("z") };
    let scripts = vec![with_token(&["a", "b"], "x"), succeeds.clone(), succeeds];
    let (outcome, queries) = list(ListOptions::default(), scripts);
    assert!(matches!(outcome.unwrap_err().1, Error::Api(_)));
    assert_eq!(queries.len(), 3);
}

#[test]
fn a_server_that_expires_again_and_again_is_given_up() {
    let options = ListOptions {
        allow_inconsistent: true,
        continue_token: Some("old".into()),
        ..ListOptions::default()
    };
    let (outcome, queries) = list(options, vec![expired("a"), expired("b"), expired("c")]);
    let (names, error) = outcome.unwrap_err();
    assert!(names.is_empty() && matches!(error, Error::Api(_)));
    assert_eq!(queries, ["limit=500&continue=old", "limit=500&continue=a"]);
}

#[test]
fn errors_come_after_the_items_before_them_and_once() {
    let cut = Script {
        body: vec![
            Step::Bytes(
                br#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}},"#,
            ),
            Step::Cut,
        ],
        ..answer(200, b"")
    };
    let (client, stage) = mounted([cut]);
    let mut listing = open(&client, ListOptions::default());
    let first = listing.wait_for_next(&client, 9).unwrap().unwrap();
    assert_eq!(name(&first[0]), "a");
    assert!(listing.subscribe(&client).is_none());
    let error = listing.wait_for_next(&client, 9).unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    for _ in 0..2 {
        let error = listing.wait_for_next(&client, 9).unwrap_err();
        assert_eq!(error, Error::InvalidRequest(InvalidRequest::AnswerTaken));
        assert!(listing.subscribe(&client).is_none());
    }
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn what_is_no_list_is_an_error_that_names_the_request() {
    for (body, says) in [
        (&b"{\"kind\":\"Pod\"}"[..], "kind \"Pod\""),
        (b"{\"kind\":\"Status\",\"status\":\"Success\"}", "kind \"Status\""),
        (b"{\"kind\":\"PodList\",\"items\":[", "ends in the middle"),
        (b"{\"kind\":\"PodList\",\"items\":[\xff", "not UTF-8"),
        (b"oops", "not JSON"),
    ] {
        let (outcome, _) = list(ListOptions::default(), vec![answer(200, body)]);
        let (_, error) = outcome.unwrap_err();
        let Error::Protocol(text) = error else { panic!("{error:?}") };
        assert!(text.contains(says), "{text}");
        assert!(text.starts_with("GET /api/v1/namespaces/shop/pods: "), "{text}");
    }
}

#[test]
fn a_status_that_says_no_is_the_error_whatever_the_code_of_the_answer_is() {
    let failure = b"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"no\",\"code\":403}";
    let (outcome, _) = list(ListOptions::default(), vec![answer(200, failure)]);
    let (_, error) = outcome.unwrap_err();
    let Error::Api(status) = error else { panic!("{error:?}") };
    assert_eq!((status.code, &*status.message), (403, "no"));
}

#[test]
fn limits_are_of_one_item_and_of_the_whole_list() {
    let limits = Limits { max_buffered: Some(30), ..Limits::default() };
    let options = ListOptions { limits, ..ListOptions::default() };
    let long = "x".repeat(40);
    let (outcome, _) = list(options, vec![last(&[&long])]);
    let Error::Protocol(text) = outcome.unwrap_err().1 else { panic!() };
    assert!(text.contains("30 bytes") && text.contains("max-buffered"), "{text}");

    let (client, stage) = mounted([with_token(&["a"], "x"), last(&["b"])]);
    let minute = Duration::from_secs(60);
    let limits = Limits { deadline: Some(minute), ..Limits::default() };
    let mut listing = open(&client, ListOptions { limits, ..ListOptions::default() });
    listing.wait_for_next(&client, 1).unwrap();
    stage.pod.advance(minute - Duration::from_secs(1));
    listing.wait_for_next(&client, 1).unwrap();
    assert_eq!(stage.sent(1).timeouts.unwrap().first_byte, Duration::from_secs(1));
    stage.pod.advance(Duration::from_secs(1));
    let error = listing.wait_for_next(&client, 1).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
}

#[test]
fn warnings_are_told_once() {
    let warned = |script: Script, warning| Script { headers: vec![("warning", warning)], ..script };
    let (client, _) = mounted([
        warned(with_token(&["a"], "x"), "299 - \"old\""),
        warned(with_token(&["b"], "y"), "299 - \"old\""),
        warned(last(&["c"]), "299 - \"older\""),
    ]);
    let mut listing = open(&client, ListOptions::default());
    assert_eq!(listing.metadata().warnings, [""; 0]);
    names(&client, &mut listing).unwrap();
    assert_eq!(listing.metadata().warnings, ["old", "older"]);
}
