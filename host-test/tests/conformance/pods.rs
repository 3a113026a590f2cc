//! Pods, with the subresources that are not objects of the same kind.

use super::call::{Call, create, deleting, get, own, patch, sub, writing};
use super::case::{Case, case};
use host_test::pod::client::objects::{DeleteOptions, PatchKind, Target};
use serde_json::{Value, json};

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    })
}

fn named(name: &str) -> Target {
    own("", "pods").named(name)
}

pub(crate) fn cases() -> Vec<Case> {
    let made = |name: &str| json!({"kind": "Pod", "metadata": {"name": name}, "status": {"phase": "Pending"}});
    let grace = |seconds| DeleteOptions { grace_period_seconds: Some(seconds), ..deleting() };
    vec![
        case("created", create(own("", "pods"), pod("web-1")))
            .sends("POST /api/v1/namespaces/{ns}/pods")
            .makes(made("web-1")),
        case("another", create(own("", "pods"), pod("web-2")))
            .sends("POST /api/v1/namespaces/{ns}/pods")
            .makes(made("web-2")),
        case("invalid", create(own("", "pods"), json!({
            "metadata": {"name": "none"}, "spec": {"containers": []},
        })))
            .sends("POST /api/v1/namespaces/{ns}/pods")
            .refused(
                422,
                "Invalid",
                "Pod \"none\" is invalid: spec.containers: Required value",
                &[("FieldValueRequired", "spec.containers")],
            )
            .about("none", "", "Pod"),
        case("its image, by the name of the container", patch(named("web-1"), PatchKind::StrategicMerge, json!({
            "spec": {"containers": [{"name": "web", "image": "web:2"}]},
        })))
            .sends("PATCH /api/v1/namespaces/{ns}/pods/web-1")
            .gives(json!({"kind": "Pod", "spec": {"containers": [{"name": "web", "image": "web:2"}]}})),
        case("bound to a node", Call::CreateSubresource(sub(named("web-1"), "binding"), json!({
            "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "web-1"},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "node-1"},
        }).to_string(), writing()))
            .sends("POST /api/v1/namespaces/{ns}/pods/web-1/binding")
            .makes(json!({"kind": "Status", "status": "Success"})),
        case("it is bound", get(named("web-1")))
            .sends("GET /api/v1/namespaces/{ns}/pods/web-1")
            .gives(json!({"kind": "Pod", "spec": {"nodeName": "node-1"}})),
        case("a container to look into it", patch(sub(named("web-1"), "ephemeralcontainers"), PatchKind::StrategicMerge, json!({
            "spec": {"ephemeralContainers": [{"name": "debug", "image": "debug:1"}]},
        })))
            .sends("PATCH /api/v1/namespaces/{ns}/pods/web-1/ephemeralcontainers")
            .gives(json!({"kind": "Pod", "spec": {"ephemeralContainers": [{"name": "debug"}]}})),
        case("its status", patch(sub(named("web-1"), "status"), PatchKind::Merge, json!({
            "status": {"phase": "Running", "message": "by hand"}, "spec": {"nodeName": "elsewhere"},
        })))
            .sends("PATCH /api/v1/namespaces/{ns}/pods/web-1/status")
            .gives(json!({
                "kind": "Pod", "status": {"phase": "Running", "message": "by hand"},
                "spec": {"nodeName": "node-1"},
            })),
        case("evicted for the sake of trying", Call::Evict("web-1".to_owned(), DeleteOptions {
            dry_run: true,
            ..deleting()
        }))
            .sends("POST /api/v1/namespaces/{ns}/pods/web-1/eviction")
            .body(json!({
                "kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "web-1"},
                "deleteOptions": {"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]},
            }))
            .makes(json!({"kind": "Status", "status": "Success"})),
        case("ending", Call::Delete(named("web-1"), grace(7)))
            .sends("DELETE /api/v1/namespaces/{ns}/pods/web-1")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 7,
            }))
            .gives(json!({"kind": "Pod", "metadata": {"deletionGracePeriodSeconds": 7}})),
        case("ended at once", Call::Delete(named("web-1"), grace(0)))
            .sends("DELETE /api/v1/namespaces/{ns}/pods/web-1")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
            }))
            .gives(json!({"kind": "Pod", "metadata": {"deletionGracePeriodSeconds": 0}})),
        case("evicted", Call::Evict("web-2".to_owned(), deleting()))
            .sends("POST /api/v1/namespaces/{ns}/pods/web-2/eviction")
            .body(json!({
                "kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "web-2"},
            }))
            .makes(json!({"kind": "Status", "status": "Success"})),
        case("evicted twice", Call::Evict("web-2".to_owned(), deleting()))
            .sends("POST /api/v1/namespaces/{ns}/pods/web-2/eviction")
            .body(json!({
                "kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "web-2"},
            }))
            .refused(404, "NotFound", "pods \"web-2\" not found", &[])
            .about("web-2", "", "pods"),
    ]
}
