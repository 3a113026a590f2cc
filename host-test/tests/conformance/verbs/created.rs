//! How objects are created.

use super::super::call::{Call, create};
use super::super::case::{Case, case};
use super::{Kind, NAME, by, text};
use host_test::pod::client::objects::FieldValidation;

impl Kind {
    pub(super) fn created(&self) -> Vec<Case> {
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

    pub(super) fn refusal_of_odd(&self) -> &'static str {
        text(format!(
            "{0} in version \"v1\" cannot be handled as a {0}: strict decoding error: unknown field \
             \"odd\"",
            self.kind
        ))
    }
}
