//! `objects.list` on the wire: what is asked for and when, and what is held meanwhile.

use crate::support::{
    Cluster, Transport, client, limits, milliseconds, on_both_versions, status, within_reason,
};
use host_test::api_server::{
    Answer, ApiServer, Framing, Misbehaviour, Pace, RecordedRequest, Steps,
};
use host_test::pod::client::PodClient;
use host_test::pod::client::objects::{
    ApiResource, ListOptions, Listing, Representation, Scope, Selection,
};
use host_test::pod::client::types::{Error, Limits};
use http::{Method, StatusCode};
use serde_json::{Value, json};

const PODS: &str = "/api/v1/namespaces/shop/pods";

/// Linear memory that is small beside what passes through it.
const SMALL_MEMORY: usize = 4 << 20;

pub(crate) fn pods() -> ApiResource {
    ApiResource { group: String::new(), version: "v1".into(), resource: "pods".into() }
}

pub(crate) fn options() -> ListOptions {
    ListOptions {
        selection: Selection { label_selector: None, field_selector: None },
        representation: Representation::Full,
        page_size: None,
        continue_token: None,
        single_page: false,
        fetch_ahead: false,
        compress: false,
        resource_version: None,
        resource_version_match: None,
        allow_inconsistent: false,
        limits: None,
    }
}

pub(crate) async fn list(client: &mut PodClient, options: ListOptions) -> Listing {
    client.list(&pods(), &Scope::OwnNamespace, Some(&options)).await.unwrap().unwrap()
}

/// The next items, by the pollable. None at the end.
async fn next(client: &mut PodClient, listing: &Listing, max: u32) -> Option<Vec<String>> {
    loop {
        let pollable = listing.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
        match listing.next(client, max).await.unwrap().unwrap() {
            Some(items) if items.is_empty() => {}
            items => return items,
        }
    }
}

async fn rest(client: &mut PodClient, listing: &Listing) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    while let Some(items) = listing.blocking_next(client, 100).await.unwrap()? {
        names.extend(items.iter().map(|item| name(item)));
    }
    Ok(names)
}

fn name(item: &str) -> String {
    let item: Value = serde_json::from_str(item).unwrap();
    assert_eq!((item["kind"].as_str(), item["apiVersion"].as_str()), (Some("Pod"), Some("v1")));
    item["metadata"]["name"].as_str().unwrap().to_owned()
}

fn queries(cluster: &Cluster) -> Vec<String> {
    let requests = cluster.server.journal().requests();
    requests.into_iter().map(|request| request.query.unwrap_or_default()).collect()
}

/// The page of a list with pods of these numbers.
fn page(numbers: std::ops::Range<usize>, next: Option<usize>) -> String {
    let token = next.map(|next| format!(",\"continue\":\"{next}\"")).unwrap_or_default();
    let padding = "x".repeat(300);
    let items: Vec<String> = numbers
        .map(|number| {
            format!(
                r#"{{"metadata":{{"name":"web-{number}","annotations":{{"a":"{padding}"}}}},"spec":{{}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"7"{token}}},"items":[{}]}}"#,
        items.join(",")
    )
}

/// Has so many pods, which are listed in pages of as many as are asked for.
fn have(cluster: &Cluster, count: usize) {
    cluster.server.answer_with(Method::GET, PODS, move |sent: &RecordedRequest| {
        let query = sent.query.as_deref().unwrap_or_default();
        let parameter = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.parse().unwrap())
        };
        let start = parameter("continue").unwrap_or(0);
        let end = parameter("limit").map_or(count, |limit: usize| count.min(start + limit));
        json_text(StatusCode::OK, page(start..end, (end < count).then_some(end)))
    });
}

fn json_text(status: StatusCode, body: impl Into<Vec<u8>>) -> Answer {
    Answer::json(status, &()).with_body(body.into())
}

fn expired(token: &str) -> Answer {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {"continue": token}, "status": "Failure",
        "message": "The provided continue parameter is too old", "reason": "Expired", "code": 410,
    });
    json_text(StatusCode::GONE, status.to_string())
}

