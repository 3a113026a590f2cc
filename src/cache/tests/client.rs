//! A cache over a transport that plays a script.

use super::pod;
use crate::Error;
use crate::cache::{Cache, Key, Options, Query};
use crate::client::Client;
use crate::client::tests::script::{Ready, Script, Stage, Step, answer};
use crate::cluster::Overrides;
use crate::pod::Pod as _;
use crate::pod::fake::FakePod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Interest, Transport};
use crate::watch;
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
    options: Options,
    scripts: impl IntoIterator<Item = Script>,
) -> (Cache<Played>, Client<Stage, Stage>, Stage) {
    let stage = Stage::new(FakePod::mounted(), scripts);
    let overrides = Overrides::from_environment(&stage).unwrap();
    let client = Client::in_cluster(stage.clone(), stage.clone(), &overrides).unwrap();
    let pods = ApiResource::new("", "v1", "pods");
    let options = Options { indexes: vec!["/spec/nodeName".into()], ..options };
    let cache = Cache::start(&client, &pods, &Scope::AllNamespaces, options).unwrap();
    (cache, client, stage)
}

fn key(name: &str) -> Key {
    Key { namespace: "n".into(), name: name.into() }
}

#[test]
fn it_fills_at_once_and_then_follows() {
    let (mut cache, client, stage) = started(
        Options::default(),
        [events([
            line("ADDED", &pod("n", "a", "web", "n1", 1)),
            line("ADDED", &pod("n", "b", "web", "n2", 2)) + SYNCED,
            line("MODIFIED", &pod("n", "a", "web", "n2", 11)),
            line("DELETED", &pod("n", "b", "web", "n2", 12)),
        ])],
    );
    assert!(!cache.update(&client, Duration::ZERO).unwrap());
    // No longer than it is to.
    let before = stage.pod.now();
    assert!(!cache.update(&client, SECOND / 2).unwrap());
    assert_eq!(stage.pod.now() - before, SECOND / 2);
    assert_eq!(cache.subscribe(&client), Ready::For(Interest::Read));
    assert_eq!((cache.is_synced(), cache.len(), cache.resource_version()), (false, 0, None));
    assert!(cache.update(&client, SECOND * 1000).unwrap());
    assert_eq!((cache.is_synced(), cache.len(), cache.resource_version()), (true, 2, Some("10")));
    assert!(!cache.get(&key("a")).unwrap().contains("managedFields"));
    assert_eq!(cache.get(&key("c")), None);
    assert!(cache.update(&client, SECOND * 1000).unwrap());
    assert_eq!(cache.resource_version(), Some("11"));
    let query = Query { fields: vec![("/spec/nodeName".into(), "n2".into())], ..Query::default() };
    assert_eq!(cache.list(&query, 0, 9).unwrap().0.len(), 2);
    let cursor = cache.cursor();
    assert!(cache.update(&client, SECOND * 1000).unwrap());
    assert_eq!(cache.len(), 1);
    let (changes, next) = cache.changes(cursor, 9).unwrap();
    assert_eq!((changes.len(), &changes[0].key, next), (1, &key("b"), cache.cursor()));
    assert_eq!(changes[0].object, None);
}

#[test]
fn a_field_that_is_not_named_by_a_pointer_is_refused() {
    let (cache, client, _) = started(Options::default(), [events([])]);
    let fields = vec!["spec.nodeName".to_owned()];
    for options in [
        Options { fields: Some(fields.clone()), ..Options::default() },
        Options { indexes: fields, ..Options::default() },
    ] {
        let pods = ApiResource::new("", "v1", "pods");
        let error = Cache::start(&client, &pods, &Scope::AllNamespaces, options).map(|_| ());
        assert!(matches!(error, Err(Error::InvalidRequest(_))), "{error:?}");
    }
    let query = Query { fields: vec![("".into(), "n2".into())], ..Query::default() };
    assert!(matches!(cache.list(&query, 0, 9), Err(Error::InvalidRequest(_))));
}

