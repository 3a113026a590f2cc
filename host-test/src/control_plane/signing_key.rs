//! The key that signs service account tokens, and tokens signed with it.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use super::{ISSUER, ServiceAccount};
use crate::api_server::random_uuid;
use crate::kubeconfig::Token;

/// The key could not be made, or a token not be signed.
#[derive(Debug, thiserror::Error)]
#[error("service account tokens cannot be signed: {0}")]
pub struct SignError(String);

/// An ECDSA key on P-256.
pub(super) struct SigningKey {
    key: EcdsaKeyPair,
    pem: String,
    public_pem: String,
    /// By which a token names the key: what kube-apiserver makes of the public key.
    id: String,
}

impl SigningKey {
    pub(super) fn generate() -> Result<Self, SignError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map_err(|error| SignError(error.to_string()))?;
        let der = pair.serialize_der();
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random)
            .map_err(|error| SignError(error.to_string()))?;
        let public = digest(&SHA256, &pair.subject_public_key_info());
        Ok(Self {
            key,
            pem: pair.serialize_pem(),
            public_pem: pair.public_key_pem(),
            id: URL_SAFE_NO_PAD.encode(public),
        })
    }

    /// The private key, as kube-apiserver reads it.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// The public key, as kube-apiserver reads it: of a private key it takes another form than ours.
    pub(super) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Signs the claims that kube-apiserver gives a token.
    pub(super) fn token(
        &self,
        account: &ServiceAccount,
        not_before: SystemTime,
        expires: SystemTime,
    ) -> Result<SignedToken, SignError> {
        let id =
            random_uuid().map_err(|_| SignError("the system gave no random numbers".to_owned()))?;
        let ServiceAccount { namespace, name, uid } = account;
        let header = json!({"alg": "ES256", "kid": self.id});
        let claims = json!({
            "aud": [ISSUER],
            "exp": seconds(expires),
            "iat": seconds(not_before),
            "iss": ISSUER,
            "jti": id,
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}},
            "nbf": seconds(not_before),
            "sub": account.user(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|error| SignError(error.to_string()))?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let token = Token::new(&token).map_err(|error| SignError(error.to_string()))?;
        Ok(SignedToken { token, credential: format!("JTI={id}") })
    }
}

/// A token that was signed here.
#[derive(Clone, Debug)]
pub struct SignedToken {
    /// The token.
    pub token: Token,
    /// By which the audit log tells it from others: see [`AuditEvent::credential`](super::AuditEvent::credential).
    pub credential: String,
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::time::Duration;

    #[test]
    fn a_token_holds_the_claims_of_its_service_account_and_is_not_shown() {
        let key = SigningKey::generate().unwrap();
        let account = ServiceAccount {
            namespace: "shop".to_owned(),
            name: "reader".to_owned(),
            uid: "1".to_owned(),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let signed = key.token(&account, now, now + Duration::from_secs(5)).unwrap();
        let claims = signed.token.expose().split('.').nth(1).unwrap();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["sub"], "system:serviceaccount:shop:reader");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1000), &json!(1005)));
        assert_eq!(signed.credential, format!("JTI={}", claims["jti"].as_str().unwrap()));
        assert!(!format!("{signed:?}").contains(signed.token.expose()));
    }
}
