//! `authentication.k8s.io/v1.TokenRequest`: tokens of service accounts for others than the API
//! server.

use super::{ask, begin, member};
use crate::Error;
use crate::client::{Client, InvalidRequest, Limits};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::Transport;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec::Vec};
use core::fmt;
use k8s_in_cluster_json::{members, quote, text};

/// What token is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// Name of the service account.
    pub service_account: String,
    /// Its namespace; the pod's own if none.
    pub namespace: Option<String>,
    /// Who is to take the token. At least one, and none for which the API server takes the pod's own.
    pub audiences: Vec<String>,
    /// How long it is to be valid. An hour if none; the API server has a least and a most.
    pub expiration_seconds: Option<u64>,
    /// The object with whose end the token ends.
    pub bound_object: Option<BoundObject>,
}

/// An object that a token is bound to, of the core group's `v1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoundObject {
    /// `Pod`, `Secret` or `Node`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID; not checked if none.
    pub uid: Option<String>,
}

/// A token that was issued. Its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// Until when it is valid, RFC 3339.
    pub expiration_timestamp: String,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken")
            .field("token", &"[redacted]")
            .field("expiration_timestamp", &self.expiration_timestamp)
            .finish()
    }
}

impl IssuedToken {
    /// Asks the API server for a token.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] if it would be one for the API server: if no audience is named, or one of
    /// the pod's own token. Otherwise as [`Client::send`], and if the answer is none. No error holds
    /// the token.
    pub fn request<P: Pod, T: Transport>(
        client: &Client<P, T>,
        request: &TokenRequest,
        limits: Limits,
    ) -> Result<Self, Error> {
        if request.audiences.is_empty() || request.audiences.iter().any(String::is_empty) {
            return Err(Error::Denied(
                "a token without an audience would be one for the API server: name who is to take it",
            ));
        }
        let own = client.own_audiences();
        if request.audiences.iter().any(|audience| own.contains(audience)) {
            return Err(Error::Denied(
                "the API server itself takes tokens of that audience: this would hand out credentials \
                 for it. Requests to the API server carry the pod's own",
            ));
        }
        let own_namespace = &client.cluster().namespace;
        let namespace = request.namespace.as_ref().unwrap_or(own_namespace).to_owned();
        let path = ApiResource::new("", "v1", "serviceaccounts")
            .object_path(
                &Scope::Namespace(namespace),
                own_namespace,
                &request.service_account,
                Some("token"),
            )
            .map_err(InvalidRequest::from)?;
        let status = ask(client, &path, request.object(), limits)?;
        let mut issued = Self { token: String::new(), expiration_timestamp: String::new() };
        for (name, value) in members(&status).map_while(Result::ok) {
            match name {
                "token" => issued.token = text(value),
                "expirationTimestamp" => issued.expiration_timestamp = text(value),
                _ => {}
            }
        }
        if issued.token.is_empty() {
            return Err(Error::Protocol("the API server's answer holds no token".to_owned()));
        }
        Ok(issued)
    }
}

impl TokenRequest {
    fn object(&self) -> String {
        let mut out = String::from(
            r#"{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{"audiences":["#,
        );
        for (index, audience) in self.audiences.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            quote(&mut out, audience);
        }
        out.push(']');
        if let Some(seconds) = self.expiration_seconds {
            begin(&mut out, "expirationSeconds");
            out.push_str(&seconds.to_string());
        }
        if let Some(object) = &self.bound_object {
            begin(&mut out, "boundObjectRef");
            out.push('{');
            member(&mut out, "kind", &object.kind);
            member(&mut out, "apiVersion", "v1");
            member(&mut out, "name", &object.name);
            member(&mut out, "uid", object.uid.as_deref().unwrap_or_default());
            out.push('}');
        }
        out.push_str("}}");
        out
    }
}