#[tokio::test]
async fn items_come_in_pages_with_what_the_list_says_of_itself() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let listing = list(&mut client, ListOptions { page_size: Some(2), ..options() }).await;
        let before = listing.metadata(&mut client).await.unwrap();
        assert_eq!((before.resource_version, before.remaining), (None, None));
        let first = next(&mut client, &listing, 1).await.unwrap();
        assert_eq!(name(&first[0]), "web-1");
        let metadata = listing.metadata(&mut client).await.unwrap();
        assert_eq!(metadata.resource_version.as_deref(), Some("10581"));
        assert_eq!((metadata.remaining, metadata.consistent), (Some(1), true));
        assert!(metadata.continue_token.is_some());
        let mut names = Vec::new();
        while let Some(items) = next(&mut client, &listing, 5).await {
            names.extend(items.iter().map(|item| name(item)));
        }
        assert_eq!(names, ["web-2", "web-3"]);
        let metadata = listing.metadata(&mut client).await.unwrap();
        assert_eq!(metadata.resource_version.as_deref(), Some("10581"));
        assert_eq!((metadata.remaining, metadata.continue_token), (None, None));
        let token = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTA1ODEsInN0YXJ0IjoiL3dlYi0yXHUwMDAwIn0";
        assert_eq!(queries(cluster), ["limit=2", &format!("limit=2&continue={token}")]);
    })
    .await;
}

#[tokio::test]
async fn tables_come_row_by_row_with_their_columns() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let table = ListOptions { representation: Representation::Table, ..options() };
    let listing = list(&mut client, table).await;
    let mut rows = Vec::new();
    while let Some(items) = listing.blocking_next(&mut client, 2).await.unwrap().unwrap() {
        rows.extend(items.iter().map(|row| serde_json::from_str::<Value>(row).unwrap()));
    }
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["object"]["metadata"]["name"], "web-1");
    let columns = listing.metadata(&mut client).await.unwrap().columns.unwrap();
    let columns: Vec<Value> = serde_json::from_str(&columns).unwrap();
    assert_eq!(columns[0]["name"], "Name");
    assert_eq!(columns.len(), rows[0]["cells"].as_array().unwrap().len());
}

#[tokio::test]
async fn a_list_of_any_length_takes_little_memory() {
    within_reason(async {
        const COUNT: usize = 100_000;
        let cluster = Cluster::start().await;
        have(&cluster, COUNT);
        let mut client = client(cluster.pod().memory_limit(SMALL_MEMORY)).await;
        for (page_size, fetch_ahead) in [(None, false), (Some(5000), true), (Some(0), false)] {
            let listing = list(&mut client, ListOptions { page_size, fetch_ahead, ..options() });
            let listing = listing.await;
            let mut count = 0;
            while let Some(items) = listing.blocking_next(&mut client, 1000).await.unwrap().unwrap()
            {
                assert_eq!(name(&items[0]), format!("web-{count}"));
                count += items.len();
            }
            assert_eq!(count, COUNT);
            listing.drop(&mut client).await.unwrap();
        }
        let asked = queries(&cluster).len();
        assert_eq!(asked, COUNT / 500 + COUNT / 5000 + 1);
        // There was no more memory than that.
        let whole = client.send(&crate::support::get(PODS), None).await;
        assert!(whole.is_err(), "16 MiB were buffered");
    })
    .await;
}

