//! Answers that are no objects and no lists, however long: errors within the memory that there is.

use crate::lists::{list, options, pods};
use crate::support::{Cluster, client, limits, within_reason};
use flate2::Compression;
use flate2::write::GzEncoder;
use host_test::api_server::Answer;
use host_test::pod::client::PodClient;
use host_test::pod::client::access::{Action, PathAction};
use host_test::pod::client::objects::{
    DeleteOptions, GetOptions, ListOptions, PatchKind, Representation, Scope, Selection, Target,
    WriteOptions,
};
use host_test::pod::client::types::{Error, Limits};
use http::{HeaderValue, Method, StatusCode, header};
use std::io::Write as _;

const MIB: usize = 1 << 20;

/// What an instance has, and what of an answer it may hold.
const MEMORY: usize = 5 * MIB;
const HELD: usize = MIB;

fn limited() -> Option<Limits> {
    Some(Limits { max_buffered: Some(HELD as u64), ..limits() })
}

fn web() -> Target {
    Target { resource: pods(), scope: Scope::OwnNamespace, name: "web-1".into(), subresource: None }
}

async fn get(client: &mut PodClient) -> Result<(), Error> {
    let options = GetOptions {
        representation: Representation::Full,
        resource_version: None,
        limits: limited(),
    };
    client.get_object(&web(), Some(&options)).await.unwrap().map(|_| ())
}

async fn read(client: &mut PodClient, compress: bool) -> Result<usize, Error> {
    let listing = list(client, ListOptions { compress, limits: limited(), ..options() }).await;
    let mut count = 0;
    let outcome = loop {
        match listing.blocking_next(client, 100).await.unwrap() {
            Ok(Some(items)) => count += items.len(),
            Ok(None) => break Ok(count),
            Err(error) => break Err(error),
        }
    };
    listing.drop(client).await.unwrap();
    outcome
}

