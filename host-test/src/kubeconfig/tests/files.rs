//! What is wrong with a file as a whole, and with its names.

use super::*;

const TWO: &str = "
current-context: dev
contexts:
- {name: dev, context: {cluster: kind, user: admin}}
- {name: prod, context: {cluster: cloud, user: viewer}}
- {name: half, context: {cluster: kind}}
- {name: other-half, context: {user: admin}}
- {name: empty, context: null}
- {name: no-cluster, context: {cluster: gone, user: admin}}
- {name: no-user, context: {cluster: kind, user: gone}}
clusters:
- {name: kind, cluster: {server: 'https://127.0.0.1:6443'}}
users:
- {name: admin, user: {token: s3cret}}
- {name: viewer}
";

#[test]
fn a_file_that_is_not_there() {
    let desk = Desk::new();
    let error = desk.error(Kubeconfig::read(desk.path().join("config")));
    assert_says(&error, &["can't be read", "No such file", ".kube/config"]);

    fs::create_dir(desk.path().join("config")).unwrap();
    let error = desk.error(Kubeconfig::read(desk.path().join("config")));
    assert_says(&error, &["can't be read", "directory"]);
}

#[test]
fn a_file_that_is_too_large() {
    let desk = Desk::new();
    let file = fs::File::create(desk.path().join("config")).unwrap();
    file.set_len(MAX_SIZE + 1).unwrap();
    let error = desk.error(Kubeconfig::read(desk.path().join("config")));
    assert_says(&error, &["larger than 16777216 bytes"]);
}

#[test]
fn text_that_is_no_kubeconfig_is_placed_but_not_quoted() {
    let desk = Desk::new();
    for (text, says) in [
        ("users:\n- name: a\n  user:\n    token: [s3cret]\n", "line 4, column 12: expected "),
        ("users:\n- name: a\n  user: s3cret\n", "line 3, column 9: expected "),
        ("users:\n- name: a\n\tuser: {token: s3cret}\n", "expected valid YAML or JSON"),
        ("users: {s3cret", "expected valid YAML or JSON"),
        ("users:\n- user: {token: s3cret}\n", "expected the field name"),
        ("users:\n- name: a\n  user: {token: *s3cret}\n", "expected valid YAML or JSON"),
        (
            "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: s3cret}\n",
            "line 3, column 39: expected bool",
        ),
        ("s3cret", "line 1, column 1: expected "),
        ("kind: Config\n---\ns3cret: 1\n", "expected a single document"),
    ] {
        let error = desk.error(desk.read(text));
        assert_says(&error, &[says, "kubectl config view"]);
    }
    desk.write("config", b"users: \xff\xfe");
    let error = desk.error(Kubeconfig::read(desk.path().join("config")));
    assert_says(&error, &["expected valid YAML or JSON"]);
}

#[test]
fn an_object_of_another_kind() {
    let desk = Desk::new();
    let error = desk.error(desk.read("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n"));
    assert_says(&error, &["\"Deployment\"", "\"apps/v1\"", "not Config of v1"]);
}

#[test]
fn a_field_given_twice_counts_the_last_time() {
    let desk = Desk::new();
    let access = desk.user("token: s3cret-one, token: s3cret-two, unknown: 1, unknown: 2").unwrap();
    let Credentials::Token(token) = access.credentials else {
        panic!("{access:?}");
    };
    assert_eq!(token.expose(), "s3cret-two");
}

#[test]
fn a_file_without_contexts() {
    let desk = Desk::new();
    // The last is what kubectl writes for a configuration that is empty.
    for text in [
        "",
        "{}",
        "# nothing\n",
        "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\n\
         preferences: {}\nusers: null\n",
    ] {
        let error = desk.error(desk.resolve(text, None));
        assert_says(&error, &["has no current-context", "there are none"]);
        let error = desk.error(desk.resolve(text, Some("dev")));
        assert_says(&error, &["has no context \"dev\"", "there are none"]);
    }
}

#[test]
fn no_current_context_lists_those_that_exist() {
    let desk = Desk::new();
    let text = TWO.replace("current-context: dev", "");
    let error = desk.error(desk.resolve(&text, None));
    assert_says(&error, &["no current-context", "\"dev\", \"prod\", \"half\""]);
    assert!(desk.resolve(&text, Some("dev")).is_ok());
}

#[test]
fn names_that_do_not_exist() {
    let desk = Desk::new();
    for (context, says) in [
        ("", &["no context \"\"", "\"dev\", \"prod\""][..]),
        ("devel", &["no context \"devel\"", "\"dev\", \"prod\""]),
        ("half", &["context \"half\" names no user", "\"admin\", \"viewer\""]),
        ("other-half", &["context \"other-half\" names no cluster", "\"kind\""]),
        ("empty", &["context \"empty\" names no cluster", "\"kind\""]),
        ("no-cluster", &["context \"no-cluster\"", "cluster \"gone\"", "exists: \"kind\""]),
        ("no-user", &["context \"no-user\"", "user \"gone\"", "\"admin\", \"viewer\""]),
    ] {
        let error = desk.error(desk.resolve(TWO, Some(context)));
        assert_says(&error, says);
    }
}

#[test]
fn a_name_that_two_entries_have() {
    let desk = Desk::new();
    let text = format!("{TWO}- {{name: admin, user: {{token: s3cret-too}}}}\n");
    let error = desk.error(desk.resolve(&text, None));
    assert_says(&error, &["user \"admin\" more than once", "rename"]);
}

#[test]
fn long_lists_of_names_are_cut() {
    let names = Names((0..25).map(|n| format!("c{n}")).collect()).to_string();
    assert!(names.starts_with("\"c0\", \"c1\""), "{names}");
    assert!(names.ends_with("\"c19\" and 5 more"), "{names}");
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("sub")).unwrap();
    desk.write(
        "sub/config",
        "current-context: dev\n\
         contexts: [{name: dev, context: {cluster: kind, user: admin}}]\n\
         clusters: [{name: kind, cluster: {server: 'https://a', certificate-authority: ../pki/tls.crt}}]\n\
         users: [{name: admin, user: {tokenFile: token}}]\n",
    );
    desk.write("sub/token", "s3cret\n");
    let kubeconfig = Kubeconfig::read(desk.path().join("sub/config")).unwrap();
    let access = kubeconfig.resolve(None).unwrap();
    assert!(access.certificate_authority.is_some());
    let Credentials::TokenFile(path) = access.credentials else {
        panic!("{access:?}");
    };
    assert_eq!(path, desk.path().join("sub/token"));
}
