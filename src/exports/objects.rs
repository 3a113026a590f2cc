use super::bindings::exports::k8s::in_cluster::objects as wit;
use super::{Component, Exchange, client};
use crate::objects::{
    Answer, DeleteOptions, Deleted, FieldValidation, GetOptions, ListOptions, Listing,
    ListingMetadata, PatchKind, PropagationPolicy, Representation, ResourceVersionMatch, Selection,
    Target, WriteOptions,
};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type Listing = RefCell<Listing<Exchange>>;

    fn get(target: wit::Target, options: Option<wit::GetOptions>) -> Result<wit::Answer, Error> {
        Ok(client()?.get(&target.into(), filled(options))?.into())
    }

    fn create(
        resource: wit::ApiResource,
        scope: wit::Scope,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        let (resource, scope) = (resource.into(), scope.into());
        Ok(client()?.create(&resource, &scope, object, filled(options))?.into())
    }

    fn create_subresource(
        target: wit::Target,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        Ok(client()?.create_subresource(&target.into(), object, filled(options))?.into())
    }

    fn replace(
        target: wit::Target,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        Ok(client()?.replace(&target.into(), object, filled(options))?.into())
    }

    fn patch(
        target: wit::Target,
        kind: wit::PatchKind,
        patch: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        Ok(client()?.patch(&target.into(), kind.into(), patch, filled(options))?.into())
    }

    fn delete(
        target: wit::Target,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::Answer, Error> {
        Ok(client()?.delete(&target.into(), filled(options))?.into())
    }

    fn delete_collection(
        resource: wit::ApiResource,
        scope: wit::Scope,
        selection: wit::Selection,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::Deleted, Error> {
        let (resource, scope) = (resource.into(), scope.into());
        let selection = selection.into();
        let Deleted { count, warnings } =
            client()?.delete_collection(&resource, &scope, &selection, filled(options))?;
        Ok(wit::Deleted { count, warnings })
    }

    fn evict(
        scope: wit::Scope,
        pod: String,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::Answer, Error> {
        Ok(client()?.evict(&scope.into(), &pod, filled(options))?.into())
    }

    fn list(
        resource: wit::ApiResource,
        scope: wit::Scope,
        options: Option<wit::ListOptions>,
    ) -> Result<wit::Listing, Error> {
        let listing = client()?.list(&resource.into(), &scope.into(), filled(options))?;
        Ok(wit::Listing::new(RefCell::new(listing)))
    }
}

impl wit::GuestListing for RefCell<Listing<Exchange>> {
    fn subscribe(&self) -> Pollable {
        let awaited = client().ok().and_then(|client| self.borrow().subscribe(client));
        awaited.unwrap_or_else(|| subscribe_duration(0))
    }

    fn next(&self, max: u32) -> Result<Option<Vec<String>>, Error> {
        Ok(self.borrow_mut().next(client()?, max as usize)?)
    }

    fn blocking_next(&self, max: u32) -> Result<Option<Vec<String>>, Error> {
        Ok(self.borrow_mut().wait_for_next(client()?, max as usize)?)
    }

    fn metadata(&self) -> wit::ListMetadata {
        let ListingMetadata { list, consistent, warnings } = self.borrow().metadata();
        let known = |text: String| (!text.is_empty()).then_some(text);
        wit::ListMetadata {
            resource_version: known(list.resource_version),
            remaining: list.remaining,
            continue_token: known(list.continue_token),
            columns: list.columns,
            consistent,
            warnings,
        }
    }
}

/// The options that were given, else the defaults.
fn filled<W, O: From<W> + Default>(options: Option<W>) -> O {
    options.map(Into::into).unwrap_or_default()
}

impl From<Answer> for wit::Answer {
    fn from(answer: Answer) -> Self {
        Self { object: answer.object, warnings: answer.warnings }
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
