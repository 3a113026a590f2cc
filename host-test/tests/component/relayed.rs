//! A cluster whose API server is reached through a relay.

use crate::relay::{By, Record, Relay, Step};
use crate::support::{Cluster, client, connection, get, get_within};
use host_test::api_server::{Answer, ApiServer};
use host_test::pod::client::types::{ConnectionFailure, Error};
use host_test::pod::client::{PodClient, rest};
use http::{Method, StatusCode};

/// A cluster whose pods reach its API server through a relay.
pub(crate) struct Relayed {
    pub(crate) cluster: Cluster,
    pub(crate) relay: Relay,
}

/// What is asked for: an answer that takes several records.
pub(crate) const PATH: &str = "/long";

impl Relayed {
    /// HTTP/1.1 is spoken, so that both components have the same to say.
    pub(crate) async fn start() -> Self {
        let server = ApiServer::builder().without_http2().start().await.unwrap();
        let answer = Answer::text(StatusCode::OK, body());
        server.answer(Method::GET, PATH, answer.clone());
        server.answer(Method::POST, PATH, answer);
        let relay = Relay::start(server.address()).await;
        Self { cluster: Cluster::with(server), relay }
    }

    /// The component in a new pod: it has no connection.
    pub(crate) async fn client(&self) -> PodClient {
        client(self.cluster.pod_at("127.0.0.1", self.relay.address())).await
    }

    /// The records of one side for one request over a connection of its own.
    pub(crate) async fn records(&self, by: By) -> Vec<Record> {
        let before = self.relay.seen().records.len();
        assert_answered(self.client().await.send(&get(PATH), None).await.unwrap());
        let seen = self.relay.seen().records.split_off(before).into_iter();
        seen.filter(|record| record.by == by && !record.may_be_alert()).collect()
    }

    /// Sends a request over a connection that is meddled with. Whatever comes of it, it was received once at most,
    /// the token is not shown, and the next request works. Returns how often it was received.
    pub(crate) async fn send(
        &self,
        what: &str,
        limits: rest::Limits,
        rule: impl FnMut(&Record) -> Vec<Step> + Send + 'static,
    ) -> (usize, Result<rest::Response, Error>) {
        let journal = self.cluster.server.journal();
        journal.clear();
        self.relay.meddle(rule);
        let mut client = self.client().await;
        let once = get_within(PATH, rest::Limits { retries: Some(0), ..limits });
        let sent = client.send(&once, None).await.unwrap();
        self.relay.pass();
        let received = journal.requests().len();
        assert!(received <= 1, "{what}: received {received} times");
        if let Err(error) = &sent {
            self.cluster.assert_shows_no_token(error);
            let url = format!("https://{}", self.relay.address());
            assert!(format!("{error:?}").contains(&url), "{what}: {error:?}");
        }
        assert_answered(client.send(&get(PATH), None).await.unwrap());
        (received, sent)
    }
}

fn body() -> String {
    "a line of it\n".repeat(3000)
}

#[track_caller]
pub(crate) fn assert_answered(sent: Result<rest::Response, Error>) {
    let answer = sent.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(answer.body == body().into_bytes(), "{} bytes", answer.body.len());
}

#[track_caller]
pub(crate) fn assert_failed(
    what: &str,
    sent: Result<rest::Response, Error>,
    as_one_of: &[ConnectionFailure],
) {
    let error = connection(sent.expect_err(what));
    assert!(as_one_of.contains(&error.failure), "{what}: {error:?}");
}
