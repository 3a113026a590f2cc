//! A connection in memory, kept from before: what the server does on it, and when, is up to the
//! test, whose clock stands still but for what is waited for.

use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

use super::*;
use crate::outgoing::connect::Connection;
use crate::outgoing::transport::Transport;

/// What guests of these tests reach: no server at all, but for the kept connections.
fn outgoing(limits: Limits) -> Outgoing {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap();
    Outgoing::builder()
        .destination(Destination::http(HOST, 80, closed))
        .limits(limits)
        .build()
        .unwrap()
}

/// The server's end of a connection that is kept and has nothing under way.
async fn keep(outgoing: &Outgoing) -> DuplexStream {
    let (ours, theirs) = duplex(64 * 1024);
    let limits = &outgoing.0.limits;
    let mut connection = Connection::http1(Transport::new(ours), 0, limits).await.unwrap();
    assert!(connection.ready().await);
    outgoing.0.pools[0].put_back(connection);
    theirs
}

async fn send(outgoing: &Outgoing) -> Result<Response<WasiBody>, SendError> {
    let request = Request::get(format!("http://{HOST}/")).body(empty()).unwrap();
    let between = Duration::from_secs(30);
    let options = options(|options| options.between_bytes_timeout = Some(between));
    outgoing.send(request, options).await
}

/// Answers one request, and keeps the connection open for as long as the test lasts.
fn answer(mut stream: DuplexStream) {
    tokio::spawn(async move {
        assert!(read_head(&mut stream).await);
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong";
        stream.write_all(answer).await.unwrap();
        std::future::pending::<()>().await;
    });
}

#[tokio::test(start_paused = true)]
async fn a_request_that_meets_a_closed_connection_goes_out_on_the_next() {
    let outgoing = outgoing(Limits::default());
    answer(keep(&outgoing).await);
    let closing = keep(&outgoing).await;
    // Its end is there to be read, and nobody has read it yet: the request is handed over first.
    drop(closing);
    let response = send(&outgoing).await.unwrap();
    assert_eq!(body(response).await.unwrap(), "pong");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_for_as_long_as_it_may_be_idle() {
    for (wait, kept) in [(89, true), (91, false)] {
        let outgoing = outgoing(Limits::default());
        answer(keep(&outgoing).await);
        tokio::time::sleep(Duration::from_secs(wait)).await;
        assert_eq!(send(&outgoing).await.is_ok(), kept, "{wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_connections_idle_for_longest_go_first() {
    let outgoing = outgoing(Limits { max_idle: 1, ..Limits::default() });
    let mut older = keep(&outgoing).await;
    answer(keep(&outgoing).await);
    assert!(send(&outgoing).await.is_ok());
    assert!(!read_head(&mut older).await);
}

#[tokio::test(start_paused = true)]
async fn each_byte_ends_a_silence() {
    let outgoing = outgoing(Limits::default());
    let mut server = keep(&outgoing).await;
    tokio::spawn(async move {
        assert!(read_head(&mut server).await);
        let begin = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        server.write_all(begin).await.unwrap();
        for byte in b"slowly" {
            tokio::time::sleep(Duration::from_secs(29)).await;
            server.write_all(&[*byte]).await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    let mut body = send(&outgoing).await.unwrap().into_body();
    for byte in b"slowly" {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), &[*byte][..]);
    }
    let before = tokio::time::Instant::now();
    let error = body.frame().await.unwrap().unwrap_err();
    assert!(matches!(error_code(&error), ErrorCode::ConnectionReadTimeout));
    assert_eq!(before.elapsed().as_secs(), 30);
}
