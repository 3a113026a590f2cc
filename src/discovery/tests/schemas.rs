//! The schemas of objects: their index, and one of them.

use super::*;

#[test]
fn schemas_are_found_by_the_addresses_of_their_index() {
    const DOCUMENT: &[u8] = br#"{"openapi":"3.0.0"}"#;
    let (client, stage) = mounted([
        answer(200, recorded!("openapi-v3-index")),
        answer(200, DOCUMENT),
        answer(200, DOCUMENT),
    ]);
    let discovery = Discovery::new();
    let limits = Limits::default();
    let index = discovery.openapi(&client, &limits).unwrap();
    assert_eq!(index[2].name, "api/v1");
    assert!(index[2].hash.starts_with("7C935E3BFAA5D62E"), "{}", index[2].hash);
    let document = |name| discovery.openapi_document(&client, name, &limits).unwrap();
    assert_eq!(document("api/v1").unwrap().as_bytes(), DOCUMENT);
    assert!(document(".well-known/openid-configuration").is_some());
    assert_eq!(document("apis/none"), None);
    let paths = paths(&stage);
    assert_eq!(paths[1], format!("/openapi/v3/api/v1?hash={}", index[2].hash));
    assert!(paths[2].starts_with("/openapi/v3/.well-known/openid-configuration?hash="));
    assert_eq!(paths.len(), 3);
}

#[test]
fn a_schema_that_was_replaced_is_found_again() {
    const OLD: &[u8] = br#"{"paths":{"a":{"serverRelativeURL":"/openapi/v3/a?hash=01"}}}"#;
    const NEW: &[u8] = br#"{"paths":{"a":{"serverRelativeURL":"/openapi/v3/a?hash=02"}}}"#;
    let moved = Script { headers: vec![("location", "/openapi/v3/a?hash=02")], ..answer(301, b"") };
    let (client, stage) =
        mounted([answer(200, OLD), moved, answer(200, NEW), answer(200, b"{}"), answer(404, b"")]);
    let discovery = Discovery::new();
    let limits = Limits::default();
    assert_eq!(discovery.openapi_document(&client, "a", &limits).unwrap().unwrap(), "{}");
    assert_eq!(
        paths(&stage),
        ["/openapi/v3", "/openapi/v3/a?hash=01", "/openapi/v3", "/openapi/v3/a?hash=02"]
    );
}

#[test]
fn a_schema_that_is_gone_or_not_known_yet_is_looked_for_once_more() {
    const OLD: &[u8] = br#"{"paths":{"a":{"serverRelativeURL":"/openapi/v3/a?hash=01"}}}"#;
    const NEW: &[u8] = br#"{"paths":{"b":{"serverRelativeURL":"/openapi/v3/b?hash=02"}}}"#;
    let (client, stage) = mounted([
        answer(200, OLD),
        answer(404, b""),
        answer(200, NEW),
        answer(200, b"{}"),
        answer(200, OLD),
    ]);
    let discovery = Discovery::new();
    let limits = Limits::default();
    let document = |name| discovery.openapi_document(&client, name, &limits).unwrap();
    assert_eq!(document("a"), None);
    assert_eq!(document("b").as_deref(), Some("{}"));
    assert_eq!(stage.attempts(), 4);
    // But not again and again.
    stage.pod.advance(SECOND * 9);
    assert_eq!(document("c"), None);
    assert_eq!(stage.attempts(), 4);
    stage.pod.advance(SECOND);
    assert_eq!((document("c"), document("c")), (None, None));
    assert_eq!(stage.attempts(), 5);
}

#[test]
fn the_index_of_schemas_is_kept_for_ten_minutes_or_until_it_is_forgotten() {
    const INDEX: &[u8] = br#"{"paths":{"a":{"serverRelativeURL":"/openapi/v3/a"}}}"#;
    let (client, stage) = mounted(vec![answer(200, INDEX); 3]);
    let discovery = Discovery::new();
    for (time, attempts) in [(0, 1), (599, 1), (600, 2), (600 + 599, 2)] {
        stage.pod.now.set(SECOND * time);
        assert_eq!(discovery.openapi(&client, &Limits::default()).unwrap().len(), 1);
        assert_eq!(stage.attempts(), attempts, "{time}");
    }
    discovery.invalidate();
    discovery.openapi(&client, &Limits::default()).unwrap();
    assert_eq!(stage.attempts(), 3);
}

#[test]
fn an_index_leads_nowhere_else() {
    const INDEX: &[u8] = br#"{"paths":{
        "a":{"serverRelativeURL":"https://evil.example/openapi/v3/a"},
        "b":{"serverRelativeURL":"//evil.example/openapi/v3/b"},
        "c":{"serverRelativeURL":"/openapi/v3/../../api/v1/secrets"},
        "d":{"serverRelativeURL":"/openapi/v3x"},
        "e":{"serverRelativeURL":"/openapi/v3/e?hash=1&x=2"},
        "f":{"serverRelativeURL":7},
        "g":{}}}"#;
    let (client, stage) = mounted([answer(200, INDEX)]);
    let discovery = Discovery::new();
    let limits = Limits::default();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        assert!(discovery.openapi_document(&client, name, &limits).is_err(), "{name}");
    }
    assert_eq!(stage.attempts(), 1);
}
