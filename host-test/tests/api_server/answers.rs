//! What the server answers, against what a real one was recorded to answer.

use bytes::Bytes;
use host_test::api_server::{Answer, ApiServer};
use http::header::{ACCEPT, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, StatusCode, Version};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::VERSIONS;
use crate::client::{Whole, get, request, server_and_client, within_reason};

const PODS: &str = "/api/v1/namespaces/shop/pods";
const CONFIG_MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const JSON: &str = "application/json";

/// Compares an answer with a recording, byte for byte in the body, and in all headers but the date.
fn assert_recorded(answer: &Whole, recorded: &str, version: Version) {
    let (head, body) = recorded.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    assert_eq!(&first[9..12], answer.status.as_str());
    assert_eq!(answer.body, body, "{first}");
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        let framing = name == "Transfer-Encoding";
        if name != "Date" && !(framing && version == Version::HTTP_2) {
            assert_eq!(answer.headers.get(name).unwrap(), value, "{first}: {name}");
        }
    }
    assert!(answer.headers.contains_key("date"));
}

fn accepting(server: &ApiServer, path: &str, accept: &str) -> Request<Full<Bytes>> {
    let mut request = get(server, path);
    request.headers_mut().insert(ACCEPT, accept.parse().unwrap());
    request
}

macro_rules! recorded {
    ($file:literal) => {
        include_str!(concat!("../../recorded/", $file))
    };
}

