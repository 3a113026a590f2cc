//! Service account tokens that look like the real ones.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio_rustls::rustls::crypto::{GetRandomFailed, SecureRandom, ring};

use super::NAMESPACE;

/// How long a token says it is valid, in seconds: what the kubelet asks for.
const LIFETIME_SECONDS: u64 = 3607;

/// A bearer token that no `Debug` shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Token(pub(super) String);

impl Token {
    /// A new token of `system:serviceaccount:shop:reader`: a JSON Web Token in every part, its signature random bytes.
    pub(super) fn generate() -> Result<Self, GetRandomFailed> {
        let random = ring::default_provider().secure_random;
        let issued =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let header = json!({"alg": "RS256", "kid": key_id(random)?});
        let claims = json!({
            "aud": ["https://kubernetes.default.svc.cluster.local"],
            "exp": issued + LIFETIME_SECONDS,
            "iat": issued,
            "iss": "https://kubernetes.default.svc.cluster.local",
            "jti": uuid(random)?,
            "kubernetes.io": {
                "namespace": NAMESPACE,
                "pod": {"name": "web-1", "uid": "c9c47e6f-b574-4b57-a395-3a7b3dd596c9"},
                "serviceaccount": {"name": "reader", "uid": "cf3ff9f4-2731-42d8-aed3-1f992b9b99dd"},
                "warnafter": issued + LIFETIME_SECONDS,
            },
            "nbf": issued,
            "sub": "system:serviceaccount:shop:reader",
        });
        let mut signature = [0; 256];
        random.fill(&mut signature)?;
        Ok(Self(format!(
            "{}.{}.{}",
            base64url(header.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes()),
            base64url(&signature),
        )))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

fn key_id(random: &dyn SecureRandom) -> Result<String, GetRandomFailed> {
    let mut bytes = [0; 32];
    random.fill(&mut bytes)?;
    Ok(base64url(&bytes))
}

/// A random UUID.
pub(crate) fn random_uuid() -> Result<String, GetRandomFailed> {
    uuid(ring::default_provider().secure_random)
}

fn uuid(random: &dyn SecureRandom) -> Result<String, GetRandomFailed> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    let number = u128::from_be_bytes(bytes);
    // Version 4, variant 1.
    let number = number & !(0xf << 76) | (0x4 << 76);
    let number = number & !(0x3 << 62) | (0x2 << 62);
    let hex = format!("{number:032x}");
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// Base64 with the alphabet for URLs and without padding, as JSON Web Tokens and continue tokens have it.
pub(super) fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        // One character more than there are bytes.
        for position in 0..=group.len() {
            let index = (bits >> (18 - 6 * position)) & 0x3f;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn base64url_as_in_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn a_token_has_three_parts_is_unlike_the_next_and_is_not_shown() {
        let token = Token::generate().unwrap();
        assert_ne!(token, Token::generate().unwrap());
        assert_eq!(token.0.split('.').count(), 3);
        assert!(token.0.starts_with("eyJ"), "a JSON object in Base64");
        assert_eq!(format!("{token:?}"), "[redacted]");
    }

    #[test]
    fn uuids_say_their_version_and_variant() {
        let random = ring::default_provider().secure_random;
        let id = uuid(random).unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
    }
}
