//! The API server of the tests, with pods and a config map.

use super::pods;
use bytes::Bytes;
use host_test::api_server::{Answer, ApiServer, RecordedRequest};
use http::{Method, StatusCode};
use serde_json::json;

/// How many pods a page has: what each client asks for.
const PAGE: usize = 500;

pub(crate) async fn start() -> ApiServer {
    let server = ApiServer::builder().start().await.unwrap();
    let pods = pods::listed();
    let last = pods.len().div_ceil(PAGE) - 1;
    let page = |(index, pods): (usize, &[String])| {
        let next = match index < last {
            true => format!(r#","continue":"{}""#, index + 1),
            false => String::new(),
        };
        let items = pods.join(",");
        Bytes::from(format!(
            r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"7"{next}}},"items":[{items}]}}"#
        ))
    };
    let pages: Vec<Bytes> = pods.chunks(PAGE).enumerate().map(page).collect();
    let path = "/api/v1/namespaces/shop/pods";
    server.answer_with(Method::GET, path, move |sent: &RecordedRequest| {
        let query = sent.query.as_deref().unwrap_or_default();
        assert!(query.contains("limit=500"), "{query}");
        let token = query.split('&').find_map(|pair| pair.strip_prefix("continue="));
        let page = token.map_or(0, |token| token.parse().unwrap());
        answer(pages[page].clone())
    });
    let small = json!({
        "kind": "ConfigMap", "apiVersion": "v1", "data": {"key": "value"},
        "metadata": {"name": "small", "namespace": "shop", "resourceVersion": "7"},
    });
    let path = "/api/v1/namespaces/shop/configmaps/small";
    server.answer(Method::GET, path, answer(small.to_string().into()));
    server
}

fn answer(body: Bytes) -> Answer {
    Answer::json(StatusCode::OK, &()).with_body(body)
}
