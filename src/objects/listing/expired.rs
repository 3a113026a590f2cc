//! Going on with a list that the server does not keep any longer: see
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>.

use super::page::Refusal;
use super::{Listing, Query};
use crate::Error;
use crate::transport::Exchange;

impl<E: Exchange> Listing<E> {
    /// How to go on after a refusal: with which query.
    pub(super) fn after(&mut self, refusal: Refusal) -> Result<Query, Error> {
        self.ahead = None;
        if refusal.status.reason != "Expired" {
            return Err(Error::Api(refusal.status));
        }
        if let Some(first) = self.expired.take() {
            self.skip = 0;
            return self.inconsistently(first);
        }
        let version = &self.ended.resource_version;
        let whole = self.consistent && self.options.continue_token.is_none();
        if !whole || version.is_empty() {
            return self.inconsistently(refusal);
        }
        // As of one version the items come in one order.
        self.skip = self.taken;
        self.expired = Some(refusal);
        self.fixed = true;
        Ok(self.options.query_again(version))
    }

    /// With what follows the items that were taken, as it is now.
    fn inconsistently(&mut self, refusal: Refusal) -> Result<Query, Error> {
        let offered = refusal.continue_token.as_deref().filter(|_| {
            // To be sent back and forth would have no end. A token is of the page's beginning: what was
            // taken of a page that was cut would come twice.
            self.options.allow_inconsistent && !self.amid && self.resumed_after != Some(self.taken)
        });
        let Some(token) = offered else { return Err(Error::Api(refusal.status)) };
        self.resumed_after = Some(self.taken);
        self.consistent = false;
        self.fixed = false;
        Ok(self.options.query(Some(token)))
    }
}
