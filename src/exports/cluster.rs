use super::bindings::exports::k8s::in_cluster::cluster::{
    CertificateAuthority, Error, Guest, Info, Verifier,
};
use super::{Component, client};
use crate::cluster::Verification;
use crate::credentials::TokenLocation;
use alloc::{string::String, string::ToString};

impl Guest for Component {
    fn discover() -> Result<Info, Error> {
        let client = client()?;
        let cluster = client.cluster();
        let (verified_by, certificate_authority_path, tls_server_name) = match &cluster.verification
        {
            Verification::Certificate { authority_path, server_name } => {
                let verifier = if client.verifies() { Verifier::Component } else { Verifier::Host };
                (verifier, authority_path.clone(), server_name.clone())
            }
            Verification::LoopbackProxy => (Verifier::LoopbackProxy, String::new(), None),
        };
        let token_path = match &cluster.token {
            TokenLocation::File(path) => path.clone(),
            TokenLocation::Value(_) | TokenLocation::None => String::new(),
        };
        Ok(Info {
            server: cluster.server.to_string(),
            namespace: cluster.namespace.clone(),
            verified_by,
            tls_server_name,
            certificate_authority_path,
            certificate_authority: client.certificate_authority().map(|found| match found {
                Ok(count) => CertificateAuthority::Certificates(count),
                Err(error) => CertificateAuthority::Unusable(error.to_string()),
            }),
            token_path,
        })
    }
}
