//! Groups with all that is in them, `apidiscovery.k8s.io/v2.APIGroupDiscoveryList`.
//! Of an object, all that is read is taken in one walk.

use super::{Freshness, Group, Kind, Resource, Subresource, Version};
use alloc::{string::String, vec::Vec};
use k8s_in_cluster_json::{elements, find, members, text, texts};

/// The groups of a list.
pub(super) fn groups(list: &str) -> Vec<Group> {
    let items = find(list, &["items"]).unwrap_or_default();
    elements(items).map_while(Result::ok).map(group).collect()
}

fn group(item: &str) -> Group {
    let name = find(item, &["metadata", "name"]).map(text).unwrap_or_default();
    let versions = find(item, &["versions"]).unwrap_or_default();
    let versions =
        elements(versions).map_while(Result::ok).map(|item| version(item, &name)).collect();
    Group { name, versions }
}

fn version(item: &str, group: &str) -> Version {
    let name = find(item, &["version"]).map(text).unwrap_or_default();
    let mut version = Version { name, freshness: Freshness::Current, resources: Vec::new() };
    for (member, value) in members(item).map_while(Result::ok) {
        match member {
            "freshness" if text(value) == "Stale" => version.freshness = Freshness::Stale,
            "resources" => {
                let resources = elements(value).map_while(Result::ok);
                version.resources =
                    resources.map(|item| resource(item, group, &version.name)).collect();
            }
            _ => {}
        }
    }
    version
}

fn resource(item: &str, group: &str, version: &str) -> Resource {
    let mut resource = Resource::default();
    for (member, value) in members(item).map_while(Result::ok) {
        match member {
            "resource" => resource.plural = text(value),
            "singularResource" => resource.singular = text(value),
            "responseKind" => resource.kind = kind(value),
            "scope" => resource.namespaced = text(value) == "Namespaced",
            "verbs" => resource.verbs = texts(value),
            "shortNames" => resource.short_names = texts(value),
            "categories" => resource.categories = texts(value),
            "subresources" => {
                let subresources = elements(value).map_while(Result::ok);
                resource.subresources =
                    subresources.map(|item| subresource(item, group, version)).collect();
            }
            _ => {}
        }
    }
    resource.kind = resource.kind.or(group, version);
    resource
}

fn subresource(item: &str, group: &str, version: &str) -> Subresource {
    let (mut name, mut of, mut verbs) = (String::new(), Kind::default(), Vec::new());
    for (member, value) in members(item).map_while(Result::ok) {
        match member {
            "subresource" => name = text(value),
            "responseKind" => of = kind(value),
            "verbs" => verbs = texts(value),
            _ => {}
        }
    }
    Subresource { name, kind: of.or(group, version), verbs }
}

fn kind(value: &str) -> Kind {
    let mut kind = Kind::default();
    for (member, value) in members(value).map_while(Result::ok) {
        match member {
            "group" => kind.group = text(value),
            "version" => kind.version = text(value),
            "kind" => kind.kind = text(value),
            _ => {}
        }
    }
    kind
}
