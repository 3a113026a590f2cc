use super::bindings::exports::k8s::in_cluster::access as wit;
use super::{Component, client, limits};
use crate::access::{
    Action, BoundObject, Decision, Identity, IssuedToken, NonResourceRule, ResourceRule, Rules,
    TokenRequest,
};
use alloc::string::String;
use wit::{Error, Limits};

impl wit::Guest for Component {
    fn who_am_i(within: Option<Limits>) -> Result<wit::UserInfo, Error> {
        let Identity { username, uid, groups, extra } = Identity::get(client()?, limits(within))?;
        Ok(wit::UserInfo { username, uid, groups, extra })
    }

    fn may_i(action: wit::Action, within: Option<Limits>) -> Result<wit::Decision, Error> {
        let decision = Decision::get(client()?, &action.into(), limits(within))?;
        let Decision { allowed, denied, reason, evaluation_error } = decision;
        Ok(wit::Decision { allowed, denied, reason, evaluation_error })
    }

    fn my_rules(namespace: Option<String>, within: Option<Limits>) -> Result<wit::Rules, Error> {
        let rules = Rules::get(client()?, namespace.as_deref(), limits(within))?;
        let resource = |ResourceRule { verbs, groups, resources, names }| wit::ResourceRule {
            verbs,
            groups,
            resources,
            names,
        };
        let path = |NonResourceRule { verbs, paths }| wit::PathRule { verbs, paths };
        Ok(wit::Rules {
            resources: rules.resources.into_iter().map(resource).collect(),
            paths: rules.non_resources.into_iter().map(path).collect(),
            incomplete: rules.incomplete,
            evaluation_error: rules.evaluation_error,
        })
    }

    fn request_token(
        request: wit::TokenRequest,
        within: Option<Limits>,
    ) -> Result<wit::IssuedToken, Error> {
        let bound_object = request.bound_object.map(|object| BoundObject {
            kind: object.kind,
            name: object.name,
            uid: object.uid,
        });
        let request = TokenRequest {
            service_account: request.service_account,
            namespace: request.namespace,
            audiences: request.audiences,
            expiration_seconds: request.expiration_seconds,
            bound_object,
        };
        let issued = IssuedToken::request(client()?, &request, limits(within))?;
        let IssuedToken { token, expiration_timestamp } = issued;
        Ok(wit::IssuedToken { token, expiration_timestamp })
    }
}

impl From<wit::Action> for Action {
    fn from(action: wit::Action) -> Self {
        match action {
            wit::Action::Resource(action) => Self::Resource {
                verb: action.verb,
                resource: action.resource.into(),
                subresource: action.subresource,
                scope: action.scope.into(),
                name: action.name,
            },
            wit::Action::Path(action) => Self::Path { verb: action.verb, path: action.path },
        }
    }
}
