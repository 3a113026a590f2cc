//! `access`

use super::{Answer, PodClient, trapped, types::Limits};

pub use super::bindings::exports::k8s::in_cluster::access::{
    Action, BoundObject, Decision, IssuedToken, PathAction, PathRule, ResourceAction, ResourceRule,
    Rules, TokenRequest, UserInfo,
};

impl PodClient {
    /// `access.who-am-i`
    pub async fn who_am_i(&mut self, limits: Option<Limits>) -> Answer<UserInfo> {
        let access = self.bindings.k8s_in_cluster_access();
        trapped(access.call_who_am_i(&mut self.store, limits).await)
    }

    /// `access.may-i`
    pub async fn may_i(&mut self, action: &Action, limits: Option<Limits>) -> Answer<Decision> {
        let access = self.bindings.k8s_in_cluster_access();
        trapped(access.call_may_i(&mut self.store, action, limits).await)
    }

    /// `access.my-rules`
    pub async fn my_rules(
        &mut self,
        namespace: Option<&str>,
        limits: Option<Limits>,
    ) -> Answer<Rules> {
        let access = self.bindings.k8s_in_cluster_access();
        trapped(access.call_my_rules(&mut self.store, namespace, limits).await)
    }

    /// `access.request-token`
    pub async fn request_token(
        &mut self,
        request: &TokenRequest,
        limits: Option<Limits>,
    ) -> Answer<IssuedToken> {
        let access = self.bindings.k8s_in_cluster_access();
        trapped(access.call_request_token(&mut self.store, request, limits).await)
    }
}