/// Pods of 4 kB as they are listed, one page after the other and so many times, with the memory that it takes.
async fn memory_of(count: usize, times: usize, fetch_ahead: bool) -> usize {
    let cluster = Cluster::start().await;
    let item = |number: usize| {
        let padding = "x".repeat(4000);
        format!(r#"{{"metadata":{{"name":"web-{number:06}"}},"spec":{{"a":"{padding}"}}}},"#)
    };
    let items: String = (0..500.min(count)).map(item).collect();
    cluster.server.answer_with(Method::GET, PODS, move |sent: &RecordedRequest| {
        let query = sent.query.as_deref().unwrap_or_default();
        let start = query.split_once("continue=").map_or(0, |(_, start)| start.parse().unwrap());
        let end = if query.contains("limit=") { count.min(start + 500) } else { count };
        let token = if end < count { end.to_string() } else { String::new() };
        let metadata = format!(r#"{{"resourceVersion":"7","continue":"{token}"}}"#);
        let items = items.repeat((end - start) / 500.min(count));
        let items = items.strip_suffix(',').unwrap();
        let body = format!(
            r#"{{"kind":"PodList","apiVersion":"v1","metadata":{metadata},"items":[{items}]}}"#
        );
        json_text(StatusCode::OK, body)
    });
    let mut client = client(cluster.pod()).await;
    for _ in 0..times {
        let listing = list(&mut client, ListOptions { fetch_ahead, ..options() }).await;
        let mut taken = 0;
        // Few at a time: a hundred pods taken at once are no more than one batch.
        while let Some(items) = listing.blocking_next(&mut client, 10).await.unwrap().unwrap() {
            taken += items.len();
        }
        assert_eq!(taken, count);
        listing.drop(&mut client).await.unwrap();
    }
    client.memory()
}

#[tokio::test]
async fn a_hundred_thousand_pods_need_no_more_memory_than_a_hundred() {
    const PAGE: usize = 64 << 10;
    within_reason(async {
        // What is read at a time depends on what has come: few are listed until that was as much as it may be. To have a
        // page ahead takes pages, and another connection.
        for (count, times, fetch_ahead) in [(100, 20, false), (2500, 4, true)] {
            let few = memory_of(count, times, fetch_ahead).await;
            let many = memory_of(100_000, 1, fetch_ahead).await;
            assert!(many <= few + 2 * PAGE, "{few} bytes for {count} pods, {many} for 100,000");
        }
    })
    .await;
}

#[tokio::test]
async fn the_next_page_is_asked_for_when_the_items_are_taken_or_ahead() {
    on_both_versions(async |cluster| {
        have(cluster, 6);
        let mut client = cluster.client().await;
        for (fetch_ahead, asked) in [(false, 1), (true, 2)] {
            cluster.server.journal().clear();
            let options = ListOptions { page_size: Some(3), fetch_ahead, ..options() };
            let listing = list(&mut client, options).await;
            listing.blocking_next(&mut client, 1).await.unwrap().unwrap();
            // A request of this instance that comes after all that it has sent so far.
            client.send(&crate::support::get("/api"), None).await.unwrap().unwrap();
            assert_eq!(cluster.server.journal().wait_for(asked + 1).await.len(), asked + 1);
            assert_eq!(rest(&mut client, &listing).await.unwrap().len(), 5);
            assert_eq!(cluster.server.journal().requests().len(), 3);
            listing.drop(&mut client).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn items_come_as_they_arrive_and_pollables_outlive_their_page() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let steps = Steps::new();
            let pace = Pace::Stepped(steps.clone());
            have(&cluster, 3);
            cluster.server.misbehave(Misbehaviour::SlowBytes { chunk: 600, pace });
            let listing = list(&mut client, ListOptions { page_size: Some(2), ..options() }).await;
            assert_eq!(listing.next(&mut client, 9).await.unwrap().unwrap(), Some(Vec::new()));
            steps.release(1);
            let first = next(&mut client, &listing, 9).await.unwrap();
            assert_eq!(first.iter().map(|item| name(item)).collect::<Vec<_>>(), ["web-0"]);
            // The rest of the page is not here yet.
            assert_eq!(listing.next(&mut client, 9).await.unwrap().unwrap(), Some(Vec::new()));
            let pollable = listing.subscribe(&mut client).await.unwrap();
            if Transport::current() == Transport::WasiHttp {
                assert!(!client.is_ready(&pollable).await.unwrap());
            }
            steps.release(1000);
            assert_eq!(rest(&mut client, &listing).await.unwrap(), ["web-1", "web-2"]);
            client.drop_pollable(pollable).await.unwrap();
            let pollable = listing.subscribe(&mut client).await.unwrap();
            client.wait(pollable).await.unwrap();
            listing.drop(&mut client).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn several_lists_are_read_at_a_time() {
    let cluster = Cluster::start().await;
    have(&cluster, 50);
    let mut client = cluster.client().await;
    let mut listings = Vec::new();
    for _ in 0..3 {
        let paged = ListOptions { page_size: Some(7), ..options() };
        listings.push((list(&mut client, paged).await, Vec::new()));
    }
    for _ in 0..60 {
        for (listing, names) in &mut listings {
            let items = listing.blocking_next(&mut client, 1).await.unwrap().unwrap();
            names.extend(items.into_iter().flatten().map(|item| name(&item)));
        }
    }
    let expected: Vec<String> = (0..50).map(|number| format!("web-{number}")).collect();
    assert!(listings.iter().all(|(_, names)| *names == expected));
}

/// The first page, and then what the test says.
fn then(cluster: &Cluster, answers: Vec<Answer>) {
    let first = json_text(StatusCode::OK, page(0..2, Some(2)));
    let answers = std::sync::Mutex::new(answers.into_iter());
    cluster.server.answer_with(Method::GET, PODS, move |sent: &RecordedRequest| {
        if sent.query.as_deref() == Some("limit=2") {
            return first.clone();
        }
        answers.lock().unwrap().next().unwrap()
    });
}

#[tokio::test]
async fn what_a_server_does_not_keep_is_asked_for_as_it_was() {
    on_both_versions(async |cluster| {
        let whole = json_text(StatusCode::OK, page(0..5, None));
        then(cluster, vec![expired("9"), whole]);
        let mut client = cluster.client().await;
        let listing = list(&mut client, ListOptions { page_size: Some(2), ..options() }).await;
        let names = rest(&mut client, &listing).await.unwrap();
        assert_eq!(names, ["web-0", "web-1", "web-2", "web-3", "web-4"]);
        let again = "resourceVersion=7&resourceVersionMatch=Exact";
        assert_eq!(queries(cluster), ["limit=2", "limit=2&continue=2", again]);
        assert!(listing.metadata(&mut client).await.unwrap().consistent);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_was_cut_is_asked_for_once_more_and_no_item_comes_twice() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for framing in [Framing::Length, Framing::Chunked] {
            // Two items and the beginning of a third.
            let cut = Misbehaviour::CutMidBody { after: 900, framing };
            let answer = |body: String, is_cut: bool| match is_cut {
                true => json_text(StatusCode::OK, body).with_misbehaviour(cut.clone()),
                false => json_text(StatusCode::OK, body),
            };
            let (first, second) = (page(0..4, Some(4)), page(4..8, None));
            let answers = [(&first, true), (&first, false), (&second, true), (&second, false)];
            let answers: Vec<Answer> =
                answers.map(|(body, is_cut)| answer(body.clone(), is_cut)).into();
            let answers = std::sync::Mutex::new(answers.into_iter());
            cluster.server.answer_with(Method::GET, PODS, move |_: &RecordedRequest| {
                answers.lock().unwrap().next().unwrap()
            });
            cluster.server.journal().clear();
            let listing = list(&mut client, ListOptions { page_size: Some(4), ..options() }).await;
            let mut names = Vec::new();
            while let Some(items) = next(&mut client, &listing, 9).await {
                names.extend(items.iter().map(|item| name(item)));
            }
            let all: Vec<String> = (0..8).map(|number| format!("web-{number}")).collect();
            assert_eq!(names, all);
            let (exact, next) = ("&resourceVersion=7&resourceVersionMatch=Exact", "&continue=4");
            let sent = ["", exact, next, next].map(|more| format!("limit=4{more}"));
            assert_eq!(queries(cluster), sent);
            listing.drop(&mut client).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_of_two_moments_is_for_those_who_allow_it() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    for allow_inconsistent in [false, true] {
        cluster.server.journal().clear();
        let later = json_text(StatusCode::OK, page(3..5, None));
        then(&cluster, vec![expired("9"), expired(""), later]);
        let options = ListOptions { page_size: Some(2), allow_inconsistent, ..options() };
        let listing = list(&mut client, options).await;
        let first = listing.blocking_next(&mut client, 2).await.unwrap().unwrap().unwrap();
        assert_eq!(first.len(), 2);
        let outcome = rest(&mut client, &listing).await;
        let consistent = listing.metadata(&mut client).await.unwrap().consistent;
        assert_eq!(consistent, !allow_inconsistent);
        if allow_inconsistent {
            assert_eq!(outcome.unwrap(), ["web-3", "web-4"]);
            assert_eq!(queries(&cluster)[3], "limit=2&continue=9");
        } else {
            let status = status(outcome.unwrap_err());
            assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
            assert_eq!(queries(&cluster).len(), 3);
        }
    }
}

#[tokio::test]
async fn a_deadline_is_of_the_whole_list() {
    let cluster = Cluster::start().await;
    have(&cluster, 4);
    let mut client = cluster.client().await;
    let limits = Some(Limits { deadline: milliseconds(3_600_000), ..limits() });
    let listing = list(&mut client, ListOptions { page_size: Some(2), limits, ..options() }).await;
    listing.blocking_next(&mut client, 2).await.unwrap().unwrap();
    cluster.clock.advance(std::time::Duration::from_secs(3600));
    let error = listing.blocking_next(&mut client, 2).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    let error = listing.next(&mut client, 2).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
}

#[tokio::test]
async fn a_dropped_list_is_cancelled_with_the_page_ahead() {
    within_reason(async {
        let cluster = Cluster::with(ApiServer::builder().without_http2().start().await.unwrap());
        let journal = cluster.server.journal();
        let stalled = Misbehaviour::StallMidBody { after: 600 };
        for (misbehaviours, taken) in [
            (vec![Misbehaviour::StallBeforeHead], 0),
            (vec![stalled.clone()], 1),
            (vec![stalled.clone(), Misbehaviour::StallBeforeHead], 1),
            (vec![stalled.clone(), stalled], 1),
        ] {
            let mut client = cluster.client().await;
            let pages = misbehaviours.len();
            let fetch_ahead = pages > 1;
            cluster.server.answer_with(Method::GET, PODS, move |sent: &RecordedRequest| {
                let is_next = sent.query.as_deref().unwrap_or_default().contains("continue");
                let body = if is_next { page(3..6, None) } else { page(0..3, Some(3)) };
                let misbehaviour = misbehaviours[usize::from(is_next)].clone();
                json_text(StatusCode::OK, body).with_misbehaviour(misbehaviour)
            });
            journal.clear();
            let options = ListOptions { page_size: Some(3), fetch_ahead, ..options() };
            let listing = list(&mut client, options).await;
            let mut names = Vec::new();
            if taken > 0 {
                let items = listing.blocking_next(&mut client, 9).await.unwrap().unwrap().unwrap();
                names.extend(items.iter().map(|item| name(item)));
            }
            assert_eq!(names.len(), taken);
            while journal.requests().len() < pages {
                listing.next(&mut client, 9).await.unwrap().unwrap();
                tokio::task::yield_now().await;
            }
            // A request of this instance that comes after all that it has sent so far.
            client.send(&crate::support::get("/api"), None).await.unwrap().unwrap();
            journal.wait_for(pages + 1).await;
            // Its connection is kept.
            journal.wait_until(|entries| entries.open_connections == pages as u64 + 1).await;
            listing.drop(&mut client).await.unwrap();
            journal.wait_until(|entries| entries.open_connections == 1).await;
            assert_eq!(journal.requests().len(), pages + 1);
        }
    })
    .await;
}