#[tokio::test]
async fn reads_are_answered_as_recorded() {
    within_reason(async {
        let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList, application/json";
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        let metadata = "application/json; as=PartialObjectMetadataList; v=v1; g=meta.k8s.io";
        let limited = format!("{PODS}?limit=2");
        let one = format!("{PODS}/web-1");
        let none = format!("{PODS}/nope");
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            for (path, accept, recorded) in [
                ("/api", JSON, recorded!("api.http")),
                ("/api", aggregated, recorded!("api-aggregated.http")),
                ("/apis", aggregated, recorded!("apis-aggregated.http")),
                ("/api/v1", JSON, recorded!("api-v1.http")),
                ("/version", JSON, recorded!("version.http")),
                ("/openapi/v3", JSON, recorded!("openapi-v3-index.http")),
                (&limited, JSON, recorded!("pods-limit-2.http")),
                (PODS, table, recorded!("pods-table.http")),
                (PODS, metadata, recorded!("pods-metadata.http")),
                (&one, JSON, recorded!("pod.http")),
                (&none, JSON, recorded!("error-404.http")),
            ] {
                let request = accepting(&server, path, accept);
                let answer = client.whole(request).await.unwrap();
                assert_recorded(&answer, recorded, version);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn writes_are_answered_as_recorded() {
    within_reason(async {
        let config_map = |name: &str| {
            json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}})
        };
        let mut warned = config_map("warned");
        warned["dta"] = json!({});
        let review = json!({
            "kind": "SelfSubjectReview",
            "apiVersion": "authentication.k8s.io/v1",
        });
        let can_i = json!({
            "kind": "SelfSubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "spec": {"resourceAttributes": {"namespace": "shop", "verb": "list", "resource": "pods"}},
        });
        let web = config_map("web").to_string();
        let bad = config_map("Bad_Name").to_string();
        let applied = format!("{CONFIG_MAPS}/applied?fieldManager=");
        let by_one = format!("{applied}one");
        let by_two = format!("{applied}two");
        let patched = format!("{CONFIG_MAPS}/web");
        let (post, patch) = (Method::POST, Method::PATCH);
        let apply = "application/apply-patch+yaml";
        let reviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let access_reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            for (method, path, content_type, body, recorded) in [
                (&post, CONFIG_MAPS, JSON, &web, recorded!("error-409-exists.http")),
                (&post, CONFIG_MAPS, JSON, &bad, recorded!("error-422.http")),
                (&post, CONFIG_MAPS, JSON, &"{not json".to_owned(), recorded!("error-400.http")),
                (&patch, &patched, "text/css", &web, recorded!("error-415.http")),
                (&post, CONFIG_MAPS, JSON, &warned.to_string(), recorded!("warning-unknown-field.http")),
                (&patch, &by_one, apply, &web, recorded!("apply-201.http")),
                (&patch, &by_two, apply, &web, recorded!("error-409-apply-conflict.http")),
                (&patch, &patched, "application/merge-patch+json", &web, recorded!("merge-patch-200.http")),
                (&post, reviews, JSON, &review.to_string(), recorded!("whoami.http")),
                (&post, access_reviews, JSON, &can_i.to_string(), recorded!("can-i.http")),
            ] {
                let request = request(&server, method.clone(), path, content_type, body.clone());
                let answer = client.whole(request).await.unwrap();
                assert_recorded(&answer, recorded, version);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_not_recorded_is_made_from_what_was() {
    within_reason(async {
        let (server, mut client) = server_and_client(Version::HTTP_2).await;
        let names = |list: &Value| -> Vec<String> {
            let items = list["items"].as_array().unwrap().iter();
            items.map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
        };
        let all = client.get(&server, PODS).await.unwrap().json();
        assert_eq!(names(&all), ["web-1", "web-2", "web-3"]);
        assert_eq!(all["metadata"]["continue"], Value::Null);

        // Page by page, the first of which was recorded with its continue token.
        let first = client.get(&server, &format!("{PODS}?limit=2")).await.unwrap().json();
        assert_eq!(first["items"][0], all["items"][0]);
        let token = first["metadata"]["continue"].as_str().unwrap();
        let next = format!("{PODS}?limit=2&continue={token}");
        assert_eq!(names(&client.get(&server, &next).await.unwrap().json()), ["web-3"]);
        let one = client.get(&server, &format!("{PODS}?limit=1")).await.unwrap().json();
        assert_eq!(one["metadata"]["remainingItemCount"], 2);
        let invalid = client.get(&server, &format!("{PODS}?continue=nonsense")).await.unwrap();
        assert_eq!(invalid.status, StatusCode::BAD_REQUEST);

        let groups = client.get(&server, "/apis").await.unwrap().json();
        assert_eq!(groups["kind"], "APIGroupList");
        let apps = groups["groups"].as_array().unwrap().iter();
        let apps = apps.clone().find(|group| group["name"] == "apps").unwrap();
        assert_eq!(apps["preferredVersion"]["groupVersion"], "apps/v1");

        let new = json!({"metadata": {"name": "new"}, "data": {"a": "1"}}).to_string();
        let made = client.whole(request(&server, Method::POST, CONFIG_MAPS, JSON, new)).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED);
        assert_eq!(made.headers.get("warning"), None);
        assert_eq!(made.json()["metadata"]["name"], "new");
        assert_eq!(made.json()["data"], json!({"a": "1"}));

        let question = json!({"spec": {"resourceAttributes": {"namespace": "shop", "verb": "get", "resource": "secrets"}}});
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let asked = request(&server, Method::POST, path, JSON, question.to_string());
        let answer = client.whole(asked).await.unwrap().json();
        assert_eq!(answer["status"], json!({"allowed": false}));

        let unknown = client.get(&server, "/api/v1/namespaces/shop/nonsense").await.unwrap();
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert_eq!(unknown.json()["message"], "the server could not find the requested resource");
        let unknown = client.get(&server, "/openapi/v4").await.unwrap();
        assert_eq!(unknown.body, "404 page not found\n");

        let mut html = get(&server, PODS);
        html.headers_mut().insert("accept", "text/html".parse().unwrap());
        assert_eq!(client.whole(html).await.unwrap().json()["reason"], "NotAcceptable");
        for (query, status) in [("", 400), ("&watch=true", 500)] {
            let path = format!("{PODS}?resourceVersion=none{query}");
            let refused = client.get(&server, &path).await.unwrap();
            assert_eq!(refused.status, status);
            assert_eq!(refused.json()["code"], status);
        }
    })
    .await;
}

#[tokio::test]
async fn recorded_framing_is_kept_over_http1() {
    within_reason(async {
        let (server, mut client) = server_and_client(Version::HTTP_11).await;
        let short = client.get(&server, "/api").await.unwrap();
        assert_eq!(short.headers.get(CONTENT_LENGTH).unwrap(), "182");
        assert_eq!(short.headers.get(TRANSFER_ENCODING), None);
        let long = client.get(&server, "/api/v1").await.unwrap();
        assert_eq!(long.headers.get(CONTENT_LENGTH), None);
        assert_eq!(long.headers.get(TRANSFER_ENCODING).unwrap(), "chunked");
    })
    .await;
}

#[tokio::test]
async fn tests_add_routes_that_compute_their_answers() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            let fixed = Answer::text(StatusCode::IM_A_TEAPOT, "short and stout");
            server.answer(Method::GET, "/teapot", fixed);
            server.answer_with(Method::PUT, "/upload", |request| {
                Answer::json(StatusCode::OK, &json!({"bytes": request.body.len()}))
            });
            let teapot = client.get(&server, "/teapot?handle=1").await.unwrap();
            assert_eq!(
                (teapot.status, &teapot.body[..]),
                (StatusCode::IM_A_TEAPOT, &b"short and stout"[..])
            );
            let upload = request(&server, Method::PUT, "/upload", JSON, vec![7; 700_000]);
            let answer = client.whole(upload).await.unwrap();
            assert_eq!(answer.json()["bytes"], 700_000);

            let mut anonymous = get(&server, "/teapot");
            anonymous.headers_mut().remove("authorization");
            let refused = client.whole(anonymous).await.unwrap();
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
        }
    })
    .await;
}
