//! What is refused whatever it is about: paths of nothing, forms that are not offered, versions that are none.

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::Answers;
use crate::api_server::answer::Answer;
use crate::api_server::journal::RecordedRequest;
use crate::api_server::status::{Details, Status};

const JSON: &str = "application/json";
const OBJECT: [&str; 3] = [JSON, "application/yaml", "application/vnd.kubernetes.protobuf"];
const STREAM: [&str; 2] =
    ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];

impl Answers {
    /// What kube-apiserver answers where there is nothing: a Status below the paths that it knows, else a text.
    pub(super) fn nothing_at(&self, path: &str) -> Answer {
        if path.starts_with("/api/") {
            let message = "the server could not find the requested resource".to_owned();
            let status = Status::failure(404, "NotFound", message).about(Details::default());
            return self.recordings.error_404.clone().with_json(&status);
        }
        Answer::text(StatusCode::NOT_FOUND, "404 page not found\n")
            .with_header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
    }

    /// The refusal of a client that accepts nothing of what there is.
    pub(super) fn not_acceptable(&self, request: &RecordedRequest) -> Option<Answer> {
        if accepts_json(&request.headers) {
            return None;
        }
        let available = match request.path.as_str() {
            "/version" | "/version/" => vec![JSON],
            "/api" | "/api/" | "/apis" | "/apis/" => OBJECT.to_vec(),
            _ => OBJECT.into_iter().chain(STREAM).collect(),
        };
        let available = available.join(", ");
        let message = format!("406: Not Acceptable\n\nAvailable representations: {available}");
        let status = Status::failure(406, "NotAcceptable", message).about(Details::default());
        let mut answer = self.recordings.error_400.clone().with_json(&status);
        answer.status = StatusCode::NOT_ACCEPTABLE;
        Some(answer)
    }

    /// The refusal of a resource version that is no number: to a watch in other words than to a list.
    pub(super) fn no_version(&self, request: &RecordedRequest, watch: bool) -> Option<Answer> {
        let version = request.query_parameter("resourceVersion")?;
        if version.is_empty() || version.parse::<u64>().is_ok() {
            return None;
        }
        let message = format!(
            "resourceVersion: Invalid value: {version:?}: strconv.ParseUint: parsing {version:?}: invalid syntax"
        );
        if !watch {
            return Some(self.bad_request(format!("invalid resource version: {message}")));
        }
        let status = Status::failure(500, "", message);
        let mut answer = self.recordings.error_400.clone().with_json(&status);
        answer.status = StatusCode::INTERNAL_SERVER_ERROR;
        Some(answer)
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let mut accepted = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|media_type| media_type.split(';').next().unwrap_or_default().trim())
        .peekable();
    accepted.peek().is_none()
        || accepted.any(|media_type| matches!(media_type, JSON | "application/*" | "*/*" | ""))
}
