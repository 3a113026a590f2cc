//! How one object is read.

use super::super::call::{Call, get, getting};
use super::super::case::{Case, case};
use super::{Kind, METADATA, NAME, TABLE};
use host_test::pod::client::objects::{GetOptions, Representation};
use serde_json::{Value, json};

impl Kind {
    pub(super) fn read(&self) -> Vec<Case> {
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

    pub(super) fn partial(&self) -> Value {
        json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"name": NAME}, "spec": null, "data": null, "rules": null,
        })
    }

    pub(super) fn table(&self) -> Value {
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1",
            "rows": [{"object": {"metadata": {"name": NAME}}}],
        })
    }
}
