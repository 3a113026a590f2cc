//! The verbs, for many objects.

use super::request::{read_or_status, verbs};
use super::{
    Api, DeleteParams, ListMeta, ListParams, ObjectList, PartialObjectMeta, TypeMeta, VersionMatch,
};
use crate::kube::client::Listed;
use crate::kube::decode::read;
use crate::kube::{Error, Result};
use crate::objects::{ListOptions, Representation, ResourceVersionMatch, Selection};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use either::Either;
use futures_core::Stream;
use kube_core::Status;
use serde::de::DeserializeOwned;

/// A list, item by item. Pages are asked for as items are taken. Dropping it cancels it.
///
/// An item that does not fit `K` is an [`Error::Unreadable`] in its place, and the others follow.
/// Any other error ends the list.
#[must_use = "streams do nothing unless they are polled"]
pub struct List<K> {
    items: Pin<Box<dyn Listed>>,
    kind: String,
    objects: PhantomData<fn() -> K>,
}

impl<K: DeserializeOwned> List<K> {
    /// The next item: none at the end.
    pub async fn next(&mut self) -> Option<Result<K>> {
        core::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<K> List<K> {
    /// What the list says about itself so far: at its end, this has the resource version to watch
    /// from.
    pub fn metadata(&self) -> ListMeta {
        let list = self.items.metadata().list;
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        ListMeta {
            continue_: said(list.continue_token),
            remaining_item_count: list.remaining.and_then(|count| i64::try_from(count).ok()),
            resource_version: said(list.resource_version),
            ..ListMeta::default()
        }
    }
}

impl<K: DeserializeOwned> Stream for List<K> {
    type Item = Result<K>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<K>>> {
        let polled = self.items.as_mut().poll_next(context);
        polled.map(|item| Some(item?.map_err(Error::from).and_then(|json| read(&json, &self.kind))))
    }
}

impl<K> Api<K> {
    /// Reads a list: all of it, or a page, if [`ListParams::limit`] says how many items that has.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server says no; [`Error::Unreadable`] if one of the objects does not
    /// fit `K`.
    pub async fn list(&self, params: &ListParams) -> Result<ObjectList<K>>
    where
        K: DeserializeOwned + Clone,
    {
        self.gather(params, self.metadata_only).await
    }

    /// Reads a list of the objects' metadata.
    ///
    /// # Errors
    ///
    /// As [`Api::list`].
    pub async fn list_metadata(
        &self,
        params: &ListParams,
    ) -> Result<ObjectList<PartialObjectMeta<K>>>
    where
        K: Clone,
    {
        self.gather(params, true).await
    }

    /// Reads a list of any length, which needs memory for a few items. [`ListParams::limit`] is how
    /// many the server sends at a time: 500 if it is not set.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn list_stream(&self, params: &ListParams) -> Result<List<K>>
    where
        K: DeserializeOwned,
    {
        self.begin(params, self.metadata_only, false)
    }

    /// Deletes all objects of a selection. They are on the left of the result if they may still be
    /// there for a while.
    ///
    /// # Errors
    ///
    /// As [`Api::list`]. The objects are deleted also where they can't be read.
    pub async fn delete_collection(
        &self,
        params: &DeleteParams,
        selection: &ListParams,
    ) -> Result<Either<ObjectList<K>, Status>>
    where
        K: DeserializeOwned + Clone,
    {
        let made = verbs().delete_collection(params, selection);
        let json = self.client.list(self.one_collection(), made).await?;
        read_or_status(&json, &self.list_kind())
    }

    fn list_kind(&self) -> String {
        format!("{}List", self.kind)
    }

    async fn gather<T>(&self, params: &ListParams, metadata: bool) -> Result<ObjectList<T>>
    where
        T: DeserializeOwned + Clone,
    {
        let mut list: List<T> = self.begin(params, metadata, params.limit.is_some())?;
        let mut items = Vec::new();
        while let Some(item) = list.next().await {
            items.push(item?);
        }
        let types = TypeMeta { api_version: self.api_version.clone(), kind: self.list_kind() };
        Ok(ObjectList { types, metadata: list.metadata(), items })
    }

    fn begin<T>(&self, params: &ListParams, metadata: bool, single_page: bool) -> Result<List<T>> {
        // For what it refuses.
        verbs().list(params)?;
        let options = ListOptions { single_page, ..options(params, metadata) };
        let items = self.client.requests().list(&self.resource, &self.scope, options)?;
        Ok(List { items, kind: self.kind.clone(), objects: PhantomData })
    }
}

fn options(params: &ListParams, metadata: bool) -> ListOptions {
    ListOptions {
        selection: Selection {
            label_selector: params.label_selector.clone(),
            field_selector: params.field_selector.clone(),
        },
        representation: match metadata {
            true => Representation::MetadataOnly,
            false => Representation::Full,
        },
        page_size: params.limit,
        continue_token: params.continue_token.clone(),
        resource_version: params.resource_version.clone(),
        resource_version_match: params.version_match.as_ref().map(|matching| match matching {
            VersionMatch::Exact => ResourceVersionMatch::Exact,
            VersionMatch::NotOlderThan => ResourceVersionMatch::NotOlderThan,
        }),
        ..ListOptions::default()
    }
}
