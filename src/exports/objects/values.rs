//! What `objects` takes and gives, as the client has it.

use super::wit;
use crate::objects::{
    Answer, DeleteOptions, Deleted, FieldValidation, GetOptions, ListOptions, PatchKind,
    PropagationPolicy, Representation, ResourceVersionMatch, Selection, Target, WriteOptions,
};

/// The options that were given, else the defaults.
pub(super) fn filled<W, O: From<W> + Default>(options: Option<W>) -> O {
    options.map(Into::into).unwrap_or_default()
}

impl From<Answer> for wit::Answer {
    fn from(answer: Answer) -> Self {
        Self { object: answer.object, warnings: answer.warnings }
    }
}

impl From<Deleted> for wit::Deleted {
    fn from(deleted: Deleted) -> Self {
        Self { count: deleted.count, warnings: deleted.warnings }
    }
}

impl From<wit::Target> for Target {
    fn from(target: wit::Target) -> Self {
        Self {
            resource: target.resource.into(),
            scope: target.scope.into(),
            name: target.name,
            subresource: target.subresource,
        }
    }
}

impl From<wit::Representation> for Representation {
    fn from(representation: wit::Representation) -> Self {
        match representation {
            wit::Representation::Full => Self::Full,
            wit::Representation::MetadataOnly => Self::MetadataOnly,
            wit::Representation::Table => Self::Table,
        }
    }
}

impl From<wit::GetOptions> for GetOptions {
    fn from(options: wit::GetOptions) -> Self {
        Self {
            representation: options.representation.into(),
            resource_version: options.resource_version,
            limits: filled(options.limits),
        }
    }
}

impl From<wit::WriteOptions> for WriteOptions {
    fn from(options: wit::WriteOptions) -> Self {
        Self {
            dry_run: options.dry_run,
            field_manager: options.field_manager,
            field_validation: options.field_validation.map(|validation| match validation {
                wit::FieldValidation::Ignore => FieldValidation::Ignore,
                wit::FieldValidation::Warn => FieldValidation::Warn,
                wit::FieldValidation::Strict => FieldValidation::Strict,
            }),
            force: options.force,
            representation: options.representation.into(),
            limits: filled(options.limits),
        }
    }
}

impl From<wit::PatchKind> for PatchKind {
    fn from(kind: wit::PatchKind) -> Self {
        match kind {
            wit::PatchKind::Json => Self::Json,
            wit::PatchKind::Merge => Self::Merge,
            wit::PatchKind::StrategicMerge => Self::StrategicMerge,
            wit::PatchKind::Apply => Self::Apply,
        }
    }
}

impl From<wit::DeleteOptions> for DeleteOptions {
    fn from(options: wit::DeleteOptions) -> Self {
        Self {
            dry_run: options.dry_run,
            grace_period_seconds: options.grace_period_seconds,
            propagation_policy: options.propagation_policy.map(|policy| match policy {
                wit::PropagationPolicy::Orphan => PropagationPolicy::Orphan,
                wit::PropagationPolicy::Background => PropagationPolicy::Background,
                wit::PropagationPolicy::Foreground => PropagationPolicy::Foreground,
            }),
            precondition_uid: options.precondition_uid,
            precondition_resource_version: options.precondition_resource_version,
            limits: filled(options.limits),
        }
    }
}

impl From<wit::Selection> for Selection {
    fn from(selection: wit::Selection) -> Self {
        Self { label_selector: selection.label_selector, field_selector: selection.field_selector }
    }
}

impl From<wit::ListOptions> for ListOptions {
    fn from(options: wit::ListOptions) -> Self {
        Self {
            selection: options.selection.into(),
            representation: options.representation.into(),
            page_size: options.page_size,
            continue_token: options.continue_token,
            single_page: options.single_page,
            fetch_ahead: options.fetch_ahead,
            compress: options.compress,
            resource_version: options.resource_version,
            resource_version_match: options.resource_version_match.map(|matching| match matching {
                wit::ResourceVersionMatch::Exact => ResourceVersionMatch::Exact,
                wit::ResourceVersionMatch::NotOlderThan => ResourceVersionMatch::NotOlderThan,
            }),
            allow_inconsistent: options.allow_inconsistent,
            limits: filled(options.limits),
        }
    }
}
