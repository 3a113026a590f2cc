//! Lists of any length, read as items are taken.

mod again;
mod deletion;
mod expired;
mod page;

use super::options::{ListOptions, Query, ResourceVersionMatch};
use super::verbs::request;
use crate::Error;
use crate::client::{Call, Client, InvalidRequest};
use crate::list::ListMetadata;
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use page::{Page, Read, Refusal};

pub use deletion::PendingDeletion;

/// A list of any length, in memory for a few items: bytes are read from the server as
/// items are taken. Dropped, it is cancelled.
pub struct Listing<E> {
    path: String,
    options: ListOptions,
    deadline: Option<Duration>,
    page: Option<Page<E>>,
    /// The next page, where it was asked for already.
    ahead: Option<Page<E>>,
    /// The call of an earlier page, kept for what a caller may still wait on.
    _before: Option<Call<E>>,
    /// What the last page said that has ended.
    ended: ListMetadata,
    /// Items that were given to the caller.
    taken: u64,
    /// Items to leave out, since they were taken already.
    skip: u64,
    /// While the whole list is asked for once more: why.
    expired: Option<Refusal>,
    /// How many items had been taken when the list was gone on with inconsistently.
    resumed_after: Option<u64>,
    consistent: bool,
    /// Whether the present page is of the same moment whenever it is asked for.
    fixed: bool,
    /// Whether items of the present page were taken before it was cut.
    amid: bool,
    warnings: Vec<String>,
    /// Whether there may be more items without waiting.
    ready: bool,
    failed: bool,
    /// The error that is still to be told.
    error: Option<Error>,
}

/// What a list says of itself, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingMetadata {
    /// What the present page says, or the last that has ended.
    pub list: ListMetadata,
    /// Whether it is the list at one moment.
    pub consistent: bool,
    /// Texts of the answers' `Warning: 299` headers, each once.
    pub warnings: Vec<String>,
}

/// A batch of items ends at about so many bytes, however many items were asked for.
const BATCH: usize = 1 << 20;

struct Batch {
    items: Vec<String>,
    room: usize,
    bytes: usize,
}

