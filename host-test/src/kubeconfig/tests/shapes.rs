//! Kubeconfigs as the tools of the field write them.

use super::*;

#[test]
fn kind() {
    let desk = Desk::new();
    let access = desk
        .resolve(
            r"
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: CERT
    server: https://127.0.0.1:41219
  name: kind-kind
contexts:
- context:
    cluster: kind-kind
    user: kind-kind
  name: kind-kind
current-context: kind-kind
kind: Config
preferences: {}
users:
- name: kind-kind
  user:
    client-certificate-data: CERT
    client-key-data: KEY
",
            None,
        )
        .unwrap();

    assert_eq!(access.server.to_string(), "https://127.0.0.1:41219");
    assert_eq!(access.certificate_authority.as_deref(), Some(desk.certificate.as_bytes()));
    assert_eq!(access.tls_server_name, None);
    assert_eq!(access.namespace, None);
    let debug = format!("{access:?} {access:#?}");
    let Credentials::ClientCertificate(certificate) = access.credentials else {
        panic!("{debug}");
    };
    assert_eq!(certificate.certificate_pem, desk.certificate.as_bytes());
    assert_eq!(certificate.key_pem, desk.key.as_bytes());
    let line = desk.key.lines().nth(1).unwrap();
    assert!(!debug.contains(line), "{debug}");
    assert!(debug.contains("[redacted]"), "{debug}");
}

#[test]
fn kubeadm_with_files_beside_it() {
    let desk = Desk::new();
    let access = desk
        .resolve(
            r"
apiVersion: v1
clusters:
- cluster:
    certificate-authority: pki/tls.crt
    server: https://192.168.10.10:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    namespace: kube-system
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
users:
- name: kubernetes-admin
  user:
    client-certificate: pki/tls.crt
    client-key: ./pki/tls.key
",
            None,
        )
        .unwrap();

    assert_eq!(access.certificate_authority.as_deref(), Some(desk.certificate.as_bytes()));
    assert_eq!(access.namespace.as_deref(), Some("kube-system"));
    let Credentials::ClientCertificate(certificate) = access.credentials else {
        panic!("{access:?}");
    };
    assert_eq!(certificate.certificate_pem, desk.certificate.as_bytes());
    assert_eq!(certificate.key_pem, desk.key.as_bytes());
}

#[test]
fn k3s_is_named_default_throughout() {
    let desk = Desk::new();
    let text = r"
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: CERT
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
users:
- name: default
  user:
    client-certificate-data: CERT
    client-key-data: KEY
";
    for context in [None, Some("default")] {
        let access = desk.resolve(text, context).unwrap();
        assert_eq!(access.server.port, 6443);
    }
}

#[test]
fn minikube_with_extensions_and_several_clusters() {
    let desk = Desk::new();
    let text = r#"
apiVersion: v1
clusters:
- cluster:
    certificate-authority: pki/tls.crt
    extensions:
    - extension:
        last-update: Mon, 23 Nov 2026 10:11:12 CET
        provider: minikube.sigs.k8s.io
        version: v1.38.0
      name: cluster_info
    server: https://192.168.49.2:8443
  name: minikube
- cluster:
    certificate-authority-data: CERT
    server: https://rancher.example/k8s/clusters/c-m-abc
    tls-server-name: rancher.internal
  name: rancher
contexts:
- context:
    cluster: minikube
    extensions:
    - extension: {provider: minikube.sigs.k8s.io}
      name: context_info
    namespace: default
    user: minikube
  name: minikube
- context:
    cluster: rancher
    user: rancher
  name: rancher
current-context: minikube
kind: Config
preferences:
  colors: true
future-field: [1, {two: 3}]
users:
- name: minikube
  user:
    client-certificate: pki/tls.crt
    client-key: pki/tls.key
- name: rancher
  user:
    token: "kubeconfig-u-abc:s3cret"
"#;

    let minikube = desk.resolve(text, None).unwrap();
    assert_eq!(minikube.server.host, "192.168.49.2");
    assert_eq!(minikube.namespace.as_deref(), Some("default"));

    let rancher = desk.resolve(text, Some("rancher")).unwrap();
    assert_eq!(rancher.server.to_string(), "https://rancher.example:443/k8s/clusters/c-m-abc");
    assert_eq!(rancher.tls_server_name.as_deref(), Some("rancher.internal"));
    let debug = format!("{rancher:?}");
    assert!(!debug.contains("s3cret"), "{debug}");
    let Credentials::Token(token) = rancher.credentials else {
        panic!("{debug}");
    };
    assert_eq!(token.expose(), "kubeconfig-u-abc:s3cret");

    let debug = format!("{:?}", desk.read(text).unwrap());
    assert!(!debug.contains("s3cret"), "{debug}");
}

