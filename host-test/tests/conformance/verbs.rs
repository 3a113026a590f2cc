//! Every verb and every option, the same for each kind.

mod created;
mod deleted;
mod lists;
mod read;
mod written;

use super::call::{Call, Resource, listing, selecting, writing};
use super::case::Case;
use super::custom;
use host_test::pod::client::objects::{
    ApiResource, FieldValidation, ListOptions, PatchKind, Scope, Target, WriteOptions,
};
use serde_json::{Value, json};

const METADATA: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

/// A resource, and where its objects are like no other's.
struct Kind {
    kind: &'static str,
    group: &'static str,
    resource: &'static str,
    is_of_the_cluster: bool,
    /// What makes up an object, with a text in it that can be changed.
    body: fn(&str) -> Value,
    /// Where that text stands, for a JSON patch.
    pointer: &'static str,
    /// The same, as the server names a field that has a manager.
    managed: &'static str,
    /// Whether the server has it as a type of its own.
    is_built_in: bool,
    has_delete_collection: bool,
    /// What is left of an object that was deleted, if it is not gone without a trace.
    left: Option<Value>,
}

fn kinds() -> [Kind; 6] {
    let base = || Kind {
        kind: "ConfigMap",
        group: "",
        resource: "configmaps",
        is_of_the_cluster: false,
        body: |text| json!({"data": {"key": text}}),
        pointer: "/data/key",
        managed: ".data.key",
        is_built_in: true,
        has_delete_collection: true,
        left: None,
    };
    [
        base(),
        Kind {
            kind: "Pod",
            resource: "pods",
            // With all that admission would add, so that it can be replaced.
            body: |text| {
                json!({"spec": {
                    "serviceAccountName": "default", "automountServiceAccountToken": false,
                    "containers": [{"name": "one", "image": text}],
                }})
            },
            pointer: "/spec/containers/0/image",
            managed: ".spec.containers[name=\"one\"].image",
            left: Some(json!({"kind": "Pod"})),
            ..base()
        },
        Kind {
            kind: "Deployment",
            group: "apps",
            resource: "deployments",
            body: |text| {
                json!({"spec": {
                    "selector": {"matchLabels": {"app": "web"}},
                    "template": {
                        "metadata": {"labels": {"app": "web"}},
                        "spec": {"containers": [{"name": "one", "image": text}]},
                    },
                }})
            },
            pointer: "/spec/template/spec/containers/0/image",
            managed: ".spec.template.spec.containers[name=\"one\"].image",
            ..base()
        },
        Kind {
            kind: "Widget",
            group: "verbs.example.com",
            resource: "widgets",
            body: |text| json!({"spec": {"colour": text}}),
            pointer: "/spec/colour",
            managed: ".spec.colour",
            is_built_in: false,
            ..base()
        },
        Kind {
            kind: "Namespace",
            resource: "namespaces",
            is_of_the_cluster: true,
            body: |text| json!({"metadata": {"annotations": {"key": text}}}),
            pointer: "/metadata/annotations/key",
            managed: ".metadata.annotations.key",
            has_delete_collection: false,
            left: Some(json!({"kind": "Namespace", "status": {"phase": "Terminating"}})),
            ..base()
        },
        Kind {
            kind: "ClusterRole",
            group: "rbac.authorization.k8s.io",
            resource: "clusterroles",
            is_of_the_cluster: true,
            body: |text| {
                json!({"rules": [
                    {"apiGroups": [""], "resources": ["pods"], "verbs": [text]},
                ]})
            },
            pointer: "/rules/0/verbs/0",
            managed: ".rules",
            ..base()
        },
    ]
}

/// The rows of all kinds, each a part that needs an empty namespace.
pub(crate) fn parts() -> impl Iterator<Item = Vec<Case>> {
    kinds().into_iter().map(|kind| {
        let mut cases = Vec::new();
        if !kind.is_built_in {
            cases.push(custom::defined(kind.group));
        }
        cases.extend(kind.row());
        if !kind.is_built_in {
            cases.push(custom::undefined(kind.group));
        }
        cases
    })
}

