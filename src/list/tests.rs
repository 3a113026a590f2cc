#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use k8s_in_cluster_json::Malformed;
use serde_json::{Value, json};

const LIMIT: usize = 1 << 20;

struct Page {
    items: Vec<String>,
    metadata: ListMetadata,
}

/// Cuts a body that comes in pieces of the lengths given, in turn.
fn cut(body: &[u8], lengths: &[usize], limit: usize) -> Result<Page, CutError> {
    let mut cutter = Cutter::new(limit);
    let mut items = Vec::new();
    let mut rest = body;
    for &length in lengths.iter().cycle() {
        while let Some(item) = cutter.item()? {
            items.push(item);
        }
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(length.min(rest.len()));
        cutter.push(piece)?;
        rest = behind;
    }
    cutter.finish()?;
    Ok(Page { items, metadata: cutter.metadata().clone() })
}

fn whole(body: &str) -> Result<Page, CutError> {
    cut(body.as_bytes(), &[usize::MAX], LIMIT)
}

fn items(body: &str) -> Vec<String> {
    whole(body).unwrap().items
}

fn error(body: &str) -> CutError {
    match whole(body) {
        Ok(page) => panic!("{:?} of {body}", page.items),
        Err(error) => error,
    }
}

/// The body of an answer that a real API server gave.
fn recorded(name: &str) -> String {
    let path = format!("{}/host-test/recorded/{name}.http", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    text.split_once("\n\n").unwrap().1.to_owned()
}

#[test]
fn a_recorded_list() {
    let body = recorded("pods-limit-2");
    let page = whole(&body).unwrap();
    let tree: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(page.items.len(), 2);
    for (item, original) in page.items.iter().zip(tree["items"].as_array().unwrap()) {
        let mut expected = original.clone();
        expected["apiVersion"] = json!("v1");
        expected["kind"] = json!("Pod");
        assert_eq!(serde_json::from_str::<Value>(item).unwrap(), expected);
    }
    let metadata = page.metadata;
    assert_eq!((metadata.kind.as_str(), metadata.api_version.as_str()), ("PodList", "v1"));
    assert_eq!(metadata.resource_version, tree["metadata"]["resourceVersion"]);
    assert_eq!(metadata.continue_token, tree["metadata"]["continue"]);
    assert_eq!(metadata.remaining, Some(1));
    assert_eq!(metadata.columns, None);
}

#[test]
fn a_recorded_list_of_metadata() {
    let body = recorded("pods-metadata");
    let tree: Value = serde_json::from_str(&body).unwrap();
    for (item, original) in items(&body).iter().zip(tree["items"].as_array().unwrap()) {
        assert_eq!(&serde_json::from_str::<Value>(item).unwrap(), original);
    }
}

#[test]
fn a_recorded_table_has_rows_and_columns() {
    let body = recorded("pods-table");
    let tree: Value = serde_json::from_str(&body).unwrap();
    let page = whole(&body).unwrap();
    let rows: Vec<Value> =
        page.items.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(Value::from(rows), tree["rows"]);
    let columns: Value = serde_json::from_str(&page.metadata.columns.unwrap()).unwrap();
    assert_eq!(columns, tree["columnDefinitions"]);
}

#[test]
fn items_say_what_they_are() {
    let list = |list: &str| {
        items(&format!("{{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{list}]}}"))
    };
    assert_eq!(
        list(r#"{"spec":{"kind":"a"}}, { } ,{"apiVersion":"v2"},{"metadata":{},"kind":"Other"}"#),
        [
            r#"{"apiVersion":"v1","kind":"Pod","spec":{"kind":"a"}}"#,
            r#"{"apiVersion":"v1","kind":"Pod"}"#,
            r#"{"apiVersion":"v2"}"#,
            r#"{"metadata":{},"kind":"Other"}"#,
        ]
    );
    // A list of anything tells nothing of its items.
    assert_eq!(items(r#"{"kind":"List","apiVersion":"v1","items":[{"a":1}]}"#), [r#"{"a":1}"#]);
}

#[test]
fn members_stand_in_any_order() {
    // As the API server writes the lists of custom resources.
    let page = whole(
        r#"{"apiVersion":"a/v1","items":[{"apiVersion":"a/v1","kind":"B"}],"kind":"BList",
        "metadata":{"continue":"","resourceVersion":"7"}}"#,
    )
    .unwrap();
    assert_eq!(page.items, [r#"{"apiVersion":"a/v1","kind":"B"}"#]);
    assert_eq!(page.metadata.resource_version, "7");
    assert_eq!(page.metadata.continue_token, "");
    let page = whole(r#"{"items":[{"a":1}],"metadata":{},"x":[{}],"kind":"BList"}"#).unwrap();
    assert_eq!(page.items, [r#"{"a":1}"#]);
}

/// A CustomResourceDefinition may have any `listKind`.
#[test]
fn a_list_of_custom_resources_is_of_any_kind() {
    let page = whole(
        r#"{"apiVersion":"a/v1","items":[{"apiVersion":"a/v1","kind":"B"}],"kind":"Bees",
        "metadata":{"continue":"","resourceVersion":"7"}}"#,
    )
    .unwrap();
    assert_eq!(page.items, [r#"{"apiVersion":"a/v1","kind":"B"}"#]);
    assert_eq!((&*page.metadata.kind, &*page.metadata.resource_version), ("Bees", "7"));
}

#[test]
fn lists_without_items() {
    for items in ["[]", " [ ] ", "null"] {
        let page = whole(&format!("{{\"kind\":\"PodList\",\"items\":{items}}}")).unwrap();
        assert_eq!(page.items, [""; 0]);
    }
}

#[test]
fn what_is_no_list_is_refused() {
    for (body, kind) in [
        (r#"{"kind":"Pod","apiVersion":"v1","metadata":{}}"#, "Pod"),
        (r#"{"kind":"Status","status":"Failure"}"#, "Status"),
        (r#"{"items":[]}"#, ""),
        ("{}", ""),
        (r#"{"kind":1,"items":[]}"#, ""),
    ] {
        assert_eq!(error(body), CutError::Kind(kind.into()), "{body}");
    }
    for body in [
        r#"{"kind":"PodList"}"#,
        r#"{"kind":"PodList","items":{}}"#,
        r#"{"kind":"PodList","items":"[]"}"#,
        r#"{"kind":"PodList","items":[1]}"#,
        r#"{"kind":"PodList","items":[{},[]]}"#,
    ] {
        assert!(matches!(error(body), CutError::Shape(_)), "{body}");
    }
    for body in [
        "[]",
        "<html>",
        r#"{"kind":"PodList","items":nil}"#,
        r#"{"kind":"PodList","items":[{}{}]}"#,
        r#"{"kind":"PodList","items":[{},]}"#,
        r#"{"kind":"PodList","items":[]"items":[]}"#,
        r#"{"kind":"PodList","items":[],"items":[]}"#,
        r#"{"kind":"PodList","items":[]} x"#,
        r#"{"kind":"PodList",}"#,
        r#"{,}"#,
        r#"{kind:"PodList"}"#,
    ] {
        let found = error(body);
        assert!(
            matches!(found, CutError::Malformed(Malformed::Syntax) | CutError::Shape(_)),
            "{found:?} of {body}"
        );
    }
}

#[test]
fn what_breaks_off_is_noticed_wherever_it_does() {
    let body = r#"{"kind":"PodList","items":[{"a":"é"},{}],"metadata":{"resourceVersion":"1"}}"#;
    for end in 0..body.len() {
        let result = cut(&body.as_bytes()[..end], &[usize::MAX], LIMIT);
        assert!(matches!(result, Err(CutError::Malformed(Malformed::Truncated))), "{end}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for body in [
        b"{\"kind\":\"PodList\",\"items\":[{\"a\":\"\xff\"}]}".as_slice(),
        b"{\"kind\":\"PodList\",\"x\":\"\xc3\",\"items\":[]}",
    ] {
        let result = cut(body, &[3], LIMIT);
        assert!(matches!(result, Err(CutError::Malformed(Malformed::Utf8))));
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |levels| {
        let (open, close) = ("{\"a\":".repeat(levels), "}".repeat(levels));
        format!("{{\"kind\":\"PodList\",\"items\":[{{\"a\":{open}1{close}}}]}}")
    };
    assert_eq!(items(&nested(50)).len(), 1);
    assert_eq!(error(&nested(64)), CutError::Malformed(Malformed::TooDeep));
}

#[test]
fn an_item_that_is_too_long_fails_before_it_is_held() {
    let body = |length: usize| {
        format!("{{\"kind\":\"PodList\",\"items\":[{{}},{{\"a\":\"{}\"}}]}}", "x".repeat(length))
    };
    let item = r#"{"a":""}"#.len();
    for lengths in [[1], [100], [usize::MAX]] {
        let page = cut(body(1000 - item).as_bytes(), &lengths, 1000).unwrap();
        assert_eq!(page.items.len(), 2);
        let result = cut(body(1001 - item).as_bytes(), &lengths, 1000);
        assert_eq!(result.err(), Some(CutError::TooLong(1000)));
    }
    let mut cutter = Cutter::new(1 << 10);
    cutter.push(b"{\"kind\":\"PodList\",\"items\":[{\"a\":\"").unwrap();
    let held = (0..100)
        .take_while(|_| {
            cutter.push(&[b'x'; 100]).unwrap();
            cutter.item().is_ok()
        })
        .count();
    assert_eq!(held, 10);
    // Neither does a member of the list that is none of its items.
    let result = cut(format!("{{\"x\":\"{}\"}}", "x".repeat(2000)).as_bytes(), &[64], 1000);
    assert_eq!(result.err(), Some(CutError::TooLong(1000)));
}

#[test]
fn every_split_gives_the_same_items() {
    let body = r#" {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"} ,
        "items":[ {"a":" é\"}] "}, {"kind":"X" } ,{}], "x" : [1,{"items":[{}]}] } "#;
    let expected = whole(body).unwrap();
    assert_eq!(expected.items.len(), 3);
    for first in 1..body.len() {
        for second in [1, 7, usize::MAX] {
            let page = cut(body.as_bytes(), &[first, second], LIMIT).unwrap();
            assert_eq!(page.items, expected.items, "{first} {second}");
            assert_eq!(page.metadata, expected.metadata);
        }
    }
}

/// What is wrong somewhere is a list of the same items to another parser, or to none.
#[test]
fn lists_gone_wrong_agree_with_serde_json() {
    let body = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"a":{"b":[1,"x\n"]}},{"kind":"X"},{}],"x":[true]}"#;
    let (mut same, mut wrong) = (0, 0);
    for at in 0..body.len() {
        for replacement in [b"" as &[u8], b"{", b"}", b"[", b"]", b",", b":", b"\"", b"0", b" "] {
            let mut bytes = body.as_bytes().to_vec();
            bytes.splice(at..=at, replacement.iter().copied());
            let tree = serde_json::from_slice::<Value>(&bytes);
            match (cut(&bytes, &[16], LIMIT), tree) {
                (Ok(page), Ok(tree)) => {
                    let count = tree["items"].as_array().map_or(0, Vec::len);
                    assert_eq!(page.items.len(), count, "{}", String::from_utf8_lossy(&bytes));
                    same += 1;
                }
                (Err(CutError::Malformed(_)), Err(_)) => wrong += 1,
                (Err(CutError::Kind(_) | CutError::Shape(_)), _) => {}
                (result, tree) => {
                    panic!("{:?} {tree:?}", result.map(|page| page.items))
                }
            }
        }
    }
    assert!(same > 100 && wrong > 500, "{same} {wrong}");
}
