//! Answers HTTP requests by asking the API server: `GET /` tells which Kubernetes
//! this pod runs on.
//!
//! waki speaks HTTP to whoever asks; `k8s:in-cluster` speaks Kubernetes to the API
//! server. The handler itself holds no token, no certificate and no address.

#![cfg(target_family = "wasm")]

use bindings::k8s::in_cluster::rest::{self, Request as ApiRequest};
use bindings::k8s::in_cluster::types::Error;
use bindings::k8s::in_cluster::{cluster, types};
use serde_json::Value;
use waki::{ErrorCode, Method, Request, Response, handler};

mod bindings {
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT package")]

    wit_bindgen::generate!({ path: "../../wit", world: "imports", generate_all });
}

#[handler]
fn handle(request: Request) -> Result<Response, ErrorCode> {
    match (request.method(), request.path()) {
        (Method::Get, "/") => match greeting() {
            Ok(text) => respond(200, &text),
            Err(error) => respond(502, &format!("{}\n", describe(error))),
        },
        (_, "/") => respond(405, "only GET is answered here\n"),
        _ => respond(404, "there is nothing but /\n"),
    }
}

fn greeting() -> Result<String, Error> {
    let info = cluster::discover()?;
    let request = ApiRequest {
        method: "GET".into(),
        path: "/version".into(),
        query: Vec::new(),
        headers: Vec::new(),
        impersonate: None,
        compress: false,
        // A client waits for the answer: rather an error than a long silence.
        limits: Some(rest::Limits {
            deadline: Some(5_000_000_000),
            connect_timeout: None,
            first_byte_timeout: None,
            between_bytes_timeout: None,
            max_buffered: Some(64 * 1024),
            retries: None,
        }),
    };
    let response = rest::send(&request, None)?;
    let version: Value = serde_json::from_slice(&response.body)
        .map_err(|error| Error::Protocol(format!("/version is no JSON: {error}")))?;
    let version = version.get("gitVersion").and_then(Value::as_str).unwrap_or("of no version");
    Ok(format!("Kubernetes {version}, namespace {}\n", info.namespace))
}

fn respond(status: u16, text: &str) -> Result<Response, ErrorCode> {
    Response::builder()
        .status_code(status)
        .header("content-type", "text/plain; charset=utf-8")
        .body(text)
        .build()
}

fn describe(error: Error) -> String {
    match error {
        Error::NotInCluster(text)
        | Error::Credentials(text)
        | Error::InvalidRequest(text)
        | Error::Denied(text)
        | Error::DeadlineExceeded(text)
        | Error::Protocol(text)
        | Error::Other(text) => text,
        Error::Connection(types::ConnectionError { message, .. }) => message,
        Error::Api(status) => format!("the API server says: {}", status.message),
    }
}
