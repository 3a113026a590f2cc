use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::outgoing::ConfigError;

/// A cluster whose server sends these bytes in return for a request, and closes the connection.
async fn sending(bytes: impl AsRef<[u8]> + Send + Sync + Clone + 'static) -> Cluster {
    Cluster::raw(&["http/1.1"], move |mut stream| {
        let bytes = bytes.clone();
        async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes.as_ref()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

async fn outcome(bytes: impl AsRef<[u8]> + Send + Sync + Clone + 'static) -> ErrorCode {
    let cluster = sending(bytes).await;
    fetch(&cluster.outgoing(), "/").await.unwrap_err()
}

#[tokio::test]
async fn every_other_server_is_denied_and_sees_no_connection() {
    let cluster = Cluster::new(&[]).await;
    let outgoing = cluster.outgoing();
    for uri in [
        format!("https://{}/", cluster.server.address),
        "https://10.96.0.1:6443/".to_owned(),
        "http://10.96.0.1:443/".to_owned(),
        "https://localhost/".to_owned(),
    ] {
        let request = Request::get(&uri).body(empty()).unwrap();
        let error = outgoing.send(request, None).await.unwrap_err();
        assert!(matches!(error.code, ErrorCode::HttpRequestDenied), "{uri}");
        assert!(error.reason.contains("https://10.96.0.1:443"), "{error}");
    }
    assert_eq!(cluster.server.connections(), 0);
}

#[tokio::test]
async fn plain_http_is_for_loopback() {
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 8001));
    let built =
        Outgoing::builder().destination(Destination::http("127.0.0.1", 8001, elsewhere)).build();
    assert!(matches!(built, Err(ConfigError::PlainHttp(_))));

    let server = Server::tcp(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain").await;
    })
    .await;
    let outgoing = Outgoing::builder()
        .destination(Destination::http("127.0.0.1", 8001, server.address))
        .build()
        .unwrap();
    let request = Request::get("http://127.0.0.1:8001/").body(empty()).unwrap();
    let response = outgoing.send(request, None).await.unwrap();
    assert_eq!(body(response).await.unwrap(), "plain");
}

#[tokio::test]
async fn nothing_listens() {
    let cluster = Cluster::new(&[]).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    let outgoing = Outgoing::builder()
        .destination(Destination::https(HOST, 443, free))
        .trust_anchors(cluster.ca())
        .build()
        .unwrap();
    let error = outgoing.send(get("/"), None).await.unwrap_err();
    assert!(matches!(error.code, ErrorCode::ConnectionRefused));
    assert!(error.reason.contains(&free.to_string()), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls() {
    let authority = Authority::new();
    let server = Server::tcp(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let cluster = Cluster::around(authority, server);
    let code = fetch(&cluster.outgoing(), "/").await.unwrap_err();
    assert!(matches!(code, ErrorCode::TlsProtocolError), "{code:?}");
}

#[tokio::test]
async fn the_connection_ends_before_tls_or_the_answer() {
    let server = Server::tcp(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let cluster = Cluster::around(Authority::new(), server);
    let code = fetch(&cluster.outgoing(), "/").await.unwrap_err();
    assert!(matches!(code, ErrorCode::ConnectionTerminated), "{code:?}");

    for bytes in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        let code = outcome(bytes).await;
        assert!(matches!(code, ErrorCode::ConnectionTerminated), "{code:?}");
    }
    let cluster = Cluster::raw(&["h2"], |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let code = fetch(&cluster.outgoing(), "/").await.unwrap_err();
    assert!(matches!(code, ErrorCode::ConnectionTerminated), "{code:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_http() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n",
    ] {
        let code = outcome(bytes).await;
        assert!(matches!(code, ErrorCode::HttpProtocolError), "{bytes}: {code:?}");
    }
}

#[tokio::test]
async fn headers_over_the_limit() {
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200 * 1024));
    let code = outcome(huge).await;
    assert!(matches!(code, ErrorCode::HttpResponseHeaderSectionSize(_)), "{code:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let code = outcome(bytes).await;
        assert!(matches!(code, ErrorCode::HttpResponseIncomplete), "{bytes}: {code:?}");
    }
}

#[tokio::test]
async fn an_answer_over_http2_that_breaks_off() {
    let authority = Authority::new();
    let server = Server::answering(authority.server(HOST).config(&["h2"]), |_| {
        let unfinished = Unfinished::new("half").map_err(|never| match never {});
        Response::new(unfinished.boxed_unsync())
    })
    .await;
    let cluster = Cluster::around(authority, server);
    let mut response = cluster.outgoing().send(get("/"), None).await.unwrap();
    let half = response.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(half.into_data().unwrap(), "half");
    drop(cluster.server);
    let code = body(response).await.unwrap_err();
    assert!(matches!(code, ErrorCode::HttpResponseIncomplete), "{code:?}");
}

#[tokio::test]
async fn each_phase_has_its_timeout() {
    // TCP stands, TLS never does.
    let server = Server::tcp(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let cluster = Cluster::around(Authority::new(), server);
    let no_tls = options(|options| options.connect_timeout = Some(SHORT));
    let error = cluster.outgoing().send(get("/"), no_tls).await.unwrap_err();
    assert!(matches!(error.code, ErrorCode::ConnectionTimeout));

    // TLS stands, the answer never begins.
    for protocols in [&["http/1.1"], &["h2"]] {
        let cluster = Cluster::raw(protocols, |mut stream| async move {
            while stream.read(&mut [0; 4096]).await.is_ok_and(|len| len > 0) {}
        })
        .await;
        let no_answer = options(|options| options.first_byte_timeout = Some(SHORT));
        let error = cluster.outgoing().send(get("/"), no_answer).await.unwrap_err();
        assert!(matches!(error.code, ErrorCode::ConnectionReadTimeout));
    }

    // The answer begins, and falls silent.
    let cluster = Cluster::raw(&["http/1.1"], |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let begin = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        let _ = stream.write_all(begin).await;
        std::future::pending::<()>().await;
    })
    .await;
    let silence = options(|options| options.between_bytes_timeout = Some(SHORT));
    let response = cluster.outgoing().send(get("/"), silence).await.unwrap();
    let code = body(response).await.unwrap_err();
    assert!(matches!(code, ErrorCode::ConnectionReadTimeout), "{code:?}");
}
