//! How objects are listed.

use super::super::call::{Call, Resource};
use super::super::case::{Case, case};
use super::{Kind, METADATA_LIST, NAME, OTHER, TABLE, text};
use host_test::pod::client::objects::{Representation, ResourceVersionMatch, Scope};
use serde_json::json;

impl Kind {
    pub(super) fn lists(&self) -> Vec<Case> {
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
}
