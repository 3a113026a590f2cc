//! How objects are written: replaced, patched and applied.

use super::super::call::{Call, get};
use super::super::case::{Case, case};
use super::{Kind, METADATA, NAME, OTHER, TABLE, by, text};
use host_test::pod::client::objects::{FieldValidation, PatchKind, Representation, WriteOptions};
use serde_json::{Value, json};

impl Kind {
    pub(super) fn written(&self) -> Vec<Case> {
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
}
