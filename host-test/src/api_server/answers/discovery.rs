//! What the server is and what it serves.

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use super::{Answers, accepts};
use crate::api_server::answer::Answer;

/// The form in which groups and resources come in one document.
const AGGREGATED: &str = "as=APIGroupDiscoveryList";

impl Answers {
    /// The answer to a path that is not of a resource, if there is something.
    pub(super) fn discovery(&self, path: &str, headers: &HeaderMap) -> Option<Answer> {
        let recordings = &self.recordings;
        let recorded = match path {
            "/api" | "/api/" if accepts(headers, AGGREGATED) => &recordings.api_aggregated,
            "/apis" | "/apis/" if accepts(headers, AGGREGATED) => &recordings.apis_aggregated,
            "/api" | "/api/" => &recordings.api,
            "/apis" | "/apis/" => return self.groups(),
            "/api/v1" | "/api/v1/" => &recordings.api_v1,
            "/version" | "/version/" => &recordings.version,
            "/openapi/v3" => &recordings.openapi_v3_index,
            _ => return None,
        };
        Some(recorded.clone())
    }

    /// The list of groups, made from the aggregated document: that says the same and more.
    fn groups(&self) -> Option<Answer> {
        let recorded = &self.recordings.apis_aggregated;
        let aggregated: Aggregated = serde_json::from_slice(&recorded.body).ok()?;
        let groups = aggregated.items.into_iter().filter_map(Group::of).collect();
        let list = GroupList { kind: "APIGroupList", api_version: "v1", groups };
        let json = HeaderValue::from_static("application/json");
        let mut answer = self.recordings.api.clone().with_json(&list).in_chunks();
        answer.headers.insert(http::header::CONTENT_TYPE, json);
        Some(answer)
    }
}

#[derive(Deserialize)]
struct Aggregated {
    items: Vec<AggregatedGroup>,
}

#[derive(Deserialize)]
struct AggregatedGroup {
    metadata: Metadata,
    versions: Vec<AggregatedVersion>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
struct AggregatedVersion {
    version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupList {
    kind: &'static str,
    api_version: &'static str,
    groups: Vec<Group>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    versions: Vec<GroupVersion>,
    preferred_version: GroupVersion,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupVersion {
    group_version: String,
    version: String,
}

impl Group {
    fn of(group: AggregatedGroup) -> Option<Self> {
        let name = group.metadata.name;
        let versions: Vec<_> = group
            .versions
            .into_iter()
            .map(|AggregatedVersion { version }| GroupVersion {
                group_version: format!("{name}/{version}"),
                version,
            })
            .collect();
        Some(Self { preferred_version: versions.first()?.clone(), name, versions })
    }
}
