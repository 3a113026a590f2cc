//! `authentication.k8s.io/v1.SelfSubjectReview`.

use super::ask;
use crate::Error;
use crate::client::{Client, Limits};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{format, string::String, vec::Vec};
use k8s_in_cluster_json::{find, members, text, texts};

/// Who this is to the API server, `authentication.k8s.io/v1.UserInfo`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// For example `system:serviceaccount:shop:reader`.
    pub username: String,
    /// UID of the user, for example of the service account. Empty if there is none.
    pub uid: String,
    /// Groups.
    pub groups: Vec<String>,
    /// What else is known: names, and the values of each.
    pub extra: Vec<(String, Vec<String>)>,
}

impl Identity {
    /// Asks the API server.
    ///
    /// # Errors
    ///
    /// As [`Client::send`], and if the answer is none.
    pub fn get<P: Pod, T: Transport>(client: &Client<P, T>, limits: Limits) -> Result<Self, Error> {
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let object = r#"{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}"#;
        let status = ask(client, path, object.into(), limits)?;
        let mut identity = Self::default();
        let user = find(&status, &["userInfo"]).unwrap_or_default();
        for (name, value) in members(user).map_while(Result::ok) {
            match name {
                "username" => identity.username = text(value),
                "uid" => identity.uid = text(value),
                "groups" => identity.groups = texts(value),
                "extra" => {
                    let extra = members(value).map_while(Result::ok);
                    identity.extra =
                        extra.map(|(name, values)| (unescaped(name), texts(values))).collect();
                }
                _ => {}
            }
        }
        Ok(identity)
    }
}

/// The name of a member, which is given as it is written.
fn unescaped(name: &str) -> String {
    text(&format!("\"{name}\""))
}
