//! What the pods and the hosts give to a component, beyond what the API server looks at.

use crate::files::{objects, of_kind};
use crate::objects::text;
use host_test::service_account::MOUNT_PATH;
use serde_json::{Value, json};

/// The volume that a pod projects its service account into, as Kubernetes itself would.
pub(crate) fn assert_projects_the_service_account(volume: &Value) {
    let sources = volume["projected"]["sources"].as_array().unwrap();
    let token = &sources[0]["serviceAccountToken"];
    assert_eq!(token["path"], "token");
    assert_eq!(token["audience"], Value::Null, "it is for the API server");
    let seconds = token["expirationSeconds"].as_u64().unwrap();
    assert!((600..=3600).contains(&seconds), "{seconds}");
    let ca = &sources[1]["configMap"];
    assert_eq!(
        (&ca["name"], &ca["items"][0]["path"]),
        (&"kube-root-ca.crt".into(), &"ca.crt".into())
    );
    let namespace = &sources[2]["downwardAPI"]["items"][0];
    assert_eq!(namespace["path"], "namespace");
    assert_eq!(namespace["fieldRef"]["fieldPath"], "metadata.namespace");
    assert_eq!(sources.len(), 3);
}

/// The paths at which a container mounts the service account's volume.
fn mounts(container: &Value) -> Vec<(&str, bool)> {
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    let mounts = mounts.inspect(|it| assert_eq!(it["name"], "kube-api-access"));
    mounts.map(|it| (text(&it["mountPath"]), it["readOnly"] == true)).collect()
}

#[test]
fn a_token_is_given_to_the_container_that_needs_it_alone() {
    let with_token = [(MOUNT_PATH, true)];
    let pods = of_kind("Pod");
    assert_eq!(pods.len(), 3);
    for pod in &pods {
        let spec = &pod["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false);
        assert_eq!(spec["volumes"].as_array().unwrap().len(), 1);
        assert_projects_the_service_account(&spec["volumes"][0]);
        let application = &spec["containers"][0];
        match spec["initContainers"].as_array() {
            None => assert_eq!(mounts(application), with_token),
            Some(sidecars) => {
                assert_eq!(mounts(application), []);
                assert_eq!(mounts(&sidecars[0]), with_token);
                // One that stays, and is ready first.
                assert_eq!(sidecars[0]["restartPolicy"], "Always");
                assert!(sidecars[0]["startupProbe"].is_object());
            }
        }
    }
}

#[test]
fn no_container_may_be_more_than_it_needs() {
    for pod in of_kind("Pod") {
        let (name, spec) = (text(&pod["metadata"]["name"]), &pod["spec"]);
        let of_pod = &spec["securityContext"];
        assert_eq!(of_pod["runAsNonRoot"], true, "{name}");
        // An image that names no user would not start otherwise.
        assert!(of_pod["runAsUser"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(of_pod["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        for shared in ["hostNetwork", "hostPID", "hostIPC"] {
            assert_eq!(spec[shared], Value::Null, "{name}");
        }
        let lists = ["initContainers", "containers"].map(|list| spec[list].as_array());
        for container in lists.into_iter().flatten().flatten() {
            let what = format!("{} of {name}", text(&container["name"]));
            let context = &container["securityContext"];
            assert_eq!(context["readOnlyRootFilesystem"], true, "{what}");
            assert_eq!(context["allowPrivilegeEscalation"], false, "{what}");
            assert_eq!(context["capabilities"], json!({ "drop": ["ALL"] }), "{what}");
            // What the pod says counts.
            for own in ["privileged", "runAsNonRoot", "runAsUser", "seccompProfile"] {
                assert_eq!(context[own], Value::Null, "{what}");
            }
        }
    }
}

#[test]
fn the_component_asks_the_proxy_where_that_listens() {
    let pod = objects("wasmtime/pod-with-proxy.yaml").remove(0);
    let [proxy, application] = ["initContainers", "containers"].map(|list| &pod["spec"][list][0]);
    let port = proxy["args"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|it| text(it).strip_prefix("--port="))
        .unwrap();
    let server = format!("http://127.0.0.1:{port}");
    let variable = &application["env"][0];
    assert_eq!(
        (&variable["name"], text(&variable["value"])),
        (&"K8S_IN_CLUSTER_SERVER".into(), &*server)
    );
    let probe = proxy["startupProbe"]["exec"]["command"].as_array().unwrap();
    assert!(probe.contains(&format!("--server={server}").into()), "{probe:?}");
    // The settings are those that the component reads.
    let known = [
        include_str!("../../../src/cluster/settings.rs"),
        include_str!("../../../docs/settings.md"),
    ];
    for variable in application["env"].as_array().unwrap() {
        let name = text(&variable["name"]);
        assert!(known.iter().all(|text| text.contains(name)), "{name}");
    }
}

#[test]
fn wasmclouds_component_has_what_its_host_has() {
    let workload = objects("wasmcloud/workload.yaml").remove(0);
    let spec = &workload["spec"]["template"]["spec"];
    assert_eq!(spec["volumes"][0]["hostPath"]["path"], MOUNT_PATH);
    let resources = &spec["components"][0]["localResources"];
    assert_eq!(resources["volumeMounts"][0]["name"], spec["volumes"][0]["name"]);
    assert_eq!(resources["volumeMounts"][0]["mountPath"], MOUNT_PATH);
    assert_eq!(resources["volumeMounts"][0]["readOnly"], true);
    let environment = &resources["environment"]["config"];
    let host = text(&environment["KUBERNETES_SERVICE_HOST"]);
    assert_eq!(environment["KUBERNETES_SERVICE_PORT"], "443");
    assert_eq!(resources["allowedHosts"][0], format!("https://{host}"));
}
