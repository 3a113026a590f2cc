//! A custom resource, and objects of it.

use super::call::{
    Call, Resource, create, delete, get, listing, own, patch, replace, sub, writing,
};
use super::case::{Case, case};
use host_test::pod::client::objects::{ApiResource, PatchKind, Scope, WriteOptions};
use serde_json::{Value, json};

fn definitions() -> Resource {
    own("apiextensions.k8s.io", "customresourcedefinitions").within(Scope::Cluster)
}

fn widgets() -> Resource {
    let resource = ApiResource {
        group: "conformance.example.com".to_owned(),
        version: "v1".to_owned(),
        resource: "widgets".to_owned(),
    };
    Resource { resource, scope: Scope::OwnNamespace }
}

const GROUP: &str = "conformance.example.com";

/// The resource `widgets` of a group is defined.
pub(crate) fn defined(group: &str) -> Case {
    case("a resource is defined", create(definitions(), definition(group)))
        .sends("POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        .makes(json!({
            "kind": "CustomResourceDefinition", "metadata": {"name": format!("widgets.{group}")},
        }))
}

/// And is defined no longer.
pub(crate) fn undefined(group: &str) -> Case {
    let name = format!("widgets.{group}");
    let line =
        format!("DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}").leak();
    case("the resource is deleted", delete(definitions().named(&name))).sends(line).gives(json!({
        "kind": "CustomResourceDefinition",
        "metadata": {"finalizers": ["customresourcecleanup.apiextensions.k8s.io"]},
    }))
}

fn definition(group: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
                },
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {
                        "size": {"type": "integer", "minimum": 1},
                        "colour": {"type": "string"},
                    }},
                    "status": {"type": "object", "properties": {"size": {"type": "integer"}}},
                }}},
            }],
        },
    })
}

fn widget(name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "conformance.example.com/v1", "kind": "Widget", "metadata": {"name": name},
        "spec": spec,
    })
}

pub(crate) fn cases() -> Vec<Case> {
    let one = || widgets().named("one");
    let strict = WriteOptions { field_manager: Some("tester".to_owned()), ..writing() };
    let item = |name: &str| json!({"kind": "Widget", "metadata": {"name": name}});
    vec![
        defined(GROUP),
        case("an object of it", create(widgets(), widget("one", json!({"size": 2}))))
            .sends("POST /apis/conformance.example.com/v1/namespaces/{ns}/widgets")
            .makes(json!({"kind": "Widget", "spec": {"size": 2}}))
            .in_time()
            .keeps("version", "/metadata/resourceVersion"),
        case("invalid by its schema", create(widgets(), widget("two", json!({"size": 0}))))
            .sends("POST /apis/conformance.example.com/v1/namespaces/{ns}/widgets")
            .refused(
                422,
                "Invalid",
                "Widget.conformance.example.com \"two\" is invalid: spec.size: Invalid value: 0: \
                 spec.size in body should be greater than or equal to 1",
                &[("FieldValueInvalid", "spec.size")],
            )
            .about("two", "conformance.example.com", "Widget"),
        case("merged", patch(one(), PatchKind::Merge, json!({"spec": {"colour": "red"}})))
            .sends("PATCH /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one")
            .gives(json!({"kind": "Widget", "spec": {"size": 2, "colour": "red"}})),
        case("patched by operations", patch(one(), PatchKind::Json, json!([
            {"op": "replace", "path": "/spec/colour", "value": "blue"},
        ])))
            .sends("PATCH /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one")
            .gives(json!({"kind": "Widget", "spec": {"size": 2, "colour": "blue"}})),
        case("merged strategically, which it can't be", patch(one(), PatchKind::StrategicMerge, json!({})))
            .sends("PATCH /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one")
            .refused(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, \
                 application/apply-patch+yaml",
                &[],
            ),
        case("applied", Call::Patch(
            widgets().named("two"),
            PatchKind::Apply,
            widget("two", json!({"size": 5})).to_string(),
            strict,
        ))
            .sends("PATCH /apis/conformance.example.com/v1/namespaces/{ns}/widgets/two?fieldManager=tester")
            .makes(json!({"kind": "Widget", "spec": {"size": 5}})),
        case("its scale", get(sub(one(), "scale")))
            .sends("GET /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one/scale")
            .gives(json!({"kind": "Scale", "spec": {"replicas": 2}})),
        case("its status, and nothing else", patch(sub(one(), "status"), PatchKind::Merge, json!({
            "status": {"size": 1}, "spec": {"size": 9},
        })))
            .sends("PATCH /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one/status")
            .gives(json!({"kind": "Widget", "spec": {"size": 2}, "status": {"size": 1}})),
        case("replaced by what is out of date", replace(one(), json!({
            "apiVersion": "conformance.example.com/v1", "kind": "Widget", "spec": {"size": 3},
            "metadata": {"name": "one", "resourceVersion": "{version}"},
        })))
            .sends("PUT /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one")
            .refused(
                409,
                "Conflict",
                "Operation cannot be fulfilled on widgets.conformance.example.com \"one\": the \
                 object has been modified; please apply your changes to the latest version and try \
                 again",
                &[],
            )
            .about("one", "conformance.example.com", "widgets"),
        case("listed", Call::List(widgets(), listing()))
            .sends("GET /apis/conformance.example.com/v1/namespaces/{ns}/widgets?limit=500")
            .page(json!({
                "apiVersion": "conformance.example.com/v1",
                "items": [item("one"), item("two")],
                "kind": "WidgetList", "metadata": {"continue": "", "resourceVersion": "7"},
            }))
            .items(vec![item("one"), item("two")]),
        case("deleted", delete(one()))
            .sends("DELETE /apis/conformance.example.com/v1/namespaces/{ns}/widgets/one")
            .gives(json!({"kind": "Status", "status": "Success", "details": {
                "name": "one", "group": "conformance.example.com", "kind": "widgets",
            }})),
        undefined(GROUP),
    ]
}
