//! The images: what is in them, who runs it, and by which command line.

use crate::files::{of_kind, text};
use crate::objects::text as string;
use host_test::service_account::MOUNT_PATH;
use serde_json::Value;

/// The instructions of a Containerfile, each a name and what follows it.
fn instructions(path: &str) -> Vec<(String, String)> {
    let text = text(path).replace("\\\n", " ");
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').unwrap_or_else(|| panic!("{path}: {line}")))
        .map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        .collect()
}

/// What follows the last instruction of a name.
fn last(path: &str, name: &str) -> String {
    let mut all = instructions(path);
    all.retain(|(other, _)| other == name);
    all.pop().unwrap_or_else(|| panic!("{path} has no {name}")).1
}

/// The command line that an image starts.
pub(crate) fn entrypoint(path: &str) -> Vec<String> {
    serde_json::from_str(&last(path, "ENTRYPOINT")).unwrap()
}

/// The pod of a name.
pub(crate) fn pod(name: &str) -> Value {
    of_kind("Pod").into_iter().find(|pod| pod["metadata"]["name"] == name).unwrap()
}

/// The command line of a pod's container, if it has another than its image.
pub(crate) fn command(container: &Value) -> Vec<String> {
    let lists = [&container["command"], &container["args"]].map(Value::as_array);
    lists.into_iter().flatten().flatten().map(|it| string(it).to_owned()).collect()
}

#[test]
fn every_image_is_of_a_version_and_is_run_as_the_user_of_its_pod() {
    for path in ["wasmtime/Containerfile", "runwasi/Containerfile", "spinkube/Containerfile"] {
        for (_, from) in instructions(path).iter().filter(|(name, _)| name == "FROM") {
            let image = from.split(' ').next().unwrap();
            assert!(
                image == "scratch"
                    || image.rsplit_once(':').is_some_and(|(_, tag)| tag != "latest"),
                "{path}: {image}"
            );
        }
        if path != "spinkube/Containerfile" {
            assert_eq!(last(path, "USER"), "65532:65532", "{path}");
        }
    }
    for pod in of_kind("Pod") {
        let context = &pod["spec"]["securityContext"];
        assert_eq!((&context["runAsUser"], &context["runAsGroup"]), (&65532.into(), &65532.into()));
    }
}

#[test]
fn the_wasmtime_is_the_one_that_is_tested() {
    let (name, version) = {
        let arg = last("wasmtime/Containerfile", "ARG");
        let (name, version) = arg.split_once('=').unwrap();
        (name.to_owned(), version.to_owned())
    };
    let install = last("wasmtime/Containerfile", "RUN");
    let pinned = format!("--version \"=${{{name}}}\"");
    assert!(install.contains(&pinned) && install.contains(" --locked "), "{install}");
    let own: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    assert_eq!(own["dependencies"]["wasmtime"]["version"].as_str(), Some(&*format!("={version}")));
}

#[test]
fn what_is_copied_is_what_is_started() {
    for (path, file) in [
        ("wasmtime/Containerfile", "hello-tls.wasm"),
        ("runwasi/Containerfile", "hello-tls.wasm"),
        ("spinkube/Containerfile", "http-handler.wasm"),
    ] {
        let (_, copied) = instructions(path)
            .into_iter()
            .find(|(name, rest)| name == "COPY" && rest.contains(".wasm "))
            .unwrap();
        let (source, target) = copied.split_once(' ').unwrap();
        assert_eq!(source, file, "{path}");
        // The comment says where it comes from.
        assert!(text(path).contains(&format!("target/component/{file}")), "{path}");
        if path != "spinkube/Containerfile" {
            assert_eq!(entrypoint(path).last().unwrap(), target, "{path}");
        }
    }
    let program = &entrypoint("wasmtime/Containerfile")[0];
    assert!(text("wasmtime/Containerfile").contains(&format!("/bin/wasmtime {program}\n")));
}

#[test]
fn wasmtime_hands_on_what_the_component_reads() {
    let command_line = entrypoint("wasmtime/Containerfile").join(" ");
    for part in [
        &format!("--dir {MOUNT_PATH} "),
        "--env KUBERNETES_SERVICE_HOST ",
        "--env KUBERNETES_SERVICE_PORT ",
    ] {
        assert!(command_line.contains(part), "no {part:?} in {command_line}");
    }

    // With the proxy, the variables of the pod, and no folder.
    let pod = pod("hello-with-proxy");
    let container = &pod["spec"]["containers"][0];
    let command = command(container);
    assert_eq!(command[..4], entrypoint("wasmtime/Containerfile")[..4]);
    assert!(!command.iter().any(|it| it == "--dir"));
    let handed_on: Vec<_> =
        command.windows(2).filter(|pair| pair[0] == "--env").map(|pair| pair[1].as_str()).collect();
    let variables: Vec<_> =
        container["env"].as_array().unwrap().iter().map(|it| string(&it["name"])).collect();
    assert_eq!(handed_on, variables);
}
