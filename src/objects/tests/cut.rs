//! Lists whose answers are cut.

use super::listing::{expired, last, list, name, names, open, page, with_token};
use super::*;
use crate::client::Limits;
use crate::client::tests::script::{Ready, Step};
use std::time::Duration;

/// As much of a page as it takes before this text, and then the connection ends.
fn cut(page: Script, before: &str) -> Script {
    let Some(&Step::Bytes(body)) = page.body.first() else { panic!() };
    let text = std::str::from_utf8(body).unwrap();
    let (now, _) = text.split_at(text.find(before).unwrap());
    let bytes = (!now.is_empty()).then_some(Step::Bytes(now.as_bytes()));
    Script { body: bytes.into_iter().chain([Step::Cut]).collect(), ..page }
}

/// A page of custom resources, whose lists say their version last.
fn custom(names: &[&str], token: &str) -> Script {
    let items: Vec<String> =
        names.iter().map(|name| format!("{{\"metadata\":{{\"name\":\"{name}\"}}}}")).collect();
    let body = format!(
        r#"{{"apiVersion":"v1","items":[{}],"kind":"PodList","metadata":{{"continue":"{token}","resourceVersion":"7"}}}}"#,
        items.join(",")
    );
    answer(200, body.leak().as_bytes())
}

fn custom_names(client: &Client<Stage, Stage>, options: ListOptions) -> (Vec<String>, bool) {
    let mut listing = open(client, options);
    let mut names = Vec::new();
    loop {
        match listing.wait_for_next(client, 9) {
            Ok(None) => return (names, true),
            Ok(Some(items)) => names.extend(items.iter().map(|item| {
                let name = k8s_in_cluster_json::find(item, &["metadata", "name"]).unwrap();
                name.trim_matches('"').to_owned()
            })),
            Err(Error::Connection(_)) => return (names, false),
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn paged() -> ListOptions {
    ListOptions { page_size: Some(3), ..ListOptions::default() }
}

const EXACT: &str = "limit=3&resourceVersion=7&resourceVersionMatch=Exact";

#[test]
fn a_page_that_was_cut_is_asked_for_once_more_and_no_item_comes_twice() {
    let first = || with_token(&["a", "b", "c"], "x");
    for (before, again) in [
        // Nothing of it was given: it may as well be newer.
        ("{\"kind\"", "limit=3"),
        ("\"resourceVersion\"", "limit=3"),
        ("{\"metadata\":{\"name\":\"a\"", "limit=3"),
        ("\"a\"}}", "limit=3"),
        (",{\"metadata\":{\"name\":\"b\"", EXACT),
        ("{\"metadata\":{\"name\":\"b\"", EXACT),
        ("\"b\"}}", EXACT),
        ("]}", EXACT),
    ] {
        for fetch_ahead in [false, true] {
            let has_token = fetch_ahead && before != "{\"kind\"" && before != "\"resourceVersion\"";
            // What was asked for ahead is of the answer that was cut.
            let stale = has_token.then(|| last(&["stale"]));
            let again_answer = [first(), last(&["d"])];
            let asked_ahead = has_token && again == EXACT;
            let scripts = match asked_ahead {
                true => vec![cut(first(), before), last(&["d"]), first()],
                false => {
                    [cut(first(), before)].into_iter().chain(stale).chain(again_answer).collect()
                }
            };
            let (outcome, queries) = list(ListOptions { fetch_ahead, ..paged() }, scripts);
            assert_eq!(outcome.unwrap(), ["a", "b", "c", "d"], "{before}");
            let next = "limit=3&continue=x";
            let expected = match (asked_ahead, has_token) {
                (true, _) => vec!["limit=3", next, again],
                (_, true) => vec!["limit=3", next, again, next],
                _ => vec!["limit=3", again, next],
            };
            assert_eq!(queries, expected, "{before}");
        }
    }
}

#[test]
fn a_later_page_is_asked_for_by_its_token() {
    for before in ["{\"kind\"", "\"d\"}}", "\"e\"}}", "]}"] {
        let second = with_token(&["d", "e"], "y");
        let scripts = vec![
            with_token(&["a", "b", "c"], "x"),
            cut(second.clone(), before),
            second,
            last(&["f"]),
        ];
        let (outcome, queries) = list(paged(), scripts);
        assert_eq!(outcome.unwrap(), ["a", "b", "c", "d", "e", "f"]);
        let (second, third) = ("limit=3&continue=x", "limit=3&continue=y");
        assert_eq!(queries, ["limit=3", second, second, third]);
    }
}

#[test]
fn each_page_is_asked_for_once_more_and_no_oftener() {
    let (first, second) = (with_token(&["a", "b", "c"], "x"), last(&["d", "e"]));
    let cuts = |page: &Script| [cut(page.clone(), "\"b\""), cut(page.clone(), "\"c\"")];
    let [once, _] = cuts(&first);
    let scripts = vec![once, first.clone(), cut(second.clone(), "\"e\""), second];
    let (outcome, queries) = list(paged(), scripts);
    assert_eq!((outcome.unwrap().len(), queries.len()), (5, 4));

    let (outcome, queries) = list(paged(), cuts(&first).into());
    let (names, error) = outcome.unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    assert_eq!((names, queries.len()), (vec!["a".to_owned(), "b".to_owned()], 2));

    // Before the head it counts as well.
    let headless =
        Script { fails: Some(crate::transport::ConnectionFailure::Terminated), ..answer(200, b"") };
    let (outcome, queries) = list(paged(), vec![headless, cut(first, "\"b\"")]);
    assert_eq!((outcome.unwrap_err().0.len(), queries.len()), (1, 2));
}

#[test]
fn a_second_passes_before_it_and_nobody_has_to_wait_for_it() {
    let first = page(&["a", "b"], r#""resourceVersion":"7","continue":"x","remainingItemCount":3"#);
    let (client, stage) = mounted([cut(first.clone(), "\"b\""), first]);
    let mut listing = open(&client, ListOptions { single_page: true, ..paged() });
    let taken = listing.next(&client, 9).unwrap().unwrap();
    assert_eq!(taken.len(), 1);
    // It goes on from what was told.
    let metadata = listing.metadata();
    let told = |of: &ListingMetadata| {
        let list = of.list.clone();
        (list.resource_version, list.continue_token, list.remaining)
    };
    assert_eq!(told(&metadata), ("7".to_owned(), "x".to_owned(), Some(3)));
    for _ in 0..3 {
        assert_eq!(listing.next(&client, 9).unwrap(), Some(Vec::new()));
        assert_eq!(stage.attempts(), 1);
    }
    assert_eq!(told(&listing.metadata()), told(&metadata));
    let second = Duration::from_secs(1);
    assert_eq!(listing.subscribe(&client), Some(Ready::After(second)));
    stage.pod.advance(second);
    let taken = listing.next(&client, 9).unwrap().unwrap();
    assert_eq!(taken.iter().map(|item| name(item)).collect::<Vec<_>>(), ["b"]);
    assert_eq!(names(&client, &mut listing).unwrap(), [""; 0]);
    assert_eq!(told(&listing.metadata()), told(&metadata));
    assert_eq!(stage.attempts(), 2);
}

#[test]
fn neither_a_deadline_nor_another_failure_is_met_so() {
    let first = last(&["a", "b"]);
    for (deadline, retries) in [(Some(Duration::from_secs(1)), None), (None, Some(0))] {
        let limits = Limits { deadline, retries, ..Limits::default() };
        let (outcome, queries) =
            list(ListOptions { limits, ..paged() }, vec![cut(first.clone(), "\"b\"")]);
        let (names, error) = outcome.unwrap_err();
        assert!(matches!(error, Error::Connection(_)), "{error:?}");
        assert_eq!((names.len(), queries.len()), (1, 1));
    }
    let Step::Bytes(body) = cut(first, "\"b\"").body.remove(0) else { panic!() };
    let (outcome, queries) = list(paged(), vec![answer(200, body)]);
    assert!(matches!(outcome.unwrap_err().1, Error::Protocol(_)));
    assert_eq!(queries.len(), 1);

    let minute = Duration::from_secs(60);
    let limits = Limits { deadline: Some(minute), ..Limits::default() };
    let silent = Script {
        body: vec![Step::Bytes(body), Step::Silence(2 * minute), Step::Cut],
        ..answer(200, b"")
    };
    let (outcome, queries) = list(ListOptions { limits, ..paged() }, vec![silent]);
    assert!(matches!(outcome.unwrap_err().1, Error::DeadlineExceeded(_)));
    assert_eq!(queries.len(), 1);
}

#[test]
fn what_is_of_another_version_is_not_gone_on_with() {
    let first = with_token(&["a", "b", "c"], "x");
    let other = page(&["b", "c", "d"], r#""resourceVersion":"9""#);
    let (outcome, queries) = list(paged(), vec![cut(first.clone(), "\"c\""), other.clone()]);
    let (names, error) = outcome.unwrap_err();
    let Error::Protocol(text) = error else { panic!("{error:?}") };
    assert!(text.starts_with("GET /api/v1/namespaces/shop/pods: ") && text.contains("list anew"));
    assert_eq!(
        (names, queries),
        (vec!["a".into(), "b".into()], vec!["limit=3".into(), EXACT.into()])
    );

    // A caller's token may be one that goes on inconsistently.
    let options = ListOptions { continue_token: Some("w".into()), ..paged() };
    for (again, whole) in [(first.clone(), true), (other, false)] {
        let scripts = vec![cut(first.clone(), "\"c\""), again, last(&["d"])];
        let (outcome, queries) = list(options.clone(), scripts);
        assert_eq!(queries[..2], ["limit=3&continue=w", "limit=3&continue=w"]);
        match outcome {
            Ok(names) => assert!(whole && names == ["a", "b", "c", "d"]),
            Err((names, error)) => {
                assert!(!whole && names == ["a", "b"] && matches!(error, Error::Protocol(_)));
            }
        }
    }
}

#[test]
fn the_version_takes_the_place_of_the_one_that_was_asked_for() {
    let options = ListOptions {
        resource_version: Some("0".into()),
        resource_version_match: Some(ResourceVersionMatch::NotOlderThan),
        ..paged()
    };
    // Of version 0, a server gives all at once.
    let all = last(&["a", "b", "c", "d", "e"]);
    let scripts = vec![cut(all, "\"e\""), with_token(&["a", "b", "c"], "x"), last(&["d", "e"])];
    let (outcome, queries) = list(options, scripts);
    assert_eq!(outcome.unwrap(), ["a", "b", "c", "d", "e"]);
    assert_eq!(queries[1..], [EXACT, "limit=3&continue=x"]);

    // A server that keeps no versions can't be asked for one.
    for version in ["0", ""] {
        let first = page(&["a", "b"], &format!("\"resourceVersion\":\"{version}\""));
        let (outcome, queries) = list(paged(), vec![cut(first, "\"b\"")]);
        assert!(matches!(outcome.unwrap_err().1, Error::Connection(_)));
        assert_eq!(queries.len(), 1);
    }
}

#[test]
fn a_list_that_says_its_version_last_is_gone_on_with_where_that_is_sure() {
    let first = || custom(&["a", "b"], "x");
    let last = || custom(&["c", "d"], "");
    for (scripts, expected) in [
        (vec![cut(first(), "\"a\"}}"), first(), last()], (4, true)),
        (vec![cut(first(), "\"b\"}}")], (1, false)),
        (vec![first(), cut(last(), "\"d\"}}"), last()], (4, true)),
    ] {
        let (client, stage) = mounted(scripts.clone());
        let (names, is_whole) = custom_names(&client, paged());
        assert_eq!((names.len(), is_whole), expected);
        assert!(["a", "b", "c", "d"].starts_with(&names.iter().map(|n| &**n).collect::<Vec<_>>()));
        assert_eq!(stage.attempts(), scripts.len());
    }
    let exact = ListOptions {
        resource_version: Some("7".into()),
        resource_version_match: Some(ResourceVersionMatch::Exact),
        ..paged()
    };
    let (client, stage) = mounted([cut(first(), "\"b\"}}"), first(), last()]);
    assert_eq!(custom_names(&client, exact), (["a", "b", "c", "d"].map(String::from).into(), true));
    assert!([0, 1].iter().all(|&index| line(&stage.sent(index)).ends_with(EXACT)));
}

#[test]
fn what_expired_meanwhile_is_expired() {
    let first = with_token(&["a", "b", "c"], "x");
    // Whoever goes on with another moment would get items of the page twice.
    for allow_inconsistent in [false, true] {
        let options = ListOptions { allow_inconsistent, ..paged() };
        let (outcome, queries) =
            list(options.clone(), vec![cut(first.clone(), "\"c\""), expired("z")]);
        let (names, error) = outcome.unwrap_err();
        let Error::Api(status) = error else { panic!("{error:?}") };
        assert_eq!((&*status.reason, names.len(), queries.len()), ("Expired", 2, 2));

        // Of a later page the whole list is asked for, and that once, however it ends.
        let second = last(&["d", "e"]);
        let whole = last(&["a", "b", "c", "d", "e"]);
        let before = [first.clone(), cut(second, "\"e\""), expired("z")];
        let with = |after: Vec<Script>| {
            list(options.clone(), before.iter().cloned().chain(after).collect())
        };
        let (outcome, queries) = with(vec![whole.clone()]);
        assert_eq!(outcome.unwrap(), ["a", "b", "c", "d", "e"]);
        assert_eq!(queries[3], "resourceVersion=7&resourceVersionMatch=Exact");
        let (outcome, queries) = with(vec![cut(whole.clone(), "\"e\""), whole.clone()]);
        assert_eq!(outcome.unwrap(), ["a", "b", "c", "d", "e"]);
        assert_eq!(queries[3], queries[4]);
        for after in [vec![expired("")], vec![cut(whole, "\"e\""), expired("")]] {
            let (names, error) = with(after).0.unwrap_err();
            let Error::Api(status) = error else { panic!("{error:?}") };
            assert_eq!((&*status.reason, names.len()), ("Expired", 4));
        }
    }
}

#[test]
fn a_deletion_is_never_asked_for_again() {
    let list = last(&["a", "b"]);
    let (client, stage) = mounted([cut(list, "\"b\"")]);
    let error = client
        .delete_collection(
            &target(None).resource,
            &Scope::OwnNamespace,
            &Selection::default(),
            DeleteOptions::default(),
        )
        .unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    assert_eq!(stage.attempts(), 1);
}
