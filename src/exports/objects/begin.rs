//! The verbs, begun: either to be waited for at once, or later.

use super::values::filled;
use super::{Exchange, client, wit};
use crate::Error;
use crate::objects::{PendingAnswer, PendingDeletion};
use alloc::string::String;

pub(super) type Begun = Result<PendingAnswer<Exchange>, Error>;

pub(super) fn get(target: wit::Target, options: Option<wit::GetOptions>) -> Begun {
    client()?.begin_get(&target.into(), filled(options))
}

pub(super) fn create(
    resource: wit::ApiResource,
    scope: wit::Scope,
    object: String,
    options: Option<wit::WriteOptions>,
) -> Begun {
    client()?.begin_create(&resource.into(), &scope.into(), object, filled(options))
}

pub(super) fn create_subresource(
    target: wit::Target,
    object: String,
    options: Option<wit::WriteOptions>,
) -> Begun {
    client()?.begin_create_subresource(&target.into(), object, filled(options))
}

pub(super) fn replace(
    target: wit::Target,
    object: String,
    options: Option<wit::WriteOptions>,
) -> Begun {
    client()?.begin_replace(&target.into(), object, filled(options))
}

pub(super) fn patch(
    target: wit::Target,
    kind: wit::PatchKind,
    patch: String,
    options: Option<wit::WriteOptions>,
) -> Begun {
    client()?.begin_patch(&target.into(), kind.into(), patch, filled(options))
}

pub(super) fn delete(target: wit::Target, options: Option<wit::DeleteOptions>) -> Begun {
    client()?.begin_delete(&target.into(), filled(options))
}

pub(super) fn delete_collection(
    resource: wit::ApiResource,
    scope: wit::Scope,
    selection: wit::Selection,
    options: Option<wit::DeleteOptions>,
) -> Result<PendingDeletion<Exchange>, Error> {
    client()?.begin_delete_collection(
        &resource.into(),
        &scope.into(),
        &selection.into(),
        filled(options),
    )
}

pub(super) fn evict(scope: wit::Scope, pod: String, options: Option<wit::DeleteOptions>) -> Begun {
    client()?.begin_evict(&scope.into(), &pod, filled(options))
}
