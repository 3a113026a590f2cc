use super::*;

async fn outcome(config: impl Fn(&Authority) -> Arc<ServerConfig>) -> Result<String, ErrorCode> {
    let cluster = Cluster::with(config).await;
    let outcome = fetch(&cluster.outgoing(), "/api").await;
    assert_eq!(cluster.server.requests().len(), usize::from(outcome.is_ok()));
    outcome
}

#[tokio::test]
async fn a_certificate_for_the_address_is_accepted() {
    let answer = outcome(|ca| ca.server(HOST).config(&[])).await;
    assert_eq!(answer.unwrap(), "pong");
}

#[tokio::test]
async fn other_certificates_are_refused_as_such() {
    let wrong_name = outcome(|ca| ca.server("10.96.0.2").config(&[])).await;
    assert!(matches!(wrong_name, Err(ErrorCode::TlsCertificateError)));
    let expired = outcome(|ca| ca.expired_server(HOST).config(&[])).await;
    assert!(matches!(expired, Err(ErrorCode::TlsCertificateError)));
    let other_authority = outcome(|_| Authority::new().server(HOST).config(&[])).await;
    assert!(matches!(other_authority, Err(ErrorCode::TlsCertificateError)));
}

#[tokio::test]
async fn the_reason_tells_one_certificate_error_from_another() {
    let cluster = Cluster::with(|ca| ca.expired_server(HOST).config(&[])).await;
    let error = cluster.outgoing().send(get("/"), None).await.unwrap_err();
    assert!(error.reason.contains("expired"), "{error}");
}

#[tokio::test]
async fn another_name_can_be_asked_for() {
    let cluster = Cluster::with(|ca| ca.server("kubernetes.default.svc").config(&[])).await;
    assert!(matches!(fetch(&cluster.outgoing(), "/").await, Err(ErrorCode::TlsCertificateError)));
    let outgoing = cluster.builder().server_name("kubernetes.default.svc").build().unwrap();
    assert_eq!(fetch(&outgoing, "/").await.unwrap(), "pong");
    assert!(cluster.builder().server_name("not a name").build().is_err());
}

#[tokio::test]
async fn without_an_authority_nothing_is_sent() {
    let cluster = Cluster::new(&[]).await;
    let unusable: [(&str, Option<&[u8]>); 4] = [
        ("missing", None),
        ("empty", Some(b"")),
        ("garbage", Some(b"\xff\0not a certificate")),
        ("cut", Some(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")),
    ];
    for (name, contents) in unusable {
        let file = cluster.folder.path().join(name);
        if let Some(contents) = contents {
            std::fs::write(&file, contents).unwrap();
        }
        let outgoing = builder(&cluster.server, &file).build().unwrap();
        let error = outgoing.send(get("/"), None).await.unwrap_err();
        assert!(matches!(error.code, ErrorCode::TlsCertificateError), "{name}");
        assert!(error.reason.contains(&file.display().to_string()), "{name}: {error}");
    }
    assert_eq!(cluster.server.connections(), 0);
}

/// As the kubelet does it: `ca.crt` leads through `..data` to a folder that is swapped.
struct Mount(TempDir);

impl Mount {
    fn new(pem: &str) -> Self {
        let mount = Self(tempfile::tempdir().unwrap());
        mount.project("..1", pem);
        std::os::unix::fs::symlink("..data/ca.crt", mount.ca()).unwrap();
        mount
    }

    fn ca(&self) -> std::path::PathBuf {
        self.0.path().join("ca.crt")
    }

    fn project(&self, version: &str, pem: &str) {
        let root = self.0.path();
        std::fs::create_dir(root.join(version)).unwrap();
        std::fs::write(root.join(version).join("ca.crt"), pem).unwrap();
        std::os::unix::fs::symlink(version, root.join("..data_tmp")).unwrap();
        std::fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    }
}

#[tokio::test]
async fn a_new_authority_holds_for_new_connections_and_retires_the_kept_ones() {
    for protocols in [&["http/1.1"], &["h2"]] {
        let cluster = Cluster::new(protocols).await;
        let mount = Mount::new(cluster.authority.pem());
        let outgoing = builder(&cluster.server, &mount.ca()).build().unwrap();
        assert_eq!(fetch(&outgoing, "/").await.unwrap(), "pong");

        // The server still has its old certificate: the kept connection would hide that.
        let next = Authority::new();
        mount.project("..2", next.pem());
        assert!(matches!(fetch(&outgoing, "/").await, Err(ErrorCode::TlsCertificateError)));

        cluster.server.set_config(next.server(HOST).config(protocols));
        assert_eq!(fetch(&outgoing, "/").await.unwrap(), "pong");
        assert_eq!(fetch(&outgoing, "/").await.unwrap(), "pong");
        assert_eq!(cluster.server.connections(), 3, "{protocols:?}");
    }
}

#[tokio::test]
async fn the_same_authority_in_a_new_file_keeps_the_connections() {
    let cluster = Cluster::new(&["http/1.1"]).await;
    let mount = Mount::new(cluster.authority.pem());
    let outgoing = builder(&cluster.server, &mount.ca()).build().unwrap();
    fetch(&outgoing, "/").await.unwrap();
    mount.project("..2", cluster.authority.pem());
    fetch(&outgoing, "/").await.unwrap();
    assert_eq!(cluster.server.connections(), 1);
}

#[tokio::test]
async fn a_bad_new_bundle_leaves_the_last_good_one_and_is_told_once() {
    let cluster = Cluster::new(&["http/1.1"]).await;
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell = told.clone();
    let outgoing = cluster
        .builder()
        .limits(Limits { max_idle: 0, ..Limits::default() })
        .observer(Arc::new(move |_, event: crate::outgoing::Event<'_>| {
            if let crate::outgoing::Event::TrustAnchorsKept { reason } = event {
                tell.lock().unwrap().push(reason.to_owned());
            }
        }))
        .build()
        .unwrap();
    fetch(&outgoing, "/").await.unwrap();
    std::fs::write(cluster.ca(), "not a certificate").unwrap();
    fetch(&outgoing, "/").await.unwrap();
    fetch(&outgoing, "/").await.unwrap();
    std::fs::remove_file(cluster.ca()).unwrap();
    fetch(&outgoing, "/").await.unwrap();
    fetch(&outgoing, "/").await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("holds no certificate"), "{told:?}");
    assert_eq!(cluster.server.connections(), 5);
}

#[tokio::test]
async fn the_host_presents_a_client_certificate_where_it_has_one() {
    let authority = Authority::new();
    let config = authority.server(HOST).config_for_clients_of(&authority);
    let server = Server::answering(config, |_| text("pong")).await;
    let cluster = Cluster::around(authority, server);
    let with = cluster.builder().client_certificate(cluster.authority.client()).build().unwrap();
    assert_eq!(fetch(&with, "/").await.unwrap(), "pong");

    let Err(ErrorCode::TlsAlertReceived(alert)) = fetch(&cluster.outgoing(), "/").await else {
        panic!("no alert received");
    };
    assert_eq!(alert.alert_id, Some(116));
    assert_eq!(alert.alert_message.as_deref(), Some("CertificateRequired"));
}
