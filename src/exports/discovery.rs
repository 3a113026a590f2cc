use super::bindings::exports::k8s::in_cluster::discovery as wit;
use super::bindings::exports::k8s::in_cluster::types::ApiResource;
use super::{Component, client, limits};
use crate::discovery::{
    Check, Discovery, Found, Freshness, Health, Kind, OpenApiDocument, Probe, ServerVersion,
    Subresource,
};
use alloc::string::String;
use alloc::vec::Vec;
use wit::{Error, Limits};

/// What was found by this instance.
static DISCOVERY: Discovery = Discovery::new();

impl wit::Guest for Component {
    fn groups(within: Option<Limits>) -> Result<Vec<wit::Group>, Error> {
        let groups = DISCOVERY.groups(client()?, &limits(within))?;
        Ok(groups.iter().map(group).collect())
    }

    fn resources(
        name: Option<String>,
        group: Option<String>,
        version: Option<String>,
        within: Option<Limits>,
    ) -> Result<Vec<wit::ResourceInfo>, Error> {
        let (name, group, version) = (name.as_deref(), group.as_deref(), version.as_deref());
        let take = |found: Vec<Found<'_>>| found.into_iter().map(resource).collect();
        Ok(DISCOVERY.find(client()?, name, group, version, &limits(within), take)?)
    }

    fn invalidate() {
        DISCOVERY.invalidate();
    }

    fn server_version(within: Option<Limits>) -> Result<wit::VersionInfo, Error> {
        let version = ServerVersion::get(client()?, limits(within))?;
        Ok(wit::VersionInfo {
            major: version.major,
            minor: version.minor,
            git_version: version.git_version,
            git_commit: version.git_commit,
            build_date: version.build_date,
            platform: version.platform,
        })
    }

    fn health(probe: wit::Probe, within: Option<Limits>) -> Result<wit::HealthReport, Error> {
        let probe = match probe {
            wit::Probe::Ready => Probe::Ready,
            wit::Probe::Live => Probe::Live,
        };
        let Health { passed, checks } = Health::get(client()?, probe, limits(within))?;
        let checks = checks
            .into_iter()
            .map(|Check { name, passed, message }| wit::HealthCheck { name, passed, message })
            .collect();
        Ok(wit::HealthReport { passed, checks })
    }

    fn openapi_documents(within: Option<Limits>) -> Result<Vec<wit::OpenapiDocumentInfo>, Error> {
        let index = DISCOVERY.openapi(client()?, &limits(within))?;
        let info = |document: &OpenApiDocument| wit::OpenapiDocumentInfo {
            name: document.name.clone(),
            hash: document.hash.clone(),
        };
        Ok(index.iter().map(info).collect())
    }

    fn openapi_document(name: String, within: Option<Limits>) -> Result<Option<String>, Error> {
        Ok(DISCOVERY.openapi_document(client()?, &name, &limits(within))?)
    }
}

fn group(group: &crate::discovery::Group) -> wit::Group {
    let versions = group.versions.iter().map(|version| wit::GroupVersion {
        version: version.name.clone(),
        freshness: match &version.freshness {
            Freshness::Current => wit::Freshness::Current,
            Freshness::Stale => wit::Freshness::Stale,
            Freshness::Failed(why) => wit::Freshness::Failed(why.clone()),
        },
    });
    wit::Group { name: group.name.clone(), versions: versions.collect() }
}

fn resource(found: Found<'_>) -> wit::ResourceInfo {
    let Found { group, version, resource } = found;
    wit::ResourceInfo {
        resource: ApiResource {
            group: group.name.clone(),
            version: version.name.clone(),
            resource: resource.plural.clone(),
        },
        kind: kind(&resource.kind),
        singular: resource.singular.clone(),
        short_names: resource.short_names.clone(),
        categories: resource.categories.clone(),
        namespaced: resource.namespaced,
        verbs: resource.verbs.clone(),
        subresources: resource.subresources.iter().map(subresource).collect(),
    }
}

fn subresource(subresource: &Subresource) -> wit::Subresource {
    wit::Subresource {
        name: subresource.name.clone(),
        kind: kind(&subresource.kind),
        verbs: subresource.verbs.clone(),
    }
}

fn kind(kind: &Kind) -> wit::GroupVersionKind {
    wit::GroupVersionKind {
        group: kind.group.clone(),
        version: kind.version.clone(),
        kind: kind.kind.clone(),
    }
}
