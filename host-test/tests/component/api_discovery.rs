//! `discovery`: what the API server serves, by what a real one was recorded to say of it.

use crate::support::{
    Cluster, assert_error, limits, milliseconds, on_both_versions, status, within_reason,
};
use host_test::api_server::{Answer, Misbehaviour};
use host_test::pod::client::PodClient;
use host_test::pod::client::discovery::{Freshness, Probe};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

async fn names(client: &mut PodClient, name: &str, group: Option<&str>) -> Vec<String> {
    let found = client.resources(Some(name), group, None, None).await.unwrap().unwrap();
    let name = |found: host_test::pod::client::discovery::ResourceInfo| {
        let resource = found.resource;
        [resource.group, resource.version, resource.resource].join("/")
    };
    found.into_iter().map(name).collect()
}

fn paths(cluster: &Cluster) -> Vec<String> {
    cluster.server.journal().requests().into_iter().map(|request| request.path).collect()
}

#[tokio::test]
async fn names_of_all_sorts_lead_to_resources() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let groups = client.groups(None).await.unwrap().unwrap();
        assert_eq!((groups[0].name.as_str(), groups[2].name.as_str()), ("", "apps"));
        assert_eq!(groups[0].versions[0].version, "v1");
        let mut versions = groups.iter().flat_map(|group| &group.versions);
        assert!(versions.all(|version| matches!(version.freshness, Freshness::Current)));
        for name in ["po", "pods", "pod", "Pod"] {
            assert_eq!(names(&mut client, name, None).await, ["/v1/pods"]);
        }
        let both = ["/v1/events", "events.k8s.io/v1/events"];
        assert_eq!(names(&mut client, "ev", None).await, both);
        assert_eq!(names(&mut client, "ev", Some("events.k8s.io")).await, both[1..]);
        assert!(names(&mut client, "nothings", None).await.is_empty());

        let found = client.resources(Some("deploy"), None, None, None).await.unwrap().unwrap();
        let [deployments] = found.try_into().unwrap();
        assert_eq!(deployments.kind.kind, "Deployment");
        assert_eq!((deployments.kind.group.as_str(), deployments.namespaced), ("apps", true));
        assert_eq!(deployments.singular, "deployment");
        assert_eq!(deployments.categories, ["all"]);
        assert!(deployments.verbs.contains(&"deletecollection".to_owned()));
        let scale = deployments.subresources.iter().find(|sub| sub.name == "scale").unwrap();
        assert_eq!((scale.kind.group.as_str(), scale.kind.kind.as_str()), ("autoscaling", "Scale"));
        let all = client.resources(None, None, None, None).await.unwrap().unwrap();
        assert!(all.len() > 50 && all.iter().any(|resource| !resource.namespaced));

        // Asked for once, in the form in which all of it comes at once.
        assert_eq!(paths(cluster), ["/api", "/apis"]);
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        let sent = cluster.server.journal().requests();
        assert!(sent[0].header("accept").unwrap().starts_with(accept));
    })
    .await;
}

#[tokio::test]
async fn what_was_found_is_kept_for_ten_minutes_or_until_it_is_forgotten() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    for (advance, requests) in [(0, 2), (599, 2), (1, 4), (9, 4)] {
        cluster.clock.advance(Duration::from_secs(advance));
        client.groups(None).await.unwrap().unwrap();
        assert_eq!(paths(&cluster).len(), requests);
    }
    client.invalidate().await.unwrap();
    client.groups(None).await.unwrap().unwrap();
    assert_eq!(paths(&cluster).len(), 6);

    // A new custom resource is found once it is there.
    let thing = json!({"kind": "APIGroupDiscoveryList", "items": [{
        "metadata": {"name": "example.com"},
        "versions": [{"version": "v1", "resources": [{"resource": "things", "responseKind": {"kind": "Thing"}}]}],
    }]});
    assert!(names(&mut client, "things", None).await.is_empty());
    cluster.server.answer(Method::GET, "/apis", Answer::json(StatusCode::OK, &thing));
    assert!(names(&mut client, "things", None).await.is_empty());
    cluster.clock.advance(Duration::from_secs(10));
    assert_eq!(names(&mut client, "things", None).await, ["example.com/v1/things"]);
}

/// A server without aggregated discovery, where a part is out of reach.
fn old(cluster: &Cluster) {
    let answer = |path: &str, value: &Value| {
        cluster.server.answer(Method::GET, path, Answer::json(StatusCode::OK, value));
    };
    answer("/api", &json!({"kind": "APIVersions", "versions": ["v1"]}));
    answer(
        "/apis",
        &json!({"kind": "APIGroupList", "groups": [
            {"name": "example.com", "versions": [{"version": "v1alpha1"}, {"version": "v1"}],
             "preferredVersion": {"version": "v1"}},
            {"name": "down.example.com", "versions": [{"version": "v1"}]},
        ]}),
    );
    let things = json!({"kind": "APIResourceList", "resources": [
        {"name": "things", "singularName": "thing", "kind": "Thing", "namespaced": true, "verbs": ["get"]},
        {"name": "things/status", "kind": "Thing", "namespaced": true, "verbs": ["get", "patch"]},
    ]});
    answer("/apis/example.com/v1", &things);
    answer("/apis/example.com/v1alpha1", &things);
    let unavailable =
        Answer::text(StatusCode::SERVICE_UNAVAILABLE, "error trying to reach service\n");
    cluster.server.answer(Method::GET, "/apis/down.example.com/v1", unavailable);
}

