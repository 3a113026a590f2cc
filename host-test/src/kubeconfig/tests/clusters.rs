//! What a cluster may not ask for, and what is wrong with its fields.

use super::*;

fn refused(cluster: &str) -> String {
    let desk = Desk::new();
    desk.write("empty.crt", "");
    desk.error(desk.one(cluster, "token: s3cret"))
}

#[test]
fn verification_can_not_be_skipped() {
    let error = refused("server: 'https://10.0.0.1:6443', insecure-skip-tls-verify: true");
    assert_says(
        &error,
        &[
            "cluster \"kind\"",
            "insecure-skip-tls-verify",
            "always verified",
            "certificate-authority",
        ],
    );

    let desk = Desk::new();
    let cluster = "server: 'https://10.0.0.1:6443', insecure-skip-tls-verify: false";
    assert!(desk.one(cluster, "token: s3cret").is_ok());
}

#[test]
fn no_proxy() {
    let error = refused("server: 'https://10.0.0.1', proxy-url: 'http://u:s3cret@proxy:3128'");
    assert_says(&error, &["cluster \"kind\"", "proxy-url is not supported", "directly"]);
}

#[test]
fn servers() {
    for (cluster, says) in [
        ("", "server is missing; write https://HOST:PORT"),
        ("server: ''", "server is missing"),
        ("server: null", "server is missing"),
        ("server: '10.0.0.1:6443'", "write https://HOST:PORT"),
        ("server: 'https://u:s3cret@a'", "user name or password"),
        ("server: 'https://a:70000'", "port"),
        ("server: 'http://10.0.0.1:8080'", "http:// to 10.0.0.1"),
    ] {
        assert_says(&refused(cluster), &["cluster \"kind\": server ", says]);
    }
}

#[test]
fn certificate_authorities() {
    let no_pem = STANDARD.encode("s3cret");
    let broken =
        STANDARD.encode("-----BEGIN CERTIFICATE-----\ns3cret!\n-----END CERTIFICATE-----\n");
    for (field, says) in [
        (
            "certificate-authority-data: '%s3cret%'".to_owned(),
            &["certificate-authority-data is no base64", "base64 -w0"][..],
        ),
        (
            format!("certificate-authority-data: {no_pem}"),
            &["certificate-authority-data holds no certificates in PEM"],
        ),
        (
            format!("certificate-authority-data: {broken}"),
            &["certificate-authority-data holds no certificates in PEM"],
        ),
        (
            "certificate-authority-data: KEY".to_owned(),
            &["certificate-authority-data holds no certificates in PEM"],
        ),
        (
            "certificate-authority: gone.crt".to_owned(),
            &["certificate-authority ", "/gone.crt can't be read", "No such file"],
        ),
        (
            "certificate-authority: empty.crt".to_owned(),
            &["certificate-authority holds no certificates in PEM"],
        ),
    ] {
        let error = refused(&format!("server: 'https://10.0.0.1:6443', {field}"));
        assert_says(&error, &["cluster \"kind\": "]);
        assert_says(&error, says);
    }
}

#[test]
fn data_wins_over_the_file() {
    let desk = Desk::new();
    let access = desk
        .one(
            "server: 'https://a', certificate-authority: gone, certificate-authority-data: CERT",
            "",
        )
        .unwrap();
    assert_eq!(access.certificate_authority.as_deref(), Some(desk.certificate.as_bytes()));
}

#[test]
fn data_may_be_folded() {
    let desk = Desk::new();
    let data = STANDARD.encode(&desk.certificate);
    let (first, second) = data.split_at(80);
    let cluster =
        format!("server: 'https://a', certificate-authority-data: \"{first}\n  {second}\"");
    let access = desk.one(&cluster, "").unwrap();
    assert_eq!(access.certificate_authority.as_deref(), Some(desk.certificate.as_bytes()));
}

#[test]
fn no_authority_is_no_error() {
    let access = Desk::new().one("server: 'https://a'", "").unwrap();
    assert_eq!(access.certificate_authority, None);
}

#[test]
fn names_of_certificate_and_namespace() {
    let error = refused("server: 'https://a', tls-server-name: 'not a name'");
    assert_says(&error, &["tls-server-name is \"not a name\"", "DNS name"]);

    let desk = Desk::new();
    for namespace in ["Team", "a/b", "-a", "a.b"] {
        let text = format!(
            "contexts: [{{name: dev, context: {{cluster: c, user: u, namespace: {namespace}}}}}]\n\
             clusters: [{{name: c, cluster: {{server: 'https://a'}}}}]\n\
             users: [{{name: u}}]\n"
        );
        let error = desk.error(desk.resolve(&text, Some("dev")));
        assert_says(&error, &["context \"dev\": namespace is ", "lower-case"]);
    }
}
