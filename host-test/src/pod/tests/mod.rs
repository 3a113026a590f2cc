#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod guest;
mod http;
mod sockets;

use tempfile::TempDir;

use super::{Engine, ExitStatus, LoadError, Pod, PodBuilder, PodError, RunError, connects_itself};
use guest::{command, component};

fn engine() -> Engine {
    Engine::new(None).unwrap()
}

async fn run(pod: PodBuilder, bytes: &[u8]) -> (Result<ExitStatus, RunError>, String) {
    let engine = engine();
    let pod = pod.capture_output().build(&engine).unwrap();
    let component = engine.load_bytes(bytes).unwrap();
    let status = pod.run_command(&component).await;
    (status, String::from_utf8(pod.stdout()).unwrap())
}

/// Prints a list of pairs of texts: the environment, or one of texts: the arguments.
fn printing(function: &str, texts_in_each: u32) -> Vec<u8> {
    command(
        &["wasi:cli/environment@0.2.12", "wasi:cli/stdout@0.2.12", "wasi:io/streams@0.2.12"],
        &format!(
            r#"(import "wasi:cli/environment@0.2.12" "{function}" (func $get (param i32)))
            (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
            (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
                (func $write (param i32 i32 i32 i32)))"#
        ),
        &format!(
            r#"(local $out i32) (local $at i32) (local $end i32)
            (local.set $out (call $stdout))
            (call $get (i32.const 0))
            (local.set $at (i32.load (i32.const 0)))
            (local.set $end (i32.add (local.get $at)
                (i32.mul (i32.load (i32.const 4)) (i32.const {}))))
            (i32.store8 (i32.const 32) (i32.const 59))
            (block $done (loop $next
                (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
                (call $write (local.get $out)
                    (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))
                    (i32.const 16))
                (call $write (local.get $out) (i32.const 32) (i32.const 1) (i32.const 16))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br $next)))
            (i32.const 0)"#,
            8 * texts_in_each
        ),
    )
}

#[tokio::test]
async fn a_guest_sees_the_environment_and_arguments_given_and_no_more() {
    let (status, printed) = run(Pod::builder(), &printing("get-environment", 2)).await;
    assert!(status.unwrap().success());
    assert_eq!(printed, "");

    let pod = || {
        Pod::builder()
            .env("KUBERNETES_SERVICE_HOST", "10.96.0.1")
            .env("EMPTY", "")
            .args(["program", "--flag"])
    };
    let (_, printed) = run(pod(), &printing("get-environment", 2)).await;
    assert_eq!(printed, "KUBERNETES_SERVICE_HOST;10.96.0.1;EMPTY;;");
    let (_, printed) = run(pod(), &printing("get-arguments", 1)).await;
    assert_eq!(printed, "program;--flag;");
}

#[tokio::test]
async fn a_guest_ends_with_the_status_that_it_gives() {
    let (status, _) = run(Pod::builder(), &command(&[], "", "(i32.const 0)")).await;
    assert_eq!(status.unwrap().code(), 0);
    let (status, _) = run(Pod::builder(), &command(&[], "", "(i32.const 1)")).await;
    assert_eq!(status.unwrap().code(), 1);
    let exit = command(
        &["wasi:cli/exit@0.2.12"],
        r#"(import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))"#,
        "(call $exit (i32.const 3)) (i32.const 0)",
    );
    let (status, _) = run(Pod::builder(), &exit).await;
    assert_eq!(status.unwrap().code(), 3);
    let (status, _) = run(Pod::builder(), &command(&[], "", "(unreachable)")).await;
    assert!(matches!(status, Err(RunError::Trap(_))));
}

#[tokio::test]
async fn memory_has_its_limit() {
    let grow = command(&[], "", "(i32.eq (memory.grow (i32.const 100)) (i32.const -1))");
    let (status, _) = run(Pod::builder(), &grow).await;
    assert!(status.unwrap().success());
    let (status, _) = run(Pod::builder().memory_limit(1024 * 1024), &grow).await;
    assert!(!status.unwrap().success());
}

