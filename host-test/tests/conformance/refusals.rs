//! What the API server does not take, and how it says so.

use super::call::{Call, Resource, create, delete, deleting, own, patch, sub, writing};
use super::case::{Case, case};
use host_test::pod::client::objects::{DeleteOptions, PatchKind, Scope, WriteOptions};
use host_test::pod::client::types::Limits;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let configmaps = || own("", "configmaps");
    let tried = |resource: Resource, object: Value| {
        Call::Create(resource, object.to_string(), WriteOptions { dry_run: true, ..writing() })
    };
    let mut cases = vec![
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
            )
            .about("Not_A_Name", "", "ConfigMap"),
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
            )
            .about("fixed", "", "ConfigMap"),
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
            .about("more", "", "secrets")
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
            .about("big", "", "pods")
            .in_time(),
    ];
    cases.extend(disrupted());
    cases.extend(denied());
    cases.extend(terminating());
    cases
}

/// What a disruption budget does not allow.
fn disrupted() -> [Case; 5] {
    let budgets = || own("policy", "poddisruptionbudgets");
    let at_once = Limits {
        deadline: None,
        connect_timeout: None,
        first_byte_timeout: None,
        between_bytes_timeout: None,
        max_buffered: None,
        retries: Some(0),
    };
    [
        case("a budget of one", create(budgets(), json!({
            "metadata": {"name": "one"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}},
        })))
            .sends("POST /apis/policy/v1/namespaces/{ns}/poddisruptionbudgets")
            .makes(json!({"kind": "PodDisruptionBudget"})),
        case("that nothing is left of", patch(sub(budgets().named("one"), "status"), PatchKind::Merge, json!({
            "status": {
                "observedGeneration": 1, "disruptionsAllowed": 0, "expectedPods": 1,
                "currentHealthy": 1, "desiredHealthy": 1,
            },
        })))
            .sends("PATCH /apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/one/status")
            .gives(json!({"kind": "PodDisruptionBudget", "status": {"disruptionsAllowed": 0}})),
        case("the pod that it is for", create(own("", "pods"), json!({
            "metadata": {"name": "kept", "labels": {"app": "kept"}},
            "spec": {"containers": [{
                "name": "kept", "image": "kept", "resources": {"limits": {"memory": "1Gi"}},
            }]},
        })))
            .sends("POST /api/v1/namespaces/{ns}/pods")
            .makes(json!({"kind": "Pod"})),
        case("which runs", patch(sub(own("", "pods").named("kept"), "status"), PatchKind::Merge, json!({
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        })))
            .sends("PATCH /api/v1/namespaces/{ns}/pods/kept/status")
            .gives(json!({"kind": "Pod", "status": {"phase": "Running"}})),
        case("and is not evicted", Call::Evict("kept".to_owned(), DeleteOptions {
            limits: Some(at_once),
            ..deleting()
        }))
            .sends("POST /api/v1/namespaces/{ns}/pods/kept/eviction")
            .body(json!({
                "kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "kept"},
            }))
            .refused(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
                &[("DisruptionBudget", "")],
            ),
    ]
}

/// What a policy of the cluster's denies.
fn denied() -> [Case; 3] {
    let admission =
        |resource: &str| own("admissionregistration.k8s.io", resource).within(Scope::Cluster);
    let tried = |key: &str| {
        let object = json!({"metadata": {"name": "some"}, "data": {key: "x"}}).to_string();
        Call::Create(own("", "configmaps"), object, WriteOptions { dry_run: true, ..writing() })
    };
    [
        case(
            "a policy",
            create(
                admission("validatingadmissionpolicies"),
                json!({
                    "metadata": {"name": "{ns}-policy"},
                    "spec": {
                        "matchConstraints": {"resourceRules": [{
                            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                            "resources": ["configmaps"],
                        }]},
                        "validations": [{
                            "expression": "!has(object.data) || !('odd' in object.data)",
                            "message": "nothing odd",
                        }],
                    },
                }),
            ),
        )
        .sends("POST /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies")
        .makes(json!({"kind": "ValidatingAdmissionPolicy"})),
        case(
            "for a namespace",
            create(
                admission("validatingadmissionpolicybindings"),
                json!({
                    "metadata": {"name": "{ns}-binding"},
                    "spec": {
                        "policyName": "{ns}-policy", "validationActions": ["Deny"],
                        "matchResources": {"namespaceSelector": {"matchLabels": {
                            "kubernetes.io/metadata.name": "{ns}",
                        }}},
                    },
                }),
            ),
        )
        .sends("POST /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings")
        .makes(json!({"kind": "ValidatingAdmissionPolicyBinding"})),
        case("what it denies", tried("odd"))
            .sends("POST /api/v1/namespaces/{ns}/configmaps?dryRun=All")
            .refused(
                422,
                "Invalid",
                "configmaps \"some\" is forbidden: ValidatingAdmissionPolicy '{ns}-policy' with \
                 binding '{ns}-binding' denied request: nothing odd",
                &[("", "")],
            )
            .about("some", "", "configmaps")
            .in_time(),
    ]
}

/// A namespace that is ending takes nothing more.
fn terminating() -> [Case; 5] {
    let ending = || Scope::Namespace("{ns}-ending".to_owned());
    let configmaps = || own("", "configmaps").within(ending());
    let hold = json!({"metadata": {"name": "held", "finalizers": ["example.com/hold"]}});
    [
        case(
            "another namespace",
            create(
                own("", "namespaces").within(Scope::Cluster),
                json!({
                    "metadata": {"name": "{ns}-ending"},
                }),
            ),
        )
        .sends("POST /api/v1/namespaces")
        .makes(json!({"kind": "Namespace"})),
        case("something that holds it", create(configmaps(), hold))
            .sends("POST /api/v1/namespaces/{ns}-ending/configmaps")
            .makes(json!({"kind": "ConfigMap"})),
        case(
            "it is ending",
            delete(own("", "namespaces").within(Scope::Cluster).named("{ns}-ending")),
        )
        .sends("DELETE /api/v1/namespaces/{ns}-ending")
        .gives(json!({"kind": "Namespace", "status": {"phase": "Terminating"}})),
        case("and takes nothing", create(configmaps(), json!({"metadata": {"name": "late"}})))
            .sends("POST /api/v1/namespaces/{ns}-ending/configmaps")
            .refused(
                403,
                "Forbidden",
                "configmaps \"late\" is forbidden: unable to create new content in namespace \
                 {ns}-ending because it is being terminated",
                &[("NamespaceTerminating", "metadata.namespace")],
            )
            .about("late", "", "configmaps")
            .in_time(),
        case(
            "let go",
            patch(
                configmaps().named("held"),
                PatchKind::Merge,
                json!({
                    "metadata": {"finalizers": null},
                }),
            ),
        )
        .sends("PATCH /api/v1/namespaces/{ns}-ending/configmaps/held")
        .gives(json!({"kind": "ConfigMap", "metadata": {"name": "held"}})),
    ]
}
