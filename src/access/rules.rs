//! `authorization.k8s.io/v1.SelfSubjectRulesReview`.

use super::{ask, member};
use crate::Error;
use crate::client::{Client, Limits};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{string::String, vec::Vec};
use k8s_in_cluster_json::{elements, members, text, texts};

/// What this program may do in a namespace, as far as the API server can list it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// With resources.
    pub resources: Vec<ResourceRule>,
    /// With paths that are no resource's.
    pub non_resources: Vec<NonResourceRule>,
    /// Whether there may be more: not every authorizer can list its rules.
    pub incomplete: bool,
    /// What went wrong while they were listed. Empty if nothing did.
    pub evaluation_error: String,
}

/// What may be done with resources. `*` stands for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceRule {
    /// What may be done.
    pub verbs: Vec<String>,
    /// In these API groups.
    pub groups: Vec<String>,
    /// With these resources, and subresources as in `pods/log`.
    pub resources: Vec<String>,
    /// With the objects of these names; with all if there are none.
    pub names: Vec<String>,
}

/// What may be done with paths. `*` stands for all, at the end of a path too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NonResourceRule {
    /// What may be done.
    pub verbs: Vec<String>,
    /// With these paths.
    pub paths: Vec<String>,
}

impl Rules {
    /// Asks the API server: in the pod's own namespace, if none is named.
    ///
    /// # Errors
    ///
    /// As [`Client::send`], and if the answer is none.
    pub fn get<P: Pod, T: Transport>(
        client: &Client<P, T>,
        namespace: Option<&str>,
        limits: Limits,
    ) -> Result<Self, Error> {
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let mut object = String::from(
            r#"{"kind":"SelfSubjectRulesReview","apiVersion":"authorization.k8s.io/v1","spec":{"#,
        );
        member(&mut object, "namespace", namespace.unwrap_or(&client.cluster().namespace));
        object.push_str("}}");
        let status = ask(client, path, object, limits)?;
        let mut rules = Self::default();
        for (name, value) in members(&status).map_while(Result::ok) {
            match name {
                "resourceRules" => {
                    rules.resources =
                        elements(value).map_while(Result::ok).map(resource_rule).collect();
                }
                "nonResourceRules" => {
                    rules.non_resources =
                        elements(value).map_while(Result::ok).map(non_resource_rule).collect();
                }
                "incomplete" => rules.incomplete = value == "true",
                "evaluationError" => rules.evaluation_error = text(value),
                _ => {}
            }
        }
        Ok(rules)
    }
}

fn resource_rule(item: &str) -> ResourceRule {
    let mut rule = ResourceRule::default();
    for (name, value) in members(item).map_while(Result::ok) {
        match name {
            "verbs" => rule.verbs = texts(value),
            "apiGroups" => rule.groups = texts(value),
            "resources" => rule.resources = texts(value),
            "resourceNames" => rule.names = texts(value),
            _ => {}
        }
    }
    rule
}

fn non_resource_rule(item: &str) -> NonResourceRule {
    let mut rule = NonResourceRule::default();
    for (name, value) in members(item).map_while(Result::ok) {
        match name {
            "verbs" => rule.verbs = texts(value),
            "nonResourceURLs" => rule.paths = texts(value),
            _ => {}
        }
    }
    rule
}
