//! What a request is on the wire.

use crate::support::{Cluster, get, on_both_versions, request};
use host_test::api_server::{Answer, RecordedRequest};
use http::{Method, StatusCode, Version};

const PATH: &str = "/api/v1/namespaces/shop/things";

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Has the server answer a path with 200, whatever the method.
fn serve(cluster: &Cluster, path: &str, methods: &[&str]) {
    for method in methods {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        cluster.server.answer(method, path, Answer::text(StatusCode::OK, "done"));
    }
}

/// All values of a header.
fn values<'a>(sent: &'a RecordedRequest, name: &str) -> Vec<&'a [u8]> {
    sent.headers.get_all(name).iter().map(|value| value.as_bytes()).collect()
}

#[tokio::test]
async fn a_request_carries_the_token_and_the_defaults() {
    on_both_versions(async |cluster| {
        let response = cluster.client().await.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(response.head.status, 200);
        assert!(String::from_utf8(response.body).unwrap().contains("\"APIVersions\""));

        let sent = &cluster.server.journal().requests()[0];
        assert_eq!((sent.method.as_str(), sent.path.as_str()), ("GET", "/api"));
        assert_eq!(sent.query, None);
        assert_eq!(sent.authority, Some(cluster.server.address().to_string()));
        let authorization = format!("Bearer {}", cluster.server.token());
        assert_eq!(values(sent, "authorization"), [authorization.as_bytes()]);
        assert_eq!(values(sent, "accept"), [b"application/json"]);
        let [agent] = values(sent, "user-agent")[..] else { panic!("{sent:?}") };
        assert!(agent.starts_with(b"k8s-in-cluster/"), "{sent:?}");
        // And nothing else.
        let mut names: Vec<_> = sent.headers.keys().map(|name| name.as_str()).collect();
        names.retain(|name| *name != "host");
        names.sort_unstable();
        assert_eq!(names, ["accept", "authorization", "user-agent"]);
    })
    .await;
}

#[tokio::test]
async fn every_method_arrives_as_it_was_given() {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];
    on_both_versions(async |cluster| {
        serve(cluster, PATH, &methods);
        serve(cluster, PATH, &["HEAD"]);
        let mut client = cluster.client().await;
        for method in methods {
            let response = client.send(&request(method, PATH), None).await.unwrap().unwrap();
            assert_eq!(response.body, b"done", "{method}");
            let sent = cluster.server.journal().requests().pop().unwrap();
            assert_eq!((sent.method.as_str(), sent.path.as_str()), (method, PATH));
            assert!(sent.body.is_empty());
            let authorization = format!("Bearer {}", cluster.server.token());
            assert_eq!(values(&sent, "authorization"), [authorization.as_bytes()]);
        }
        let head = client.send(&request("HEAD", PATH), None).await.unwrap().unwrap();
        assert!(head.body.is_empty());
        let length = head.head.headers.iter().find(|(name, _)| name == "content-length");
        assert_eq!(length.map(|(_, value)| value.as_str()), Some("4"));
        client.send(&get("/api"), None).await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_query_is_encoded_and_stays_in_order() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for (query, expected) in [
            (&[][..], None),
            (&[("watch", "")], Some("watch=")),
            (&[("b", "2"), ("a", "1"), ("b", "1")], Some("b=2&a=1&b=1")),
            (
                &[("labelSelector", "app in (a, b),tier!=x&y=z")],
                Some("labelSelector=app%20in%20%28a%2C%20b%29%2Ctier%21%3Dx%26y%3Dz"),
            ),
            (&[("a+b", "+ %2B\u{e4}\u{20ac}")], Some("a%2Bb=%2B%20%252B%C3%A4%E2%82%AC")),
            (&[("a", "x\r\nHost: evil\0#?/")], Some("a=x%0D%0AHost%3A%20evil%00%23%3F%2F")),
            (&[("-._~", "-._~")], Some("-._~=-._~")),
        ] {
            let mut request = get("/api");
            request.query = pairs(query);
            client.send(&request, None).await.unwrap().unwrap();
            let sent = cluster.server.journal().requests().pop().unwrap();
            assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/api", expected));
        }
    })
    .await;
}

