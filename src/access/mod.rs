//! Who this is to the API server, what it may do, and tokens for others than the API server.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/>

mod identity;
mod may;
mod rules;
mod token;

pub use identity::Identity;
pub use may::{Action, Decision};
pub use rules::{NonResourceRule, ResourceRule, Rules};
pub use token::{BoundObject, IssuedToken, TokenRequest};

use crate::Error;
use crate::client::{Client, Limits, Request};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{borrow::ToOwned, format, string::String};
use k8s_in_cluster_json::{find, quote, text};

/// Asks the server to fill in an object's status, and returns that.
fn ask<P: Pod, T: Transport>(
    client: &Client<P, T>,
    path: &str,
    object: String,
    limits: Limits,
) -> Result<String, Error> {
    let mut request = Request { limits, ..Request::new("POST", path) };
    request.headers = [("Content-Type".to_owned(), "application/json".to_owned())].into();
    let kind = find(&object, &["kind"]).map(text).unwrap_or_default();
    let answer = client.send(request, Some(object.into_bytes()))?.into_object(path)?;
    let is_kind = find(&answer, &["kind"]).is_some_and(|of_answer| text(of_answer) == kind);
    match find(&answer, &["status"]).filter(|_| is_kind) {
        Some(status) => Ok(status.to_owned()),
        None => Err(Error::Protocol(format!("the answer to {path} is no {kind} with a status"))),
    }
}

/// Appends a member, if it says anything, and a comma if there is one before.
fn member(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        begin(out, name);
        quote(out, value);
    }
}

/// Appends the name of a member whose value follows.
fn begin(out: &mut String, name: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    quote(out, name);
    out.push(':');
}

#[cfg(test)]
mod tests;
