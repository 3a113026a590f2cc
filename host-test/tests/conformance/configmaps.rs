//! Config maps: every verb and option.

use super::call::{Call, create, delete, deleting, get, getting, own, patch, replace, writing};
use super::case::{Case, case};
use host_test::pod::client::objects::{
    DeleteOptions, FieldValidation, GetOptions, PatchKind, Representation, Target, WriteOptions,
};
use serde_json::{Value, json};

fn web() -> Target {
    own("", "configmaps").named("web")
}

fn data(value: Value) -> Value {
    json!({"kind": "ConfigMap", "apiVersion": "v1", "data": value})
}

fn named(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"key": "one"}})
}

fn by(manager: &str) -> WriteOptions {
    WriteOptions { field_manager: Some(manager.to_owned()), ..writing() }
}

fn applied(value: &str, options: WriteOptions) -> Call {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"key": value},
    });
    Call::Patch(web(), PatchKind::Apply, object.to_string(), options)
}

fn strict(validation: FieldValidation) -> Call {
    let object = json!({"metadata": {"name": "odd"}, "datum": {}}).to_string();
    let field_validation = Some(validation);
    let options = WriteOptions { dry_run: true, field_validation, ..writing() };
    Call::Create(own("", "configmaps"), object, options)
}

pub(crate) fn cases() -> Vec<Case> {
    let configmaps = || own("", "configmaps");
    let dry = || WriteOptions { dry_run: true, ..writing() };
    let only = |representation| GetOptions { representation, ..getting() };
    let with_uid =
        |uid: &str| DeleteOptions { precondition_uid: Some(uid.to_owned()), ..deleting() };
    let mut cases = vec![
        case("created for the sake of trying", Call::Create(configmaps(), named("web").to_string(), dry()))
            .sends("POST /api/v1/namespaces/{ns}/configmaps?dryRun=All")
            .makes(data(json!({"key": "one"}))),
        case("it is not there", get(web()))
            .sends("GET /api/v1/namespaces/{ns}/configmaps/web")
            .refused(404, "NotFound", "configmaps \"web\" not found", &[])
            .about("web", "", "configmaps"),
        case("created", Call::Create(configmaps(), named("web").to_string(), by("a tester")))
            .sends("POST /api/v1/namespaces/{ns}/configmaps?fieldManager=a%20tester")
            .makes(data(json!({"key": "one"})))
            .keeps("uid", "/metadata/uid")
            .keeps("version", "/metadata/resourceVersion"),
        case("created twice", create(configmaps(), named("web")))
            .sends("POST /api/v1/namespaces/{ns}/configmaps")
            .refused(409, "AlreadyExists", "configmaps \"web\" already exists", &[])
            .about("web", "", "configmaps"),
        case("read", get(web()))
            .sends("GET /api/v1/namespaces/{ns}/configmaps/web")
            .gives(json!({
                "kind": "ConfigMap", "apiVersion": "v1", "data": {"key": "one"},
                "metadata": {"name": "web", "namespace": "{ns}", "uid": "{uid}"},
            })),
        case("read as of a version", Call::Get(web(), GetOptions {
            resource_version: Some("{version}".to_owned()),
            ..getting()
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps/web?resourceVersion={version}")
            .gives(data(json!({"key": "one"}))),
        case("its metadata", Call::Get(web(), only(Representation::MetadataOnly)))
            .sends("GET /api/v1/namespaces/{ns}/configmaps/web")
            .accepts("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json")
            .gives(json!({
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "data": null,
                "metadata": {"name": "web"},
            })),
        case("as a table", Call::Get(web(), only(Representation::Table)))
            .sends("GET /api/v1/namespaces/{ns}/configmaps/web")
            .accepts("application/json;as=Table;g=meta.k8s.io;v=v1,application/json")
            .gives(json!({
                "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "rows": [{"object": {"metadata": {"name": "web"}}}],
            })),
        case("replaced", replace(web(), json!({
            "metadata": {"name": "web", "resourceVersion": "{version}"}, "data": {"key": "two"},
        })))
            .sends("PUT /api/v1/namespaces/{ns}/configmaps/web")
            .gives(data(json!({"key": "two"}))),
        case("replaced by what is out of date", replace(web(), json!({
            "metadata": {"name": "web", "resourceVersion": "{version}"}, "data": {"key": "three"},
        })))
            .sends("PUT /api/v1/namespaces/{ns}/configmaps/web")
            .refused(
                409,
                "Conflict",
                "Operation cannot be fulfilled on configmaps \"web\": the object has been modified; \
                 please apply your changes to the latest version and try again",
                &[],
            )
            .about("web", "", "configmaps"),
        case("merged", patch(web(), PatchKind::Merge, json!({"data": {"more": "x"}})))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web")
            .gives(data(json!({"key": "two", "more": "x"}))),
        case("patched by operations", patch(web(), PatchKind::Json, json!([
            {"op": "test", "path": "/data/more", "value": "x"},
            {"op": "remove", "path": "/data/more"},
        ])))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web")
            .gives(data(json!({"key": "two", "more": null}))),
        case("merged strategically", Call::Patch(
            web(),
            PatchKind::StrategicMerge,
            json!({"data": {"key": "three"}}).to_string(),
            WriteOptions { representation: Representation::MetadataOnly, ..by("merger") },
        ))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web?fieldManager=merger")
            .accepts("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json")
            .gives(json!({"kind": "PartialObjectMetadata", "metadata": {"name": "web"}})),
        case("applied by another", applied("four", by("applier")))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web?fieldManager=applier")
            .refused(
                409,
                "Conflict",
                "Apply failed with 1 conflict: conflict with \"merger\" using v1: .data.key",
                &[("FieldManagerConflict", ".data.key")],
            ),
        case("applied by force", applied("four", WriteOptions { force: true, ..by("applier") }))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web?fieldManager=applier&force=true")
            .gives(data(json!({"key": "four"}))),
        case("applied by nobody", applied("five", writing()))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web")
            .refused(
                422,
                "Invalid",
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required \
                 for apply patch",
                &[("FieldValueRequired", "fieldManager")],
            )
            .about("", "meta.k8s.io", "PatchOptions"),
        case("fields that are unknown, refused", strict(FieldValidation::Strict))
            .sends("POST /api/v1/namespaces/{ns}/configmaps?dryRun=All&fieldValidation=Strict")
            .refused(
                400,
                "BadRequest",
                "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: \
                 unknown field \"datum\"",
                &[],
            ),
        case("fields that are unknown, warned of", strict(FieldValidation::Warn))
            .sends("POST /api/v1/namespaces/{ns}/configmaps?dryRun=All&fieldValidation=Warn")
            .makes(json!({"kind": "ConfigMap", "datum": null}))
            .warns("unknown field \"datum\""),
        case("fields that are unknown, ignored", strict(FieldValidation::Ignore))
            .sends("POST /api/v1/namespaces/{ns}/configmaps?dryRun=All&fieldValidation=Ignore")
            .makes(json!({"kind": "ConfigMap", "datum": null})),
    ];
    cases.extend([
        case("deleted, if it were another", Call::Delete(web(), with_uid("another")))
            .sends("DELETE /api/v1/namespaces/{ns}/configmaps/web")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "another"},
            }))
            .refused(
                409,
                "Conflict",
                "Operation cannot be fulfilled on ConfigMap \"web\": the UID in the precondition \
                 (another) does not match the UID in record ({uid}). The object might have been \
                 deleted and then recreated",
                &[],
            )
            .about("web", "", "ConfigMap"),
        case(
            "deleted for the sake of trying",
            Call::Delete(web(), DeleteOptions { dry_run: true, ..deleting() }),
        )
        .sends("DELETE /api/v1/namespaces/{ns}/configmaps/web")
        .body(json!({"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]}))
        .gives(json!({"kind": "Status", "status": "Success"})),
        case("deleted", Call::Delete(web(), with_uid("{uid}")))
            .sends("DELETE /api/v1/namespaces/{ns}/configmaps/web")
            .body(json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "{uid}"},
            }))
            .gives(json!({
                "kind": "Status", "status": "Success",
                "details": {"name": "web", "kind": "configmaps", "uid": "{uid}"},
            })),
        case("deleted twice", delete(web()))
            .sends("DELETE /api/v1/namespaces/{ns}/configmaps/web")
            .refused(404, "NotFound", "configmaps \"web\" not found", &[])
            .about("web", "", "configmaps"),
        case("applied where there is none", applied("new", by("applier")))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web?fieldManager=applier")
            .makes(data(json!({"key": "new"}))),
        case(
            "held",
            patch(
                web(),
                PatchKind::Merge,
                json!({
                    "metadata": {"finalizers": ["example.com/hold"]},
                }),
            ),
        )
        .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web")
        .gives(json!({"metadata": {"finalizers": ["example.com/hold"]}, "kind": "ConfigMap"})),
        case("deleted while it is held", delete(web()))
            .sends("DELETE /api/v1/namespaces/{ns}/configmaps/web")
            .gives(json!({
                "kind": "ConfigMap", "metadata": {"finalizers": ["example.com/hold"]},
                "data": {"key": "new"},
            }))
            .keeps("deleted", "/metadata/deletionTimestamp"),
        case("let go", patch(web(), PatchKind::Merge, json!({"metadata": {"finalizers": null}})))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/web")
            .gives(json!({"kind": "ConfigMap", "metadata": {"deletionTimestamp": "{deleted}"}})),
        case("it is gone", get(web()))
            .sends("GET /api/v1/namespaces/{ns}/configmaps/web")
            .refused(404, "NotFound", "configmaps \"web\" not found", &[])
            .about("web", "", "configmaps"),
    ]);
    cases
}
