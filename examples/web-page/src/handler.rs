//! Who asks, and for what.
//!
//! wstd has a macro for handlers too: it panics when a browser leaves before the answer has ended,
//! as each browser does here.

use crate::events;
use crate::message;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wstd::io::AsyncOutputStream;
use wstd::runtime::block_on;

/// The page. `{nonce}` stands where a number is put that is another each time, by which the
/// browser runs this script and no other.
const PAGE: &str = include_str!("page.html");

struct Handler;

wasip2::http::proxy::export!(Handler);

impl Guest for Handler {
    fn handle(request: IncomingRequest, response: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let get = matches!(request.method(), Method::Get);
        let html = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")];
        let plain = ("content-type", "text/plain; charset=utf-8");
        // A browser that is gone is no error.
        let _ = match path {
            "/" if get => {
                let nonce = nonce();
                let policy = format!(
                    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
                     img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                );
                let policy = ("content-security-policy", policy.as_str());
                let headers = [html[0], html[1], policy, ("x-content-type-options", "nosniff")];
                answer(response, 200, &headers, Body::Text(&PAGE.replace("{nonce}", &nonce)))
            }
            "/events" if get => {
                let after = request.headers().get("last-event-id").pop().unwrap_or_default();
                let after = std::str::from_utf8(&after).ok().and_then(message::version);
                let headers = [
                    ("content-type", "text/event-stream"),
                    ("cache-control", "no-store"),
                    // nginx is not to hold events back.
                    ("x-accel-buffering", "no"),
                ];
                answer(response, 200, &headers, Body::Events(after))
            }
            "/" | "/events" => {
                let text = Body::Text("only GET is answered here\n");
                answer(response, 405, &[plain, ("allow", "GET")], text)
            }
            _ => {
                answer(response, 404, &[plain], Body::Text("there is nothing but / and /events\n"))
            }
        };
    }
}

/// What is written after the headers.
enum Body<'a> {
    Text(&'a str),
    /// What has happened after a version, if one is named.
    Events(Option<&'a str>),
}

/// Sends an answer, to its end.
fn answer(
    to: ResponseOutparam,
    status: u16,
    headers: &[(&str, &str)],
    body: Body<'_>,
) -> std::io::Result<()> {
    let failed = || std::io::Error::other("the host takes no such answer");
    let entries: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let Ok(fields) = Fields::from_list(&entries) else {
        ResponseOutparam::set(to, Err(ErrorCode::InternalError(None)));
        return Err(failed());
    };
    let response = OutgoingResponse::new(fields);
    response.set_status_code(status).map_err(|()| failed())?;
    let outgoing = response.body().map_err(|()| failed())?;
    ResponseOutparam::set(to, Ok(response));
    let stream = outgoing.write().map_err(|()| failed())?;
    block_on(async move {
        let out = AsyncOutputStream::new(stream);
        match body {
            Body::Text(text) => out.write_all(text.as_bytes()).await,
            Body::Events(after) => events::send(&out, after).await,
        }
    })?;
    OutgoingBody::finish(outgoing, None).map_err(std::io::Error::other)
}

/// A number that nobody knows before, in hexadecimal digits.
fn nonce() -> String {
    let mut bytes = [0; 16];
    wstd::rand::get_random_bytes(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}
