//! Calls of `objects`, as a table can hold them.

use host_test::pod::client::objects::{
    ApiResource, DeleteOptions, Deleted, GetOptions, ListMetadata, ListOptions, ObjectAnswer,
    PatchKind, Representation, Scope, Selection, Target, WriteOptions,
};
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct Resource {
    pub(crate) resource: ApiResource,
    pub(crate) scope: Scope,
}

pub(crate) enum Call {
    Get(Target, GetOptions),
    Create(Resource, String, WriteOptions),
    CreateSubresource(Target, String, WriteOptions),
    Replace(Target, String, WriteOptions),
    Patch(Target, PatchKind, String, WriteOptions),
    Delete(Target, DeleteOptions),
    DeleteCollection(Resource, Selection, DeleteOptions),
    Evict(String, DeleteOptions),
    List(Resource, ListOptions),
}

/// What a call returned.
pub(crate) enum Returned {
    Object(ObjectAnswer),
    Deleted(Deleted),
    Items(Vec<String>, ListMetadata),
}

/// Objects of a resource in the pod's namespace.
pub(crate) fn own(group: &str, resource: &str) -> Resource {
    let version = "v1".to_owned();
    let resource = ApiResource { group: group.to_owned(), version, resource: resource.to_owned() };
    Resource { resource, scope: Scope::OwnNamespace }
}

impl Resource {
    pub(crate) fn within(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    pub(crate) fn named(self, name: &str) -> Target {
        let Self { resource, scope } = self;
        Target { resource, scope, name: name.to_owned(), subresource: None }
    }
}

/// A subresource of an object.
pub(crate) fn sub(target: Target, subresource: &str) -> Target {
    Target { subresource: Some(subresource.to_owned()), ..target }
}

pub(crate) fn get(target: Target) -> Call {
    Call::Get(target, getting())
}

pub(crate) fn create(resource: Resource, object: Value) -> Call {
    Call::Create(resource, object.to_string(), writing())
}

pub(crate) fn replace(target: Target, object: Value) -> Call {
    Call::Replace(target, object.to_string(), writing())
}

pub(crate) fn patch(target: Target, kind: PatchKind, patch: Value) -> Call {
    Call::Patch(target, kind, patch.to_string(), writing())
}

pub(crate) fn delete(target: Target) -> Call {
    Call::Delete(target, deleting())
}

pub(crate) fn getting() -> GetOptions {
    GetOptions { representation: Representation::Full, resource_version: None, limits: None }
}

pub(crate) fn writing() -> WriteOptions {
    WriteOptions {
        dry_run: false,
        field_manager: None,
        field_validation: None,
        force: false,
        representation: Representation::Full,
        limits: None,
    }
}

pub(crate) fn deleting() -> DeleteOptions {
    DeleteOptions {
        dry_run: false,
        grace_period_seconds: None,
        propagation_policy: None,
        precondition_uid: None,
        precondition_resource_version: None,
        limits: None,
    }
}

pub(crate) fn selecting(labels: Option<&str>, fields: Option<&str>) -> Selection {
    Selection {
        label_selector: labels.map(str::to_owned),
        field_selector: fields.map(str::to_owned),
    }
}

pub(crate) fn listing() -> ListOptions {
    ListOptions {
        selection: selecting(None, None),
        representation: Representation::Full,
        page_size: None,
        continue_token: None,
        single_page: false,
        fetch_ahead: false,
        compress: false,
        resource_version: None,
        resource_version_match: None,
        allow_inconsistent: false,
        limits: None,
    }
}
