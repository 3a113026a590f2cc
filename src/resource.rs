//! Which resource a request is about, and the path that leads to it and nowhere else.

use crate::percent::encode;
use alloc::{borrow::ToOwned, string::String};

/// A resource as the API server's paths name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiResource {
    /// API group; empty for the core group.
    pub group: String,
    /// Version within the group, for example `v1`.
    pub version: String,
    /// The resource, plural and in lower case, for example `deployments`.
    pub resource: String,
}

/// In which namespace a request looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The pod's own.
    OwnNamespace,
    /// The one of this name.
    Namespace(String),
    /// All of them: for lists and watches alone.
    AllNamespaces,
    /// None: for resources that belong to the cluster.
    Cluster,
}

/// Why a name can't be part of a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is no text where some has to be.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// A text that would lead elsewhere.
    #[error(
        "the {what} {name:?} can't be used: it may not be `.` or `..`, nor hold `/`, `\\`, `%` or a control character"
    )]
    Astray {
        /// What the name is of.
        what: &'static str,
        /// The name, cut to a length that can be read.
        name: String,
    },
    /// One object was asked for in all namespaces.
    #[error(
        "what is no list and no watch is in one namespace, or belongs to the cluster: name the namespace"
    )]
    AllNamespaces,
}

impl ApiResource {
    /// A resource by its group, version and plural name.
    pub fn new(group: &str, version: &str, resource: &str) -> Self {
        Self { group: group.to_owned(), version: version.to_owned(), resource: resource.to_owned() }
    }

    /// Path of all objects of this resource in a scope, for example
    /// `/apis/apps/v1/namespaces/shop/deployments`.
    ///
    /// # Errors
    ///
    /// If a name would lead elsewhere, or is missing.
    pub fn collection_path(&self, scope: &Scope, own_namespace: &str) -> Result<String, NameError> {
        let mut path = String::from(if self.group.is_empty() { "/api" } else { "/apis" });
        if !self.group.is_empty() {
            append(&mut path, "API group", &self.group)?;
        }
        append(&mut path, "version", &self.version)?;
        let namespace = match scope {
            Scope::OwnNamespace => Some(own_namespace),
            Scope::Namespace(namespace) => Some(namespace.as_str()),
            Scope::AllNamespaces | Scope::Cluster => None,
        };
        if let Some(namespace) = namespace {
            path.push_str("/namespaces");
            append(&mut path, "namespace", namespace)?;
        }
        append(&mut path, "resource", &self.resource)?;
        Ok(path)
    }

    /// Path of one object, or of a subresource of it, for example
    /// `/apis/apps/v1/namespaces/shop/deployments/web/scale`.
    ///
    /// # Errors
    ///
    /// If a name would lead elsewhere, or is missing; and for [`Scope::AllNamespaces`].
    pub fn object_path(
        &self,
        scope: &Scope,
        own_namespace: &str,
        name: &str,
        subresource: Option<&str>,
    ) -> Result<String, NameError> {
        if *scope == Scope::AllNamespaces {
            return Err(NameError::AllNamespaces);
        }
        let mut path = self.collection_path(scope, own_namespace)?;
        append(&mut path, "name", name)?;
        if let Some(subresource) = subresource {
            append(&mut path, "subresource", subresource)?;
        }
        Ok(path)
    }
}

