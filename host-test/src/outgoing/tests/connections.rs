use http::{HeaderValue, Method, Version, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[tokio::test]
async fn one_connection_serves_requests_one_after_the_other() {
    for (protocols, version) in [(&["http/1.1"], Version::HTTP_11), (&["h2"], Version::HTTP_2)] {
        let cluster = Cluster::new(protocols).await;
        let outgoing = cluster.outgoing();
        for _ in 0..10 {
            assert_eq!(fetch(&outgoing, "/api").await.unwrap(), "pong");
        }
        assert_eq!(cluster.server.connections(), 1, "{protocols:?}");
        let requests = cluster.server.requests();
        assert_eq!(requests.len(), 10);
        assert!(requests.iter().all(|request| request.version() == version));
    }
}

#[tokio::test]
async fn answers_without_a_body_give_the_connection_back_too() {
    let authority = Authority::new();
    let server =
        Server::answering(authority.server(HOST).config(&["http/1.1"]), |_| text("")).await;
    let cluster = Cluster::around(authority, server);
    let outgoing = cluster.outgoing();
    for _ in 0..3 {
        // The guest does not look at the body at all.
        drop(outgoing.send(get("/"), None).await.unwrap());
    }
    assert_eq!(cluster.server.connections(), 1);
}

#[tokio::test]
async fn http2_shares_one_connection_among_requests_at_once() {
    let cluster = Cluster::new(&["h2", "http/1.1"]).await;
    let outgoing = cluster.outgoing();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let outgoing = outgoing.clone();
        requests.spawn(async move { fetch(&outgoing, "/api").await });
    }
    for answer in requests.join_all().await {
        assert_eq!(answer.unwrap(), "pong");
    }
    assert_eq!(cluster.server.connections(), 1);
}

#[tokio::test]
async fn http2_is_left_alone_where_it_is_not_wanted() {
    let cluster = Cluster::new(&["h2", "http/1.1"]).await;
    let outgoing = cluster.builder().http2(false).build().unwrap();
    fetch(&outgoing, "/").await.unwrap();
    assert_eq!(cluster.server.requests()[0].version(), Version::HTTP_11);
}

#[tokio::test]
async fn each_version_gets_the_form_that_it_asks_for() {
    let request = || {
        let mut request = get("/api?watch=true");
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_static("elsewhere"));
        headers.insert("x-kept", HeaderValue::from_static("yes"));
        request
    };
    let cluster = Cluster::new(&["http/1.1"]).await;
    let outgoing = cluster.outgoing();
    body(outgoing.send(request(), None).await.unwrap()).await.unwrap();
    let seen = &cluster.server.requests()[0];
    assert_eq!(seen.uri().to_string(), "/api?watch=true");
    assert_eq!(seen.headers()["host"], "10.96.0.1:443");
    assert_eq!(seen.headers()["x-kept"], "yes");

    let cluster = Cluster::new(&["h2"]).await;
    let outgoing = cluster.outgoing();
    let mut hop_by_hop = request();
    hop_by_hop.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    body(outgoing.send(hop_by_hop, None).await.unwrap()).await.unwrap();
    let seen = &cluster.server.requests()[0];
    assert_eq!(seen.uri().to_string(), "https://10.96.0.1:443/api?watch=true");
    assert!(!seen.headers().contains_key("host"));
    assert!(!seen.headers().contains_key("connection"));
    assert_eq!(seen.headers()["x-kept"], "yes");
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closed_is_replaced() {
    let closed = Arc::new(tokio::sync::Semaphore::new(0));
    let close = closed.clone();
    let cluster = Cluster::raw(&["http/1.1"], move |mut stream| {
        let close = close.clone();
        async move {
            assert!(read_head(&mut stream).await);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong";
            stream.write_all(answer).await.unwrap();
            // Without a word of it in the answer.
            let _ = stream.shutdown().await;
            drop(stream);
            close.add_permits(1);
        }
    })
    .await;
    let outgoing = cluster.outgoing();
    for _ in 0..3 {
        // A POST, which can't be sent twice: that it was not sent has to be sure.
        let mut request = get("/");
        *request.method_mut() = Method::POST;
        let response = outgoing.send(request, None).await.unwrap();
        assert_eq!(body(response).await.unwrap(), "pong");
        closed.acquire().await.unwrap().forget();
        // A turn of the runtime's I/O, so that the end of the connection is there to be seen.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(cluster.server.connections(), 3);
}

#[tokio::test]
async fn a_connection_is_not_reused_while_its_request_is_still_being_sent() {
    let cluster = Cluster::raw(&["http/1.1"], |mut stream| async move {
        while read_head(&mut stream).await {
            let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let outgoing = cluster.outgoing();
    let unfinished = Unfinished::new("begin").map_err(|never| match never {});
    let request =
        Request::post(format!("https://{HOST}/")).body(unfinished.boxed_unsync()).unwrap();
    let response = outgoing.send(request, None).await.unwrap();
    assert_eq!(body(response).await.unwrap(), "no");
    let next = tokio::time::timeout(HANG, fetch(&outgoing, "/")).await;
    assert_eq!(next.unwrap().unwrap(), "no");
    assert_eq!(cluster.server.connections(), 2);
}

#[tokio::test]
async fn an_answer_that_is_dropped_is_cancelled() {
    let (gone, is_gone) = tokio::sync::oneshot::channel();
    let gone = Arc::new(std::sync::Mutex::new(Some(gone)));
    let cluster = Cluster::raw(&["http/1.1"], move |mut stream| {
        let gone = gone.lock().unwrap().take();
        async move {
            assert!(read_head(&mut stream).await);
            let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n";
            stream.write_all(answer).await.unwrap();
            let _ = stream.read_u8().await;
            let _ = gone.unwrap().send(());
        }
    })
    .await;
    let outgoing = cluster.outgoing();
    let mut response = outgoing.send(get("/"), None).await.unwrap();
    let first = response.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "a");
    drop(response);
    tokio::time::timeout(HANG, is_gone).await.unwrap().unwrap();
}
