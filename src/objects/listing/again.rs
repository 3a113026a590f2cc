//! Asking once more for a page whose answer was cut: see
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>.

use super::Listing;
use crate::Error;
use crate::client::Client;
use crate::objects::options::ResourceVersionMatch;
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};

impl<E: Exchange> Listing<E> {
    /// Asks once more for the present page, if what failed is that its answer was cut, and no item
    /// comes twice or is missed by that. Whether it does.
    pub(super) fn asks_again<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        error: &Error,
    ) -> bool {
        let (Some(page), Error::Connection(error)) = (self.page.as_mut(), error) else {
            return false;
        };
        let given = page.given() > 0;
        let may_move = given && !self.fixed;
        if may_move && matches!(page.metadata().resource_version.as_str(), "" | "0")
            || !page.asks_again(client, error)
        {
            return false;
        }
        if !given {
            // The answer may be of another moment, and the page after it with it.
            self.ahead = None;
        }
        self.amid |= given;
        // Beside a token no version can be sent: whether it is the same, the answer tells.
        if may_move && self.consistent && self.options.continue_token.is_none() {
            self.options.resource_version = Some(page.metadata().resource_version.clone());
            self.options.resource_version_match = Some(ResourceVersionMatch::Exact);
            page.set_query(self.options.query(None));
        }
        true
    }
}
