#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::Error;
use crate::client::tests::mounted;
use crate::client::tests::script::{Script, Stage, Step, answer};
use crate::client::{Client, Limits};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// The body of an answer that was recorded from a real API server.
macro_rules! recorded {
    ($name:literal) => {{
        let answer = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/host-test/recorded/",
            $name,
            ".http"
        ));
        answer.split_once("\r\n\r\n").unwrap().1.as_bytes()
    }};
}

mod schemas;

fn aggregated() -> [Script; 2] {
    [answer(200, recorded!("api-aggregated")), answer(200, recorded!("apis-aggregated"))]
}

/// Two groups and a version that is stale.
const GROUPS: &[u8] = br#"{"kind":"APIGroupDiscoveryList","items":[
    {"metadata":{"name":"one.example"},"versions":[
        {"version":"v2","resources":[
            {"resource":"things","responseKind":{"group":"","version":"","kind":"Thing"},
             "singularResource":"thing","scope":"Cluster","verbs":["get"],"shortNames":["th"]}]},
        {"version":"v1","resources":[
            {"resource":"things","responseKind":{"kind":"Thing"},"singularResource":"thing"},
            {"resource":"olds","responseKind":{"kind":"Old"},"singularResource":"old","shortNames":["o"]}]}]},
    {"metadata":{"name":"two.example"},"versions":[
        {"version":"v1","freshness":"Stale","resources":[
            {"resource":"things","responseKind":{"kind":"Thing"},"singularResource":"thing"},
            {"resource":"ths","responseKind":{"kind":"o"},"singularResource":"x"},
            {"resource":"olds","responseKind":{"kind":"Th"},"singularResource":"old"}]}]}]}"#;

fn small() -> [Script; 2] {
    [answer(404, b""), answer(200, GROUPS)]
}

fn found(
    discovery: &Discovery,
    client: &Client<Stage, Stage>,
    name: Option<&str>,
    group: Option<&str>,
    version: Option<&str>,
) -> Vec<String> {
    let take = |found: Vec<Found<'_>>| {
        let path = |found: &Found<'_>| {
            [&found.group.name, &found.version.name, &found.resource.plural]
                .map(String::as_str)
                .join("/")
        };
        found.iter().map(path).collect()
    };
    discovery.find(client, name, group, version, &Limits::default(), take).unwrap()
}

fn paths(stage: &Stage) -> Vec<String> {
    let path = |index| {
        let sent = stage.sent(index);
        sent.url.strip_prefix("https://10.96.0.1:443").unwrap().to_owned()
    };
    (0..stage.attempts()).map(path).collect()
}

#[test]
fn a_real_server_says_all_in_two_answers() {
    let (client, stage) = mounted(aggregated());
    let discovery = Discovery::new();
    let groups = discovery.groups(&client, &Limits::default()).unwrap();
    let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names[..3], ["", "apiregistration.k8s.io", "apps"]);
    assert_eq!(paths(&stage), ["/api", "/apis"]);
    let accept = stage.sent(0).headers.iter().find(|(name, _)| name == "Accept").unwrap().1.clone();
    assert_eq!(
        accept,
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    );

    let deployments = groups[2].versions[0].resources.iter().find(|r| r.plural == "deployments");
    let kind = |group: &str, version: &str, kind: &str| Kind {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
    };
    let texts = |texts: &[&str]| -> Vec<String> { texts.iter().map(|&t| t.into()).collect() };
    assert_eq!(
        *deployments.unwrap(),
        Resource {
            plural: "deployments".into(),
            singular: "deployment".into(),
            kind: kind("apps", "v1", "Deployment"),
            namespaced: true,
            verbs: texts(&[
                "create",
                "delete",
                "deletecollection",
                "get",
                "list",
                "patch",
                "update",
                "watch"
            ]),
            short_names: texts(&["deploy"]),
            categories: texts(&["all"]),
            subresources: vec![
                Subresource {
                    name: "scale".into(),
                    kind: kind("autoscaling", "v1", "Scale"),
                    verbs: texts(&["get", "patch", "update"]),
                },
                Subresource {
                    name: "status".into(),
                    kind: kind("apps", "v1", "Deployment"),
                    verbs: texts(&["get", "patch", "update"]),
                }
            ],
        }
    );
    let all = groups.iter().flat_map(|group| &group.versions).flat_map(|v| &v.resources);
    assert!(all.clone().count() > 50);
    assert!(all.clone().all(|r| !r.plural.is_empty() && !r.verbs.is_empty()));
    assert!(all.clone().any(|r| !r.namespaced));
    let find = |name| found(&discovery, &client, Some(name), None, None);
    for name in ["po", "pods", "pod", "Pod", "PODS"] {
        assert_eq!(find(name), ["/v1/pods"]);
    }
    assert_eq!(find("deploy"), ["apps/v1/deployments"]);
    // The core group first, as kubectl has it, and the other one told.
    assert_eq!(find("events"), ["/v1/events", "events.k8s.io/v1/events"]);
    assert_eq!(stage.attempts(), 2);
}

