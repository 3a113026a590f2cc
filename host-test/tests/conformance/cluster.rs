//! What belongs to the cluster: namespaces and cluster roles.

use super::call::{
    Call, Resource, create, delete, get, listing, own, patch, replace, selecting, sub,
};
use super::case::{Case, case};
use host_test::pod::client::objects::{ListOptions, PatchKind, Scope};
use serde_json::{Value, json};

fn namespaces() -> Resource {
    own("", "namespaces").within(Scope::Cluster)
}

fn roles() -> Resource {
    own("rbac.authorization.k8s.io", "clusterroles").within(Scope::Cluster)
}

fn role(verbs: Value) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "test:{ns}", "labels": {"of": "{ns}"}},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}],
    })
}

pub(crate) fn cases() -> Vec<Case> {
    let rules = |verbs: Value| {
        json!({
            "kind": "ClusterRole",
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}],
        })
    };
    let other = || namespaces().named("{ns}-other");
    vec![
        case("a namespace", create(namespaces(), json!({"metadata": {"name": "{ns}-other"}})))
            .sends("POST /api/v1/namespaces")
            .makes(json!({
                "kind": "Namespace", "metadata": {"name": "{ns}-other"},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            })),
        case("labelled", patch(other(), PatchKind::Merge, json!({"metadata": {"labels": {"a": "b"}}})))
            .sends("PATCH /api/v1/namespaces/{ns}-other")
            .gives(json!({"kind": "Namespace", "metadata": {"labels": {"a": "b"}}})),
        case("deleted", delete(other()))
            .sends("DELETE /api/v1/namespaces/{ns}-other")
            .gives(json!({"kind": "Namespace", "status": {"phase": "Terminating"}})),
        case("finalized", replace(sub(other(), "finalize"), json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{ns}-other"},
            "spec": {"finalizers": []},
        })))
            .sends("PUT /api/v1/namespaces/{ns}-other/finalize")
            .gives(json!({"kind": "Namespace", "spec": {"finalizers": null}})),
        case("gone", get(other()))
            .sends("GET /api/v1/namespaces/{ns}-other")
            .refused(404, "NotFound", "namespaces \"{ns}-other\" not found", &[])
            .about("{ns}-other", "", "namespaces")
            .in_time(),
        case("what one may do, by a review", create(
            own("authorization.k8s.io", "selfsubjectaccessreviews").within(Scope::Cluster),
            json!({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {"namespace": "{ns}", "verb": "list", "resource": "pods"}},
            }),
        ))
            .sends("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
            .makes(json!({"kind": "SelfSubjectAccessReview", "status": {"allowed": true}})),
        case("in a namespace that is not there", create(
            own("", "configmaps").within(Scope::Namespace("nowhere".to_owned())),
            json!({"metadata": {"name": "lost"}}),
        ))
            .sends("POST /api/v1/namespaces/nowhere/configmaps")
            .refused(404, "NotFound", "namespaces \"nowhere\" not found", &[])
            .about("nowhere", "", "namespaces"),
        case("a role", create(roles(), role(json!(["get"]))))
            .sends("POST /apis/rbac.authorization.k8s.io/v1/clusterroles")
            .makes(rules(json!(["get"]))),
        case("by a name with a colon", get(roles().named("test:{ns}")))
            .sends("GET /apis/rbac.authorization.k8s.io/v1/clusterroles/test:{ns}")
            .gives(rules(json!(["get"]))),
        case("with another verb", patch(roles().named("test:{ns}"), PatchKind::Json, json!([
            {"op": "add", "path": "/rules/0/verbs/-", "value": "list"},
        ])))
            .sends("PATCH /apis/rbac.authorization.k8s.io/v1/clusterroles/test:{ns}")
            .gives(rules(json!(["get", "list"]))),
        case("found by its label", Call::List(roles(), ListOptions {
            selection: selecting(Some("of in (x, {ns})"), None),
            ..listing()
        }))
            .sends(
                "GET /apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=of%20in%20%28x%2C%20{ns}%29\
                 &limit=500",
            )
            .page(json!({
                "kind": "ClusterRoleList", "apiVersion": "rbac.authorization.k8s.io/v1",
                "metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "test:{ns}"}}],
            }))
            .items(vec![json!({
                "kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1",
                "metadata": {"name": "test:{ns}"},
            })]),
        case("deleted with it", delete(roles().named("test:{ns}")))
            .sends("DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/test:{ns}")
            .gives(json!({"kind": "Status", "status": "Success"})),
    ]
}
