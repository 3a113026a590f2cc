//! Watches: kube-client's own, and kube-runtime's on top of it.

use super::stage::{Script, Stage, Step, answer};
use futures_util::{StreamExt as _, TryStreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube_client::Api;
use kube_client::api::{WatchEvent, WatchParams};
use kube_runtime::watcher::{Config, Event, watcher};
use serde_json::{Value, json};

fn pod(name: &str, version: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "resourceVersion": version},
    })
}

/// Lines of a watch, and what comes after them.
fn events(events: &[(&str, &str, &str)], then: Step) -> Script {
    let line = |(kind, name, version): &(&str, &str, &str)| {
        format!("{}\n", json!({"type": kind, "object": pod(name, version)}))
    };
    let bytes = events.iter().map(line).collect::<String>().into_bytes();
    Script(200, vec![Step::Bytes(bytes), then])
}

#[tokio::test]
async fn a_watch_that_is_cut_has_ended() {
    let mut script = events(&[("ADDED", "a", "6")], Step::Cut);
    // In the middle of a line.
    script.1.insert(1, Step::Bytes(br#"{"type":"MODIF"#.to_vec()));
    let (client, stage) = Stage::client(&["first"], [script]);
    let watch = Api::<Pod>::all(client).watch(&WatchParams::default(), "5").await.unwrap();
    let events: Vec<WatchEvent<Pod>> = watch.try_collect().await.unwrap();
    assert!(matches!(&events[..], [WatchEvent::Added(_)]), "{events:?}");
    assert_eq!(stage.sent()[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn kubes_watcher_goes_on_where_it_was_cut() {
    let list = json!({
        "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"},
        "items": [pod("a", "4")],
    });
    let scripts = [
        answer(200, list),
        events(&[("MODIFIED", "a", "6")], Step::Cut),
        events(&[("ADDED", "b", "7")], Step::Cut),
        events(&[("DELETED", "a", "8")], Step::Silence),
    ];
    let (client, stage) = Stage::client(&["first"], scripts);
    let events = watcher(Api::<Pod>::all(client), Config::default());
    pin_mut!(events);
    let mut seen = Vec::new();
    while seen.len() < 6 {
        // An error would be one that the watcher did not take for an end.
        seen.push(match events.next().await.unwrap().unwrap() {
            Event::Init => "init".to_owned(),
            Event::InitDone => "done".to_owned(),
            Event::InitApply(pod) => format!("listed {}", pod.metadata.name.unwrap()),
            Event::Apply(pod) => format!("applied {}", pod.metadata.name.unwrap()),
            Event::Delete(pod) => format!("deleted {}", pod.metadata.name.unwrap()),
        });
    }
    assert_eq!(seen, ["init", "listed a", "done", "applied a", "applied b", "deleted a"]);
    let versions = stage.sent().into_iter().skip(1).map(|sent| {
        let version = sent.line.split("resourceVersion=").nth(1).unwrap();
        version.split('&').next().unwrap().to_owned()
    });
    assert_eq!(versions.collect::<Vec<_>>(), ["5", "6", "7"]);
}

/// kube reads what is here without ever being pending.
#[tokio::test]
async fn others_run_while_a_watch_always_has_more() {
    const COUNT: usize = 10_000;
    let line = format!("{}\n", json!({"type": "ADDED", "object": pod("a", "6")})).into_bytes();
    let script = Script(200, vec![Step::Bytes(line.repeat(COUNT))]);
    let (client, _) = Stage::client(&["first"], [script]);
    let watch = Api::<Pod>::all(client).watch(&WatchParams::default(), "5").await.unwrap();
    pin_mut!(watch);
    watch.try_next().await.unwrap().unwrap();
    let other = tokio::spawn(async {});
    let mut read = 1;
    while !other.is_finished() && watch.try_next().await.unwrap().is_some() {
        read += 1;
    }
    assert!(read < COUNT, "another task had to wait for all of {read} events");
}
