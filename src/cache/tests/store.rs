use super::super::store::{Index, Store};
use super::pod;
use crate::cache::{Change, Key, Query};

const ALL: usize = usize::MAX;

fn store() -> Store {
    let indexes = vec![
        Index::new("/spec/nodeName").unwrap(),
        Index::new("/metadata/ownerReferences/uid").unwrap(),
    ];
    Store::new(7, indexes)
}

fn key(namespace: &str, name: &str) -> Key {
    Key { namespace: namespace.into(), name: name.into() }
}

fn set(store: &mut Store, object: &str) {
    store.set(&Key::of(object), object.into());
}

fn names(objects: &[String]) -> Vec<String> {
    let mut names: Vec<_> = objects.iter().map(|object| Key::of(object).name).collect();
    names.sort();
    names
}

fn listed(store: &Store, query: &Query) -> Vec<String> {
    let (objects, next) = store.list(query, 0, ALL, ALL).unwrap();
    assert_eq!(next, None);
    names(&objects)
}

fn shop() -> Store {
    let mut store = store();
    for (namespace, name, label, node) in [
        ("a", "one", "web", "n1"),
        ("a", "two", "web", "n2"),
        ("b", "one", "web", "n1"),
        ("b", "three", "db", "n1"),
        ("", "four", "db", ""),
    ] {
        set(&mut store, &pod(namespace, name, label, node, 1));
    }
    store
}

#[test]
fn objects_are_found_by_namespace_and_name() {
    let mut store = shop();
    assert_eq!(store.len(), 5);
    let text =
        |store: &Store, key: &Key| store.find(key).and_then(|s| store.text(s)).map(str::to_owned);
    assert_eq!(text(&store, &key("b", "one")), Some(pod("b", "one", "web", "n1", 1)));
    for none in [key("b", "two"), key("", "one"), key("a", ""), key("a", "one\0"), key("a/one", "")]
    {
        assert_eq!(text(&store, &none), None);
    }
    set(&mut store, &pod("b", "one", "web", "n9", 2));
    assert_eq!(text(&store, &key("b", "one")), Some(pod("b", "one", "web", "n9", 2)));
    let slot = store.find(&key("b", "one")).unwrap();
    store.remove(slot);
    store.remove(slot);
    assert_eq!((text(&store, &key("b", "one")), store.len()), (None, 4));
}

#[test]
fn objects_are_listed_by_what_they_say() {
    let query = Query::default();
    let store = shop();
    assert_eq!(listed(&store, &query), ["four", "one", "one", "three", "two"]);
    let namespace =
        |namespace: &str| Query { namespace: Some(namespace.into()), ..Query::default() };
    assert_eq!(listed(&store, &namespace("a")), ["one", "two"]);
    assert!(listed(&store, &namespace("c")).is_empty());
    let with = |fields: &[(&str, &str)]| Query {
        fields: fields.iter().map(|&(path, value)| (path.into(), value.into())).collect(),
        ..Query::default()
    };
    let (label, node) = ("/metadata/labels/app.kubernetes.io~1name", "/spec/nodeName");
    let web = vec![("app.kubernetes.io/name".to_owned(), "web".to_owned())];
    let labelled = Query { labels: web, ..Query::default() };
    assert_eq!(listed(&store, &labelled), ["one", "one", "two"]);
    let on_n1 = vec![(node.to_owned(), "n1".to_owned())];
    assert_eq!(listed(&store, &Query { fields: on_n1, ..labelled }), ["one", "one"]);
    assert_eq!(listed(&store, &with(&[(label, "web")])), ["one", "one", "two"]);
    assert_eq!(listed(&store, &with(&[(node, "n1")])), ["one", "one", "three"]);
    assert_eq!(listed(&store, &with(&[(node, "")])), ["four"]);
    for both in [[(label, "web"), (node, "n1")], [(node, "n1"), (label, "web")]] {
        assert_eq!(listed(&store, &with(&both)), ["one", "one"]);
        let all = Query { namespace: Some("b".into()), ..with(&both) };
        assert_eq!(listed(&store, &all), ["one"]);
    }
    assert!(listed(&store, &with(&[("/spec", "n1")])).is_empty());
    assert!(store.list(&with(&[("spec.nodeName", "n1")]), 0, ALL, ALL).is_err());
}