#[test]
fn eks_and_gke_with_plugins() {
    let desk = Desk::new();
    let text = r"
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: CERT
    server: https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com
  name: arn:aws:eks:eu-west-1:111122223333:cluster/dev
- cluster:
    certificate-authority-data: CERT
    server: https://34.1.2.3
  name: gke_project_europe-west1_dev
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/dev
    user: arn:aws:eks:eu-west-1:111122223333:cluster/dev
  name: arn:aws:eks:eu-west-1:111122223333:cluster/dev
- context:
    cluster: gke_project_europe-west1_dev
    user: gke_project_europe-west1_dev
  name: gke_project_europe-west1_dev
current-context: arn:aws:eks:eu-west-1:111122223333:cluster/dev
kind: Config
preferences: {}
users:
- name: arn:aws:eks:eu-west-1:111122223333:cluster/dev
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - dev
      - --output
      - json
      command: aws
      env:
      - name: AWS_PROFILE
        value: s3cret
      interactiveMode: IfAvailable
      provideClusterInfo: false
- name: gke_project_europe-west1_dev
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: null
      command: gke-gcloud-auth-plugin
      env: null
      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
        https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
      provideClusterInfo: true
";
    for (context, command) in
        [(None, "aws"), (Some("gke_project_europe-west1_dev"), "gke-gcloud-auth-plugin")]
    {
        let access = desk.resolve(text, context).unwrap();
        let Credentials::Exec(plugin) = access.credentials else {
            panic!("{access:?}");
        };
        let debug = format!("{plugin:?}");
        assert!(debug.contains(&format!("{command:?}")), "{debug}");
        assert!(!debug.contains("s3cret"), "{debug}");
    }
}

#[test]
fn aks_admin_with_token_and_certificate() {
    let desk = Desk::new();
    let access =
        desk.user("client-certificate-data: CERT, client-key-data: KEY, token: s3cret").unwrap();
    assert!(matches!(access.credentials, Credentials::Token(_)));
}

#[test]
fn json_indented_with_tabs() {
    let desk = Desk::new();
    let text = r#"{
        "kind": "Config",
        "apiVersion": "v1",
        "clusters": [
                {"name": "dev", "cluster": {"server": "https:\/\/10.0.0.1:6443",
                        "certificate-authority-data": "CERT"}}
        ],
        "users": [{"name": "admin", "user": {"token": "s3cret"}}],
        "contexts": [{"name": "d\u00e9v", "context": {"cluster": "dev", "user": "admin"}}],
        "current-context": "d\u00e9v"
}
"#;
    let access = desk.resolve(&text.replace("        ", "\t"), None).unwrap();
    assert_eq!(access.server.to_string(), "https://10.0.0.1:6443");
    assert!(matches!(access.credentials, Credentials::Token(_)));
}

#[test]
fn proxy_on_loopback_is_sent_no_credentials() {
    let desk = Desk::new();
    let access = desk
        .one("server: 'http://localhost:8001', insecure-skip-tls-verify: true", "token: s3cret")
        .unwrap();
    assert_eq!(access.server.scheme, Scheme::Http);
    assert_eq!(access.certificate_authority, None);
    assert!(matches!(access.credentials, Credentials::None));
}