/// Appends one segment, encoded.
fn append(path: &mut String, what: &'static str, name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty(what));
    }
    let astray = |character: char| matches!(character, '/' | '\\' | '%') || character.is_control();
    if matches!(name, "." | "..") || name.contains(astray) {
        return Err(NameError::Astray { what, name: name.chars().take(200).collect() });
    }
    path.push('/');
    encode(path, name, b":");
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::client::validate_path;

    fn deployments() -> ApiResource {
        ApiResource::new("apps", "v1", "deployments")
    }

    #[test]
    fn paths_of_collections() {
        let pods = ApiResource::new("", "v1", "pods");
        for (resource, scope, path) in [
            (&pods, Scope::OwnNamespace, "/api/v1/namespaces/shop/pods"),
            (&pods, Scope::Namespace("a".into()), "/api/v1/namespaces/a/pods"),
            (&pods, Scope::AllNamespaces, "/api/v1/pods"),
            (&deployments(), Scope::OwnNamespace, "/apis/apps/v1/namespaces/shop/deployments"),
            (&ApiResource::new("", "v1", "nodes"), Scope::Cluster, "/api/v1/nodes"),
        ] {
            assert_eq!(resource.collection_path(&scope, "shop").unwrap(), path);
        }
    }

    #[test]
    fn paths_of_objects() {
        let path =
            |scope, name, subresource| deployments().object_path(&scope, "shop", name, subresource);
        assert_eq!(
            path(Scope::OwnNamespace, "web", None).unwrap(),
            "/apis/apps/v1/namespaces/shop/deployments/web"
        );
        assert_eq!(
            path(Scope::Namespace("a".into()), "web", Some("scale")).unwrap(),
            "/apis/apps/v1/namespaces/a/deployments/web/scale"
        );
        assert_eq!(path(Scope::AllNamespaces, "web", None), Err(NameError::AllNamespaces));
        let roles = ApiResource::new("rbac.authorization.k8s.io", "v1", "clusterroles");
        assert_eq!(
            roles.object_path(&Scope::Cluster, "shop", "system:basic-user", None).unwrap(),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:basic-user"
        );
    }

    #[test]
    fn names_that_are_missing() {
        let missing = |resource: ApiResource| {
            resource.collection_path(&Scope::OwnNamespace, "shop").unwrap_err()
        };
        assert_eq!(missing(ApiResource::new("apps", "", "x")), NameError::Empty("version"));
        assert_eq!(missing(ApiResource::new("apps", "v1", "")), NameError::Empty("resource"));
        let scope = Scope::Namespace(String::new());
        let error = deployments().object_path(&scope, "shop", "web", None).unwrap_err();
        assert_eq!(error, NameError::Empty("namespace"));
        let error = deployments().object_path(&Scope::OwnNamespace, "shop", "", None).unwrap_err();
        assert_eq!(error, NameError::Empty("name"));
    }

    /// Any text in any place gives a path that has it there, or none at all.
    #[test]
    fn no_name_reaches_another_path() {
        let pieces = [
            "", ".", "..", "/", "%", "\\", "a", "é", " ", "?", "#", "&", ";", ":", "%2e", "\0",
            "\r\n", "\u{202e}", "+", "@", "~", "\u{85}",
        ];
        let decoded = |path: &str| -> Vec<String> {
            path.split('/')
                .map(|segment| {
                    let mut bytes = Vec::new();
                    let mut rest = segment.bytes();
                    while let Some(byte) = rest.next() {
                        let digits = [rest.clone().next(), rest.clone().nth(1)];
                        match (byte, digits) {
                            (b'%', [Some(high), Some(low)]) => {
                                let digits = [high, low];
                                let digits = std::str::from_utf8(&digits).unwrap();
                                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                                rest.nth(1);
                            }
                            _ => bytes.push(byte),
                        }
                    }
                    String::from_utf8(bytes).unwrap()
                })
                .collect()
        };
        let names = pieces.iter().flat_map(|a| pieces.iter().map(move |b| format!("{a}{b}")));
        for name in names {
            let resource = ApiResource::new(&name, &name, &name);
            let scope = Scope::Namespace(name.clone());
            let Ok(path) = resource.object_path(&scope, "shop", &name, Some(&name)) else {
                continue;
            };
            assert_eq!(validate_path(&path), Ok(()), "{path}");
            let n = name.as_str();
            assert_eq!(decoded(&path), ["", "apis", n, n, "namespaces", n, n, n, n], "{path}");
        }
    }
}
