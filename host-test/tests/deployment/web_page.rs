//! `examples/web-page`: its image, and its manifests on a real API server.

use crate::command_lines::wasmtime;
use crate::files::{objects_in, repository};
use crate::objects::{check, collection, eventually, text};
use host_test::control_plane::{ControlPlane, ServiceAccount};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A hang guard: nothing that is waited for takes that long, on any machine.
const HANG: Duration = Duration::from_secs(300);

fn read(path: &str) -> String {
    std::fs::read_to_string(repository("examples/web-page").join(path)).unwrap()
}

fn manifest() -> Vec<Value> {
    objects_in(&read("manifests/web-page.yaml"))
}

fn of_kind(kind: &str) -> Value {
    manifest().into_iter().find(|it| it["kind"] == kind).unwrap()
}

/// What the image starts.
fn entrypoint() -> Vec<String> {
    let containerfile = read("Containerfile").replace("\\\n", " ");
    let line = containerfile.lines().find_map(|line| line.strip_prefix("ENTRYPOINT ")).unwrap();
    serde_json::from_str(line).unwrap()
}

#[test]
fn but_for_what_it_starts_it_is_the_image_of_wasmtime() {
    let other = std::fs::read_to_string(repository("examples/deploy/wasmtime/Containerfile"));
    let other = other.unwrap().replace("hello-tls", "web-page-tls");
    let from = |text: &str| text[text.find("FROM").unwrap()..].to_owned();
    let own = from(&read("Containerfile"))
        .replace("; and its pool of instances\n# has room for 125 pages", "")
        .replace("\"-O\", \"pooling-allocator=n\", ", "")
        .replace("\"serve\"", "\"run\"")
        .replace("\"cli,inherit-network", "\"inherit-network")
        .replace("EXPOSE 8080\n", "");
    assert_eq!(own, from(&other));
}

#[test]
fn the_pod_is_found_by_its_service_and_has_a_token_that_ends() {
    let deployment = of_kind("Deployment");
    let template = &deployment["spec"]["template"];
    let labels = &template["metadata"]["labels"];
    assert_eq!(&of_kind("Service")["spec"]["selector"], labels);
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    let container = &template["spec"]["containers"][0];
    // The port that `wasmtime serve` takes where it is told of none.
    assert_eq!(container["ports"][0]["containerPort"], 8080);
    assert!(!entrypoint().iter().any(|it| it.starts_with("--addr")));
    assert_eq!(container["volumeMounts"][0]["mountPath"], MOUNT_PATH);
    let other = repository("examples/deploy/wasmtime/pod.yaml");
    let other: Value = serde_saphyr::from_str(&std::fs::read_to_string(other).unwrap()).unwrap();
    assert_eq!(template["spec"]["volumes"], other["spec"]["volumes"]);
}

/// What the image starts, on a port of its own, with the pod's folder where it is here.
async fn start(server: &ControlPlane, volume: &Volume) -> (Child, SocketAddr) {
    let folder = volume.path().to_str().unwrap();
    let arguments = entrypoint().into_iter().skip(1).map(|argument| match argument.as_str() {
        MOUNT_PATH => format!("{folder}::{MOUNT_PATH}"),
        "/app.wasm" => repository("target/component/web-page-tls.wasm").display().to_string(),
        _ => argument,
    });
    let mut command = Command::new(wasmtime());
    command.args(arguments).args(["--addr", "127.0.0.1:0"]).env_clear().env("HOME", "/dev/null");
    command.env("KUBERNETES_SERVICE_HOST", server.address().ip().to_string());
    command.env("KUBERNETES_SERVICE_PORT", server.address().port().to_string());
    command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = tokio::time::timeout(HANG, lines.next_line()).await.expect("it hangs");
    let line = line.unwrap().unwrap();
    let address = line.strip_prefix("Serving HTTP on http://").unwrap_or_else(|| panic!("{line}"));
    (child, address.trim_end_matches('/').parse().unwrap())
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn its_manifests_are_accepted_and_allow_what_it_needs_and_no_more() {
    let server = ControlPlane::builder().start().await.unwrap_or_else(|error| panic!("{error}"));
    let admin = server.admin().unwrap();
    for object in manifest() {
        let warnings = check(&admin, &object).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(warnings.is_empty(), "{object}: {warnings:?}");
        admin.create(&collection(&object), &object).await.unwrap();
    }
    // The pod as the Deployment makes it.
    let mut pod = of_kind("Deployment")["spec"]["template"].clone();
    (pod["apiVersion"], pod["kind"]) = ("v1".into(), "Pod".into());
    pod["metadata"]["name"] = "web-page-1".into();
    pod["metadata"]["namespace"] = "shop".into();
    assert!(check(&admin, &pod).await.unwrap().is_empty());
    admin.create(&collection(&pod), &pod).await.unwrap();

    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]);
    assert_eq!(of_kind("Role")["rules"], rules);
    let mut account = ServiceAccount {
        namespace: "shop".into(),
        name: text(&pod["spec"]["serviceAccountName"]).to_owned(),
        uid: String::new(),
    };
    let made = admin.get(&account.path()).await.unwrap();
    account.uid = text(&made["metadata"]["uid"]).to_owned();
    let token = admin.token(&account, 600, None).await.unwrap();
    let volume = Volume::new(&Contents {
        token: Some(token.expose().into()),
        ca: Some(server.ca_pem().into_bytes()),
        namespace: Some("shop".into()),
    })
    .unwrap();
    let (_child, address) = start(&server, &volume).await;
    // The role is there some time before it counts: the page says so, and goes on.
    eventually("the page", async || {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = "GET /events HTTP/1.1\r\nhost: web-page\r\n\r\n";
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut said = String::new();
        while !said.contains("event: synced") {
            let mut buffer = [0; 4096];
            let read =
                tokio::time::timeout(HANG, stream.read(&mut buffer)).await.expect("it hangs");
            match read.ok()? {
                0 => return None,
                read => said.push_str(std::str::from_utf8(&buffer[..read]).ok()?),
            }
        }
        assert!(
            said.contains("\"name\":\"web-page-1\"") && !said.contains(token.expose()),
            "{said}"
        );
        Some(())
    })
    .await;
}