fn pod(inside: &[u8]) -> Vec<u8> {
    [br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-1"},"spec":"#, inside, b"}"]
        .concat()
}

fn pod_list(item: &[u8]) -> Vec<u8> {
    [br#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{},"#, item, b"]}"].concat()
}

/// What is wrong with a body, and what the error says of it.
fn inside() -> Vec<(Vec<u8>, &'static str)> {
    let long = |length: usize| [b"\"", "x".repeat(length).as_bytes(), b"\""].concat();
    let nested = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat().into_bytes();
    vec![
        (b"\"\xff\"".to_vec(), "not UTF-8"),
        (b"\"\xed\xa0\x80\"".to_vec(), "not UTF-8"),
        (b"nul".to_vec(), "not JSON"),
        (b"\"\n\"".to_vec(), "not JSON"),
        (b"{\"a\":1,}".to_vec(), "not JSON"),
        (nested(64), "nested deeper"),
        (nested(100_000), "nested deeper"),
        (long(100 * MIB), "limit"),
        (vec![b' '; 100 * MIB], "limit"),
    ]
}

#[tokio::test]
async fn bad_objects_are_errors() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = client(cluster.pod().memory_limit(MEMORY)).await;
        let path = "/api/v1/namespaces/shop/pods/web-1";
        let mut bodies: Vec<_> =
            inside().into_iter().map(|(inside, says)| (pod(&inside), says)).collect();
        bodies.extend([
            (pod(b"1")[..20].to_vec(), "ends in the middle"),
            (b"".to_vec(), "ends in the middle"),
            (b"<html>".to_vec(), "not JSON"),
            (b"[{\"kind\":\"Pod\"}]".to_vec(), "not JSON"),
            (b"{\"apiVersion\":\"v1\"}".to_vec(), "does not say its kind"),
            (pod_list(b"{}"), "it is a list"),
        ]);
        for (body, says) in bodies {
            let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            for answer in
                [Answer::json(StatusCode::OK, &()), Answer::json(StatusCode::OK, &()).in_chunks()]
            {
                cluster.server.answer(Method::GET, path, answer.with_body(body.clone()));
                let error = get(&mut client).await.unwrap_err();
                let Error::Protocol(text) = error else { panic!("{error:?} of {shown}") };
                assert!(text.contains(says) && text.contains("GET /api"), "{text:?} of {shown}");
            }
        }
        let good = Answer::json(StatusCode::OK, &()).with_body(pod(&[b"{}"[..].to_vec()].concat()));
        cluster.server.answer(Method::GET, path, good);
        get(&mut client).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn bad_lists_are_errors() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = client(cluster.pod().memory_limit(MEMORY)).await;
        let path = "/api/v1/namespaces/shop/pods";
        let mut bodies: Vec<_> =
            inside().into_iter().map(|(inside, says)| (pod_list(&pod(&inside)), says)).collect();
        // Between the items, white space is nothing to hold.
        let blank = [br#"{"kind":"PodList","items":["#, &vec![b' '; 100 * MIB][..], b"1"].concat();
        bodies.extend([
            (blank, "no object"),
            (pod_list(b"{}")[..60].to_vec(), "ends in the middle"),
            (b"".to_vec(), "ends in the middle"),
            (pod(b"{}"), "kind \"Pod\""),
            (b"{\"kind\":\"Status\",\"status\":\"Success\"}".to_vec(), "kind \"Status\""),
            (b"{\"kind\":\"PodList\"}".to_vec(), "no `items`"),
            (b"{\"kind\":\"PodList\",\"items\":{}}".to_vec(), "no array"),
            (pod_list(b"1"), "no object"),
        ]);
        for (body, says) in bodies {
            let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            for answer in
                [Answer::json(StatusCode::OK, &()), Answer::json(StatusCode::OK, &()).in_chunks()]
            {
                cluster.server.answer(Method::GET, path, answer.with_body(body.clone()));
                let error = read(&mut client, false).await.unwrap_err();
                let Error::Protocol(text) = error else { panic!("{error:?} of {shown}") };
                assert!(text.contains(says) && text.contains("GET /api"), "{text:?} of {shown}");
            }
        }
        let good = Answer::json(StatusCode::OK, &()).with_body(pod_list(&pod(b"{}")));
        cluster.server.answer(Method::GET, path, good);
        assert_eq!(read(&mut client, false).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_swells_when_it_is_decompressed_is_an_error() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = client(cluster.pod().memory_limit(MEMORY)).await;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(br#"{"kind":"PodList","metadata":{},"items":[{},{"a":""#).unwrap();
        for _ in 0..200 {
            encoder.write_all(&vec![b'x'; MIB]).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 2 * MIB);
        let answer = Answer::json(StatusCode::OK, &())
            .with_header(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))
            .with_body(bomb);
        cluster.server.answer(Method::GET, "/api/v1/namespaces/shop/pods", answer);
        let error = read(&mut client, true).await.unwrap_err();
        let Error::Protocol(text) = error else { panic!("{error:?}") };
        assert!(text.contains(&format!("{HELD} bytes")), "{text}");
    })
    .await;
}

/// Calls that read an answer as a whole, but for [`get`]: method and path.
const CALLS: [(&str, &str); 8] = [
    ("POST", PODS),
    ("PATCH", WEB),
    ("DELETE", WEB),
    ("DELETE", PODS),
    ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews"),
    ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ("GET", "/api"),
    ("GET", "/openapi/v3/api/v1"),
];
const PODS: &str = "/api/v1/namespaces/shop/pods";
const WEB: &str = "/api/v1/namespaces/shop/pods/web-1";

async fn call(client: &mut PodClient, which: usize) -> Result<(), Error> {
    let writing = Some(WriteOptions {
        dry_run: false,
        field_manager: None,
        field_validation: None,
        force: false,
        representation: Representation::Full,
        limits: limited(),
    });
    let deleting = Some(DeleteOptions {
        dry_run: false,
        grace_period_seconds: None,
        propagation_policy: None,
        precondition_uid: None,
        precondition_resource_version: None,
        limits: limited(),
    });
    let (writing, deleting, own) = (writing.as_ref(), deleting.as_ref(), &Scope::OwnNamespace);
    match which {
        0 => client.create(&pods(), own, "{}", writing).await.unwrap().map(drop),
        1 => client.patch(&web(), PatchKind::Merge, "{}", writing).await.unwrap().map(drop),
        2 => client.delete(&web(), deleting).await.unwrap().map(drop),
        3 => {
            let all = Selection { label_selector: None, field_selector: None };
            client.delete_collection(&pods(), own, &all, deleting).await.unwrap().map(drop)
        }
        4 => client.who_am_i(limited()).await.unwrap().map(drop),
        5 => {
            let path = Action::Path(PathAction { verb: "get".into(), path: "/metrics".into() });
            client.may_i(&path, limited()).await.unwrap().map(drop)
        }
        6 => client.groups(limited()).await.unwrap().map(drop),
        _ => client.openapi_document("api/v1", limited()).await.unwrap().map(drop),
    }
}

#[tokio::test]
async fn bad_answers_to_any_call_are_errors() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let index = r#"{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=AB"}}}"#;
        let index = Answer::json(StatusCode::OK, &()).with_body(index);
        cluster.server.answer(Method::GET, "/openapi/v3", index);
        let mut client = client(cluster.pod().memory_limit(MEMORY)).await;
        for (which, (method, path)) in CALLS.into_iter().enumerate() {
            let mut bodies: Vec<_> = inside();
            bodies.push((b"{".to_vec(), "ends in the middle"));
            for (body, _) in &mut bodies {
                *body = if which == 3 { pod_list(&pod(body)) } else { pod(body) };
            }
            bodies.last_mut().unwrap().0.truncate(60);
            // Of another kind: an object of a write may be of any, and so may a document.
            match which {
                0..=2 => bodies.push((pod_list(b"{}"), "it is a list")),
                3 => bodies.push((pod(b"{}"), "kind \"Pod\"")),
                4 | 5 => {
                    let body = br#"{"kind":"Pod","status":{"allowed":true}}"#;
                    bodies.push((body.to_vec(), "no SelfSubject"));
                }
                6 => bodies.push((pod(b"{}"), "no list of API groups")),
                _ => {}
            }
            for (body, says) in bodies {
                let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
                let answer = Answer::json(StatusCode::OK, &()).with_body(body);
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                cluster.server.answer(method.clone(), path, answer);
                let error = call(&mut client, which).await.unwrap_err();
                let Error::Protocol(text) = error else { panic!("{error:?} of {shown}") };
                assert!(
                    text.contains(says) && text.contains(path),
                    "{method} {path}: {text:?} of {shown}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn bad_refusals_are_refusals() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = client(cluster.pod().memory_limit(MEMORY)).await;
        let mut bodies: Vec<_> =
            inside().into_iter().map(|(inside, says)| (pod(&inside), says)).collect();
        bodies.extend([
            (b"".to_vec(), "nothing"),
            (br#"{"kind":"Status","status":"Failure","message":"#.to_vec(), "half a Status"),
            (b"<html>no".to_vec(), "a page"),
            (pod_list(b"{}"), "a list"),
        ]);
        for (body, says) in bodies {
            let answer = Answer::json(StatusCode::FORBIDDEN, &()).with_body(body);
            cluster.server.answer(Method::GET, WEB, answer);
            match get(&mut client).await.unwrap_err() {
                Error::Api(status) => {
                    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
                    assert!(status.message.len() < 3000, "{says}: {}", status.message.len());
                    assert_ne!(says, "limit");
                }
                Error::Protocol(text) => assert!(says == "limit" && text.contains(says), "{text}"),
                error => panic!("{says}: {error:?}"),
            }
        }
    })
    .await;
}
