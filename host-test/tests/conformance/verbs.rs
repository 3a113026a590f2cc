//! Every verb and every option, the same for each kind.

use super::call::{
    Call, Resource, create, delete, deleting, get, getting, listing, selecting, writing,
};
use super::case::{Case, case};
use super::custom;
use host_test::pod::client::objects::{
    ApiResource, DeleteOptions, FieldValidation, GetOptions, ListOptions, PatchKind,
    PropagationPolicy, Representation, ResourceVersionMatch, Scope, Target, WriteOptions,
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

    fn created(&self) -> Vec<Case> {
        let mut odd = self.object(NAME, "one");
        odd["odd"] = true.into();
        let path = |query: &str| self.line("POST", query);
        vec![
            case("created for the sake of trying", self.tried(self.object(NAME, "one"), None))
                .sends(path("?dryRun=All"))
                .makes(self.has("one"))
                .in_time(),
            self.gone("it is not there"),
            case("unknown fields, refused", self.tried(odd.clone(), Some(FieldValidation::Strict)))
                .sends(path("?dryRun=All&fieldValidation=Strict"))
                .refused(400, "BadRequest", self.refusal_of_odd(), &[]),
            case("unknown fields, warned of", self.tried(odd.clone(), Some(FieldValidation::Warn)))
                .sends(path("?dryRun=All&fieldValidation=Warn"))
                .makes(self.has("one"))
                .warns("unknown field \"odd\""),
            case("unknown fields, ignored", self.tried(odd, Some(FieldValidation::Ignore)))
                .sends(path("?dryRun=All&fieldValidation=Ignore"))
                .makes(self.has("one")),
            case(
                "created",
                Call::Create(self.all(), self.object(NAME, "one").to_string(), by("a creator")),
            )
            .sends(path("?fieldManager=a%20creator"))
            .makes(self.has("one"))
            .keeps("old", "/metadata/resourceVersion"),
            case("created twice", create(self.all(), self.object(NAME, "one")))
                .sends(path(""))
                .refused(
                    409,
                    "AlreadyExists",
                    text(format!("{} \"{NAME}\" already exists", self.qualified())),
                    &[],
                )
                .about(NAME, self.group, self.resource),
        ]
    }

    fn refusal_of_odd(&self) -> &'static str {
        text(format!(
            "{0} in version \"v1\" cannot be handled as a {0}: strict decoding error: unknown field \
             \"odd\"",
            self.kind
        ))
    }

    fn read(&self) -> Vec<Case> {
        let reading = |options| Call::Get(self.one(), options);
        let as_of = Some("{old}".to_owned());
        let only = |representation| reading(GetOptions { representation, ..getting() });
        vec![
            case("read", get(self.one())).sends(self.on_one("GET", "")).gives(self.has("one")),
            case(
                "read as of a version",
                reading(GetOptions { resource_version: as_of, ..getting() }),
            )
            .sends(self.on_one("GET", "?resourceVersion={old}"))
            .gives(self.has("one")),
            case("its metadata", only(Representation::MetadataOnly))
                .sends(self.on_one("GET", ""))
                .accepts(METADATA)
                .gives(self.partial()),
            case("as a table", only(Representation::Table))
                .sends(self.on_one("GET", ""))
                .accepts(TABLE)
                .gives(self.table()),
        ]
    }

    fn partial(&self) -> Value {
        json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"name": NAME}, "spec": null, "data": null, "rules": null,
        })
    }

    fn table(&self) -> Value {
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1",
            "rows": [{"object": {"metadata": {"name": NAME}}}],
        })
    }

    fn written(&self) -> Vec<Case> {
        let replace = |text, version, options| {
            Call::Replace(self.one(), self.with_version(text, version), options)
        };
        let form = |representation| WriteOptions { representation, ..by("writer") };
        let dry = || WriteOptions { dry_run: true, ..by("writer") };
        let applied = |name, text, options| {
            let object = self.object(name, text).to_string();
            Call::Patch(self.all().named(name), PatchKind::Apply, object, options)
        };
        let operation = |text| json!([{"op": "replace", "path": self.pointer, "value": text}]);
        let writer = "?fieldManager=writer";
        let conflict = format!(
            "Apply failed with 1 conflict: conflict with \"writer\" using {}: {}",
            self.api_version(),
            self.managed
        );
        vec![
            case("replaced for the sake of trying", replace("two", "{old}", dry()))
                .sends(self.on_one("PUT", "?dryRun=All&fieldManager=writer"))
                .gives(self.has("two")),
            case("replaced by what has unknown fields, refused", {
                let mut odd: Value =
                    serde_json::from_str(&self.with_version("two", "{old}")).unwrap();
                odd["odd"] = true.into();
                let field_validation = Some(FieldValidation::Strict);
                let options = WriteOptions { field_validation, ..by("writer") };
                Call::Replace(self.one(), odd.to_string(), options)
            })
            .sends(self.on_one("PUT", "?fieldManager=writer&fieldValidation=Strict"))
            .refused(400, "BadRequest", self.refusal_of_odd(), &[]),
            case("replaced", replace("two", "{old}", form(Representation::Table)))
                .sends(self.on_one("PUT", writer))
                .accepts(TABLE)
                .gives(self.table()),
            case("replaced by what is out of date", replace("three", "{old}", by("writer")))
                .sends(self.on_one("PUT", writer))
                .refused(
                    409,
                    "Conflict",
                    text(format!(
                        "Operation cannot be fulfilled on {} \"{NAME}\": the object has been \
                         modified; please apply your changes to the latest version and try again",
                        self.qualified()
                    )),
                    &[],
                )
                .about(NAME, self.group, self.resource),
            case(
                "merged",
                self.patch(
                    PatchKind::Merge,
                    (self.body)("three"),
                    form(Representation::MetadataOnly),
                ),
            )
            .sends(self.on_one("PATCH", writer))
            .accepts(METADATA)
            .gives(self.partial()),
            case("merged with unknown fields, warned of", {
                let field_validation = Some(FieldValidation::Warn);
                let options = WriteOptions { field_validation, ..dry() };
                self.patch(PatchKind::Merge, json!({"odd": true}), options)
            })
            .sends(self.on_one("PATCH", "?dryRun=All&fieldManager=writer&fieldValidation=Warn"))
            .gives(self.has("three"))
            .warns("unknown field \"odd\""),
            case("what it has become", get(self.one()))
                .sends(self.on_one("GET", ""))
                .gives(self.has("three")),
            case("patched to try", self.patch(PatchKind::Json, operation("tried"), dry()))
                .sends(self.on_one("PATCH", "?dryRun=All&fieldManager=writer"))
                .gives(self.has("tried")),
            case("patched", self.patch(PatchKind::Json, operation("four"), by("writer")))
                .sends(self.on_one("PATCH", writer))
                .gives(self.has("four")),
            self.merged_strategically(),
            case("applied by another", applied(NAME, "six", by("applier")))
                .sends(self.on_one("PATCH", "?fieldManager=applier"))
                .refused(
                    409,
                    "Conflict",
                    text(conflict),
                    &[("FieldManagerConflict", self.managed)],
                ),
            case(
                "applied by force to try",
                applied(NAME, "six", WriteOptions { dry_run: true, force: true, ..by("applier") }),
            )
            .sends(self.on_one("PATCH", "?dryRun=All&fieldManager=applier&force=true"))
            .gives(self.has("six")),
            case(
                "applied by force",
                applied(NAME, "six", WriteOptions { force: true, ..by("applier") }),
            )
            .sends(self.on_one("PATCH", "?fieldManager=applier&force=true"))
            .gives(self.has("six"))
            .keeps("version", "/metadata/resourceVersion")
            .keeps("uid", "/metadata/uid"),
            case("applied where there is none", applied(OTHER, "two", by("applier")))
                .sends(self.line("PATCH", &format!("/{OTHER}?fieldManager=applier")))
                .makes(self.has("two"))
                .keeps("other", "/metadata/uid"),
        ]
    }

    /// Where that is not possible, the text is set by another patch.
    fn merged_strategically(&self) -> Case {
        let patch = self.patch(PatchKind::StrategicMerge, (self.body)("five"), by("writer"));
        let case =
            case("merged strategically", patch).sends(self.on_one("PATCH", "?fieldManager=writer"));
        match self.is_built_in {
            true => case.gives(self.has("five")),
            false => case.refused(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, \
                 application/apply-patch+yaml",
                &[],
            ),
        }
    }

    fn lists(&self) -> Vec<Case> {
        let line = |query: &str| self.line("GET", &format!("?labelSelector=of%3D{{ns}}{query}"));
        let both = [NAME, OTHER];
        let mut cases = vec![
            case("listed", self.listed(|_| {}))
                .sends(line("&limit=500"))
                .page(self.page(&both, ""))
                .items(self.items(&both)),
            case(
                "the first",
                self.listed(|options| {
                    (options.page_size, options.single_page) = (Some(1), true);
                }),
            )
            .sends(line("&limit=1"))
            .page(self.page(&both[..1], "to the other"))
            .items(self.items(&both[..1]))
            .keeps("token", "/metadata/continue"),
            case(
                "the one after it",
                self.listed(|options| {
                    options.page_size = Some(1);
                    options.continue_token = Some("{token}".to_owned());
                }),
            )
            .sends(line("&limit=1&continue={token}"))
            .page(self.page(&both[1..], ""))
            .items(self.items(&both[1..])),
            case(
                "by its name",
                self.listed(|options| {
                    options.selection.field_selector = Some(format!("metadata.name={OTHER}"));
                }),
            )
            .sends(line(&format!("&fieldSelector=metadata.name%3D{OTHER}&limit=500")))
            .page(self.page(&both[1..], ""))
            .items(self.items(&both[1..])),
            // The other one was made after it.
            case(
                "as of a version",
                self.listed(|options| {
                    options.resource_version = Some("{version}".to_owned());
                    options.resource_version_match = Some(ResourceVersionMatch::Exact);
                }),
            )
            .sends(line("&limit=500&resourceVersion={version}&resourceVersionMatch=Exact"))
            .page(self.page(&both[..1], ""))
            .items(self.items(&both[..1])),
            case(
                "their metadata",
                self.listed(|options| {
                    options.representation = Representation::MetadataOnly;
                }),
            )
            .sends(line("&limit=500"))
            .accepts(METADATA_LIST)
            .page(json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": "7"}, "items": both.map(|name| json!({
                    "kind": "PartialObjectMetadata", "metadata": {"name": name},
                })),
            }))
            .items(
                both.map(|name| {
                    json!({
                        "kind": "PartialObjectMetadata", "metadata": {"name": name}, "spec": null,
                    })
                })
                .into(),
            ),
            case(
                "as a table",
                self.listed(|options| {
                    options.representation = Representation::Table;
                }),
            )
            .sends(line("&limit=500"))
            .accepts(TABLE)
            .page(json!({
                "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": "7"}, "columnDefinitions": [{"name": "Name"}],
                "rows": both.map(|name| json!({"object": {"metadata": {"name": name}}})),
            }))
            .items(
                both.map(|name| {
                    json!({
                        "object": {"metadata": {"name": name}}, "kind": null,
                    })
                })
                .into(),
            ),
        ];
        if !self.is_of_the_cluster {
            let Call::List(_, options) = self.listed(|options| {
                options.resource_version = Some("{version}".to_owned());
                options.resource_version_match = Some(ResourceVersionMatch::NotOlderThan);
            }) else {
                unreachable!()
            };
            let rest = "limit=500&resourceVersion={version}&resourceVersionMatch=NotOlderThan";
            let line = line(&format!("&{rest}")).replace("/namespaces/{ns}/", "/");
            let everywhere = Resource { scope: Scope::AllNamespaces, ..self.all() };
            cases.push(
                case("across namespaces", Call::List(everywhere, options))
                    .sends(text(line))
                    .page(self.page(&both, ""))
                    .items(self.items(&both)),
            );
        }
        cases
    }

    fn deleted(&self) -> Vec<Case> {
        let precondition = |version: &str| DeleteOptions {
            precondition_resource_version: Some(version.to_owned()),
            ..deleting()
        };
        let options = |rest: Value| {
            let mut options = json!({"kind": "DeleteOptions", "apiVersion": "v1"});
            options.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            options
        };
        let delete_one = |options| Call::Delete(self.one(), options);
        let success = || json!({"kind": "Status", "status": "Success"});
        let left = || self.left.clone().unwrap_or_else(success);
        let (refusal, kind) = self.precondition();
        let all = self.line("DELETE", "?labelSelector=of%3D{ns}");
        let collection =
            |options| Call::DeleteCollection(self.all(), selecting(Some("of={ns}"), None), options);
        let with_uid = |uid: &str| DeleteOptions {
            grace_period_seconds: Some(0),
            propagation_policy: Some(PropagationPolicy::Background),
            precondition_uid: Some(uid.to_owned()),
            ..deleting()
        };
        let uid = |uid| {
            json!({
                "gracePeriodSeconds": 0, "propagationPolicy": "Background",
                "preconditions": {"uid": uid},
            })
        };
        let tried = |of| {
            let mut tried = options(uid(of));
            tried["dryRun"] = json!(["All"]);
            tried
        };
        let trying = |of| DeleteOptions { dry_run: true, ..with_uid(of) };
        let mut cases = vec![
            case("deleted, if it were as before", delete_one(precondition("{old}")))
                .sends(self.on_one("DELETE", ""))
                .body(options(json!({"preconditions": {"resourceVersion": "{old}"}})))
                .refused(409, "Conflict", refusal, &[])
                .about(NAME, self.group, kind),
            case("deleted, if it were another", delete_one(with_uid("another")))
                .sends(self.on_one("DELETE", ""))
                .body(options(uid("another")))
                .refused(409, "Conflict", self.another(NAME, "uid"), &[])
                .about(NAME, self.group, kind),
            case("deleted for the sake of trying", delete_one(trying("{uid}")))
                .sends(self.on_one("DELETE", ""))
                .body(tried("{uid}"))
                .gives(left()),
            case("deleted as it is", delete_one(precondition("{version}")))
                .sends(self.on_one("DELETE", ""))
                .body(options(json!({"preconditions": {"resourceVersion": "{version}"}})))
                .gives(left()),
            self.gone("it is gone").in_time(),
            case("the rest, by selection", collection(deleting()))
                .sends(all)
                .accepts(METADATA_LIST),
        ];
        let last = cases.pop().unwrap();
        match self.has_delete_collection {
            true => cases.extend([
                case("the rest, if it were another", collection(with_uid("another")))
                    .sends(all)
                    .accepts(METADATA_LIST)
                    .body(options(uid("another")))
                    .refused(409, "Conflict", self.another(OTHER, "other"), &[])
                    .about(OTHER, self.group, self.kind),
                case("the rest, for the sake of trying", collection(trying("{other}")))
                    .sends(all)
                    .accepts(METADATA_LIST)
                    .body(tried("{other}"))
                    .page(self.page(&[OTHER], ""))
                    .deletes(1),
                last.page(self.page(&[OTHER], "")).deletes(1),
            ]),
            false => cases.extend([
                last.refused(
                    405,
                    "MethodNotAllowed",
                    "the server does not allow this method on the requested resource",
                    &[],
                ),
                case("the rest, by its name", delete(self.all().named(OTHER)))
                    .sends(self.line("DELETE", &format!("/{OTHER}")))
                    .gives(left()),
            ]),
        }
        cases
    }

    /// What a precondition that does not hold is refused with, and the kind in its details.
    fn precondition(&self) -> (&'static str, &'static str) {
        let of_kind = match self.group {
            "" => self.kind.to_owned(),
            group => format!("{}.{group}", self.kind),
        };
        let (on, why, kind) = match self.kind {
            // Which is deleted in a way of its own.
            "Namespace" => (
                self.qualified(),
                "Precondition failed: ResourceVersion in precondition: {old}, ResourceVersion in \
                 object meta: {version}",
                self.resource,
            ),
            kind => (
                of_kind,
                "the ResourceVersion in the precondition ({old}) does not match the \
                 ResourceVersion in record ({version}). The object might have been modified",
                kind,
            ),
        };
        let begin = format!("Operation cannot be fulfilled on {on} \"{NAME}\": ");
        (text(begin + why), kind)
    }

    /// What a UID that is another's is refused with.
    fn another(&self, name: &str, uid: &str) -> &'static str {
        let (on, why) = match (self.kind, self.group) {
            // Which is deleted in a way of its own.
            ("Namespace", _) => (
                self.qualified(),
                format!(
                    "Precondition failed: UID in precondition: another, UID in object meta: {{{uid}}}"
                ),
            ),
            (kind, group) => (
                if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") },
                format!(
                    "the UID in the precondition (another) does not match the UID in record \
                     ({{{uid}}}). The object might have been deleted and then recreated"
                ),
            ),
        };
        text(format!("Operation cannot be fulfilled on {on} \"{name}\": {why}"))
    }

    fn gone(&self, what: &'static str) -> Case {
        case(what, get(self.one()))
            .sends(self.on_one("GET", ""))
            .refused(
                404,
                "NotFound",
                text(format!("{} \"{NAME}\" not found", self.qualified())),
                &[],
            )
            .about(NAME, self.group, self.resource)
    }
}