#[test]
fn an_index_follows_its_objects_and_holds_each_of_several_values() {
    let mut store = store();
    let owned = |name: &str, owners: &str| {
        format!(r#"{{"metadata":{{"name":"{name}","ownerReferences":[{owners}]}}}}"#)
    };
    set(&mut store, &owned("a", r#"{"uid":"x"},{"uid":"y"},{"uid":"x"},{"uid":7}"#));
    set(&mut store, &owned("b", r#"{"uid":"y"}"#));
    let by = |store: &Store, value: &str| {
        listed(
            store,
            &Query {
                fields: vec![("/metadata/ownerReferences/uid".into(), value.into())],
                ..Query::default()
            },
        )
    };
    assert_eq!(
        (by(&store, "x"), by(&store, "y")),
        (vec!["a".into()], vec!["a".into(), "b".into()])
    );
    assert_eq!(by(&store, "7"), ["a"]);
    set(&mut store, &owned("a", r#"{"uid":"z"}"#));
    assert!(by(&store, "x").is_empty());
    assert_eq!((by(&store, "y"), by(&store, "z")), (vec!["b".into()], vec!["a".into()]));
    let slot = store.find(&key("", "a")).unwrap();
    store.remove(slot);
    assert!(by(&store, "z").is_empty());
}

#[test]
fn a_list_comes_in_pages_of_a_number_or_of_a_length() {
    let store = shop();
    for query in [
        Query::default(),
        Query { fields: vec![("/spec/nodeName".into(), "n1".into())], ..Query::default() },
    ] {
        let whole = listed(&store, &query);
        for (max, max_bytes) in [(1, ALL), (2, ALL), (ALL, 1), (ALL, 400)] {
            let (mut from, mut found) = (0, Vec::new());
            loop {
                let (page, next) = store.list(&query, from, max, max_bytes).unwrap();
                assert!(page.len() <= max);
                assert!(max_bytes == ALL || page.len() <= 2);
                found.extend(page);
                let Some(next) = next else { break };
                from = next;
            }
            assert_eq!(names(&found), whole);
        }
    }
    assert_eq!(store.list(&Query::default(), 99, ALL, ALL).unwrap(), (Vec::new(), None));
}

fn told(changes: &[Change]) -> Vec<String> {
    let short = |change: &Change| match &change.object {
        Some(object) => {
            assert_eq!(Key::of(object), change.key);
            format!("+{}", change.key.name)
        }
        None => format!("-{}", change.key.name),
    };
    changes.iter().map(short).collect()
}

#[test]
fn what_changed_since_a_cursor() {
    let mut store = store();
    assert_eq!(store.since(0, ALL, ALL), Some((Vec::new(), 0)));
    for name in ["a", "b", "c"] {
        set(&mut store, &pod("n", name, "", "", 1));
    }
    let since = |store: &Store, cursor, max| {
        let (changes, next) = store.since(cursor, max, ALL).unwrap();
        (told(&changes), next)
    };
    assert_eq!(since(&store, 0, ALL), (vec!["+a".into(), "+b".into(), "+c".into()], 3));
    assert_eq!(since(&store, 2, ALL), (vec!["+c".into()], 3));
    assert_eq!(since(&store, 3, ALL), (vec![], 3));
    // Each once, as it is now, in the order of the last change.
    set(&mut store, &pod("n", "a", "", "", 2));
    store.remove(store.find(&key("n", "b")).unwrap());
    set(&mut store, &pod("n", "d", "", "", 2));
    assert_eq!(since(&store, 3, ALL), (vec!["+a".into(), "-b".into(), "+d".into()], 6));
    assert_eq!(since(&store, 1, ALL).0, ["+c", "+a", "-b", "+d"]);
    // At the beginning nothing is gone.
    let mut all = since(&store, 0, ALL).0;
    all.sort();
    assert_eq!(all, ["+a", "+c", "+d"]);
    // In pieces.
    assert_eq!(since(&store, 3, 1), (vec!["+a".into()], 4));
    assert_eq!(since(&store, 4, 1), (vec!["-b".into()], 5));
    // One that was gone and is there again is not gone.
    set(&mut store, &pod("n", "b", "", "", 3));
    assert_eq!(since(&store, 3, ALL).0, ["+a", "+d", "+b"]);
    assert_eq!(store.since(8, ALL, ALL), None);
}

#[test]
fn what_is_gone_is_not_remembered_for_ever() {
    let mut store = store();
    for number in 0..3000 {
        let name = number.to_string();
        set(&mut store, &pod("n", &name, "", "", 1));
        store.remove(store.find(&key("n", &name)).unwrap());
    }
    let gone = |cursor| store.since(cursor, ALL, ALL).map(|(changes, _)| changes.len());
    // As many as there were after each, or none where that is not known.
    assert!(gone(1).is_none());
    for cursor in 2..=6000 {
        let all = ((6000 - cursor) / 2 + cursor % 2) as usize;
        assert!(gone(cursor) == Some(all) || (all > 1000 && gone(cursor).is_none()), "{cursor}");
    }
    assert_eq!(gone(0), Some(0));
}

#[test]
fn who_begins_comes_to_the_end_however_much_is_gone() {
    let mut store = store();
    for number in 0..10 {
        set(&mut store, &pod("n", &format!("old-{number}"), "", "", 1));
    }
    for number in 0..3000 {
        let name = number.to_string();
        set(&mut store, &pod("n", &name, "", "", 1));
        store.remove(store.find(&key("n", &name)).unwrap());
    }
    for (max, max_bytes) in [(3, ALL), (1, ALL), (ALL, 1), (10, ALL)] {
        let (mut cursor, mut found) = (0, Vec::new());
        while cursor != store.changes() {
            let (changes, next) = store.since(cursor, max, max_bytes).unwrap();
            assert!(changes.len() <= max);
            found.extend(told(&changes));
            cursor = next;
        }
        found.sort();
        assert_eq!(found, (0..10).map(|number| format!("+old-{number}")).collect::<Vec<_>>());
    }
}

#[test]
fn what_changes_between_two_pages_comes_after_them() {
    let mut store = store();
    for name in ["a", "b", "c", "d"] {
        set(&mut store, &pod("n", name, "", "", 1));
    }
    let since = |store: &Store, cursor| {
        let (changes, next) = store.since(cursor, 2, ALL).unwrap();
        (told(&changes), next)
    };
    let (first, place) = since(&store, 0);
    assert_eq!(first, ["+a", "+b"]);
    // One that was told, one that was not, and one that is new where another was.
    for name in ["a", "c"] {
        store.remove(store.find(&key("n", name)).unwrap());
    }
    set(&mut store, &pod("n", "e", "", "", 2));
    let (second, cursor) = since(&store, place);
    assert_eq!((second.len(), second.last().unwrap().as_str()), (2, "+d"));
    assert_eq!(cursor, 4);
    assert_eq!(since(&store, cursor).0, ["-a", "-c"]);
    assert_eq!(since(&store, 6).0, ["+e"]);
    // A place in a state that is long gone is none.
    for _ in 0..3000 {
        set(&mut store, &pod("n", "a", "", "", 3));
        store.remove(store.find(&key("n", "a")).unwrap());
    }
    assert_eq!(store.since(place, ALL, ALL), None);
    assert_eq!(store.since(u64::MAX, ALL, ALL), None);
}

/// Who goes on until nothing comes would wait for another change else.
#[test]
fn a_page_of_which_all_is_gone_is_not_the_end() {
    let mut store = store();
    for name in ["a", "b", "c", "d"] {
        set(&mut store, &pod("n", name, "", "", 1));
    }
    let (_, place) = store.since(0, 2, ALL).unwrap();
    for name in ["c", "d"] {
        store.remove(store.find(&key("n", name)).unwrap());
    }
    set(&mut store, &pod("n", "a", "", "", 2));
    let (changes, cursor) = store.since(place, 9, ALL).unwrap();
    assert_eq!((told(&changes).join(" "), cursor), ("-c -d +a".into(), store.changes()));
}

#[test]
fn however_much_changes_no_more_is_held_than_for_what_is_there() {
    let mut store = store();
    for version in 0..20_000 {
        let name = (version % 50).to_string();
        let node = (version % 7).to_string();
        set(&mut store, &pod("n", &name, "", &node, version));
        if version % 3 == 0 {
            store.remove(store.find(&key("n", &name)).unwrap());
        }
        let [slots, log, indexed] = store.held();
        assert!(slots <= 50 && log <= 2 * (50 + 1000) && indexed == store.len(), "{version}");
    }
}

/// With the seed of these tests.
#[test]
fn names_and_values_of_the_same_hash_are_told_apart() {
    let (first, second) = ("7b66e893", "ca810342");
    assert_eq!(key("n", first).hash(7), key("n", second).hash(7));
    let mut store = store();
    // So are these two.
    for (name, node) in [(first, "c2e1767d"), (second, "9a1d3df1")] {
        set(&mut store, &pod("n", name, "", node, 1));
    }
    assert_eq!(store.len(), 2);
    for (name, node) in [(first, "c2e1767d"), (second, "9a1d3df1")] {
        let slot = store.find(&key("n", name)).unwrap();
        assert_eq!(store.text(slot), Some(pod("n", name, "", node, 1).as_str()));
        let fields = vec![("/spec/nodeName".to_owned(), node.to_owned())];
        assert_eq!(listed(&store, &Query { fields, ..Query::default() }), [name]);
    }
    store.remove(store.find(&key("n", first)).unwrap());
    assert_eq!(store.find(&key("n", first)), None);
    assert!(store.find(&key("n", second)).is_some());
}

/// A server that was restored from a backup counts its versions anew.
#[test]
fn what_comes_last_counts_in_a_state_that_is_put_together() {
    use super::super::{fields::Fields, reflection::Reflection};
    use crate::watch::Event;
    let object = |version| pod("n", "a", "", &format!("node-{version}"), version);
    let mut reflection = Reflection::new(Store::new(7, Vec::new()), Fields::all());
    for event in [
        Event::Added(object(5)),
        Event::Synced("5".into()),
        Event::Restarted,
        Event::Added(object(4)),
        Event::Modified(object(5)),
        Event::Synced("5".into()),
    ] {
        reflection.apply(&event);
    }
    let store = reflection.store();
    let text = store.find(&key("n", "a")).and_then(|slot| store.text(slot));
    assert_eq!(text, Some(&*object(5)));
}
