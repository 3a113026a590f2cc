//! The pods of the namespace: three of them, as they were when the answers were recorded.

use serde::Deserialize;

use super::{Answers, accepts};
use crate::api_server::NAMESPACE;
use crate::api_server::answer::Answer;
use crate::api_server::authorization::ResourceAttributes;
use crate::api_server::journal::RecordedRequest;
use crate::api_server::recorded::RecordedError;
use crate::api_server::token::base64url;

/// The resource version of the recorded lists.
const RESOURCE_VERSION: u32 = 10_581;

/// The pods, taken from the initial events of the recorded watch.
pub(super) struct Pods(Vec<Pod>);

struct Pod {
    name: String,
    /// The object as a watch event carries it.
    object: String,
    /// The same as a list carries it: without its kind.
    item: String,
}

#[derive(Deserialize)]
struct Object {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

impl Pods {
    pub(super) fn of(watch: &Answer) -> Result<Self, RecordedError> {
        let unreadable = |reason| RecordedError { file: "watch.http", reason };
        let events = std::str::from_utf8(&watch.body).map_err(|_| unreadable("not UTF-8"))?;
        let pod = |event: &str| {
            let object = event.strip_suffix('}')?;
            let fields = object.strip_prefix(r#"{"kind":"Pod","apiVersion":"v1","#)?;
            let parsed: Object = serde_json::from_str(object).ok()?;
            Some(Pod {
                name: parsed.metadata.name,
                object: object.to_owned(),
                item: format!("{{{fields}"),
            })
        };
        let pods: Option<Vec<Pod>> = events
            .lines()
            .map_while(|line| line.strip_prefix(r#"{"type":"ADDED","object":"#))
            .map(pod)
            .collect();
        pods.map(Self).ok_or_else(|| unreadable("an event is not of a pod"))
    }
}

impl Answers {
    /// The answer to reading one pod or all of them.
    pub(super) fn pods(
        &self,
        request: &RecordedRequest,
        attributes: &ResourceAttributes<'_>,
    ) -> Option<Answer> {
        if attributes.namespace != NAMESPACE {
            return None;
        }
        if let Some(refused) = self.no_version(request, attributes.verb == "watch") {
            return Some(refused);
        }
        match attributes.verb {
            "get" => Some(self.pod(attributes.name)),
            "watch" => Some(self.watch(request)),
            _ if accepts(&request.headers, "as=Table") => Some(self.recordings.pods_table.clone()),
            _ if accepts(&request.headers, "as=PartialObjectMetadataList") => {
                Some(self.recordings.pods_metadata.clone())
            }
            _ => Some(self.list(request)),
        }
    }

    fn pod(&self, name: &str) -> Answer {
        if name == "web-1" {
            return self.recordings.pod.clone();
        }
        match self.pods.0.iter().find(|pod| pod.name == name) {
            Some(pod) => self.recordings.pod.clone().with_body(pod.object.clone()),
            None => self.no_such_object("pods", name),
        }
    }

    /// The recorded watch, and after a version what of it came later.
    fn watch(&self, request: &RecordedRequest) -> Answer {
        let watch = &self.recordings.watch;
        let after = match request.query_parameter("sendInitialEvents") {
            Some("true") => None,
            _ => request.query_parameter("resourceVersion").and_then(|text| text.parse().ok()),
        };
        let Some(after @ 1u32..) = after else { return watch.clone() };
        let later: Vec<u8> = watch
            .body
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| version(line).is_some_and(|version| version > after))
            .flatten()
            .copied()
            .collect();
        watch.clone().with_body(later)
    }

    fn list(&self, request: &RecordedRequest) -> Answer {
        let pods = &self.pods.0;
        let start = match request.query_parameter("continue") {
            None | Some("") => 0,
            Some(token) => match pods.iter().position(|pod| continue_after(pod) == token) {
                Some(index) => index + 1,
                None => return self.bad_request("continue key is not valid".to_owned()),
            },
        };
        let limit = match request.query_parameter("limit").unwrap_or("0").parse() {
            Ok(0) => usize::MAX,
            Ok(limit) => limit,
            Err(_) => return self.bad_request("limit is not a number".to_owned()),
        };
        if (start, limit) == (0, 2) {
            return self.recordings.pods_limit_2.clone();
        }
        let rest = &pods[start..];
        let (page, remaining) = rest.split_at(limit.min(rest.len()));
        let mut metadata = format!(r#""resourceVersion":"{RESOURCE_VERSION}""#);
        if let (Some(last), false) = (page.last(), remaining.is_empty()) {
            metadata += &format!(
                r#","continue":"{}","remainingItemCount":{}"#,
                continue_after(last),
                remaining.len()
            );
        }
        let items: Vec<&str> = page.iter().map(|pod| pod.item.as_str()).collect();
        let list = format!(
            r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{{metadata}}},"items":[{}]}}"#,
            items.join(",")
        );
        self.recordings.pods_limit_2.clone().with_body(list)
    }
}

/// The resource version of an event.
fn version(event: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Event {
        object: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        resource_version: String,
    }
    let event: Event = serde_json::from_slice(event).ok()?;
    event.object.metadata.resource_version.parse().ok()
}

/// The continue token of a list that ended with this pod.
fn continue_after(pod: &Pod) -> String {
    let key = format!(
        r#"{{"v":"meta.k8s.io/v1","rv":{RESOURCE_VERSION},"start":"/{}\u0000"}}"#,
        pod.name
    );
    base64url(key.as_bytes())
}