#[test]
fn both_forms_say_the_same() {
    let (client, _) = mounted(aggregated());
    let aggregated = Discovery::new().groups(&client, &Limits::default()).unwrap();
    let plain = [
        answer(200, recorded!("api")),
        answer(200, recorded!("api-v1")),
        answer(200, br#"{"kind":"APIGroupList","groups":[]}"#),
    ];
    let (client, stage) = mounted(plain);
    let plain = Discovery::new().groups(&client, &Limits::default()).unwrap();
    assert_eq!(paths(&stage), ["/api", "/api/v1", "/apis"]);
    assert_eq!(plain.len(), 1);
    let (aggregated, plain) = (&aggregated[0].versions[0], &plain[0].versions[0]);
    assert_eq!(aggregated.resources.len(), plain.resources.len());
    for (aggregated, plain) in aggregated.resources.iter().zip(&plain.resources) {
        assert_eq!(aggregated, plain);
    }
}

#[test]
fn old_servers_are_asked_for_each_version() {
    const OLD: &[u8] = br#"{"kind":"APIGroupList","groups":[
        {"name":"one.example","versions":[{"version":"v1beta1"},{"version":"v1"},{"version":"v2"}],
         "preferredVersion":{"groupVersion":"one.example/v1","version":"v1"}},
        {"name":"down.example","versions":[{"version":"v1"}]}]}"#;
    const LIST: &[u8] = br#"{"kind":"APIResourceList","resources":[
        {"name":"things/status","kind":"Thing","namespaced":true,"verbs":["get"]},
        {"name":"things","singularName":"","kind":"Thing","namespaced":true,"verbs":["get","list"]},
        {"name":"things/scale","group":"autoscaling","version":"v1","kind":"Scale","verbs":["get"]}]}"#;
    let unavailable =
        br#"{"kind":"Status","code":503,"reason":"ServiceUnavailable","message":"down"}"#;
    let (client, stage) = mounted([
        answer(200, br#"{"kind":"APIVersions","versions":["v1"]}"#),
        answer(200, br#"{"kind":"APIResourceList","resources":[]}"#),
        answer(200, OLD),
        answer(200, LIST),
        answer(200, b"{"),
        answer(404, b""),
        answer(403, unavailable),
    ]);
    let discovery = Discovery::new();
    let groups = discovery.groups(&client, &Limits::default()).unwrap();
    assert_eq!(
        paths(&stage),
        [
            "/api",
            "/api/v1",
            "/apis",
            "/apis/one.example/v1",
            "/apis/one.example/v1beta1",
            "/apis/one.example/v2",
            "/apis/down.example/v1"
        ]
    );
    let versions: Vec<_> = groups[1].versions.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(versions, ["v1", "v1beta1", "v2"]);
    let things = &groups[1].versions[0].resources[0];
    assert_eq!((things.plural.as_str(), things.verbs.len()), ("things", 2));
    assert_eq!(things.subresources.len(), 2);
    assert_eq!(things.subresources[1].kind.group, "autoscaling");
    // A singular name that is not given is that of the kind.
    assert_eq!(found(&discovery, &client, Some("thing"), None, None), ["one.example/v1/things"]);
    // What is missing is told, and hides nothing.
    for version in &groups[1].versions[1..] {
        assert!(matches!(version.freshness, Freshness::Failed(_)), "{version:?}");
    }
    assert_eq!(groups[2].versions[0].freshness, Freshness::Failed("down".into()));
}

#[test]
fn a_version_that_is_not_available_is_not_waited_for_at_length() {
    const LIST: &[u8] = br#"{"kind":"APIGroupList","groups":[{"name":"down.example","versions":[{"version":"v1"}]}]}"#;
    for (retries, attempts) in [(None, 2), (Some(0), 1)] {
        let down = vec![answer(503, b""); attempts];
        let scripts = [answer(404, b""), answer(200, LIST)].into_iter().chain(down);
        let (client, stage) = mounted(scripts);
        let limits = Limits { retries, ..Limits::default() };
        let groups = Discovery::new().groups(&client, &limits).unwrap();
        assert!(matches!(groups[0].versions[0].freshness, Freshness::Failed(_)));
        assert_eq!(stage.attempts(), 2 + attempts);
    }
}

#[test]
fn a_list_of_groups_that_cannot_be_had_is_an_error() {
    for scripts in [
        vec![answer(404, b""), answer(404, b"")],
        vec![answer(403, b"")],
        vec![answer(200, br#"{"kind":"Pod"}"#)],
        vec![answer(200, b"<html>")],
        vec![answer(200, b"{}")],
        vec![answer(404, b""), answer(500, b"")],
    ] {
        let (client, _) = mounted(scripts);
        assert!(Discovery::new().groups(&client, &Limits::default()).is_err());
    }
}

#[test]
fn names_are_looked_up_as_kubectl_does() {
    let (client, stage) = mounted(small());
    let discovery = Discovery::new();
    for (name, group, version, expected) in [
        // Preferred versions, in the order of groups.
        (Some("things"), None, None, &["one.example/v2/things", "two.example/v1/things"][..]),
        (Some("Thing"), None, None, &["one.example/v2/things", "two.example/v1/things"]),
        // Only in a version that is not preferred, and so behind a group that comes later.
        (Some("olds"), None, None, &["two.example/v1/olds", "one.example/v1/olds"]),
        // A short name before a kind.
        (Some("o"), None, None, &["one.example/v1/olds"]),
        (Some("th"), None, None, &["one.example/v2/things"]),
        // A kind, as it is written.
        (Some("Th"), Some("two.example"), None, &["two.example/v1/olds"]),
        (Some("tH"), Some("two.example"), None, &[]),
        (Some("things"), Some("two.example"), None, &["two.example/v1/things"]),
        (Some("things"), Some("two"), None, &["two.example/v1/things"]),
        (Some("things"), Some(""), None, &[]),
        (Some("things"), None, Some("v1"), &["two.example/v1/things", "one.example/v1/things"]),
        (Some("things"), Some("one.example"), Some("v1"), &["one.example/v1/things"]),
        (Some("things"), Some("one.example"), Some("v3"), &[]),
        (Some(""), None, None, &[]),
        (
            None,
            None,
            None,
            &[
                "one.example/v2/things",
                "one.example/v1/olds",
                "two.example/v1/things",
                "two.example/v1/ths",
                "two.example/v1/olds",
            ],
        ),
        (None, Some("one.example"), Some("v1"), &["one.example/v1/things", "one.example/v1/olds"]),
    ] {
        let found = found(&discovery, &client, name, group, version);
        assert_eq!(found, expected, "{name:?} {group:?} {version:?}");
    }
    assert_eq!(stage.attempts(), 2);
}

#[test]
fn what_was_found_is_kept_for_a_while() {
    let (client, stage) = mounted([small(), small(), small(), small()].into_iter().flatten());
    let discovery = Discovery::new();
    let groups = || discovery.groups(&client, &Limits::default()).unwrap();
    let stale = |groups: &[Group]| groups[1].versions[0].freshness == Freshness::Stale;
    assert!(stale(&groups()));
    stage.pod.advance(SECOND * 29);
    groups();
    assert_eq!(stage.attempts(), 2);
    // Not for long, since a version is stale.
    stage.pod.advance(SECOND);
    groups();
    assert_eq!(stage.attempts(), 4);
    // A name that is not known is asked for again, but not again and again.
    let find = || found(&discovery, &client, Some("new"), None, None);
    stage.pod.advance(SECOND * 9);
    assert!(find().is_empty());
    assert_eq!(stage.attempts(), 4);
    stage.pod.advance(SECOND);
    for _ in 0..3 {
        assert!(find().is_empty());
        assert_eq!(stage.attempts(), 6);
    }
    discovery.invalidate();
    groups();
    assert_eq!(stage.attempts(), 8);

    let (client, stage) = mounted(aggregated().into_iter().chain(aggregated()));
    let discovery = Discovery::new();
    for (time, attempts) in [(0, 2), (599, 2), (600, 4), (600 + 599, 4)] {
        stage.pod.now.set(SECOND * time);
        discovery.groups(&client, &Limits::default()).unwrap();
        assert_eq!(stage.attempts(), attempts, "{time}");
    }
}

#[test]
fn a_deadline_is_for_all_requests_together() {
    let slow = |body| Script { head_after: Some(SECOND * 3), ..answer(200, body) };
    let [_, apis] = small();
    let scripts = [
        slow(br#"{"kind":"APIVersions","versions":["v1"]}"#),
        slow(br#"{"kind":"APIResourceList","resources":[]}"#),
        apis,
    ];
    let (client, stage) = mounted(scripts);
    let limits = Limits { deadline: Some(SECOND * 5), ..Limits::default() };
    let error = Discovery::new().groups(&client, &limits).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    assert_eq!(stage.pod.now.get(), SECOND * 5);
}

#[test]
fn the_servers_version() {
    let (client, _) = mounted([answer(200, recorded!("version")), answer(200, b"[]")]);
    let version = ServerVersion::get(&client, Limits::default()).unwrap();
    assert_eq!(
        version,
        ServerVersion {
            major: "1".into(),
            minor: "36".into(),
            git_version: "v1.36.2".into(),
            git_commit: "98b35193b2ac7a23a673325f5e9b830ecd5ba406".into(),
            build_date: "2026-08-21T00:00:00Z".into(),
            platform: "linux/amd64".into(),
        }
    );
    let error = ServerVersion::get(&client, Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
}

#[test]
fn health_is_an_answer_either_way() {
    const WELL: &[u8] = b"[+]ping ok\n[+]etcd excluded: ok\nreadyz check passed\n";
    const ILL: &[u8] =
        b"[+]ping ok\n[-]etcd failed: reason withheld\n[+]shutdown ok\nlivez check failed\n";
    let text = |status, body| Script {
        headers: vec![("content-type", "text/plain")],
        ..answer(status, body)
    };
    let (client, stage) = mounted([
        text(200, WELL),
        text(500, ILL),
        text(500, b"a proxy's"),
        text(403, ILL),
        text(200, b"ok"),
    ]);
    let ask = |probe| Health::get(&client, probe, Limits::default());
    let check = |name: &str, passed, message: &str| Check {
        name: name.into(),
        passed,
        message: message.into(),
    };
    assert_eq!(
        ask(Probe::Ready).unwrap(),
        Health {
            passed: true,
            checks: vec![check("ping", true, "ok"), check("etcd", true, "excluded: ok")]
        }
    );
    assert_eq!(
        ask(Probe::Live).unwrap(),
        Health {
            passed: false,
            checks: vec![
                check("ping", true, "ok"),
                check("etcd", false, "failed: reason withheld"),
                check("shutdown", true, "ok")
            ]
        }
    );
    for code in [500, 403] {
        let Err(Error::Api(status)) = ask(Probe::Live) else { panic!() };
        assert_eq!(status.code, code);
    }
    assert_eq!(ask(Probe::Live).unwrap(), Health { passed: true, checks: Vec::new() });
    assert_eq!(paths(&stage)[..2], ["/readyz?verbose=true", "/livez?verbose=true"]);
}

#[test]
fn health_is_asked_for_once_more_where_the_answer_was_cut() {
    let cut = Script { body: vec![Step::Bytes(b"[+]pi"), Step::Cut], ..answer(200, b"") };
    let well = || answer(200, b"[+]ping ok\n");
    let (client, stage) = mounted([cut.clone(), well(), cut.clone(), cut]);
    let ask = || Health::get(&client, Probe::Live, Limits::default());
    assert_eq!(ask().unwrap().checks.len(), 1);
    assert_eq!((stage.attempts(), stage.pod.now.get()), (2, SECOND));
    assert!(matches!(ask(), Err(Error::Connection(_))));
    assert_eq!(stage.attempts(), 4);

    let silent = Script { body: vec![Step::Silence(SECOND * 500)], ..answer(200, b"") };
    let (client, stage) = mounted([silent]);
    let error = Health::get(&client, Probe::Ready, Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    assert!(stage.pod.now.get() < SECOND * 80);
}

#[test]
fn whatever_a_server_sends_is_read_without_harm() {
    for body in [&b"{\"kind\":\"APIGroupDiscoveryList\"}"[..],
        br#"{"kind":"APIGroupDiscoveryList","items":{}}"#,
        br#"{"kind":"APIGroupDiscoveryList","items":[7,{},{"versions":[{}]},{"versions":[{"resources":[[],{"verbs":{}}]}]}]}"#,
        br#"{"kind":"APIGroupList","groups":[{"versions":[7],"preferredVersion":[]},null]}"#,
        br#"{"kind":"APIVersions"}"#,
    ] {
        let (client, _) = mounted([answer(200, body), answer(404, b"")]);
        Discovery::new().groups(&client, &Limits::default()).unwrap();
    }
    let body = vec![Step::Bytes(GROUPS.split_at(GROUPS.len() - 9).0), Step::Cut];
    let cut = Script { body, ..answer(200, b"") };
    let (client, _) = mounted([cut.clone(), cut]);
    assert!(Discovery::new().groups(&client, &Limits::default()).is_err());
}
