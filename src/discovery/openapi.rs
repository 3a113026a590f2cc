//! Schemas of objects, OpenAPI v3:
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3>.

use super::fetch::Budget;
use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use k8s_in_cluster_json::{find, members, text};

const ROOT: &str = "/openapi/v3";

/// A document of schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenApiDocument {
    /// The path of what it is about, for example `api/v1` or `apis/apps/v1`.
    pub name: String,
    /// Another one whenever the document is. Empty if the server gave none.
    pub hash: String,
    path: String,
}

/// What documents there are.
pub(super) fn index<P: Pod, T: Transport>(
    client: &Client<P, T>,
    budget: &Budget,
) -> Result<Vec<OpenApiDocument>, Error> {
    let index = client.send(budget.request(client, ROOT), None)?.into_object(ROOT)?;
    let paths = find(&index, &["paths"]).unwrap_or_default();
    let mut documents = Vec::new();
    for (name, value) in members(paths).map_while(Result::ok) {
        let url = find(value, &["serverRelativeURL"]).map(text).unwrap_or_default();
        documents.push(address(name, &url));
    }
    Ok(documents)
}

/// Takes an address of the server's own apart. One that leads elsewhere is left out: what there is
/// can be told, and it is not asked for.
fn address(name: &str, url: &str) -> OpenApiDocument {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let hash = query.strip_prefix("hash=").unwrap_or(query);
    let below = path.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'));
    let usable = below && hash.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (path, hash) = if usable { (path, hash) } else { ("", "") };
    OpenApiDocument { name: name.to_owned(), hash: hash.to_owned(), path: path.to_owned() }
}

/// One of them. None if there is none of that name.
pub(super) fn document<P: Pod, T: Transport>(
    client: &Client<P, T>,
    index: &[OpenApiDocument],
    name: &str,
    budget: &Budget,
) -> Result<Option<String>, Error> {
    let Some(document) = index.iter().find(|document| document.name == name) else {
        return Ok(None);
    };
    if document.path.is_empty() {
        return Err(Error::Protocol(format!(
            "the server's address of the OpenAPI document {name} can't be used: it is not below {ROOT}"
        )));
    }
    let mut request = budget.request(client, &document.path);
    if !document.hash.is_empty() {
        request.query = [("hash".to_owned(), document.hash.clone())].into();
    }
    client.send(request, None)?.into_object(&document.path).map(Some)
}
