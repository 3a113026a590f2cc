//! The API server of the tests, with pods and a config map.

use super::pods;
use bytes::Bytes;
use host_test::api_server::{Answer, ApiServer, Misbehaviour, Pace, RecordedRequest, Steps};
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
    let watches = Watches::new();
    server.answer_with(Method::GET, path, move |sent: &RecordedRequest| {
        let query = sent.query.as_deref().unwrap_or_default();
        if query.contains("watch=") {
            return watches.answer(sent);
        }
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

/// The answers to watches.
struct Watches {
    state: Bytes,
    metadata: Bytes,
    changes: Bytes,
}

impl Watches {
    fn new() -> Self {
        let body = |events: Vec<String>| Bytes::from(events.concat());
        let complete = |events: Vec<String>| body([events, vec![pods::end()]].concat());
        Self {
            state: complete(pods::watched("ADDED")),
            metadata: complete(pods::metadata_watched()),
            changes: body(pods::watched("MODIFIED")),
        }
    }

    fn answer(&self, sent: &RecordedRequest) -> Answer {
        let is_state = sent.query_parameter("sendInitialEvents").is_some();
        let is_metadata = sent.header("accept").is_some_and(|accept| accept.contains("Partial"));
        let body = match (is_state, is_metadata) {
            (true, true) => &self.metadata,
            (true, false) => &self.state,
            (false, _) => &self.changes,
        };
        // Event by event, as kube-apiserver sends them: all but the bookmark are of the same length.
        let event = body.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let steps = Steps::new();
        steps.release(pods::COUNT + 1);
        let event_by_event = Misbehaviour::SlowBytes { chunk: event, pace: Pace::Stepped(steps) };
        answer(body.clone()).in_chunks().with_misbehaviour(event_by_event)
    }
}

fn answer(body: Bytes) -> Answer {
    Answer::json(StatusCode::OK, &()).with_body(body)
}
