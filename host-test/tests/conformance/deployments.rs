//! Deployments, with their scale.

use super::call::{Call, create, deleting, get, own, patch, replace, sub};
use super::case::{Case, case};
use host_test::pod::client::objects::{DeleteOptions, PatchKind, PropagationPolicy, Target};
use serde_json::{Value, json};

fn web() -> Target {
    own("apps", "deployments").named("web")
}

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [
                    {"name": "web", "image": "web:1"}, {"name": "side", "image": "side:1"},
                ]},
            },
        },
    })
}

fn scale(replicas: u32) -> Value {
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "spec": {"replicas": replicas}})
}

pub(crate) fn cases() -> Vec<Case> {
    let propagating = |policy| DeleteOptions { propagation_policy: Some(policy), ..deleting() };
    vec![
        case("created", create(own("apps", "deployments"), deployment("web")))
            .sends("POST /apis/apps/v1/namespaces/{ns}/deployments")
            .makes(json!({"kind": "Deployment", "apiVersion": "apps/v1", "spec": {"replicas": 2}})),
        case("its scale", get(sub(web(), "scale")))
            .sends("GET /apis/apps/v1/namespaces/{ns}/deployments/web/scale")
            .gives(scale(2)),
        case("scaled by a patch", patch(sub(web(), "scale"), PatchKind::Merge, json!({"spec": {"replicas": 3}})))
            .sends("PATCH /apis/apps/v1/namespaces/{ns}/deployments/web/scale")
            .gives(scale(3)),
        case("scaled by a Scale", replace(sub(web(), "scale"), json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": {"name": "web", "namespace": "{ns}"}, "spec": {"replicas": 1},
        })))
            .sends("PUT /apis/apps/v1/namespaces/{ns}/deployments/web/scale")
            .gives(scale(1)),
        case("scaled beyond sense", patch(sub(web(), "scale"), PatchKind::Merge, json!({"spec": {"replicas": -1}})))
            .sends("PATCH /apis/apps/v1/namespaces/{ns}/deployments/web/scale")
            .refused(
                422,
                "Invalid",
                "Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -1: must be \
                 greater than or equal to 0",
                &[("FieldValueInvalid", "spec.replicas")],
            )
            .about("web", "autoscaling", "Scale"),
        case("one of its containers", patch(web(), PatchKind::StrategicMerge, json!({
            "spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:2"}]}}},
        })))
            .sends("PATCH /apis/apps/v1/namespaces/{ns}/deployments/web")
            .gives(json!({"kind": "Deployment", "spec": {"template": {"spec": {"containers": [
                {"name": "web", "image": "web:1"}, {"name": "side", "image": "side:2"},
            ]}}}})),
        case("all of its containers", patch(web(), PatchKind::Merge, json!({
            "spec": {"template": {"spec": {"containers": [{"name": "one", "image": "one:1"}]}}},
        })))
            .sends("PATCH /apis/apps/v1/namespaces/{ns}/deployments/web")
            .gives(json!({"kind": "Deployment", "spec": {"template": {"spec": {"containers": [
                {"name": "one", "image": "one:1"},
            ]}}}})),
        case("its status", patch(sub(web(), "status"), PatchKind::Merge, json!({
            "status": {"replicas": 1, "updatedReplicas": 1}, "spec": {"replicas": 9},
        })))
            .sends("PATCH /apis/apps/v1/namespaces/{ns}/deployments/web/status")
            .gives(json!({"kind": "Deployment", "spec": {"replicas": 1}, "status": {"replicas": 1}})),
        case("its selector, which is for good", patch(web(), PatchKind::Merge, json!({
            "spec": {
                "selector": {"matchLabels": {"app": "other"}},
                "template": {"metadata": {"labels": {"app": "other"}}},
            },
        })))
            .sends("PATCH /apis/apps/v1/namespaces/{ns}/deployments/web")
            .refused(
                422,
                "Invalid",
                "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: \
                 {\"matchLabels\":{\"app\":\"other\"}}: field is immutable",
                &[("FieldValueInvalid", "spec.selector")],
            )
            .about("web", "apps", "Deployment"),
        case("deleted after what it owns", Call::Delete(web(), propagating(PropagationPolicy::Foreground)))
            .sends("DELETE /apis/apps/v1/namespaces/{ns}/deployments/web")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground",
            }))
            .gives(json!({"kind": "Deployment", "metadata": {"finalizers": ["foregroundDeletion"]}})),
        case("another", create(own("apps", "deployments"), deployment("second")))
            .sends("POST /apis/apps/v1/namespaces/{ns}/deployments")
            .makes(json!({"kind": "Deployment"})),
        case("deleted from what it owns", Call::Delete(
            own("apps", "deployments").named("second"),
            propagating(PropagationPolicy::Orphan),
        ))
            .sends("DELETE /apis/apps/v1/namespaces/{ns}/deployments/second")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan",
            }))
            .gives(json!({"kind": "Deployment", "metadata": {"finalizers": ["orphan"]}})),
        case("a third", create(own("apps", "deployments"), deployment("third")))
            .sends("POST /apis/apps/v1/namespaces/{ns}/deployments")
            .makes(json!({"kind": "Deployment"})),
        case("deleted before what it owns", Call::Delete(
            own("apps", "deployments").named("third"),
            propagating(PropagationPolicy::Background),
        ))
            .sends("DELETE /apis/apps/v1/namespaces/{ns}/deployments/third")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background",
            }))
            .gives(json!({"kind": "Status", "status": "Success"})),
    ]
}
