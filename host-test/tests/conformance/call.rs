//! Calls of `objects`, as a table can hold them.

use super::run::Variables;
use host_test::pod::client::objects::{
    ApiResource, DeleteOptions, Deleted, GetOptions, ListMetadata, ListOptions, ObjectAnswer,
    PatchKind, Representation, Scope, Selection, Target, WriteOptions,
};
use host_test::pod::client::{PodClient, types};
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

impl Call {
    /// Makes the call, with the values of variables in place of their names.
    pub(crate) async fn make(
        &self,
        client: &mut PodClient,
        variables: &Variables,
    ) -> Result<Returned, types::Error> {
        let fill = |text: &str| variables.fill(text);
        let within = |scope: &Scope| match scope {
            Scope::Namespace(name) => Scope::Namespace(fill(name)),
            other => other.clone(),
        };
        let target = |target: &Target| Target {
            name: fill(&target.name),
            scope: within(&target.scope),
            ..target.clone()
        };
        let answer = match self {
            Self::Get(object, options) => {
                let version = options.resource_version.as_deref().map(fill);
                let options = GetOptions { resource_version: version, ..options.clone() };
                client.get_object(&target(object), Some(&options)).await
            }
            Self::Create(Resource { resource, scope }, object, options) => {
                client.create(resource, &within(scope), &fill(object), Some(options)).await
            }
            Self::CreateSubresource(parent, object, options) => {
                client.create_subresource(&target(parent), &fill(object), Some(options)).await
            }
            Self::Replace(object, with, options) => {
                client.replace(&target(object), &fill(with), Some(options)).await
            }
            Self::Patch(object, kind, patch, options) => {
                client.patch(&target(object), *kind, &fill(patch), Some(options)).await
            }
            Self::Delete(object, options) => {
                client.delete(&target(object), Some(&filled(options, variables))).await
            }
            Self::Evict(pod, options) => {
                client.evict(&Scope::OwnNamespace, pod, Some(&filled(options, variables))).await
            }
            Self::DeleteCollection(Resource { resource, scope }, selection, options) => {
                let selection = filled_selection(selection, variables);
                let scope = within(scope);
                let deleted = client.delete_collection(resource, &scope, &selection, Some(options));
                return deleted.await.unwrap().map(Returned::Deleted);
            }
            Self::List(Resource { resource, scope }, options) => {
                let mut options = options.clone();
                options.resource_version = options.resource_version.as_deref().map(fill);
                options.continue_token = options.continue_token.as_deref().map(fill);
                options.selection = filled_selection(&options.selection, variables);
                let scope = within(scope);
                let listing = client.list(resource, &scope, Some(&options)).await.unwrap()?;
                let mut all = Vec::new();
                while let Some(items) = listing.blocking_next(client, 2).await.unwrap()? {
                    assert!((1..=2).contains(&items.len()));
                    all.extend(items);
                }
                let metadata = listing.metadata(client).await.unwrap();
                listing.drop(client).await.unwrap();
                return Ok(Returned::Items(all, metadata));
            }
        };
        answer.unwrap().map(Returned::Object)
    }
}

fn filled(options: &DeleteOptions, variables: &Variables) -> DeleteOptions {
    let fill = |text: &Option<String>| text.as_deref().map(|text| variables.fill(text));
    DeleteOptions {
        precondition_uid: fill(&options.precondition_uid),
        precondition_resource_version: fill(&options.precondition_resource_version),
        ..options.clone()
    }
}

fn filled_selection(selection: &Selection, variables: &Variables) -> Selection {
    let fill = |text: &Option<String>| text.as_deref().map(|text| variables.fill(text));
    Selection {
        label_selector: fill(&selection.label_selector),
        field_selector: fill(&selection.field_selector),
    }
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