/// Ends with 10 and the number of preopened folders; with 1 if it could write to the first.
fn writing() -> Vec<u8> {
    command(
        &[
            "wasi:filesystem/preopens@0.2.12",
            "wasi:filesystem/types@0.2.12",
            "wasi:cli/exit@0.2.12",
        ],
        r#"(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $dirs (param i32)))
        (import "wasi:filesystem/types@0.2.12" "[method]descriptor.create-directory-at"
            (func $create (param i32 i32 i32 i32)))
        (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))"#,
        r#"(call $dirs (i32.const 0))
        (if (i32.load (i32.const 4))
            (then
                (i32.store8 (i32.const 32) (i32.const 97))
                (call $create (i32.load (i32.load (i32.const 0)))
                    (i32.const 32) (i32.const 1) (i32.const 16))
                (if (i32.eqz (i32.load8_u (i32.const 16))) (then (call $exit (i32.const 1))))))
        (call $exit (i32.add (i32.const 10) (i32.load (i32.const 4))))
        (i32.const 0)"#,
    )
}

#[tokio::test]
async fn a_guest_has_the_service_account_to_read_and_no_other_folder() {
    let (status, _) = run(Pod::builder(), &writing()).await;
    assert_eq!(status.unwrap().code(), 10);

    let folder = TempDir::new().unwrap();
    let pod = Pod::builder().service_account(folder.path(), "/var/run/secrets");
    let (status, _) = run(pod, &writing()).await;
    assert_eq!(status.unwrap().code(), 11);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let missing = TempDir::new().unwrap().path().join("missing");
    let built = Pod::builder().service_account(&missing, "/var/run/secrets").build(&engine());
    let Err(PodError::Mount { folder, .. }) = built else {
        panic!("a missing folder was mounted");
    };
    assert_eq!(folder, missing);
}

#[test]
fn what_is_no_component_is_told() {
    let engine = engine();
    let core = wat::parse_str("(module)").unwrap();
    let error = engine.load_bytes(&core).unwrap_err();
    assert!(matches!(error, LoadError::CoreModule(_)));
    assert!(error.to_string().contains("wasm32-wasip2"), "{error}");
    for bytes in [&b""[..], b"\0asm", b"#!/bin/sh\necho", b"(component)"] {
        let error = engine.load_bytes(bytes).unwrap_err();
        assert!(matches!(error, LoadError::NotWasm(_)));
    }
    let mut broken = wat::parse_str("(component)").unwrap();
    broken.push(0xff);
    let error = engine.load_bytes(&broken).unwrap_err();
    assert!(matches!(error, LoadError::Compile { .. }));

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("app.wasm");
    let error = engine.load(&file).unwrap_err();
    assert!(error.to_string().contains("app.wasm"), "{error}");
    std::fs::write(&file, core).unwrap();
    let error = engine.load(&file).unwrap_err();
    assert!(error.to_string().contains("app.wasm"), "{error}");
}

#[tokio::test]
async fn a_component_of_another_kind_is_told() {
    let (status, _) = run(Pod::builder(), &wat::parse_str("(component)").unwrap()).await;
    assert!(matches!(status, Err(RunError::NotACommand)));
    let import = r#"(component (import "test:other/thing" (instance (export "f" (func)))))"#;
    let (status, _) = run(Pod::builder(), &wat::parse_str(import).unwrap()).await;
    let Err(RunError::Instantiate(error)) = status else {
        panic!("there is no test:other/thing");
    };
    assert!(format!("{error:#}").contains("test:other/thing"), "{error:#}");

    let engine = engine();
    let pod = Pod::builder().build(&engine).unwrap();
    let other = engine.load_bytes(&command(&[], "", "(i32.const 0)")).unwrap();
    let client = super::client::PodClient::new(&pod, &other).await;
    assert!(matches!(client, Err(RunError::NotInCluster(_))));
}

#[test]
fn a_compiled_component_is_kept() {
    let folder = TempDir::new().unwrap();
    let bytes = command(&[], "", "(i32.const 0)");
    Engine::new(Some(folder.path())).unwrap().load_bytes(&bytes).unwrap();
    assert!(std::fs::read_dir(folder.path()).unwrap().count() > 0);
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(Engine::new(Some(&file)).is_err());
}
