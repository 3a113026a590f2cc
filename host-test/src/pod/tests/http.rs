use ::http::Request;
use http_body_util::{BodyExt as _, Empty};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::outgoing::{Destination, Outgoing};

/// Sends a request to `http://127.0.0.1:8001/api` and ends with 200 if there was an answer and its
/// body came to its end; else with the number of the `error-code`, or 255 if there was none.
fn requesting() -> Vec<u8> {
    command(
        &[
            "wasi:http/types@0.2.12",
            "wasi:http/outgoing-handler@0.2.12",
            "wasi:io/error@0.2.12",
            "wasi:io/poll@0.2.12",
            "wasi:io/streams@0.2.12",
            "wasi:cli/exit@0.2.12",
        ],
        r#"
        (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
        (import "wasi:http/types@0.2.12" "[constructor]outgoing-request"
            (func $request (param i32) (result i32)))
        (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme"
            (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority"
            (func $authority (param i32 i32 i32 i32) (result i32)))
        (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query"
            (func $path (param i32 i32 i32 i32) (result i32)))
        (import "wasi:http/outgoing-handler@0.2.12" "handle"
            (func $handle (param i32 i32 i32 i32)))
        (import "wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe"
            (func $subscribe (param i32) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
        (import "wasi:http/types@0.2.12" "[method]future-incoming-response.get"
            (func $get (param i32 i32)))
        (import "wasi:http/types@0.2.12" "[method]incoming-response.consume"
            (func $consume (param i32 i32)))
        (import "wasi:http/types@0.2.12" "[method]incoming-body.stream"
            (func $stream (param i32 i32)))
        (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read"
            (func $read (param i32 i64 i32)))
        (import "wasi:http/types@0.2.12" "http-error-code" (func $code (param i32 i32)))
        (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
        (data (i32.const 1024) "127.0.0.1:8001/api")
        "#,
        r#"(local $r i32) (local $s i32)
        (local.set $r (call $request (call $fields)))
        (drop (call $scheme (local.get $r)
            (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
        (drop (call $authority (local.get $r)
            (i32.const 1) (i32.const 1024) (i32.const 14)))
        (drop (call $path (local.get $r)
            (i32.const 1) (i32.const 1038) (i32.const 4)))
        (call $handle (local.get $r) (i32.const 0) (i32.const 0) (i32.const 64))
        (if (i32.load8_u (i32.const 64))
            (then (call $exit (i32.load8_u (i32.const 72)))))
        (local.set $r (i32.load (i32.const 72)))
        (call $block (call $subscribe (local.get $r)))
        (call $get (local.get $r) (i32.const 64))
        (if (i32.load8_u (i32.const 80))
            (then (call $exit (i32.load8_u (i32.const 88)))))
        (call $consume (i32.load (i32.const 88)) (i32.const 64))
        (call $stream (i32.load (i32.const 68)) (i32.const 64))
        (local.set $s (i32.load (i32.const 68)))
        (block $over (loop $more
            (call $read (local.get $s) (i64.const 1000) (i32.const 64))
            (br_if $over (i32.load8_u (i32.const 64)))
            (br $more)))
        (if (i32.load8_u (i32.const 68))
            (then (call $exit (i32.const 200))))
        (call $code (i32.load (i32.const 72)) (i32.const 128))
        (if (i32.load8_u (i32.const 128))
            (then (call $exit (i32.load8_u (i32.const 136)))))
        (i32.const 0)
        (call $exit (i32.const 255))"#,
    )
}

/// How the guest ends if its server sends these bytes and closes the connection.
async fn outcome(answer: &'static str) -> i32 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    });
    let outgoing = Outgoing::builder()
        .destination(Destination::http("127.0.0.1", 8001, address))
        .build()
        .unwrap();
    let (status, _) = run(Pod::builder().outgoing(outgoing), &requesting()).await;
    status.unwrap().code()
}

/// The place of a case in `error-code`.
const CONNECTION_TERMINATED: i32 = 7;
const HTTP_REQUEST_DENIED: i32 = 15;
const HTTP_RESPONSE_INCOMPLETE: i32 = 25;
const HTTP_PROTOCOL_ERROR: i32 = 35;

#[tokio::test]
async fn a_guest_gets_the_answer_or_the_code() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong";
    assert_eq!(outcome(whole).await, 200);
    assert_eq!(outcome("").await, CONNECTION_TERMINATED);
    assert_eq!(outcome("nonsense\r\n\r\n").await, HTTP_PROTOCOL_ERROR);
}

#[tokio::test]
async fn a_guest_learns_why_a_body_broke_off() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    assert_eq!(outcome(cut).await, HTTP_RESPONSE_INCOMPLETE);
    let bad = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nno length\r\n";
    assert_eq!(outcome(bad).await, HTTP_PROTOCOL_ERROR);
}

#[tokio::test]
async fn a_guest_reaches_nothing_unless_told() {
    let (status, _) = run(Pod::builder(), &requesting()).await;
    assert_eq!(status.unwrap().code(), HTTP_REQUEST_DENIED);
}

#[tokio::test]
async fn a_handler_answers_requests() {
    let handler = |end: &str| {
        component(
            &["wasi:http/types@0.2.12"],
            &["wasi:http/incoming-handler@0.2.12"],
            &format!(
                r#"(module
                (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
                (import "wasi:http/types@0.2.12" "[constructor]outgoing-response"
                    (func $response (param i32) (result i32)))
                (import "wasi:http/types@0.2.12" "[method]outgoing-response.set-status-code"
                    (func $status (param i32 i32) (result i32)))
                (import "wasi:http/types@0.2.12" "[static]response-outparam.set"
                    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
                (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
                (func (export "wasi:http/incoming-handler@0.2.12#handle")
                    (param $request i32) (param $out i32)
                    (local $r i32)
                    (local.set $r (call $response (call $fields)))
                    (drop (call $status (local.get $r) (i32.const 418)))
                    {end}))"#
            ),
        )
    };
    let answers = handler(
        "(call $set (local.get $out) (i32.const 0) (local.get $r) (i32.const 0)
            (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
    );
    let engine = engine();
    let pod = Pod::builder().build(&engine).unwrap();
    let request = || {
        let empty = Empty::new().map_err(|never| match never {}).boxed_unsync();
        Request::get("http://localhost/readyz").body(empty).unwrap()
    };
    let component = engine.load_bytes(&answers).unwrap();
    let response = pod.handle(&component, request()).await.unwrap();
    assert_eq!(response.status(), 418);

    let silent = engine.load_bytes(&handler("")).unwrap();
    let outcome = pod.handle(&silent, request()).await;
    assert!(matches!(outcome, Err(RunError::NoAnswer)));
    let trapping = engine.load_bytes(&handler("(unreachable)")).unwrap();
    let outcome = pod.handle(&trapping, request()).await;
    assert!(matches!(outcome, Err(RunError::Trap(_))));
    let other = engine.load_bytes(&command(&[], "", "(i32.const 0)")).unwrap();
    let outcome = pod.handle(&other, request()).await;
    assert!(matches!(outcome, Err(RunError::NotAHandler)));
}
