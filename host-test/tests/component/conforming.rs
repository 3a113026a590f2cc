//! The table of `objects` against the server of the tests: what goes over the wire.

use crate::conformance::{Exchange, Server, Way, parts, run};
use crate::support::{Cluster, within_reason};
use host_test::api_server::{Answer, ApiServer, NAMESPACE, RecordedRequest};
use http::{Method, StatusCode, header};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Mutex;

/// Gives the answers of the table, in the order of the exchanges.
struct Scripted<'a>(&'a ApiServer);

impl Server for Scripted<'_> {
    fn prepare(&self, exchanges: &[Exchange]) {
        self.0.journal().clear();
        let paths: Vec<&str> = exchanges.iter().map(|exchange| path(exchange).0).collect();
        assert!(paths.windows(2).all(|pair| pair[0] == pair[1]), "one call asks at one path");
        let first = &exchanges[0];
        let method = Method::from_bytes(first.method.as_bytes()).unwrap();
        let answers: VecDeque<Answer> = exchanges.iter().map(answer).collect();
        let answers = Mutex::new(answers);
        self.0.answer_with(method, paths[0], move |_| {
            let next = answers.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Answer::new(StatusCode::IM_A_TEAPOT))
        });
    }

    fn check(&self, exchanges: &[Exchange]) {
        let requests = self.0.journal().requests();
        assert_eq!(requests.len(), exchanges.len(), "{requests:#?}");
        for (sent, exchange) in requests.iter().zip(exchanges) {
            check(sent, exchange);
        }
    }
}

fn path(exchange: &Exchange) -> (&str, Option<&str>) {
    match exchange.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&exchange.path, None),
    }
}

fn answer(exchange: &Exchange) -> Answer {
    let status = StatusCode::from_u16(exchange.status).unwrap();
    let mut body = exchange.answer.to_string();
    if exchange.answer["items"].is_array() && exchange.answer["items"][0]["kind"].is_null() {
        // Go writes the fields of its types in their order, and those of custom resources sorted.
        let fields = ["kind", "apiVersion", "metadata", "items"];
        let fields = fields.map(|field| format!("{field:?}:{}", exchange.answer[field]));
        body = format!("{{{}}}", fields.join(","));
    }
    let mut answer = Answer::json(status, &()).with_body(body);
    for text in &exchange.warnings {
        let warning = format!("299 - {text:?}").parse().unwrap();
        answer.headers.append(header::WARNING, warning);
    }
    answer
}

fn check(sent: &RecordedRequest, exchange: &Exchange) {
    let (path, query) = path(exchange);
    assert_eq!((sent.method.as_str(), sent.path.as_str()), (exchange.method, path));
    assert_eq!(sent.query.as_deref(), query);
    if exchange.is_made {
        let expected: Value = serde_json::from_str(&exchange.body).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap(), expected);
    } else {
        assert_eq!(String::from_utf8_lossy(&sent.body), exchange.body);
    }
    assert_eq!(sent.header("content-type"), exchange.content_type);
    assert_eq!(sent.header("accept"), Some(exchange.accept));
}

#[tokio::test]
async fn objects_are_asked_for_as_the_table_says() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = cluster.client().await;
        let server = Scripted(&cluster.server);
        for way in [Way::Waiting, Way::Asking] {
            for part in parts() {
                let different = run(&mut client, &server, NAMESPACE, part, way).await;
                assert!(different.is_empty(), "{way:?}: {different:#?}");
            }
        }
    })
    .await;
}
