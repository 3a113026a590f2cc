//! Short forms of what is often done with objects of some kinds.

use super::request::{NAME, verbs};
use super::{Api, Patch, PatchParams, PostParams};
use crate::kube::Result;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use kube_core::util::Restart;
use serde::Serialize;
use serde::de::DeserializeOwned;

const APPROVAL: &str = "approval";

impl<K: Restart + DeserializeOwned> Api<K> {
    /// Has all pods of a workload replaced, in the way in which it replaces them when its template
    /// changes: it writes the time into an annotation of the template.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn restart(&self, name: &str) -> Result<K> {
        self.changed(name, verbs().restart(NAME)).await
    }
}

impl Api<Node> {
    /// Has no more pods scheduled to a node. Those that are there stay.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn cordon(&self, name: &str) -> Result<Node> {
        self.changed(name, verbs().cordon(NAME)).await
    }

    /// Has pods scheduled to a node again.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn uncordon(&self, name: &str) -> Result<Node> {
        self.changed(name, verbs().uncordon(NAME)).await
    }
}

impl Api<ServiceAccount> {
    /// Asks for a token of a service account. It is in the answer's status, and has to be kept
    /// secret.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn create_token_request(
        &self,
        name: &str,
        params: &PostParams,
        request: &TokenRequest,
    ) -> Result<TokenRequest> {
        self.create_subresource("token", name, params, request).await
    }
}

impl Api<CertificateSigningRequest> {
    /// Reads a request for a certificate by its `approval`.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_approval(&self, name: &str) -> Result<CertificateSigningRequest> {
        self.get_subresource(APPROVAL, name).await
    }

    /// Approves or denies a request for a certificate, by a condition of its status.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_approval<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<CertificateSigningRequest> {
        self.patch_subresource(APPROVAL, name, params, patch).await
    }
}
