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
    state: Events,
    metadata: Events,
    changes: Events,
}

impl Watches {
    fn new() -> Self {
        let partial = pods::end("PartialObjectMetadata", "meta.k8s.io/v1");
        Self {
            state: Events::new(pods::watched("ADDED"), Some(pods::end("Pod", "v1"))),
            metadata: Events::new(pods::metadata_watched(), Some(partial)),
            changes: Events::new(pods::watched("MODIFIED"), None),
        }
    }

    fn answer(&self, sent: &RecordedRequest) -> Answer {
        let is_state = sent.query_parameter("sendInitialEvents").is_some();
        let is_metadata = sent.header("accept").is_some_and(|accept| accept.contains("Partial"));
        match (is_state, is_metadata) {
            (true, true) => self.metadata.answer(),
            (true, false) => self.state.answer(),
            (false, _) => self.changes.answer(),
        }
    }
}

/// Events of the same length, and something that is never sent.
struct Events {
    body: Bytes,
    length: usize,
    count: usize,
}

impl Events {
    fn new(mut events: Vec<String>, end: Option<String>) -> Self {
        let length = events[0].len();
        // Blank lines are nothing.
        events.extend(end.map(|end| format!("{end:\n<length$}")));
        assert!(events.iter().all(|event| event.len() == length));
        Self { body: (events.concat() + "\n").into(), length, count: events.len() }
    }

    /// Sends event by event, as kube-apiserver does, and then nothing.
    fn answer(&self) -> Answer {
        let steps = Steps::new();
        steps.release(self.count);
        let pace = Pace::Stepped(steps);
        let event_by_event = Misbehaviour::SlowBytes { chunk: self.length, pace };
        answer(self.body.clone()).in_chunks().with_misbehaviour(event_by_event)
    }
}

fn answer(body: Bytes) -> Answer {
    Answer::json(StatusCode::OK, &()).with_body(body)
}
