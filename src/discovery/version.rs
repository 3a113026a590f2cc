//! The API server's own version.

use crate::Error;
use crate::client::{Client, Limits, Request};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::string::String;
use k8s_in_cluster_json::{members, text};

/// The API server's own version, `version.Info`. What it did not give is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerVersion {
    /// For example `1`.
    pub major: String,
    /// For example `36`. Providers append to it, as in `36+`.
    pub minor: String,
    /// For example `v1.36.2`.
    pub git_version: String,
    /// What it was built from.
    pub git_commit: String,
    /// When it was built, RFC 3339.
    pub build_date: String,
    /// For example `linux/amd64`.
    pub platform: String,
}

impl ServerVersion {
    /// Asks for it.
    ///
    /// # Errors
    ///
    /// As [`Client::send`], and if the answer is none.
    pub fn get<P: Pod, T: Transport>(client: &Client<P, T>, limits: Limits) -> Result<Self, Error> {
        let request = Request { limits, ..Request::new("GET", "/version") };
        let info = client.send(request, None)?.into_object("/version")?;
        let mut version = Self::default();
        for (name, value) in members(&info).map_while(Result::ok) {
            let member = match name {
                "major" => &mut version.major,
                "minor" => &mut version.minor,
                "gitVersion" => &mut version.git_version,
                "gitCommit" => &mut version.git_commit,
                "buildDate" => &mut version.build_date,
                "platform" => &mut version.platform,
                _ => continue,
            };
            *member = text(value);
        }
        Ok(version)
    }
}
