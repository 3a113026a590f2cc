//! Objects as the server sent them.

use crate::Error;
use crate::client::{Response, Status};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use k8s_in_cluster_json::{Malformed, find, members};

/// An object as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The object, JSON text.
    pub object: String,
    /// Texts of the answer's `Warning: 299` headers, in order.
    pub warnings: Vec<String>,
}

/// What was deleted of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// How many objects are deleted, or are being deleted, where the server said so.
    pub count: Option<u64>,
    /// Texts of the answer's `Warning: 299` headers, in order.
    pub warnings: Vec<String>,
}

impl Answer {
    /// The object of an answer to a request of that method and path.
    pub(crate) fn new(response: Response, method: &str, path: &str) -> Result<Self, Error> {
        let Response { head, body } = response;
        let unknown = |what: &str| Error::Protocol(format!("{method} {path}: {what}"));
        let mut object = String::from_utf8(body).map_err(|_| unknown("the answer is not UTF-8"))?;
        let (kind, is_list) = kind(&object)
            .map_err(|malformed| unknown(&format!("the answer is no object: {malformed}")))?;
        if kind.is_none_or(|kind| kind.len() <= 2 || !kind.starts_with('"')) {
            return Err(unknown("the answer is no object: it does not say its kind"));
        }
        // A kind of one object may end in `List` too, but an object has a name.
        if is_list && find(&object, &["metadata", "name"]).is_none() {
            return Err(unknown("the answer is no object: it is a list"));
        }
        if kind == Some("\"Status\"") && find(&object, &["status"]) == Some("\"Failure\"") {
            return Err(Error::Api(Box::new(Status::of_answer(
                &head,
                object.as_bytes(),
                method,
                path,
            ))));
        }
        object.truncate(object.trim_end().len());
        Ok(Self { object, warnings: head.warnings })
    }
}

/// The text of an object's kind, if all of it is as it should be, and whether it has items as a
/// list has.
fn kind(object: &str) -> Result<(Option<&str>, bool), Malformed> {
    let (mut kind, mut has_items) = (None, false);
    for member in members(object) {
        match member? {
            ("kind", value) => kind = Some(value),
            ("items", _) => has_items = true,
            _ => {}
        }
    }
    Ok((kind, has_items && kind.is_some_and(|kind| kind.ends_with("List\""))))
}