#[tokio::test]
async fn a_part_that_is_out_of_reach_is_told_and_hides_nothing() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    old(&cluster);
    let mut once = limits();
    once.retries = Some(0);
    let groups = client.groups(Some(once)).await.unwrap().unwrap();
    assert_eq!(groups.len(), 3);
    assert_eq!(groups[1].versions[0].version, "v1");
    let Freshness::Failed(why) = &groups[2].versions[0].freshness else { panic!("{groups:?}") };
    assert!(why.contains("error trying to reach service"), "{why}");
    let things = ["example.com/v1/things"];
    assert_eq!(names(&mut client, "Thing", None).await, things);
    let alpha = client.resources(Some("things"), None, Some("v1alpha1"), None).await.unwrap();
    assert_eq!(alpha.unwrap()[0].subresources[0].name, "status");
    assert_eq!(names(&mut client, "pods", None).await, ["/v1/pods"]);
    // Not kept as long as what is complete.
    let before = paths(&cluster).len();
    cluster.clock.advance(Duration::from_secs(30));
    cluster.server.behave();
    client.groups(Some(once)).await.unwrap().unwrap();
    assert_eq!(paths(&cluster).len(), 2 * before);

    let stale = json!({"kind": "APIGroupDiscoveryList", "items": [{
        "metadata": {"name": "stale.example.com"},
        "versions": [{"version": "v1", "freshness": "Stale"}],
    }]});
    cluster.server.answer(Method::GET, "/apis", Answer::json(StatusCode::OK, &stale));
    client.invalidate().await.unwrap();
    let groups = client.groups(None).await.unwrap().unwrap();
    assert!(matches!(groups[1].versions[0].freshness, Freshness::Stale), "{groups:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_of_itself_is_an_error_within_the_deadline() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = cluster.client().await;
        cluster.server.misbehave(Misbehaviour::StallBeforeHead);
        let mut deadline = limits();
        deadline.deadline = milliseconds(300);
        let error = client.groups(Some(deadline)).await.unwrap().unwrap_err();
        assert_error(&error, "deadline-exceeded", &[]);
        cluster.server.answer(Method::GET, "/apis", Answer::text(StatusCode::OK, "{\"kind\":"));
        let error = client.groups(None).await.unwrap().unwrap_err();
        assert_error(&error, "protocol", &["/apis"]);
        cluster.server.answer(Method::GET, "/apis", Answer::new(StatusCode::FORBIDDEN));
        let error = client.resources(Some("pods"), None, None, None).await.unwrap().unwrap_err();
        assert_eq!(status(error).reason, "Forbidden");
    })
    .await;
}

#[tokio::test]
async fn version_and_health() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let version = client.server_version(None).await.unwrap().unwrap();
        assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "36"));
        assert_eq!(version.git_version, "v1.36.2");

        let well = "[+]ping ok\n[+]etcd ok\nreadyz check passed\n";
        cluster.server.answer(Method::GET, "/readyz", Answer::text(StatusCode::OK, well));
        let ill = "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n";
        let answer = Answer::text(StatusCode::INTERNAL_SERVER_ERROR, ill);
        cluster.server.answer(Method::GET, "/livez", answer);
        let ready = client.health(Probe::Ready, None).await.unwrap().unwrap();
        assert!(ready.passed && ready.checks.iter().all(|check| check.passed));
        let live = client.health(Probe::Live, None).await.unwrap().unwrap();
        assert!(!live.passed && live.checks[0].passed && !live.checks[1].passed);
        assert_eq!(live.checks[1].name, "etcd");
        assert_eq!(live.checks[1].message, "failed: reason withheld");
        cluster.server.answer(Method::GET, "/livez", Answer::new(StatusCode::FORBIDDEN));
        let error = client.health(Probe::Live, None).await.unwrap().unwrap_err();
        assert_eq!(status(error).code, 403);
    })
    .await;
}

#[tokio::test]
async fn schemas_come_by_the_addresses_of_their_index() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let documents = client.openapi_documents(None).await.unwrap().unwrap();
        let core = documents.iter().find(|document| document.name == "api/v1").unwrap();
        assert_eq!(core.hash.len(), 128);
        let document = json!({"openapi": "3.0.0", "paths": {"x": "y".repeat(2 << 20)}});
        let path = "/openapi/v3/api/v1";
        cluster.server.answer(Method::GET, path, Answer::json(StatusCode::OK, &document));
        let read = client.openapi_document("api/v1", None).await.unwrap().unwrap().unwrap();
        assert!(serde_json::from_str::<Value>(&read).unwrap() == document);
        let sent = cluster.server.journal().requests();
        assert_eq!(sent[1].query.as_deref(), Some(format!("hash={}", core.hash).as_str()));
        assert!(client.openapi_document("api/v9", None).await.unwrap().unwrap().is_none());

        // A document that has changed since is found under its new address.
        let index =
            json!({"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1?hash=02"}}});
        cluster.server.answer(Method::GET, "/openapi/v3", Answer::json(StatusCode::OK, &index));
        let moved = Answer::new(StatusCode::MOVED_PERMANENTLY)
            .with_header(header::LOCATION, "/openapi/v3/api/v1?hash=02".parse().unwrap());
        cluster.server.misbehave(Misbehaviour::Status(moved));
        let read = client.openapi_document("api/v1", None).await.unwrap().unwrap().unwrap();
        assert!(read.contains("3.0.0"));
        let last = cluster.server.journal().requests().pop().unwrap();
        assert_eq!((last.path.as_str(), last.query.as_deref()), (path, Some("hash=02")));
    })
    .await;
}
