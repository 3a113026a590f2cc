//! Which credentials are taken, and what is wrong with the others.

use super::*;

#[test]
fn a_users_token_is_taken_first() {
    let desk = Desk::new();
    let certificate = "client-certificate-data: CERT, client-key-data: KEY";
    let exec =
        "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}";
    desk.write("token", "s3cret\n");

    let taken = |user: String| match desk.user(&user).unwrap().credentials {
        Credentials::TokenFile(_) => "token file",
        Credentials::Token(_) => "token",
        Credentials::ClientCertificate(_) => "certificate",
        Credentials::Exec(_) => "exec",
        Credentials::None => "none",
    };
    assert_eq!(taken(String::new()), "none");
    assert_eq!(taken("token: '', tokenFile: ''".into()), "none");
    assert_eq!(taken(exec.into()), "exec");
    assert_eq!(taken(format!("{exec}, {certificate}")), "certificate");
    assert_eq!(taken(format!("{certificate}, token: abc")), "token");
    assert_eq!(taken("token: abc, tokenFile: token".into()), "token file");
    // As client-go does: the token stands in until the file can be read.
    assert_eq!(taken("token: abc, tokenFile: gone".into()), "token");
}

#[test]
fn an_absolute_token_file() {
    let desk = Desk::new();
    desk.write("token", "s3cret\n");
    let path = desk.path().join("token");
    let access = desk.user(&format!("tokenFile: {}", path.display())).unwrap();
    let Credentials::TokenFile(found) = access.credentials else {
        panic!("{access:?}");
    };
    assert_eq!(found, path);
    assert_eq!(Token::read(&found).unwrap().expose(), "s3cret");
}

#[test]
fn what_is_not_supported() {
    let desk = Desk::new();
    for (user, field, advice) in [
        ("username: bob", "username", "exec plugin"),
        ("password: s3cret", "password", "exec plugin"),
        ("auth-provider: {name: oidc, config: {id-token: s3cret}}", "auth-provider", "exec plugin"),
        ("token: s3cret, as: bob", "as", "kubectl create token"),
        ("token: s3cret, as-uid: '1'", "as-uid", "kubectl create token"),
        ("token: s3cret, as-groups: [a]", "as-groups", "kubectl create token"),
    ] {
        let error = desk.error(desk.user(user));
        let says = format!("user \"admin\": {field} is not supported here; ");
        assert_says(&error, &[&says, advice]);
    }
    let user = "token: s3cret, username: '', as: '', as-groups: [], auth-provider: null";
    assert!(desk.user(user).is_ok());
}

#[test]
fn tokens_that_can_not_be_used() {
    let desk = Desk::new();
    desk.write("empty", "\n");
    desk.write("lines", "s3cret\ns3cret\n");
    let folder = desk.path().display();
    for (user, says) in [
        ("token: ' '", "token is empty".to_owned()),
        (r#"token: "a\nb""#, "token holds a byte, number 2".to_owned()),
        ("tokenFile: gone", format!("tokenFile {folder}/gone can't be read")),
        ("tokenFile: empty", format!("tokenFile {folder}/empty is empty")),
        ("tokenFile: lines", format!("tokenFile {folder}/lines holds a byte, number 7")),
    ] {
        let error = desk.error(desk.user(user));
        assert_says(&error, &["user \"admin\": ", &says]);
    }
}

#[test]
fn client_certificates_that_can_not_be_used() {
    let desk = Desk::new();
    for (user, says) in [
        ("client-certificate-data: CERT", "client-key is missing"),
        (
            "client-certificate-data: CERT, client-key-data: CERT",
            "client-key-data holds no private key in PEM",
        ),
        (
            "client-certificate-data: KEY, client-key-data: KEY",
            "client-certificate-data holds no certificates in PEM",
        ),
        (
            "client-certificate: pki/tls.crt, client-key: pki/gone.key",
            "/pki/gone.key can't be read",
        ),
        ("client-certificate-data: CERT, client-key-data: s3cret-", "client-key-data is no base64"),
    ] {
        let error = desk.error(desk.user(user));
        assert_says(&error, &["user \"admin\": ", says]);
    }
}

#[test]
fn plugins_that_can_not_be_run() {
    const V1: &str = "apiVersion: client.authentication.k8s.io/v1";
    let desk = Desk::new();
    for (exec, says) in [
        (V1.to_owned(), &["exec.command is missing"][..]),
        ("command: x".to_owned(), &["exec.apiVersion is missing"]),
        (
            "command: x, apiVersion: client.authentication.k8s.io/v1alpha1".to_owned(),
            &["exec.apiVersion is ", "v1alpha1", "v1beta1", "update the plugin"],
        ),
        (format!("command: x, {V1}"), &["exec.interactiveMode is missing", "IfAvailable"]),
        (
            format!("command: x, {V1}, interactiveMode: Sometimes"),
            &["exec.interactiveMode is \"Sometimes\"", "IfAvailable"],
        ),
        (
            format!("command: x, {V1}, interactiveMode: Never, env: [{{value: s3cret}}]"),
            &["exec.env.name is missing"],
        ),
    ] {
        let error = desk.error(desk.user(&format!("exec: {{{exec}}}")));
        assert_says(&error, &["user \"admin\": "]);
        assert_says(&error, says);
    }
}