/// The name of the object that most of a row is about, and of another.
const NAME: &str = "{ns}-one";
const OTHER: &str = "{ns}-two";

/// What lives as long as the tests do, as the texts of a table do.
fn text(text: String) -> &'static str {
    text.leak()
}

fn by(manager: &str) -> WriteOptions {
    WriteOptions { field_manager: Some(manager.to_owned()), ..writing() }
}

impl Kind {
    fn api_version(&self) -> String {
        match self.group {
            "" => "v1".to_owned(),
            group => format!("{group}/v1"),
        }
    }

    /// The resource as messages name it.
    fn qualified(&self) -> String {
        match self.group {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }

    fn all(&self) -> Resource {
        let resource = ApiResource {
            group: self.group.to_owned(),
            version: "v1".to_owned(),
            resource: self.resource.to_owned(),
        };
        let scope = match self.is_of_the_cluster {
            true => Scope::Cluster,
            false => Scope::Namespace("{ns}".to_owned()),
        };
        Resource { resource, scope }
    }

    fn one(&self) -> Target {
        self.all().named(NAME)
    }

    /// A request line: a method, and what follows the path of the collection.
    fn line(&self, method: &str, rest: &str) -> &'static str {
        let api = match self.group {
            "" => "/api/v1".to_owned(),
            group => format!("/apis/{group}/v1"),
        };
        let within = if self.is_of_the_cluster { "" } else { "/namespaces/{ns}" };
        text(format!("{method} {api}{within}/{}{rest}", self.resource))
    }

    fn on_one(&self, method: &str, query: &str) -> &'static str {
        self.line(method, &format!("/{NAME}{query}"))
    }

    fn object(&self, name: &str, text: &str) -> Value {
        let mut object = (self.body)(text);
        object["apiVersion"] = self.api_version().into();
        object["kind"] = self.kind.into();
        object["metadata"]["name"] = name.into();
        object["metadata"]["labels"] = json!({"of": "{ns}"});
        object
    }

    fn with_version(&self, text: &str, version: &str) -> String {
        let mut object = self.object(NAME, text);
        object["metadata"]["resourceVersion"] = version.into();
        object.to_string()
    }

    /// What an answer has of an object.
    fn has(&self, text: &str) -> Value {
        let mut object = (self.body)(text);
        object["kind"] = self.kind.into();
        object["apiVersion"] = self.api_version().into();
        object
    }

    fn tried(&self, object: Value, validation: Option<FieldValidation>) -> Call {
        let options = WriteOptions { dry_run: true, field_validation: validation, ..writing() };
        Call::Create(self.all(), object.to_string(), options)
    }

    fn patch(&self, kind: PatchKind, patch: Value, options: WriteOptions) -> Call {
        Call::Patch(self.one(), kind, patch.to_string(), options)
    }

    fn listed(&self, change: impl FnOnce(&mut ListOptions)) -> Call {
        let mut options = listing();
        options.selection = selecting(Some("of={ns}"), None);
        change(&mut options);
        Call::List(self.all(), options)
    }

    fn page(&self, names: &[&str], token: &str) -> Value {
        let items: Vec<Value> =
            names.iter().map(|name| json!({"metadata": {"name": name}})).collect();
        json!({
            "kind": format!("{}List", self.kind), "apiVersion": self.api_version(),
            "metadata": {"resourceVersion": "7", "continue": token}, "items": items,
        })
    }

    fn items(&self, names: &[&str]) -> Vec<Value> {
        let item = |name| json!({"kind": self.kind, "apiVersion": self.api_version(), "metadata": {"name": name}});
        names.iter().map(item).collect()
    }

    fn row(&self) -> Vec<Case> {
        let mut row = self.created();
        row.extend(self.read());
        row.extend(self.written());
        row.extend(self.lists());
        row.extend(self.deleted());
        for case in &mut row {
            case.what = text(format!("{}: {}", self.kind, case.what));
        }
        row
    }
}
