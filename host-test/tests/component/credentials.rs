//! The bearer token: read from its file, sent with each request, and shown to nobody.

use crate::support::{
    Cluster, assert_error, assert_untouched, client, get, on_both_versions, request, status,
};
use host_test::api_server::{ApiServer, RecordedRequest};
use host_test::service_account::{Contents, File, MOUNT_PATH};

/// The values of the `Authorization` headers of a request.
fn authorizations(sent: &RecordedRequest) -> Vec<&str> {
    sent.headers.get_all("authorization").iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn a_token_that_is_none_is_an_error_that_names_the_file() {
    let path = format!("{MOUNT_PATH}/token");
    let long = "secret-token".repeat(10_000).into_bytes();
    let large = "secret-token".repeat(100_000).into_bytes();
    for (token, expected, says) in [
        (None, "not-in-cluster", "no such file"),
        (Some(&b""[..]), "credentials", "it is empty"),
        (Some(b" \t\r\n"), "credentials", "it is empty"),
        (Some(b"\x00\x9f\x92\x96secret-token"), "credentials", "byte 0"),
        (Some(b"secret-token\xc3\xa9"), "credentials", "byte 12"),
        (Some(b"secret-token\nsecond-line"), "credentials", "byte 12"),
        (Some(b"secret-token\r\nX-Injected: 1"), "credentials", "byte 12"),
        (Some(b"secret-token second-word"), "credentials", "byte 12"),
        (Some(b"secret-token\0"), "credentials", "byte 12"),
        (Some(&long), "credentials", "longer than 32768 bytes"),
        (Some(&large), "credentials", "larger than 1048576 bytes"),
    ] {
        let cluster = Cluster::start().await;
        let token = token.map(<[u8]>::to_vec);
        cluster.volume.replace(&Contents { token, ..cluster.volume.contents() }).unwrap();
        cluster.assert_unusable(cluster.pod(), expected, &[&path, says]).await;
    }
}

#[tokio::test]
async fn a_folder_in_place_of_the_token_is_an_error_that_names_it() {
    let cluster = Cluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("token")).unwrap();
    let pod = cluster.bare_pod().service_account(folder.path(), MOUNT_PATH);
    let pod = cluster.with_environment(pod);
    let path = format!("{MOUNT_PATH}/token");
    cluster.assert_unusable(pod, "credentials", &[&path, "not a regular file"]).await;
}

#[tokio::test]
async fn white_space_around_a_token_is_not_sent() {
    on_both_versions(async |cluster| {
        let expected = [format!("Bearer {}", cluster.server.token())];
        for token in ["{}\n", "{}\r\n", " \n\t{} \n\n"] {
            let token = token.replace("{}", cluster.server.token());
            cluster.volume.set_token(token).unwrap();
            cluster.client().await.send(&get("/api"), None).await.unwrap().unwrap();
        }
        let sent = cluster.server.journal().requests();
        assert_eq!(sent.len(), 3);
        assert!(sent.iter().all(|sent| authorizations(sent) == expected));
    })
    .await;
}

#[tokio::test]
async fn no_error_shows_the_token() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let errors = [
        client.send(&get("/nonsense"), None).await.unwrap().unwrap_err(),
        client.send(&get("not a path"), None).await.unwrap().unwrap_err(),
        client.send(&request("TRACE", "/api"), None).await.unwrap().unwrap_err(),
    ];
    for error in errors {
        cluster.assert_shows_no_token(&error);
    }
    cluster.server.revoke_token(cluster.server.token());
    let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
    cluster.assert_shows_no_token(&error);
    assert_eq!(status(error).code, 401);
    cluster.server.stop().await;
    let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
    cluster.assert_shows_no_token(&error);
    assert_error(&error, "connection", &[]);
}

#[tokio::test]
async fn a_callers_own_authorization_is_refused_and_nothing_sent() {
    for name in ["Authorization", "authorization", "AUTHORIZATION", "Proxy-Authorization"] {
        for setting in ["", "false"] {
            let cluster = Cluster::start().await;
            let pod = cluster.pod().env("K8S_IN_CLUSTER_ALLOW_AUTHORIZATION", setting);
            let mut client = client(pod).await;
            let mut request = get("/api");
            request.headers = vec![(name.to_owned(), "Bearer of-the-caller".to_owned())];
            let error = client.send(&request, None).await.unwrap().unwrap_err();
            assert_error(&error, "denied", &["not allowed"]);
            assert!(!format!("{error:?}").contains("of-the-caller"));
            let error = client.open(&request, None).await.unwrap().unwrap_err();
            assert_error(&error, "denied", &["not allowed"]);
            let error = client.upload(&request, None).await.unwrap().unwrap_err();
            assert_error(&error, "denied", &["not allowed"]);
            assert_untouched(&cluster.server).await;
        }
    }
}

#[tokio::test]
async fn a_callers_own_authorization_goes_alone_where_allowed() {
    for server in [ApiServer::builder(), ApiServer::builder().without_http2()] {
        let cluster = Cluster::with(server.start().await.unwrap());
        let pod = cluster.pod().env("K8S_IN_CLUSTER_ALLOW_AUTHORIZATION", "true");
        let mut client = client(pod).await;
        let mut own = get("/api");
        own.headers = vec![("AuthorizatioN".to_owned(), "Bearer of-the-caller".to_owned())];
        // The pod's token is none of the caller's: it does not stand in for a bad one.
        cluster.volume.set_token("another-token").unwrap();
        let error = client.send(&own, None).await.unwrap().unwrap_err();
        assert_eq!(status(error).code, 401);
        cluster.server.accept_token("of-the-caller".to_owned());
        client.send(&own, None).await.unwrap().unwrap();
        // Whoever brings none is the pod.
        cluster.server.accept_token("another-token".to_owned());
        client.send(&get("/api"), None).await.unwrap().unwrap();
        let sent = cluster.server.journal().requests();
        let sent: Vec<_> = sent.iter().map(authorizations).collect();
        let expected =
            [["Bearer of-the-caller"], ["Bearer of-the-caller"], ["Bearer another-token"]];
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn credentials_that_are_no_token_are_refused_even_where_a_callers_are_allowed() {
    let cluster = Cluster::start().await;
    cluster.volume.remove(File::Token).unwrap();
    let pod = cluster.pod().env("K8S_IN_CLUSTER_ALLOW_AUTHORIZATION", "true");
    let mut request = get("/api");
    request.headers = vec![("Proxy-Authorization".to_owned(), "Basic abc".to_owned())];
    cluster.volume.set_token(cluster.server.token()).unwrap();
    let error = client(pod).await.send(&request, None).await.unwrap().unwrap_err();
    assert_error(&error, "denied", &["Proxy-Authorization"]);
    assert_untouched(&cluster.server).await;
}
