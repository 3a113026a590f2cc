//! A cache over a transport that plays a script.

use super::pod;
use crate::Error;
use crate::cache::{Cache, IndexOptions, Keep, Key, Query};
use crate::client::Client;
use crate::client::tests::script::{Ready, Script, Stage, Step, answer};
use crate::cluster::Overrides;
use crate::pod::fake::FakePod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Interest, Transport};
use crate::watch::Options;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const SYNCED: &str = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"10\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n";

type Played = <Stage as Transport>::Exchange;

fn line(kind: &str, object: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}

/// An answer that then says nothing.
fn events(body: impl IntoIterator<Item = String>) -> Script {
    let steps = body
        .into_iter()
        .flat_map(|text| [Step::Bytes(text.into_bytes().leak()), Step::Silence(SECOND)]);
    let body = steps.chain([Step::Silence(SECOND * 1_000_000)]).collect();
    Script { body, ..answer(200, b"") }
}

fn started(
    keep: &Keep,
    scripts: impl IntoIterator<Item = Script>,
) -> (Cache<Played>, Client<Stage, Stage>, Stage) {
    let stage = Stage::new(FakePod::mounted(), scripts);
    let overrides = Overrides::from_environment(&stage).unwrap();
    let client = Client::in_cluster(stage.clone(), stage.clone(), &overrides).unwrap();
    let pods = ApiResource::new("", "v1", "pods");
    let index = IndexOptions { name: "node".into(), path: "/spec/nodeName".into() };
    let options = Options::default();
    let cache =
        Cache::start(&client, &pods, &Scope::AllNamespaces, options, keep, vec![index]).unwrap();
    (cache, client, stage)
}

fn key(name: &str) -> Key {
    Key { namespace: "n".into(), name: name.into() }
}

#[test]
fn it_fills_at_once_and_then_follows() {
    let (mut cache, client, _) = started(
        &Keep::Object,
        [events([
            line("ADDED", &pod("n", "a", "web", "n1", 1)),
            line("ADDED", &pod("n", "b", "web", "n2", 2)) + SYNCED,
            line("MODIFIED", &pod("n", "a", "web", "n2", 11)),
            line("DELETED", &pod("n", "b", "web", "n2", 12)),
        ])],
    );
    assert!(!cache.update(&client).unwrap());
    assert_eq!(cache.subscribe(&client), Ready::For(Interest::Read));
    assert_eq!((cache.is_synced(), cache.len(), cache.resource_version()), (false, 0, None));
    cache.wait_for_update(&client).unwrap();
    assert_eq!((cache.is_synced(), cache.len(), cache.resource_version()), (true, 2, Some("10")));
    assert!(!cache.get(&key("a")).unwrap().contains("managedFields"));
    assert_eq!(cache.get(&key("c")), None);
    cache.wait_for_update(&client).unwrap();
    assert_eq!(cache.resource_version(), Some("11"));
    let query = Query { index: Some(("node".into(), "n2".into())), ..Query::default() };
    assert_eq!(cache.list(&query, 0, 9).unwrap().0.len(), 2);
    let cursor = cache.cursor();
    cache.wait_for_update(&client).unwrap();
    assert_eq!(cache.len(), 1);
    let (changes, next) = cache.changes(cursor, 9).unwrap();
    assert_eq!((changes.len(), &changes[0].key, next), (1, &key("b"), cache.cursor()));
    assert_eq!(changes[0].object, None);
    let unknown = Query { index: Some(("other".into(), String::new())), ..Query::default() };
    assert!(matches!(cache.list(&unknown, 0, 9), Err(Error::InvalidRequest(_))));
}

#[test]
fn only_what_is_wanted_is_asked_for_and_kept() {
    let object = pod("n", "a", "web", "n1", 1);
    let identity = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u-a","resourceVersion":"1""#;
    let spec = r#","spec":{"nodeName":"n1"}}"#;
    let label = r#","labels":{"app.kubernetes.io/name":"web"}"#;
    for (keep, accept, expected) in [
        (Keep::Everything, "application/json", object.clone()),
        (Keep::Object, "application/json", format!("{identity}{label}}}{spec}")),
        // Whatever the server sends.
        (
            Keep::Metadata,
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            format!("{identity}{label}}}{spec}"),
        ),
        // What is indexed is kept as well.
        (Keep::Fields(Vec::new()), "application/json", format!("{identity}}}{spec}")),
    ] {
        let (mut cache, client, stage) =
            started(&keep, [events([line("ADDED", &object) + SYNCED])]);
        cache.wait_for_update(&client).unwrap();
        assert_eq!(cache.get(&key("a")), Some(expected.as_str()));
        let sent = stage.sent(0);
        assert!(sent.headers.contains(&("accept".into(), accept.into())), "{keep:?}");
    }
}

#[test]
fn an_error_is_told_once_what_came_before_is_taken_in_and_leaves_the_cache_as_it_is() {
    let first = line("ADDED", &pod("n", "a", "web", "n1", 1)) + SYNCED;
    let second = events([line("ADDED", &pod("n", "b", "web", "n1", 2)) + SYNCED]);
    let (mut cache, client, _) = started(&Keep::Object, [events([first + "<html>"]), second]);
    assert!(cache.update(&client).unwrap());
    assert_eq!(cache.subscribe(&client), Ready::After(Duration::ZERO));
    assert!(matches!(cache.update(&client), Err(Error::Protocol(_))));
    // The new state is not here yet, and the old one still is.
    assert!(cache.is_synced() && cache.get(&key("a")).is_some());
    assert_eq!(cache.resource_version(), None);
    cache.wait_for_update(&client).unwrap();
    assert!(cache.get(&key("a")).is_none() && cache.get(&key("b")).is_some());
    assert_eq!(cache.resource_version(), Some("10"));
}
