//! The API server's own record of who asked for what.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

/// One request, as the API server's audit log has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditEvent {
    /// The user, such as `system:serviceaccount:shop:reader` or `system:anonymous`. Empty where the credentials were bad.
    pub user: String,
    /// The groups of the user.
    pub groups: Vec<String>,
    /// What the user was known by: `JTI=` and the id of the token, for a service account's. Empty if there was nothing.
    pub credential: String,
    /// The verb, such as `list`; for other paths than those of resources, the method in lower case.
    pub verb: String,
    /// Path and query, as they were sent.
    pub uri: String,
    /// The client's `User-Agent`.
    pub user_agent: String,
    /// The status code, once there is an answer.
    pub code: Option<u16>,
    /// The stages that the request has passed, such as `ResponseComplete`.
    pub stages: Vec<String>,
}

/// Reads the events so far, in the order in which the requests came. A file that is not there has none.
pub(super) fn read(file: &Path) -> Vec<AuditEvent> {
    parse(&std::fs::read_to_string(file).unwrap_or_default())
}

fn parse(log: &str) -> Vec<AuditEvent> {
    let mut events: Vec<AuditEvent> = Vec::new();
    let mut places = HashMap::new();
    // What is behind the last end of line is still being written.
    let lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    for line in lines.filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        let place = *places.entry(line.audit_id).or_insert_with(|| {
            events.push(AuditEvent::default());
            events.len() - 1
        });
        let mut credentials = line.user.extra.credential_id.into_iter();
        let stages = std::mem::take(&mut events[place].stages);
        events[place] = AuditEvent {
            user: line.user.username,
            groups: line.user.groups,
            credential: credentials.next().unwrap_or_default(),
            verb: line.verb,
            uri: line.request_uri,
            user_agent: line.user_agent,
            code: line.response_status.map(|status| status.code).or(events[place].code),
            stages: stages.into_iter().chain([line.stage]).collect(),
        };
    }
    events
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "auditID")]
    audit_id: String,
    stage: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: String,
    #[serde(default)]
    user: User,
    #[serde(default)]
    user_agent: String,
    response_status: Option<Status>,
}

#[derive(Default, Deserialize)]
struct User {
    #[serde(default)]
    username: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    extra: Extra,
}

#[derive(Default, Deserialize)]
struct Extra {
    #[serde(default, rename = "authentication.kubernetes.io/credential-id")]
    credential_id: Vec<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_stages_of_a_request_are_one_event() {
        let line = |id: &str, stage: &str, rest: &str| {
            format!(
                r#"{{"auditID":"{id}","stage":"{stage}","requestURI":"/api","verb":"get","user":{{"username":"u"}}{rest}}}"#
            )
        };
        let log = [
            line("1", "RequestReceived", ""),
            line("2", "ResponseStarted", r#","responseStatus":{"code":401}"#),
            line("1", "ResponseComplete", r#","responseStatus":{"metadata":{},"code":200}"#),
            line("3", "RequestReceived", "")[..20].to_owned(),
        ]
        .join("\n");
        let events = parse(&log);
        let codes: Vec<_> = events.iter().map(|event| event.code).collect();
        assert_eq!(codes, [Some(200), Some(401)]);
        assert_eq!(events[0].stages, ["RequestReceived", "ResponseComplete"]);
        assert_eq!((events[0].user.as_str(), events[0].credential.as_str()), ("u", ""));
    }
}
