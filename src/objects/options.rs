//! The options of the verbs, and how they are sent in queries and headers.

use crate::client::Limits;
use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How much of an object is given. A server that does not have a resource in the form
/// that is asked for gives it in full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Representation {
    /// The object.
    #[default]
    Full,
    /// Its metadata alone: `meta/v1.PartialObjectMetadata`.
    MetadataOnly,
    /// What `kubectl get` prints: `meta/v1.Table`. Items of a list are the Table's rows.
    Table,
}

/// How an object is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// How much of it.
    pub representation: Representation,
    /// How old it may be; the newest if none.
    pub resource_version: Option<String>,
    /// How long it may take, and how much it may hold.
    pub limits: Limits,
}

/// What the server does about fields that it does not know, or that stand twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValidation {
    /// Drops them.
    Ignore,
    /// Drops them, and says so in a warning. What servers do by default.
    Warn,
    /// Refuses the request.
    Strict,
}

/// How an object is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Only try: all is checked, and nothing is kept.
    pub dry_run: bool,
    /// Under which name the server notes which fields are whose. [`PatchKind::Apply`] needs one.
    pub field_manager: Option<String>,
    /// What the server does about unknown fields; its default if none.
    pub field_validation: Option<FieldValidation>,
    /// For [`PatchKind::Apply`]: take fields over from other managers.
    pub force: bool,
    /// How much of the result is given.
    pub representation: Representation,
    /// How long it may take, and how much it may hold.
    pub limits: Limits,
}

/// What a patch is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchKind {
    /// JSON Patch, RFC 6902.
    Json,
    /// JSON Merge Patch, RFC 7386.
    Merge,
    /// Kubernetes' own merge patch. Not for custom resources.
    StrategicMerge,
    /// Server-side apply.
    Apply,
}

/// What becomes of the objects that the deleted one owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropagationPolicy {
    /// They stay.
    Orphan,
    /// They are deleted after it.
    Background,
    /// They are deleted before it.
    Foreground,
}

/// How objects are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Only try.
    pub dry_run: bool,
    /// Seconds that a pod gets to end; its own if none.
    pub grace_period_seconds: Option<u32>,
    /// What becomes of owned objects; the resource's default if none.
    pub propagation_policy: Option<PropagationPolicy>,
    /// Delete only if the UID is this.
    pub precondition_uid: Option<String>,
    /// Delete only if the resource version is this.
    pub precondition_resource_version: Option<String>,
    /// How long it may take, and how much it may hold.
    pub limits: Limits,
}

/// Which objects of a collection are meant: all that both selectors fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// By labels.
    pub label_selector: Option<String>,
    /// By the few fields that the resource can be selected by.
    pub field_selector: Option<String>,
}

/// What a list's resource version says of how old it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceVersionMatch {
    /// Just this version.
    Exact,
    /// This version, or a newer one.
    NotOlderThan,
}

/// How a list is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// Which objects.
    pub selection: Selection,
    /// How much of each.
    pub representation: Representation,
    /// How many items the server is to send at a time: 500 by default, and all if 0.
    pub page_size: Option<u32>,
    /// Where to begin, as an earlier list said; at the beginning if none.
    pub continue_token: Option<String>,
    /// End after one page.
    pub single_page: bool,
    /// Ask for the next page while the items of this one are being taken.
    pub fetch_ahead: bool,
    /// Whether the answers may be compressed.
    pub compress: bool,
    /// How old the list may be; the newest if none. Not with a continue token.
    pub resource_version: Option<String>,
    /// What the resource version means.
    pub resource_version_match: Option<ResourceVersionMatch>,
    /// Go on with the objects as they are, where the list as it was can't be had to its end.
    pub allow_inconsistent: bool,
    /// How long the whole list may take, and how much one item may hold.
    pub limits: Limits,
}

/// How many items a page has, as in client-go's pager.
const PAGE_SIZE: u32 = 500;

/// Names and values of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn set(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(super) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}

impl GetOptions {
    pub(super) fn query(&self) -> Query {
        let mut query = Query::default();
        query.set("resourceVersion", self.resource_version.as_deref());
        query
    }
}

impl WriteOptions {
    pub(super) fn query(&self) -> Query {
        let mut query = Query::default();
        query.set("dryRun", self.dry_run.then_some("All"));
        query.set("fieldManager", self.field_manager.as_deref());
        let validation = self.field_validation.map(|validation| match validation {
            FieldValidation::Ignore => "Ignore",
            FieldValidation::Warn => "Warn",
            FieldValidation::Strict => "Strict",
        });
        query.set("fieldValidation", validation);
        query.set("force", self.force.then_some("true"));
        query
    }
}

impl Selection {
    pub(super) fn query(&self) -> Query {
        let mut query = Query::default();
        query.set("labelSelector", self.label_selector.as_deref());
        query.set("fieldSelector", self.field_selector.as_deref());
        query
    }
}

impl ListOptions {
    /// The query of the page that begins at a token, or of the first.
    pub(super) fn query(&self, continue_token: Option<&str>) -> Query {
        let mut query = self.selection.query();
        match self.page_size.unwrap_or(PAGE_SIZE) {
            0 => {}
            size => query.set("limit", Some(&size.to_string())),
        }
        query.set("continue", continue_token);
        // The server refuses both: a token says itself which version it is of.
        if continue_token.is_none() {
            query.set("resourceVersion", self.resource_version.as_deref());
            let matching = self.resource_version_match.map(|matching| match matching {
                ResourceVersionMatch::Exact => "Exact",
                ResourceVersionMatch::NotOlderThan => "NotOlderThan",
            });
            query.set("resourceVersionMatch", matching);
        }
        query
    }

    /// The query of the whole list once more, as of a version.
    pub(super) fn query_again(&self, resource_version: &str) -> Query {
        let mut query = self.selection.query();
        query.set("resourceVersion", Some(resource_version));
        query.set("resourceVersionMatch", Some("Exact"));
        query
    }
}

impl Representation {
    /// The value of `Accept` for one object.
    pub(super) fn of_object(self) -> Option<&'static str> {
        match self {
            Self::Full => None,
            Self::MetadataOnly => Some(
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
            ),
            Self::Table => Some("application/json;as=Table;g=meta.k8s.io;v=v1,application/json"),
        }
    }

    /// The value of `Accept` for a list.
    pub(super) fn of_list(self) -> Option<&'static str> {
        match self {
            Self::MetadataOnly => Some(
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
            ),
            other => other.of_object(),
        }
    }
}

impl PatchKind {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::StrategicMerge => "application/strategic-merge-patch+json",
            // JSON is YAML.
            Self::Apply => "application/apply-patch+yaml",
        }
    }
}
