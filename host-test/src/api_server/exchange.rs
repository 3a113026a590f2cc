//! One request and its answer.

use std::future::pending;
use std::sync::Arc;

use http::header::CONNECTION;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::answer::Answer;
use super::body::AnswerBody;
use super::connection::Connection;
use super::journal::BodyState;
use super::misbehaviour::{Framing, Misbehaviour};
use super::shared::Shared;
use super::status::{Details, Status};

/// How many headers huge headers are spread over.
const HUGE_HEADERS: usize = 50;
/// kube-apiserver's limit on the body of a request, in bytes.
const BODY_LIMIT: usize = 3 * 1024 * 1024;

/// Puts a request down in the journal, and answers it or misbehaves.
pub(super) async fn answer(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let misbehaviour = shared.misbehaviours.next_for_request();
    let (head, body) = request.into_parts();
    let version = head.version;
    let number = shared.journal.request_arrived(head, connection.info.clone());

    if let Some(Misbehaviour::EarlyResponse) = misbehaviour {
        connection.keep_unread(body);
        shared.journal.body_ended(number, BodyState::NotRead);
        let mut answer = too_large();
        if version == Version::HTTP_11 {
            // As Go's server does: what comes next over this connection is the rest of the body.
            answer.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        return respond(answer, |body| body);
    }
    let state = read(&shared, number, body).await;
    let Some(request) = shared.journal.body_ended(number, state) else {
        // The journal was cleared meanwhile, and the request with it.
        return respond(Answer::new(StatusCode::SERVICE_UNAVAILABLE), |body| body);
    };
    if state == BodyState::Broken {
        // What is incomplete is not obeyed. Over HTTP/2 the stream is gone already.
        if version == Version::HTTP_11 {
            connection.cut();
        }
        return pending().await;
    }
    give_no_head(misbehaviour.as_ref(), &connection).await;
    let mut answer = misbehaviour
        .as_ref()
        .and_then(Misbehaviour::answer)
        .unwrap_or_else(|| shared.answer(connection.certificate, &request));
    let misbehaviour = misbehaviour
        .filter(|due| !matches!(due, Misbehaviour::Status(_)))
        .or_else(|| answer.misbehaviour.take().map(|own| *own));
    give_no_head(misbehaviour.as_ref(), &connection).await;
    if request.method == http::Method::HEAD {
        return respond_to_head(answer);
    }
    match misbehaviour {
        Some(Misbehaviour::StallMidBody { after }) => respond(answer, |body| body.stalled(after)),
        Some(Misbehaviour::CutMidBody { after, framing }) => {
            answer.chunked = framing == Framing::Chunked;
            respond(answer, |body| body.cut(after, &connection))
        }
        Some(Misbehaviour::SlowBytes { chunk, pace }) => {
            respond(answer, |body| body.slowly(chunk, pace))
        }
        Some(Misbehaviour::CloseAfterResponse) => {
            respond(answer, |body| body.closing(Arc::clone(&connection)))
        }
        Some(Misbehaviour::HugeHeaders { bytes }) => {
            add_headers(&mut answer, bytes);
            respond(answer, |body| body)
        }
        _ => respond(answer, |body| body),
    }
}

/// Never ends, where there is to be no head.
async fn give_no_head(misbehaviour: Option<&Misbehaviour>, connection: &Connection) {
    match misbehaviour {
        Some(Misbehaviour::StallBeforeHead) => pending().await,
        Some(Misbehaviour::CutBeforeHead) => {
            connection.cut();
            pending().await
        }
        _ => {}
    }
}

/// Reads the body of a request into the journal.
async fn read(shared: &Shared, number: u64, mut body: Incoming) -> BodyState {
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => shared.journal.body_arrived(number, &data),
            // Trailers, which no client of the Kubernetes API sends.
            Ok(Err(_)) => {}
            Err(_) => return BodyState::Broken,
        }
    }
    BodyState::Complete
}

fn respond(
    mut answer: Answer,
    body: impl FnOnce(AnswerBody) -> AnswerBody,
) -> Response<AnswerBody> {
    use http::header::{CONTENT_LENGTH, DATE, TRANSFER_ENCODING};

    for framing in [CONTENT_LENGTH, TRANSFER_ENCODING, DATE] {
        answer.headers.remove(framing);
    }
    let mut response = Response::new(body(AnswerBody::whole(answer.body, !answer.chunked)));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// The head alone, with the length that the body would have: over HTTP/2 hyper would send the body.
fn respond_to_head(answer: Answer) -> Response<AnswerBody> {
    let length = (!answer.chunked).then_some(answer.body.len());
    let mut response = respond(answer.with_body(""), |body| body);
    if let Some(length) = length {
        response.headers_mut().insert(http::header::CONTENT_LENGTH, length.into());
    }
    response
}

fn add_headers(answer: &mut Answer, bytes: usize) {
    let value = "x".repeat(bytes.div_ceil(HUGE_HEADERS));
    for number in 0..HUGE_HEADERS {
        let name = HeaderName::try_from(format!("x-huge-{number}"));
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            answer.headers.append(name, value);
        }
    }
}

fn too_large() -> Answer {
    let message = format!("Request entity too large: limit is {BODY_LIMIT}");
    let status = Status::failure(413, "RequestEntityTooLarge", message).about(Details::default());
    Answer::json(StatusCode::PAYLOAD_TOO_LARGE, &status)
}
