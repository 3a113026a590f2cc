//! Asking the server for all that it serves.

use super::{Freshness, Group, aggregated, plain};
use crate::Error;
use crate::client::{Client, Limits, Request};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};
use core::time::Duration;
use k8s_in_cluster_json::{find, text};

/// Groups with all that is in them, where the server has that; else as it always did.
const ACCEPT: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// Limits of several requests that are one call.
pub(super) struct Budget {
    limits: Limits,
    end: Option<Duration>,
}

impl Budget {
    pub(super) fn new(limits: &Limits, now: Duration) -> Self {
        let end = limits.deadline.map(|deadline| now.saturating_add(deadline));
        Self { limits: limits.clone(), end }
    }

    /// A request within what is left of the deadline.
    pub(super) fn request<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        path: &str,
    ) -> Request {
        let mut request = Request::new("GET", path);
        request.limits = self.limits.clone();
        request.limits.deadline = self.end.map(|end| end.saturating_sub(client.now()));
        request
    }

    /// What is one of many, and may be missing, is not waited for at length.
    fn with_one_retry(&self) -> Self {
        let retries = Some(self.limits.retries.map_or(1, |retries| retries.min(1)));
        Self { limits: Limits { retries, ..self.limits.clone() }, end: self.end }
    }

    fn get<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        path: &str,
    ) -> Result<String, Error> {
        let mut request = self.request(client, path);
        request.headers = [("Accept".to_owned(), ACCEPT.to_owned())].into();
        client.send(request, None)?.into_object(path)
    }
}

/// Every group, the core group first, and all that is in them.
pub(super) fn groups<P: Pod, T: Transport>(
    client: &Client<P, T>,
    budget: &Budget,
) -> Result<Vec<Group>, Error> {
    let mut groups = Vec::new();
    let mut missing = false;
    for path in ["/api", "/apis"] {
        let document = match budget.get(client, path) {
            Ok(document) => document,
            // A server may have the one without the other, but not neither.
            Err(Error::Api(status)) if status.code == 404 && !missing => {
                missing = true;
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut found = match find(&document, &["kind"]).map(text).as_deref() {
            Some("APIGroupDiscoveryList") => {
                groups.extend(aggregated::groups(&document));
                continue;
            }
            Some("APIVersions") => [plain::core_group(&document)].into(),
            Some("APIGroupList") => plain::groups(&document),
            _ => {
                return Err(Error::Protocol(format!(
                    "the answer to {path} is no list of API groups"
                )));
            }
        };
        drop(document);
        fill(client, budget, &mut found)?;
        groups.append(&mut found);
    }
    Ok(groups)
}

/// Asks for the resources of each version. One that can't be had does not hide the others.
fn fill<P: Pod, T: Transport>(
    client: &Client<P, T>,
    budget: &Budget,
    groups: &mut [Group],
) -> Result<(), Error> {
    let budget = budget.with_one_retry();
    for group in groups {
        for version in &mut group.versions {
            let path = match group.name.as_str() {
                "" => format!("/api/{}", version.name),
                name => format!("/apis/{name}/{}", version.name),
            };
            match budget.get(client, &path) {
                Ok(list) => {
                    version.resources = plain::resources(&list, &group.name, &version.name);
                }
                Err(error @ (Error::Api(_) | Error::Protocol(_) | Error::InvalidRequest(_))) => {
                    version.freshness = Freshness::Failed(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
