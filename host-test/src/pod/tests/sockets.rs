use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use super::*;
use crate::outgoing::Destination;

/// What a guest ends with if all went well; else it is the place of a case in `error-code`.
const OK: i32 = 100;
const ACCESS_DENIED: i32 = 1;
const CONNECTION_REFUSED: i32 = 14;
const NAME_UNRESOLVABLE: i32 = 18;

/// Makes a socket, and connects or binds it to an IPv4 address.
fn using(verb: &str, address: SocketAddr) -> Vec<u8> {
    let IpAddr::V4(ip) = address.ip() else { panic!("{address}") };
    let [a, b, c, d] = ip.octets();
    let remote: String = [0, address.port().into(), u32::from(a), b.into(), c.into(), d.into()]
        .into_iter()
        .chain([0; 6])
        .map(|number| format!("(i32.const {number})"))
        .collect();
    command(
        &[
            "wasi:sockets/instance-network@0.2.12",
            "wasi:sockets/tcp-create-socket@0.2.12",
            "wasi:sockets/tcp@0.2.12",
            "wasi:io/poll@0.2.12",
            "wasi:cli/exit@0.2.12",
        ],
        &format!(
            r#"
        (import "wasi:sockets/instance-network@0.2.12" "instance-network"
            (func $network (result i32)))
        (import "wasi:sockets/tcp-create-socket@0.2.12" "create-tcp-socket"
            (func $socket (param i32 i32)))
        (import "wasi:sockets/tcp@0.2.12" "[method]tcp-socket.start-{verb}"
            (func $start (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
        (import "wasi:sockets/tcp@0.2.12" "[method]tcp-socket.finish-{verb}"
            (func $finish (param i32 i32)))
        (import "wasi:sockets/tcp@0.2.12" "[method]tcp-socket.subscribe"
            (func $subscribe (param i32) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
        (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))"#
        ),
        &format!(
            r#"(local $socket i32)
        (call $socket (i32.const 0) (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then (call $exit (i32.load8_u (i32.const 68)))))
        (local.set $socket (i32.load (i32.const 68)))
        (call $start (local.get $socket) (call $network) {remote} (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then (call $exit (i32.load8_u (i32.const 65)))))
        (call $block (call $subscribe (local.get $socket)))
        (call $finish (local.get $socket) (i32.const 64))
        (if (i32.load8_u (i32.const 64))
            (then (call $exit (i32.load8_u
                (select (i32.const 68) (i32.const 65) (i32.const {}))))))
        (call $exit (i32.const {OK}))
        (i32.const 0)"#,
            // A connection's result has streams in the place of nothing.
            i32::from(verb == "connect")
        ),
    )
}

/// Looks up a name, whose first address has to be 127.0.0.1.
fn looking_up(name: &str) -> Vec<u8> {
    command(
        &[
            "wasi:sockets/instance-network@0.2.12",
            "wasi:sockets/ip-name-lookup@0.2.12",
            "wasi:io/poll@0.2.12",
            "wasi:cli/exit@0.2.12",
        ],
        &format!(
            r#"
        (import "wasi:sockets/instance-network@0.2.12" "instance-network"
            (func $network (result i32)))
        (import "wasi:sockets/ip-name-lookup@0.2.12" "resolve-addresses"
            (func $resolve (param i32 i32 i32 i32)))
        (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.subscribe"
            (func $subscribe (param i32) (result i32)))
        (import "wasi:sockets/ip-name-lookup@0.2.12"
            "[method]resolve-address-stream.resolve-next-address" (func $next (param i32 i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
        (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
        (data (i32.const 1024) "{name}")"#
        ),
        &format!(
            r#"(local $stream i32)
        (call $resolve (call $network) (i32.const 1024) (i32.const {}) (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then (call $exit (i32.load8_u (i32.const 68)))))
        (local.set $stream (i32.load (i32.const 68)))
        (call $block (call $subscribe (local.get $stream)))
        (call $next (local.get $stream) (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then (call $exit (i32.load8_u (i32.const 66)))))
        (if (i32.ne (i32.load (i32.const 70) (; in four bytes ;)) (i32.const 0x0100007f))
            (then (unreachable)))
        (call $exit (i32.const {OK}))
        (i32.const 0)"#,
            name.len()
        ),
    )
}

async fn code(pod: PodBuilder, guest: &[u8]) -> i32 {
    run(pod, guest).await.0.unwrap().code()
}

/// A pod that may connect to the server at an address.
fn pod(server: SocketAddr) -> PodBuilder {
    Pod::builder().connect(Destination::https("kubernetes.default.svc", server.port(), server))
}

#[tokio::test]
async fn a_guest_connects_to_its_servers_address_alone() {
    let listeners = [
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    ];
    let [server, other] = listeners.each_ref().map(|it| it.local_addr().unwrap());
    assert_eq!(code(pod(server), &using("connect", server)).await, OK);
    assert_eq!(code(pod(server), &using("connect", other)).await, ACCESS_DENIED);
    let elsewhere = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), server.port()));
    assert_eq!(code(pod(server), &using("connect", elsewhere)).await, ACCESS_DENIED);
    assert_eq!(code(Pod::builder(), &using("connect", server)).await, ACCESS_DENIED);
    let both = pod(server).connect(Destination::http("127.0.0.1", other.port(), other));
    assert_eq!(code(both, &using("connect", other)).await, OK);
    drop(listeners);
    assert_eq!(code(pod(server), &using("connect", server)).await, CONNECTION_REFUSED);
}

#[tokio::test]
async fn a_guest_has_no_address_of_its_own() {
    let server = SocketAddr::from(([127, 0, 0, 1], 6443));
    for own in [SocketAddr::from(([127, 0, 0, 1], 0)), SocketAddr::from(([0, 0, 0, 0], 8080))] {
        assert_eq!(code(pod(server), &using("bind", own)).await, ACCESS_DENIED, "{own}");
    }
}

#[tokio::test]
async fn a_guest_looks_up_its_servers_name_alone() {
    // One that the system does not know, as it is in a pod; and one that it does.
    let server = SocketAddr::from(([127, 0, 0, 1], 6443));
    for name in ["kubernetes.default.svc", "Kubernetes.Default.svc"] {
        assert_eq!(code(pod(server), &looking_up(name)).await, OK);
    }
    for name in ["localhost", "127.0.0.1", "kubernetes.default", ""] {
        assert_eq!(code(pod(server), &looking_up(name)).await, NAME_UNRESOLVABLE, "{name}");
    }
    let server = Pod::builder().connect(Destination::https("127.0.0.1", 6443, server));
    assert_eq!(code(server, &looking_up("127.0.0.1")).await, OK);
    let code = code(Pod::builder(), &looking_up("kubernetes.default.svc")).await;
    assert_eq!(code, NAME_UNRESOLVABLE);
}

#[test]
fn a_component_that_connects_itself_is_known_by_its_imports() {
    let engine = engine();
    let server = SocketAddr::from(([127, 0, 0, 1], 6443));
    let connects = |guest: &[u8]| connects_itself(&engine.load_bytes(guest).unwrap());
    let importing = |names: &[&str]| {
        let imports: String =
            names.iter().map(|name| format!("(import \"{name}\" (instance))")).collect();
        wat::parse_str(format!("(component {imports})")).unwrap()
    };
    assert!(connects(&importing(&["wasi:sockets/tcp@0.2.12"])));
    // As Python does, which has sockets and does not use them.
    assert!(!connects(&importing(&[
        "wasi:sockets/tcp@0.2.12",
        "wasi:http/outgoing-handler@0.2.12"
    ])));
    assert!(connects(&using("connect", server)));
    assert!(!connects(&looking_up("kubernetes.default.svc")));
}