#[test]
fn only_what_is_wanted_is_asked_for_and_kept() {
    let object = pod("n", "a", "web", "n1", 1);
    let identity = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u-a","resourceVersion":"1""#;
    let spec = r#","spec":{"nodeName":"n1"}}"#;
    let label = r#","labels":{"app.kubernetes.io/name":"web"}"#;
    let everything = Options { managed_fields: true, ..Options::default() };
    let metadata_only = watch::Options { metadata_only: true, ..watch::Options::default() };
    let metadata = Options { watch: metadata_only, ..Options::default() };
    let fields = Options { fields: Some(Vec::new()), ..Options::default() };
    for (options, accept, expected) in [
        (everything, "application/json", object.clone()),
        (Options::default(), "application/json", format!("{identity}{label}}}{spec}")),
        // Whatever the server sends.
        (
            metadata,
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            format!("{identity}{label}}}{spec}"),
        ),
        // What is indexed is kept as well.
        (fields, "application/json", format!("{identity}}}{spec}")),
    ] {
        let (mut cache, client, stage) =
            started(options.clone(), [events([line("ADDED", &object) + SYNCED])]);
        assert!(cache.update(&client, SECOND * 1000).unwrap());
        assert_eq!(cache.get(&key("a")), Some(expected.as_str()));
        let sent = stage.sent(0);
        assert!(sent.headers.contains(&("accept".into(), accept.into())), "{options:?}");
    }
}

#[test]
fn an_error_is_told_once_what_came_before_is_taken_in_and_leaves_the_cache_as_it_is() {
    let first = line("ADDED", &pod("n", "a", "web", "n1", 1)) + SYNCED;
    let second = events([line("ADDED", &pod("n", "b", "web", "n1", 2)) + SYNCED]);
    let (mut cache, client, _) = started(Options::default(), [events([first + "<html>"]), second]);
    assert!(cache.update(&client, Duration::ZERO).unwrap());
    assert_eq!(cache.subscribe(&client), Ready::After(Duration::ZERO));
    assert!(matches!(cache.update(&client, Duration::ZERO), Err(Error::Protocol(_))));
    // The new state is not here yet, and the old one still is.
    assert!(cache.is_synced() && cache.get(&key("a")).is_some());
    assert_eq!(cache.resource_version(), None);
    assert!(cache.update(&client, SECOND * 1000).unwrap());
    assert!(cache.get(&key("a")).is_none() && cache.get(&key("b")).is_some());
    assert_eq!(cache.resource_version(), Some("10"));
}

#[test]
fn a_version_to_begin_after_has_no_meaning() {
    let watch =
        watch::Options { after_resource_version: Some("9".into()), ..watch::Options::default() };
    let first = line("ADDED", &pod("n", "a", "web", "n1", 1)) + SYNCED;
    let (mut cache, client, _) =
        started(Options { watch, ..Options::default() }, [events([first])]);
    assert!(cache.update(&client, SECOND * 1000).unwrap());
    assert!(cache.is_synced() && cache.get(&key("a")).is_some());
}

#[test]
fn about_a_mebibyte_is_given_at_a_time() {
    let filler = "x".repeat(100_000);
    let objects: String = (0..30)
        .map(|number| line("ADDED", &pod("n", &number.to_string(), &filler, "n1", 1)))
        .collect();
    let (mut cache, client, _) = started(Options::default(), [events([objects + SYNCED])]);
    while !cache.is_synced() {
        cache.update(&client, SECOND * 1000).unwrap();
    }
    for query in [
        Query::default(),
        Query { fields: vec![("/spec/nodeName".into(), "n1".into())], ..Query::default() },
    ] {
        assert_eq!(cache.list(&query, 0, usize::MAX).unwrap().0.len(), 11);
    }
    assert_eq!(cache.changes(0, usize::MAX).unwrap().0.len(), 11);
    assert_eq!(cache.changes(1, usize::MAX).unwrap().0.len(), 11);
}
