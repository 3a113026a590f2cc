mod begin;
mod values;

use super::bindings::exports::k8s::in_cluster::objects as wit;
use super::{Component, Exchange, client};
use crate::objects::{Listing, ListingMetadata, PendingAnswer, PendingDeletion};
use alloc::string::String;
use alloc::vec::Vec;
use begin::Begun;
use core::cell::RefCell;
use values::filled;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type Listing = RefCell<Listing<Exchange>>;
    type PendingAnswer = RefCell<PendingAnswer<Exchange>>;
    type PendingDeletion = RefCell<PendingDeletion<Exchange>>;

    fn get(target: wit::Target, options: Option<wit::GetOptions>) -> Result<wit::Answer, Error> {
        answered(begin::get(target, options))
    }

    fn create(
        resource: wit::ApiResource,
        scope: wit::Scope,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        answered(begin::create(resource, scope, object, options))
    }

    fn create_subresource(
        target: wit::Target,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        answered(begin::create_subresource(target, object, options))
    }

    fn replace(
        target: wit::Target,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        answered(begin::replace(target, object, options))
    }

    fn patch(
        target: wit::Target,
        kind: wit::PatchKind,
        patch: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::Answer, Error> {
        answered(begin::patch(target, kind, patch, options))
    }

    fn delete(
        target: wit::Target,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::Answer, Error> {
        answered(begin::delete(target, options))
    }

    fn delete_collection(
        resource: wit::ApiResource,
        scope: wit::Scope,
        selection: wit::Selection,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::Deleted, Error> {
        let mut pending = begin::delete_collection(resource, scope, selection, options)?;
        Ok(pending.wait_for_deleted(client()?)?.into())
    }

    fn evict(
        scope: wit::Scope,
        pod: String,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::Answer, Error> {
        answered(begin::evict(scope, pod, options))
    }

    fn begin_get(
        target: wit::Target,
        options: Option<wit::GetOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::get(target, options))
    }

    fn begin_create(
        resource: wit::ApiResource,
        scope: wit::Scope,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::create(resource, scope, object, options))
    }

    fn begin_create_subresource(
        target: wit::Target,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::create_subresource(target, object, options))
    }

    fn begin_replace(
        target: wit::Target,
        object: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::replace(target, object, options))
    }

    fn begin_patch(
        target: wit::Target,
        kind: wit::PatchKind,
        patch: String,
        options: Option<wit::WriteOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::patch(target, kind, patch, options))
    }

    fn begin_delete(
        target: wit::Target,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::delete(target, options))
    }

    fn begin_delete_collection(
        resource: wit::ApiResource,
        scope: wit::Scope,
        selection: wit::Selection,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::PendingDeletion, Error> {
        let pending = begin::delete_collection(resource, scope, selection, options)?;
        Ok(wit::PendingDeletion::new(RefCell::new(pending)))
    }

    fn begin_evict(
        scope: wit::Scope,
        pod: String,
        options: Option<wit::DeleteOptions>,
    ) -> Result<wit::PendingAnswer, Error> {
        pending(begin::evict(scope, pod, options))
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

impl wit::GuestPendingAnswer for RefCell<PendingAnswer<Exchange>> {
    fn subscribe(&self) -> Pollable {
        let awaited = client().map(|client| self.borrow().subscribe(client));
        awaited.unwrap_or_else(|_| subscribe_duration(0))
    }

    fn answer(&self) -> Result<Option<wit::Answer>, Error> {
        Ok(self.borrow_mut().answer(client()?)?.map(Into::into))
    }

    fn blocking_answer(&self) -> Result<wit::Answer, Error> {
        Ok(self.borrow_mut().wait_for_answer(client()?)?.into())
    }
}

impl wit::GuestPendingDeletion for RefCell<PendingDeletion<Exchange>> {
    fn subscribe(&self) -> Pollable {
        let awaited = client().map(|client| self.borrow().subscribe(client));
        awaited.unwrap_or_else(|_| subscribe_duration(0))
    }

    fn deleted(&self) -> Result<Option<wit::Deleted>, Error> {
        Ok(self.borrow_mut().deleted(client()?)?.map(Into::into))
    }

    fn blocking_deleted(&self) -> Result<wit::Deleted, Error> {
        Ok(self.borrow_mut().wait_for_deleted(client()?)?.into())
    }
}

fn answered(begun: Begun) -> Result<wit::Answer, Error> {
    Ok(begun?.wait_for_answer(client()?)?.into())
}

fn pending(begun: Begun) -> Result<wit::PendingAnswer, Error> {
    Ok(wit::PendingAnswer::new(RefCell::new(begun?)))
}
