//! What the API server does not take, and how it says so.

use super::call::{Call, Resource, create, own, patch, sub, writing};
use super::case::{Case, case};
use host_test::pod::client::objects::{PatchKind, WriteOptions};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let configmaps = || own("", "configmaps");
    let tried = |resource: Resource, object: Value| {
        Call::Create(resource, object.to_string(), WriteOptions { dry_run: true, ..writing() })
    };
    vec![
        case("a name that is none", create(configmaps(), json!({"metadata": {"name": "Not_A_Name"}})))
            .sends("POST /api/v1/namespaces/{ns}/configmaps")
            .refused(
                422,
                "Invalid",
                "ConfigMap \"Not_A_Name\" is invalid: metadata.name: Invalid value: \"Not_A_Name\": a \
                 lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
                 or '.', and must start and end with an alphanumeric character (e.g. 'example.com', \
                 regex used for validation is \
                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                &[("FieldValueInvalid", "metadata.name")],
            ),
        case("what is no JSON", Call::Create(configmaps(), "{not json".to_owned(), writing()))
            .sends("POST /api/v1/namespaces/{ns}/configmaps")
            .refused(
                400,
                "BadRequest",
                "the object provided is unrecognized (must be of type ConfigMap): couldn't get \
             version/kind; json parse error: invalid character 'n' looking for beginning of object \
             key string ({not json)",
            &[],
            ),
        case("another kind", create(configmaps(), json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"},
        })))
            .sends("POST /api/v1/namespaces/{ns}/configmaps")
            .refused(
                400,
                "BadRequest",
                "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to \
                 (core.ConfigMap): unknown conversion",
                &[],
            ),
        case("what is for good", create(configmaps(), json!({
            "metadata": {"name": "fixed"}, "immutable": true, "data": {"key": "one"},
        })))
            .sends("POST /api/v1/namespaces/{ns}/configmaps")
            .makes(json!({"kind": "ConfigMap", "immutable": true})),
        case("is not changed", patch(configmaps().named("fixed"), PatchKind::Merge, json!({"data": {"key": "two"}})))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/fixed")
            .refused(
                422,
                "Invalid",
                "ConfigMap \"fixed\" is invalid: data: Forbidden: field is immutable when `immutable` \
                 is set",
                &[("FieldValueForbidden", "data")],
            ),
        case("an operation that finds something else", patch(configmaps().named("fixed"), PatchKind::Json, json!([
            {"op": "test", "path": "/data/key", "value": "two"},
        ])))
            .sends("PATCH /api/v1/namespaces/{ns}/configmaps/fixed")
            .refused(
                422,
                "Invalid",
                "the server rejected our request due to an error in our request",
                &[],
            ),
        case("a quota", create(own("", "resourcequotas"), json!({
            "metadata": {"name": "few"}, "spec": {"hard": {"secrets": "0"}},
        })))
            .sends("POST /api/v1/namespaces/{ns}/resourcequotas")
            .makes(json!({"kind": "ResourceQuota"})),
        case("is known", patch(sub(own("", "resourcequotas").named("few"), "status"), PatchKind::Merge, json!({
            "status": {"hard": {"secrets": "0"}, "used": {"secrets": "0"}},
        })))
            .sends("PATCH /api/v1/namespaces/{ns}/resourcequotas/few/status")
            .gives(json!({"kind": "ResourceQuota", "status": {"hard": {"secrets": "0"}}})),
        case("and exceeded", tried(own("", "secrets"), json!({"metadata": {"name": "more"}})))
            .sends("POST /api/v1/namespaces/{ns}/secrets?dryRun=All")
            .refused(
                403,
                "Forbidden",
                "secrets \"more\" is forbidden: exceeded quota: few, requested: secrets=1, used: \
                 secrets=0, limited: secrets=0",
                &[],
            )
            .in_time(),
        case("a limit", create(own("", "limitranges"), json!({
            "metadata": {"name": "small"},
            "spec": {"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]},
        })))
            .sends("POST /api/v1/namespaces/{ns}/limitranges")
            .makes(json!({"kind": "LimitRange"})),
        case("that admission holds pods to", tried(own("", "pods"), json!({
            "metadata": {"name": "big"},
            "spec": {"containers": [{
                "name": "big", "image": "big", "resources": {"limits": {"memory": "2Gi"}},
            }]},
        })))
            .sends("POST /api/v1/namespaces/{ns}/pods?dryRun=All")
            .refused(
                403,
                "Forbidden",
                "pods \"big\" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi",
                &[],
            )
            .in_time(),
    ]
}
