//! What a real API server says to the manifests: checked strictly, a warning being a failure.

use crate::files::objects;
use crate::objects::{check, cluster, create_all};
use serde_json::{Value, json};

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_manifests_are_accepted_without_a_warning_and_changed_for_the_worse_they_are_not() {
    let (_server, admin) = cluster().await;
    create_all(&admin).await;

    let last = |manifest: &str| {
        let mut object = objects(manifest).pop().unwrap();
        object["metadata"]["name"] = "worse".into();
        object
    };
    let changed = |manifest: &str, change: &dyn Fn(&mut Value)| {
        let mut object = last(manifest);
        change(&mut object);
        object
    };
    let pods = ["wasmtime/pod.yaml", "wasmtime/pod-with-proxy.yaml", "runwasi/pod.yaml"];
    let mut worse = Vec::new();
    for pod in pods {
        worse.extend([
            // The namespace takes restricted pods alone.
            (changed(pod, &|it| it["spec"]["securityContext"] = json!({})), "PodSecurity"),
            (
                changed(pod, &|it| it["spec"]["containers"][0]["securityContext"] = json!({})),
                "allowPrivilegeEscalation",
            ),
            (
                changed(pod, &|it| it["spec"]["securityContext"]["runAsRoot"] = false.into()),
                "runAsRoot",
            ),
            (changed(pod, &|it| it["spec"]["serviceAccountName"] = "none".into()), "not found"),
        ]);
    }
    let runtime = |it: &mut Value| it["spec"]["runtimeClassName"] = "none".into();
    worse.push((changed("runwasi/pod.yaml", &runtime), "RuntimeClass"));
    let field = |it: &mut Value| it["spec"]["environment"] = json!({});
    worse.push((changed("spinkube/spinapp.yaml", &field), "spec.environment"));
    let required = |it: &mut Value| it["spec"]["image"] = Value::Null;
    worse.push((changed("spinkube/spinapp.yaml", &required), "spec.image"));
    let component = "/spec/template/spec/components/0";
    let field = |it: &mut Value| it.pointer_mut(component).unwrap()["allowedHosts"] = json!([]);
    worse.push((changed("wasmcloud/workload.yaml", &field), "allowedHosts"));
    let url = |it: &mut Value| {
        let resources = &mut it.pointer_mut(component).unwrap()["localResources"];
        resources["allowedHosts"] = json!(["https://kubernetes.default.svc/api"]);
    };
    worse.push((changed("wasmcloud/workload.yaml", &url), "allowedHosts"));
    for (object, expected) in worse {
        let error = check(&admin, &object).await.expect_err(expected).to_string();
        assert!(error.contains(expected), "no {expected:?} in {error}");
    }

    // And where it has a mere warning, that is seen.
    let twice = changed("wasmtime/pod-with-proxy.yaml", &|it| {
        let variables = it["spec"]["containers"][0]["env"].as_array_mut().unwrap();
        variables.push(variables[0].clone());
    });
    let warnings = check(&admin, &twice).await.unwrap();
    assert!(warnings.iter().any(|it| it.contains("K8S_IN_CLUSTER_SERVER")), "{warnings:?}");
}
