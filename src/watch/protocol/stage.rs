//! What is asked for, and how far a watch is by it.

use alloc::{borrow::ToOwned, string::String, string::ToString, vec::Vec};

/// Items on a page, where lists take the place of watches.
const PAGE: &str = "500";

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// The initial state is asked for as events, which go on with those that follow.
    WatchList,
    /// The initial state is asked for as a list: page by page, or as a whole.
    List { token: String, whole: bool },
    /// The state is known up to this resourceVersion.
    Follow { version: String },
}

impl Stage {
    pub(super) fn list(whole: bool) -> Self {
        Self::List { token: String::new(), whole }
    }

    /// The request for what is next: of these objects, for so many seconds if it is for events.
    pub(super) fn ask(&self, selection: &[(String, String)], seconds: u64) -> Ask {
        let mut query = selection.to_vec();
        let mut add = |name: &str, value: &str| query.push((name.to_owned(), value.to_owned()));
        let list = match self {
            Self::List { token, whole } => {
                if !whole {
                    add("limit", PAGE);
                }
                if !token.is_empty() {
                    add("continue", token);
                }
                true
            }
            stage => {
                add("watch", "true");
                match stage {
                    Self::Follow { version } => add("resourceVersion", version),
                    _ => {
                        add("sendInitialEvents", "true");
                        add("resourceVersionMatch", "NotOlderThan");
                    }
                }
                add("allowWatchBookmarks", "true");
                add("timeoutSeconds", &seconds.to_string());
                false
            }
        };
        Ask { list, query }
    }
}

/// A request: a GET of the resource's collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Whether it is for a list rather than for events.
    pub(in crate::watch) list: bool,
    pub(in crate::watch) query: Vec<(String, String)>,
}
