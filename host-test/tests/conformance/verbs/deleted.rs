//! How objects are deleted, one and many.

use super::super::call::{Call, delete, deleting, get, selecting};
use super::super::case::{Case, case};
use super::{Kind, METADATA_LIST, NAME, OTHER, text};
use host_test::pod::client::objects::{DeleteOptions, PropagationPolicy};
use serde_json::{Value, json};

impl Kind {
    pub(super) fn deleted(&self) -> Vec<Case> {
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

    pub(super) fn gone(&self, what: &'static str) -> Case {
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