#[tokio::test]
async fn an_encoded_path_arrives_as_it_was_given() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for path in [
            "/",
            "/openapi/v3/",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:basic-user",
            "/api/v1/namespaces/shop/services/https:web:443/proxy/a%20b/%E2%82%AC",
            "/api/v1/x/...",
            "/api/v1/x/%2e%2e%2e",
            "/api/v1/x/a;b=c,d@e!f$g&h'(i)*+~_",
        ] {
            serve(cluster, path, &["GET"]);
            client.send(&get(path), None).await.unwrap().unwrap();
            let sent = cluster.server.journal().requests().pop().unwrap();
            assert_eq!((sent.path.as_str(), sent.query), (path, None));
        }
    })
    .await;
}

#[tokio::test]
async fn a_callers_headers_are_passed_on_and_replace_the_defaults() {
    on_both_versions(async |cluster| {
        let mut request = get("/api");
        request.headers = pairs(&[
            ("X-Several", "one"),
            ("ACCEPT", "application/json;as=Table"),
            ("x-several", "two"),
            ("User-agent", "mine/1.0"),
            ("X-Text", "tab\there, \u{e4}\u{20ac}"),
            ("X-Empty", ""),
            ("Impersonate-User", "jane"),
            ("Cookie", "a=b"),
        ]);
        cluster.client().await.send(&request, None).await.unwrap().unwrap();
        let sent = &cluster.server.journal().requests()[0];
        for (name, expected) in [
            ("x-several", &["one", "two"][..]),
            ("accept", &["application/json;as=Table"]),
            ("user-agent", &["mine/1.0"]),
            ("x-text", &["tab\there, \u{e4}\u{20ac}"]),
            ("x-empty", &[""]),
            ("impersonate-user", &["jane"]),
            ("cookie", &["a=b"]),
        ] {
            let expected: Vec<_> = expected.iter().map(|value| value.as_bytes()).collect();
            assert_eq!(values(sent, name), expected, "{name}");
        }
        let authorization = format!("Bearer {}", cluster.server.token());
        assert_eq!(values(sent, "authorization"), [authorization.as_bytes()]);
    })
    .await;
}

#[tokio::test]
async fn a_body_goes_with_its_length_and_arrives_whole() {
    let large: Vec<u8> = (0..3_000_000u32).map(|byte| (byte % 251) as u8).collect();
    on_both_versions(async |cluster| {
        let methods = ["POST", "PUT", "PATCH", "DELETE"];
        serve(cluster, PATH, &methods);
        let mut client = cluster.client().await;
        for method in methods {
            for body in [&b"{\"kind\":\"Thing\"}"[..], b"", b"\x00\xff\r\n\r\n", &large] {
                let mut request = request(method, PATH);
                request.headers = pairs(&[("Content-Type", "application/octet-stream")]);
                client.send(&request, Some(body)).await.unwrap().unwrap();
                let sent = cluster.server.journal().requests().pop().unwrap();
                assert_eq!(sent.method.as_str(), method);
                assert!(sent.body == body, "{} bytes of {}", sent.body.len(), body.len());
                let length = body.len().to_string();
                assert_eq!(values(&sent, "content-length"), [length.as_bytes()]);
                assert_eq!(values(&sent, "content-type"), [b"application/octet-stream"]);
                assert!(sent.header("transfer-encoding").is_none());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_body_is_told_from_an_empty_one() {
    on_both_versions(async |cluster| {
        let methods = ["GET", "DELETE", "POST"];
        serve(cluster, PATH, &methods);
        let mut client = cluster.client().await;
        for method in methods {
            client.send(&request(method, PATH), None).await.unwrap().unwrap();
            client.send(&request(method, PATH), Some(b"")).await.unwrap().unwrap();
            let sent = cluster.server.journal().requests();
            let [none, empty] = &sent[sent.len() - 2..] else { panic!("{sent:?}") };
            assert!(none.header("transfer-encoding").is_none(), "{none:?}");
            // Of a method that usually has a body, a host may say that there is none.
            let length = none.header("content-length");
            let zero_too = method == "POST" && length == Some("0");
            assert!(length.is_none() || zero_too, "{none:?}");
            assert_eq!(empty.header("content-length"), Some("0"), "{empty:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for _ in 0..20 {
            client.send(&get("/api"), None).await.unwrap().unwrap();
        }
        let entries = cluster.server.journal().entries();
        assert_eq!((entries.requests.len(), entries.accepted_connections), (20, 1));
        let over_http2 = entries.requests[0].version == Version::HTTP_2;
        let alpn = if over_http2 { "h2" } else { "http/1.1" };
        assert_eq!(entries.requests[0].connection.alpn.as_deref(), Some(alpn));
    })
    .await;
}
