//! Watches.

use super::{pods, run, sent};
use crate::client::tests::script::{Script, Step, answer};
use crate::kube::Error;
use crate::kube::api::*;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn silent(mut script: Script) -> Script {
    script.body.push(Step::Silence(SECOND * 3600));
    script
}

#[test]
fn a_watch_begins_after_a_version() {
    const EVENTS: &[u8] = br#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"8"}}}
{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b","resourceVersion":"9"}}}
{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"10"}}}
{"type":"DELETED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b","resourceVersion":"11"}}}
"#;
    let (api, stage) = pods(vec![silent(answer(200, EVENTS)); 2]);
    run(&stage, async {
        let params = WatchParams::default().labels("app=web").fields("spec.nodeName=n");
        let mut watch = api.watch(&params, "7").unwrap();
        let mut next = async || watch.next().await.unwrap().unwrap();
        assert!(matches!(next().await, Event::Added(pod) if pod.name_any() == "a"));
        assert!(matches!(next().await, Event::Modified(pod) if pod.name_any() == "b"));
        assert_eq!(next().await, Event::Bookmark("10".into()));
        assert!(matches!(next().await, Event::Deleted(pod) if pod.name_any() == "b"));

        let mut watch =
            api.watch_metadata(&WatchParams::default().disable_bookmarks(), "7").unwrap();
        let mut names = Vec::new();
        while names.len() < 3 {
            match watch.next().await.unwrap().unwrap() {
                Event::Added(pod) | Event::Modified(pod) | Event::Deleted(pod) => {
                    names.push(pod.name_any());
                }
                other => panic!("{other:?}"),
            }
        }
    });
    let (line, _) = sent(&stage, 0);
    for part in ["watch=true", "resourceVersion=7", "labelSelector=app%3Dweb", "spec.nodeName%3Dn"]
    {
        assert!(line.contains(part), "{line}");
    }
    let accept = super::header(&stage, 1, "accept").unwrap();
    assert!(accept.contains("as=PartialObjectMetadata;"), "{accept}");
}

#[test]
fn without_a_version_it_begins_with_the_state() {
    const STATE: &[u8] = br#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"8"}}}
{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"10","annotations":{"k8s.io/initial-events-end":"true"}}}}
"#;
    let asking = WatchParams::default().initial_events();
    for (version, params) in
        [("", WatchParams::default()), ("0", WatchParams::default()), ("7", asking)]
    {
        let (api, stage) = pods([silent(answer(200, STATE))]);
        run(&stage, async {
            let mut watch = api.watch(&params, version).unwrap();
            let added = watch.next().await.unwrap().unwrap();
            assert!(matches!(added, Event::Added(pod) if pod.name_any() == "a"));
            assert_eq!(watch.next().await.unwrap().unwrap(), Event::Synced("10".into()));
        });
        assert!(sent(&stage, 0).0.contains("sendInitialEvents=true"));
    }
}

#[test]
fn it_ends_when_its_time_is_over_also_if_it_is_never_silent() {
    const EVENT: &[u8] = br#"{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b","resourceVersion":"9"}}}"#;
    // The timer is played as one that is over the second time it is asked.
    let (api, stage) = pods([silent(answer(200, EVENT))]);
    run(&stage, async {
        let mut watch = api.watch(&WatchParams::default().timeout(10), "7").unwrap();
        let mut events = 0;
        while let Some(event) = watch.next().await {
            event.unwrap();
            events += 1;
        }
        assert!(events <= 1);
        assert!(watch.next().await.is_none());
    });
}

#[test]
fn what_the_server_says_no_to_does_not_end_it() {
    const REFUSED: &[u8] =
        br#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}"#;
    const EVENT: &[u8] = br#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b","resourceVersion":"9"}}}"#;
    let (api, stage) = pods([answer(403, REFUSED), silent(answer(200, EVENT))]);
    run(&stage, async {
        let mut watch = api.watch(&WatchParams::default(), "7").unwrap();
        let error = watch.next().await.unwrap().unwrap_err();
        assert!(matches!(&error, Error::Api(status) if status.is_forbidden()), "{error:?}");
        // It is over.
        assert!(matches!(watch.next().await.unwrap().unwrap(), Event::Bookmark(at) if at == "7"));
        assert!(matches!(watch.next().await.unwrap().unwrap(), Event::Added(_)));
    });
}
