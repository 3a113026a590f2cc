//! Requests that are wrong: refused with a word on what is wrong, and nothing sent.

use crate::support::{Cluster, assert_error, assert_untouched, get, on_both_versions, request};
use host_test::pod::client::rest::Request;

/// Checks that a request is refused by each function that takes one, and that nothing is sent.
async fn assert_refused(cluster: &Cluster, request: &Request, says: &[&str]) {
    let mut client = cluster.client().await;
    for body in [None, Some(&b"{}"[..])] {
        let errors = [
            client.send(request, body).await.unwrap().unwrap_err(),
            client.open(request, body).await.unwrap().unwrap_err(),
        ];
        for error in errors {
            assert_error(&error, "invalid-request", &["not sent"]);
            assert_error(&error, "invalid-request", says);
            cluster.assert_shows_no_token(&error);
        }
    }
    let error = client.upload(request, Some(2)).await.unwrap().unwrap_err();
    assert_error(&error, "invalid-request", says);
}

#[tokio::test]
async fn paths_that_might_lead_elsewhere() {
    let long = format!("/{}", "x".repeat(40_000));
    let cluster = Cluster::start().await;
    for (path, says) in [
        ("", "begins with `/`"),
        ("api", "begins with `/`"),
        ("https://example.com/api", "begins with `/`"),
        ("@example.com/api", "begins with `/`"),
        ("//example.com/api", "empty segment"),
        ("/api//v1", "empty segment"),
        ("/api/v1/namespaces//pods", "empty segment"),
        ("/api/v1//", "empty segment"),
        ("/..", "`..`"),
        ("/api/../apis", "`..`"),
        ("/api/./v1", "`..`"),
        ("/api/v1/namespaces/shop/pods/..", "`..`"),
        ("/api/%2e%2E/apis", "`..`"),
        ("/api/.%2e/apis", "`..`"),
        ("/api/v1/namespaces/a%2fb/pods", "encoded `/`"),
        ("/api/v1/namespaces/a%2Fb/pods", "encoded `/`"),
        ("/api/a%5cb", "encoded `/`"),
        ("/api/a%252fb", "encoded `/`"),
        ("/api/%25%32%65", "encoded `/`"),
        ("/api/a%00b", "encoded `/`"),
        ("/api/a%0d%0aHost:%20example.com", "encoded `/`"),
        ("/api/a%", "two hexadecimal digits"),
        ("/api/a%zz", "two hexadecimal digits"),
        ("/api/a%\u{e4}", "two hexadecimal digits"),
        ("/api?watch=1", "query"),
        ("/api#x", "query"),
        ("/api/a b", "percent-encoded"),
        ("/api/a\\b", "percent-encoded"),
        ("/api HTTP/1.1\r\nHost: example.com\r\n\r\n", "percent-encoded"),
        ("/api\r\n", "percent-encoded"),
        ("/api\n/v1", "percent-encoded"),
        ("/api\0", "percent-encoded"),
        ("/api/gr\u{f6}\u{df}e", "percent-encoded"),
        ("/api/\u{2025}", "percent-encoded"),
        (&long, "longer than 32768 bytes"),
    ] {
        assert_refused(&cluster, &get(path), &[says]).await;
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn a_query_that_is_too_long() {
    let cluster = Cluster::start().await;
    let mut request = get("/api");
    request.query = vec![("continue".to_owned(), "x".repeat(40_000))];
    assert_refused(&cluster, &request, &["longer than 32768 bytes"]).await;
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn methods_that_are_none_or_do_not_suit() {
    let cluster = Cluster::start().await;
    let long = "X".repeat(33);
    for method in [
        "",
        "get",
        "Get",
        "TRACE",
        "CONNECT",
        "GET ",
        "GE T",
        "GET / HTTP/1.1\r\nHost: example.com\r\n\r\nGET",
        "G\0T",
        "G\u{cb}T",
        &long,
    ] {
        assert_refused(&cluster, &request(method, "/api"), &["no method"]).await;
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn headers_that_would_split_a_request() {
    let cluster = Cluster::start().await;
    for (name, value, says) in [
        ("X-Mine", "a\r\nAuthorization: Bearer of-the-caller", "`X-Mine`"),
        ("X-Mine", "a\r\n\r\nGET /api HTTP/1.1", "`X-Mine`"),
        ("X-Mine", "a\n", "`X-Mine`"),
        ("X-Mine", "\ra", "`X-Mine`"),
        ("X-Mine", "a\0b", "`X-Mine`"),
        ("X-Mine", "a\x7fb", "`X-Mine`"),
        ("X-Mine\r\nX-Yours", "a", "not the name of a header"),
        ("X Mine", "a", "not the name of a header"),
        ("X-Mine:", "a", "not the name of a header"),
        (":authority", "example.com", "not the name of a header"),
        ("X-Mine\0", "a", "not the name of a header"),
        ("X-M\u{ef}ne", "a", "not the name of a header"),
        ("", "a", "not the name of a header"),
        ("Authorization\n", "Bearer of-the-caller", "not the name of a header"),
    ] {
        let mut request = get("/api");
        request.headers = vec![(name.to_owned(), value.to_owned())];
        assert_refused(&cluster, &request, &[says]).await;
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn headers_that_the_transport_writes() {
    let cluster = Cluster::start().await;
    for name in [
        "Host",
        "HOST",
        "Content-Length",
        "content-length",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "transfer-encoding",
        "Upgrade",
        "HTTP2-Settings",
        "Expect",
    ] {
        let mut request = get("/api");
        request.headers = vec![(name.to_owned(), "0".to_owned())];
        let says = format!("`{name}` is written by the transport");
        assert_refused(&cluster, &request, &[&says]).await;
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn more_headers_than_hosts_take() {
    let cluster = Cluster::start().await;
    let header = |value: &str| ("X-Mine".to_owned(), value.to_owned());
    for headers in [vec![header(""); 257], vec![header(&"x".repeat(65_536))]] {
        let mut request = get("/api");
        request.headers = headers;
        assert_refused(&cluster, &request, &["256 headers", "65536 bytes"]).await;
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn the_most_of_everything_that_is_allowed_is_sent() {
    on_both_versions(async |cluster| {
        let token = "t".repeat(32 * 1024);
        cluster.server.accept_token(token.clone());
        cluster.volume.set_token(token).unwrap();
        let mut request = get("/api");
        request.query = vec![("continue".to_owned(), "x".repeat(32_768 - "/api?continue=".len()))];
        let name = |number| format!("X-{number:04}");
        request.headers = (0..256).map(|number| (name(number), "x".repeat(250))).collect();
        cluster.client().await.send(&request, None).await.unwrap().unwrap();
        let sent = &cluster.server.journal().requests()[0];
        assert_eq!(sent.header("X-0255").map(str::len), Some(250));
        assert_eq!(sent.query.as_deref().map(str::len), Some(32_763));
    })
    .await;
}
