//! Lists, by all that may be asked of them.

use super::call::{Call, create, deleting, listing, own, selecting};
use super::case::{Case, case};
use host_test::pod::client::objects::{
    DeleteOptions, ListOptions, Representation, ResourceVersionMatch, Scope,
};
use serde_json::{Value, json};

fn item(name: &str) -> Value {
    json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}})
}

fn page(names: &[&str], token: Option<&str>) -> Value {
    let items: Vec<Value> = names.iter().map(|name| json!({"metadata": {"name": name}})).collect();
    json!({
        "kind": "ConfigMapList", "apiVersion": "v1",
        "metadata": {"resourceVersion": "7", "continue": token}, "items": items,
    })
}

fn listed(change: impl FnOnce(&mut ListOptions)) -> Call {
    let mut options = listing();
    options.selection.label_selector = Some("of={ns}".to_owned());
    change(&mut options);
    Call::List(own("", "configmaps"), options)
}

pub(crate) fn cases() -> Vec<Case> {
    let labels = |name: &str| {
        json!({
            "metadata": {"name": name, "labels": {"of": "{ns}", "name": name}},
        })
    };
    let rows =
        ["a", "b", "c", "d", "e"].map(|name| json!({"object": {"metadata": {"name": name}}}));
    let mut cases: Vec<Case> = ["a", "b", "c", "d"]
        .into_iter()
        .map(|name| {
            case("created", create(own("", "configmaps"), labels(name)))
                .sends("POST /api/v1/namespaces/{ns}/configmaps")
                .makes(json!({"kind": "ConfigMap"}))
        })
        .collect();
    cases.extend([
        case("one more, for its version", create(own("", "configmaps"), labels("e")))
            .sends("POST /api/v1/namespaces/{ns}/configmaps")
            .makes(json!({"kind": "ConfigMap"}))
            .keeps("version", "/metadata/resourceVersion"),
        case("all of them", listed(|_| {}))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=500")
            .page(page(&["a", "b", "c", "d", "e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("in pages", listed(|options| options.page_size = Some(2)))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2")
            .page(page(&["a", "b"], Some("to c")))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2&continue=to%20c")
            .page(page(&["c", "d"], Some("to e")))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2&continue=to%20e")
            .page(page(&["e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("one page of them", listed(|options| {
            (options.page_size, options.single_page) = (Some(2), true);
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2")
            .page(page(&["a", "b"], Some("to c")))
            .items(["a", "b"].map(item).into()),
        case("asked for ahead", listed(|options| {
            (options.page_size, options.fetch_ahead) = (Some(2), true);
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2")
            .page(page(&["a", "b"], Some("to c")))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2&continue=to%20c")
            .page(page(&["c", "d"], Some("to e")))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2&continue=to%20e")
            .page(page(&["e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("compressed, if it is long", listed(|options| options.compress = true))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=500")
            .page(page(&["a", "b", "c", "d", "e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("in a namespace by its name, without the rest", {
            let Call::List(configmaps, options) = listed(|options| {
                options.selection.label_selector = None;
                (options.page_size, options.single_page) = (Some(2), true);
            }) else {
                unreachable!()
            };
            Call::List(configmaps.within(Scope::Namespace("{ns}".to_owned())), options)
        })
            .sends("GET /api/v1/namespaces/{ns}/configmaps?limit=2")
            .page(page(&["a", "b"], Some("to c")))
            // There is one more, of the cluster's own.
            .part(["a", "b"].map(item).into(), 4)
            .keeps("token", "/metadata/continue"),
        case("the rest", listed(|options| {
            options.selection.label_selector = None;
            (options.page_size, options.single_page) = (Some(3), true);
            options.continue_token = Some("{token}".to_owned());
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?limit=3&continue={token}")
            .page(page(&["c", "d", "e"], Some("to the root")))
            .part(["c", "d", "e"].map(item).into(), 1),
        case("in one answer", listed(|options| options.page_size = Some(0)))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}")
            .page(page(&["a", "b", "c", "d", "e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("by a field", listed(|options| {
            options.selection.field_selector = Some("metadata.name=b".to_owned());
        }))
            .sends(
                "GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&fieldSelector=metadata.name%3Db\
                 &limit=500",
            )
            .page(page(&["b"], None))
            .items(vec![item("b")]),
        case("by a field that can't be selected by", listed(|options| {
            options.selection = selecting(None, Some("data.key=b"));
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?fieldSelector=data.key%3Db&limit=500")
            .refused(
                400,
                "BadRequest",
                "\"data.key\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                &[],
            ),
        case("as of a version", listed(|options| {
            options.resource_version = Some("{version}".to_owned());
            options.resource_version_match = Some(ResourceVersionMatch::Exact);
            options.page_size = Some(2);
        }))
            .sends(
                "GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2\
                 &resourceVersion={version}&resourceVersionMatch=Exact",
            )
            .page(page(&["a", "b"], Some("to c")))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=2&continue=to%20c")
            .page(page(&["c", "d", "e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("no older than a version", listed(|options| {
            options.resource_version = Some("{version}".to_owned());
            options.resource_version_match = Some(ResourceVersionMatch::NotOlderThan);
        }))
            .sends(
                "GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=500\
                 &resourceVersion={version}&resourceVersionMatch=NotOlderThan",
            )
            .page(page(&["a", "b", "c", "d", "e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("their metadata", listed(|options| {
            options.representation = Representation::MetadataOnly;
            options.selection.label_selector = Some("of={ns},name in (a,b)".to_owned());
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}%2Cname%20in%20%28a%2Cb%29&limit=500")
            .accepts("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
            .page(json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": "7"}, "items": [
                    {"kind": "PartialObjectMetadata", "metadata": {"name": "a"}},
                    {"kind": "PartialObjectMetadata", "metadata": {"name": "b"}},
                ],
            }))
            .items(["a", "b"].map(|name| json!({
                "kind": "PartialObjectMetadata", "metadata": {"name": name}, "data": null,
            })).into()),
        case("as a table", listed(|options| {
            options.representation = Representation::Table;
            options.page_size = Some(3);
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=3")
            .accepts("application/json;as=Table;g=meta.k8s.io;v=v1,application/json")
            .page(json!({
                "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": "7"}, "columnDefinitions": [{"name": "Name"}],
                "rows": rows,
            }))
            .items(["a", "b", "c", "d", "e"].map(|name| json!({
                "object": {"metadata": {"name": name}}, "kind": null,
            })).into()),
        case("across all namespaces", {
            let Call::List(configmaps, options) = listed(|_| {}) else { unreachable!() };
            Call::List(configmaps.within(Scope::AllNamespaces), options)
        })
            .sends("GET /api/v1/configmaps?labelSelector=of%3D{ns}&limit=500")
            .page(page(&["a", "b", "c", "d", "e"], None))
            .items(["a", "b", "c", "d", "e"].map(item).into()),
        case("a selector that is none", listed(|options| {
            options.selection.label_selector = Some("of in".to_owned());
        }))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%20in&limit=500")
            .refused(
                400,
                "BadRequest",
                "unable to parse requirement: found '' expected: '('",
                &[],
            ),
        case("deleted by selection, to try", Call::DeleteCollection(
            own("", "configmaps"),
            selecting(Some("name in (a,b)"), Some("metadata.name!=b")),
            DeleteOptions { dry_run: true, ..deleting() },
        ))
            .sends(
                "DELETE /api/v1/namespaces/{ns}/configmaps?labelSelector=name%20in%20%28a%2Cb%29\
                 &fieldSelector=metadata.name%21%3Db",
            )
            .accepts("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
            .body(json!({"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]}))
            .page(page(&["a"], None))
            .deletes(1),
        case("deleted by selection", Call::DeleteCollection(
            own("", "configmaps"),
            selecting(Some("name in (a,b,c)"), None),
            deleting(),
        ))
            .sends("DELETE /api/v1/namespaces/{ns}/configmaps?labelSelector=name%20in%20%28a%2Cb%2Cc%29")
            .accepts("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
            .page(page(&["a", "b", "c"], None))
            .deletes(3),
        case("what is left", listed(|_| {}))
            .sends("GET /api/v1/namespaces/{ns}/configmaps?labelSelector=of%3D{ns}&limit=500")
            .page(page(&["d", "e"], None))
            .items(["d", "e"].map(item).into()),
    ]);
    cases
}
