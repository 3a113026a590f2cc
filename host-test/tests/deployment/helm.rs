//! The values for wasmCloud's Helm chart, read strictly: the fields that the example sets, from
//! <https://github.com/wasmCloud/wasmCloud/blob/v2.7.0/charts/runtime-operator/values.yaml>, and from
//! `templates/runtime/deployment.yaml` beside it.

use crate::files::{objects, text};
use crate::pods::assert_projects_the_service_account;
use host_test::service_account::MOUNT_PATH;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    runtime: Runtime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Runtime {
    service_account: ServiceAccount,
    host_groups: Vec<HostGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceAccount {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct HostGroup {
    name: String,
    replicas: u32,
    service: Service,
    http: Http,
    extra_args: Vec<String>,
    volume_mounts: Vec<VolumeMount>,
    volumes: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    r#type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Http {
    enabled: bool,
    port: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VolumeMount {
    name: String,
    mount_path: String,
    read_only: bool,
}

#[test]
fn the_hosts_trust_the_clusters_authority_alone_and_have_the_account() {
    let values: Values = serde_saphyr::from_str(&text("wasmcloud/values.yaml")).unwrap();
    assert!(!values.runtime.service_account.name.is_empty());
    let [group] = &values.runtime.host_groups[..] else { panic!("one group") };
    let arguments = [
        format!("--http-client-ca-path={MOUNT_PATH}/ca.crt"),
        "--http-client-trust-roots=extra-only".to_owned(),
    ];
    assert_eq!(group.extra_args, arguments);
    let ([volume], [mount]) = (&group.volumes[..], &group.volume_mounts[..]) else {
        panic!("one volume")
    };
    assert_projects_the_service_account(volume);
    assert_eq!(volume["name"], *mount.name);
    assert_eq!((&*mount.mount_path, mount.read_only), (MOUNT_PATH, true));
    // What the chart needs of every group.
    assert!(group.replicas == 1 && group.http.enabled && group.http.port > 0);
    assert_eq!(group.service.r#type, "ClusterIP");

    let workload = objects("wasmcloud/workload.yaml").remove(0);
    assert_eq!(workload["spec"]["template"]["spec"]["hostSelector"]["hostgroup"], *group.name);
}