impl<E: Exchange> Listing<E> {
    pub(super) fn open<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        path: String,
        mut options: ListOptions,
    ) -> Result<Self, Error> {
        options.continue_token = options.continue_token.filter(|token| !token.is_empty());
        let deadline = options.limits.deadline.map(|limit| client.now().saturating_add(limit));
        let query = options.query(options.continue_token.as_deref());
        let fixed = options.resource_version_match == Some(ResourceVersionMatch::Exact)
            && options.continue_token.is_none();
        let mut listing = Self {
            path,
            options,
            deadline,
            page: None,
            ahead: None,
            _before: None,
            ended: ListMetadata::default(),
            taken: 0,
            skip: 0,
            expired: None,
            resumed_after: None,
            consistent: true,
            fixed,
            amid: false,
            warnings: Vec::new(),
            ready: false,
            failed: false,
            error: None,
        };
        listing.page = Some(listing.open_page(client, query)?);
        Ok(listing)
    }

    /// At most `max` items, and not many more than 1 MiB of them: none of them if none are here
    /// yet, or nothing at the end of the list.
    ///
    /// A page whose answer is cut is asked for once more, a second later; no item comes twice.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server says no, [`Error::Protocol`] if what it sends is no list;
    /// otherwise as [`Client::send`]. From then on it is [`InvalidRequest::AnswerTaken`].
    pub fn next<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Option<Vec<String>>, Error> {
        self.take(client, max, false)
    }

    /// The same, waiting for an item, the end, or an error.
    ///
    /// # Errors
    ///
    /// As [`Listing::next`].
    pub fn wait_for_next<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Option<Vec<String>>, Error> {
        self.take(client, max, true)
    }

    /// What the list says of itself so far.
    pub fn metadata(&self) -> ListingMetadata {
        let present = self.page.as_ref().map(Page::metadata);
        // Of a page that did not say it yet, what the page before said still holds.
        let present = present.filter(|present| !present.resource_version.is_empty());
        ListingMetadata {
            list: present.unwrap_or(&self.ended).clone(),
            consistent: self.consistent,
            warnings: self.warnings.clone(),
        }
    }

    /// Something to wait for from outside, until there are more items: take a new one for each
    /// wait. None if there is nothing to wait for.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Option<E::Pollable> {
        let page = self.page.as_ref().filter(|_| !self.ready)?;
        Some(page.subscribe(client))
    }

    /// For how long to wait for that at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    #[cfg(feature = "async")]
    pub(crate) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Result<Duration, Error> {
        self.page.as_ref().map_or(Ok(Duration::ZERO), |page| page.time_left(client))
    }

    fn take<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
        wait: bool,
    ) -> Result<Option<Vec<String>>, Error> {
        if self.failed {
            return Err(self.error.take().unwrap_or_else(|| InvalidRequest::AnswerTaken.into()));
        }
        let mut batch = Batch { items: Vec::new(), room: max, bytes: 0 };
        if let Err(error) = self.fill(client, &mut batch, wait) {
            self.retire();
            self.ahead = None;
            self.failed = true;
            if batch.items.is_empty() {
                return Err(error);
            }
            // What came before it is good.
            self.error = Some(error);
        }
        let over = self.page.is_none() && !self.failed && batch.items.is_empty();
        Ok((!over).then_some(batch.items))
    }

    /// Fills a batch with what is here, waiting for the first item at most.
    fn fill<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        batch: &mut Batch,
        wait: bool,
    ) -> Result<(), Error> {
        while let Some(page) = self.page.as_mut() {
            while !batch.is_full()
                && let Some(item) = page.item()?
            {
                if self.skip > 0 {
                    self.skip -= 1;
                } else {
                    self.taken += 1;
                    batch.push(item);
                }
            }
            self.ready = batch.is_full();
            self.fetch_ahead(client);
            let Some(page) = self.page.as_mut().filter(|_| !self.ready) else { return Ok(()) };
            let read = match page.read(client, wait && batch.items.is_empty()) {
                Ok(read) => read,
                Err(error) if self.asks_again(client, &error) => continue,
                Err(error) => return Err(error),
            };
            match read {
                Read::Nothing => return Ok(()),
                Read::Head(warnings) => {
                    for warning in warnings {
                        if !self.warnings.contains(&warning) {
                            self.warnings.push(warning);
                        }
                    }
                }
                Read::Bytes => {}
                Read::End => self.turn(client)?,
                Read::Done => return Err(page.is_no_list()),
                Read::Refused(refusal) => {
                    let query = self.after(refusal)?;
                    self.retire();
                    self.page = Some(self.open_page(client, query)?);
                }
            }
        }
        Ok(())
    }

    /// Goes on with the next page, or with none.
    fn turn<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<(), Error> {
        if let Some(page) = &self.page {
            self.ended = page.metadata().clone();
            self.skip += page.left_to_skip();
        }
        self.fixed = true;
        self.amid = self.skip > 0;
        self.expired = None;
        self.retire();
        self.page = match (self.following(&self.ended), self.ahead.take()) {
            (Some(_), Some(ahead)) => Some(ahead),
            (Some(query), None) => Some(self.open_page(client, query)?),
            (None, _) => None,
        };
        Ok(())
    }

    fn retire(&mut self) {
        if let Some(call) = self.page.take().and_then(Page::awaited) {
            self._before = Some(call);
        }
    }

    fn fetch_ahead<P: Pod, T: Transport<Exchange = E>>(&mut self, client: &Client<P, T>) {
        let Some(page) = self.page.as_ref().filter(|_| self.options.fetch_ahead) else { return };
        if let Some(ahead) = &mut self.ahead {
            ahead.look(client);
        } else if let Some(query) = self.following(page.metadata()) {
            // What fails here is tried again when it is due.
            self.ahead = self.open_page(client, query).ok();
        }
    }

    /// The query of the page after one, if there is one and it is wanted.
    fn following(&self, metadata: &ListMetadata) -> Option<Query> {
        let token = metadata.continue_token.as_str();
        let more = !token.is_empty() && !self.options.single_page;
        more.then(|| self.options.query(Some(token)))
    }

    fn open_page<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        query: Query,
    ) -> Result<Page<E>, Error> {
        let mut limits = self.options.limits.clone();
        limits.deadline = self.deadline.map(|deadline| deadline.saturating_sub(client.now()));
        let accept = self.options.representation.of_list();
        let mut request = request("GET", self.path.to_owned(), query, accept, limits);
        request.compress = self.options.compress;
        Page::open(client, request, None)
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.items.len() >= self.room || self.bytes >= BATCH
    }

    fn push(&mut self, item: String) {
        self.bytes += item.len();
        self.items.push(item);
    }
}
