//! Resources that are dropped: what that frees, and that no order of it traps.

use crate::support::{Cluster, connection, get, meanwhile, request, within_reason};
use host_test::api_server::{ApiServer, BodyState, Misbehaviour};
use host_test::pod::client::types::ConnectionFailure;
use host_test::pod::client::{PendingResponse, PodClient, RequestBody, ResponseBody};
use http::Version;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;

/// More than the streams that the server allows on one HTTP/2 connection.
const MANY: usize = 120;

async fn get_api(client: &mut PodClient) {
    let answer = client.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(answer.body.len(), 133);
}

#[tokio::test]
async fn a_dropped_answer_closes_its_connection() {
    within_reason(async {
        let cluster = Cluster::with(ApiServer::builder().without_http2().start().await.unwrap());
        let mut client = cluster.client().await;
        let journal = cluster.server.journal();
        cluster.server.misbehave(Misbehaviour::StallMidBody { after: 100 });
        let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
        let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        assert!(!body.blocking_read(&mut client, 10).await.unwrap().unwrap().unwrap().is_empty());
        assert_eq!(journal.entries().open_connections, 1);
        body.drop(&mut client).await.unwrap();
        journal.wait_until(|entries| entries.open_connections == 0).await;

        cluster.server.misbehave(Misbehaviour::StallBeforeHead);
        let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
        meanwhile(&mut client, &pending, journal.wait_for(2)).await;
        assert_eq!(journal.entries().open_connections, 1);
        pending.drop(&mut client).await.unwrap();
        journal.wait_until(|entries| entries.open_connections == 0).await;
        get_api(&mut client).await;
    })
    .await;
}

#[tokio::test]
async fn a_dropped_answer_frees_what_it_held() {
    within_reason(async {
        let [_, cluster] = Cluster::of_each_version().await;
        let mut client = cluster.client().await;
        let journal = cluster.server.journal();
        cluster.server.misbehave_always(Misbehaviour::StallMidBody { after: 100 });
        for _ in 0..MANY {
            let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
            let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            body.drop(&mut client).await.unwrap();
        }
        cluster.server.behave();
        cluster.server.misbehave_always(Misbehaviour::StallBeforeHead);
        for sent in 1..=MANY {
            let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
            meanwhile(&mut client, &pending, journal.wait_for(MANY + sent)).await;
            pending.drop(&mut client).await.unwrap();
        }
        cluster.server.behave();
        get_api(&mut client).await;
        match cluster.version {
            // A stream of the one connection.
            Version::HTTP_2 => assert_eq!(journal.accepted_connections(), 1),
            // A connection of its own, and only the last one is kept.
            _ => drop(journal.wait_until(|entries| entries.open_connections == 1).await),
        }
    })
    .await;
}

/// A part of a call that is dropped, or its pollable.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    RequestBody,
    Pending,
    ResponseBody,
}

/// Every order in which some things can be dropped.
fn orders(parts: &[Part]) -> Vec<Vec<Part>> {
    if parts.is_empty() {
        return vec![Vec::new()];
    }
    let mut orders = Vec::new();
    for (index, &first) in parts.iter().enumerate() {
        let mut rest = parts.to_vec();
        rest.remove(index);
        orders.extend(self::orders(&rest).into_iter().map(|rest| [vec![first], rest].concat()));
    }
    orders
}

/// What there is of a call, each with a pollable that was taken from it.
struct Parts {
    request_body: Option<(RequestBody, Resource<DynPollable>)>,
    pending: Option<(PendingResponse, Resource<DynPollable>)>,
    response_body: Option<(ResponseBody, Resource<DynPollable>)>,
}

impl Parts {
    /// Drops a part, its own pollable just before it, and uses all that is left.
    async fn drop(&mut self, client: &mut PodClient, part: Part) {
        match part {
            Part::RequestBody => {
                let (body, pollable) = self.request_body.take().unwrap();
                client.drop_pollable(pollable).await.unwrap();
                body.drop(client).await.unwrap();
            }
            Part::Pending => {
                let (pending, pollable) = self.pending.take().unwrap();
                client.drop_pollable(pollable).await.unwrap();
                pending.drop(client).await.unwrap();
            }
            Part::ResponseBody => {
                let (body, pollable) = self.response_body.take().unwrap();
                client.drop_pollable(pollable).await.unwrap();
                body.drop(client).await.unwrap();
            }
        }
        // Whatever comes of it, the instance lives.
        if let Some((body, pollable)) = &self.request_body {
            let _ = client.is_ready(pollable).await.unwrap();
            let _ = body.write(client, b"more").await.unwrap();
        }
        if let Some((pending, pollable)) = &self.pending {
            let _ = client.is_ready(pollable).await.unwrap();
            let _ = pending.response(client).await.unwrap();
        }
        if let Some((body, pollable)) = &self.response_body {
            let _ = client.is_ready(pollable).await.unwrap();
            let _ = body.read(client, 10).await.unwrap();
        }
    }
}

#[tokio::test]
async fn parts_of_a_call_may_be_dropped_in_any_order() {
    within_reason(async {
        let [http1, http2] = Cluster::of_each_version().await;
        for cluster in [&http1, &http2] {
            let mut client = cluster.client().await;
            // Before the answer came, and after.
            for order in orders(&[Part::RequestBody, Part::Pending]) {
                let mut parts = begin(&mut client).await;
                for part in order {
                    parts.drop(&mut client, part).await;
                }
                get_api(&mut client).await;
            }
            for order in orders(&[Part::RequestBody, Part::Pending, Part::ResponseBody]) {
                cluster.server.misbehave(Misbehaviour::EarlyResponse);
                let mut parts = begin(&mut client).await;
                let (pending, _) = parts.pending.as_ref().unwrap();
                let answer = pending.blocking_response(&mut client).await.unwrap();
                let (head, body) = answer.unwrap();
                assert_eq!(head.status, 413);
                let pollable = body.subscribe(&mut client).await.unwrap();
                parts.response_body = Some((body, pollable));
                for part in order {
                    parts.drop(&mut client, part).await;
                }
                get_api(&mut client).await;
            }
        }
    })
    .await;
}

async fn begin(client: &mut PodClient) -> Parts {
    let upload = client.upload(&request("POST", "/upload"), None).await.unwrap();
    let (body, pending) = upload.unwrap();
    body.blocking_write(client, b"some").await.unwrap().unwrap();
    let writable = body.subscribe(client).await.unwrap();
    let answered = pending.subscribe(client).await.unwrap();
    Parts {
        request_body: Some((body, writable)),
        pending: Some((pending, answered)),
        response_body: None,
    }
}

#[tokio::test]
async fn an_upload_whose_answer_is_not_wanted_is_cancelled() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let (body, pending) =
                client.upload(&request("POST", "/upload"), Some(8)).await.unwrap().unwrap();
            body.blocking_write(&mut client, b"some").await.unwrap().unwrap();
            let journal = cluster.server.journal();
            let arrived =
                journal.wait_until(|entries| entries.requests.iter().any(|r| r.body == b"some"));
            meanwhile(&mut client, &pending, arrived).await;
            pending.drop(&mut client).await.unwrap();
            let requests = journal.wait_for(1).await;
            assert_eq!(requests[0].body_state, BodyState::Broken);
            let error = body.blocking_write(&mut client, b"more").await.unwrap().unwrap_err();
            assert_eq!(connection(error).failure, ConnectionFailure::Terminated);
            body.drop(&mut client).await.unwrap();
            get_api(&mut client).await;
        }
    })
    .await;
}
