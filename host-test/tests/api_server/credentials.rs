//! Who may read what.

use bytes::Bytes;
use host_test::api_server::{ApiServer, CertificateAuthority};
use http::{HeaderValue, Request, StatusCode, Version};
use http_body_util::Full;

use crate::VERSIONS;
use crate::client::{Client, Connected, get, within_reason};

fn with_authorization(server: &ApiServer, path: &str, value: Option<&str>) -> Request<Full<Bytes>> {
    let mut request = get(server, path);
    request.headers_mut().remove("authorization");
    if let Some(value) = value {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().insert("authorization", value);
    }
    request
}

async fn status(client: &mut Connected, request: Request<Full<Bytes>>) -> (StatusCode, String) {
    let answer = client.whole(request).await.unwrap();
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    (answer.status, message)
}

#[tokio::test]
async fn no_token_is_anonymous_and_a_bad_one_is_unauthorized() {
    within_reason(async {
        for version in VERSIONS {
            let server = ApiServer::builder().start().await.unwrap();
            let mut client = Client::of(&server, version).connect().await.unwrap();

            let good = client.get(&server, "/api").await.unwrap();
            assert_eq!(good.status, StatusCode::OK);

            let (code, message) = status(&mut client, with_authorization(&server, "/api", None)).await;
            assert_eq!(code, StatusCode::FORBIDDEN);
            assert_eq!(message, r#"forbidden: User "system:anonymous" cannot get path "/api""#);

            let pods = "/api/v1/namespaces/shop/pods";
            let (code, message) = status(&mut client, with_authorization(&server, pods, None)).await;
            assert_eq!(code, StatusCode::FORBIDDEN);
            assert_eq!(
                message,
                r#"pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "shop""#
            );

            let bad = with_authorization(&server, "/api", Some("Bearer nonsense"));
            assert_eq!(
                status(&mut client, bad).await,
                (StatusCode::UNAUTHORIZED, "Unauthorized".to_owned())
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_version_is_public() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let mut client = Client::of(&server, Version::HTTP_2).connect().await.unwrap();
        let anonymous = with_authorization(&server, "/version", None);
        let answer = client.whole(anonymous).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["gitVersion"], "v1.36.2");
    })
    .await;
}

#[tokio::test]
async fn tokens_rotate() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let mut client = Client::of(&server, Version::HTTP_11).connect().await.unwrap();
        let mut code = async |token: &str| {
            let value = format!("Bearer {token}");
            let request = with_authorization(&server, "/api", Some(&value));
            client.whole(request).await.unwrap().status
        };
        assert_eq!(code("second").await, StatusCode::UNAUTHORIZED);
        server.accept_token("second".to_owned());
        assert_eq!(code("second").await, StatusCode::OK);
        assert_eq!(code(server.token()).await, StatusCode::OK);
        server.revoke_token(server.token());
        assert_eq!(code(server.token()).await, StatusCode::UNAUTHORIZED);
        assert_eq!(code("second").await, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_reader_may_not_read_everything() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let mut client = Client::of(&server, Version::HTTP_2).connect().await.unwrap();
        let secrets = client
            .get(&server, "/api/v1/namespaces/kube-system/secrets")
            .await
            .unwrap();
        assert_eq!(secrets.body, recorded_body(include_str!("../../recorded/error-403.http")));
        let nonsense = client.get(&server, "/nonsense").await.unwrap();
        assert_eq!(
            nonsense.body,
            recorded_body(include_str!("../../recorded/error-404-path.http"))
        );
        let nodes = client.get(&server, "/api/v1/nodes/one").await.unwrap();
        assert_eq!(
            nodes.json()["message"],
            r#"nodes "one" is forbidden: User "system:serviceaccount:shop:reader" cannot get resource "nodes" in API group "" at the cluster scope"#
        );
        let scale = client
            .get(&server, "/apis/apps/v1/namespaces/other/deployments/web/scale")
            .await
            .unwrap();
        assert_eq!(
            scale.json()["message"],
            r#"deployments.apps "web" is forbidden: User "system:serviceaccount:shop:reader" cannot get resource "deployments/scale" in API group "apps" in the namespace "other""#
        );
    })
    .await;
}

fn recorded_body(file: &'static str) -> &'static str {
    file.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn client_certificates_authenticate_and_bad_ones_are_unauthorized() {
    within_reason(async {
        let authority = CertificateAuthority::new("clients").unwrap();
        let stranger = CertificateAuthority::new("strangers").unwrap();
        let server = ApiServer::builder().accept_clients_of(&authority).start().await.unwrap();
        for version in VERSIONS {
            let with = async |certificate| {
                let client = Client { certificate, ..Client::of(&server, version) };
                let mut client = client.connect().await.unwrap();
                let request = with_authorization(&server, "/api", None);
                client.whole(request).await.unwrap().status
            };
            let good = authority.issue_client("alice").unwrap();
            assert_eq!(with(Some(good.clone())).await, StatusCode::OK);
            let bad = stranger.issue_client("mallory").unwrap();
            assert_eq!(with(Some(bad)).await, StatusCode::UNAUTHORIZED);
            assert_eq!(with(None).await, StatusCode::FORBIDDEN);

            let requests = server.journal().requests();
            let seen = requests[0].connection.client_certificate.as_ref();
            assert_eq!(seen, Some(good.der()));
            server.journal().clear();
        }
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_nobody_needs_credentials() {
    within_reason(async {
        let server = ApiServer::builder().plain_http().start().await.unwrap();
        assert!(server.url().starts_with("http://127.0.0.1:"));
        let mut client = Client::plain(server.address()).await.unwrap();
        let request = with_authorization(&server, "/api/v1/namespaces/shop/pods/web-1", None);
        let answer = client.whole(request).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        let request = &server.journal().requests()[0];
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.connection.server_name, None);
        assert_eq!(request.connection.alpn, None);
    })
    .await;
}
