//! Servers that have a certificate and not its key.

use std::sync::Arc;

use rcgen::KeyPair;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{
    CertificateError, CipherSuite, Error, NamedGroup, PeerMisbehaved, ServerConfig,
    SignatureAlgorithm, SignatureScheme,
};

use super::peers::{Authority, KeyKind, Peers, ring_with};

/// What a server does instead of signing by its certificate's key.
#[derive(Clone, Copy, Debug)]
enum Forgery {
    /// Nothing: it signs.
    None,
    /// It changes a bit of the signature.
    Bit(usize),
    /// It signs something else.
    Message,
    /// It signs by another scheme than TLS 1.3 has for its key.
    Scheme(SignatureScheme),
    /// It signs by a scheme and says that it was another.
    Named(SignatureScheme),
}

#[derive(Debug)]
struct Forger {
    key: Arc<dyn SigningKey>,
    forgery: Forgery,
}

#[derive(Debug)]
struct ForgingSigner {
    signer: Box<dyn Signer>,
    forgery: Forgery,
}

impl SigningKey for Forger {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = match self.forgery {
            Forgery::Scheme(scheme) => self.key.choose_scheme(&[scheme]),
            _ => self.key.choose_scheme(offered),
        }?;
        Some(Box::new(ForgingSigner { signer, forgery: self.forgery }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}

impl Signer for ForgingSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = match self.forgery {
            Forgery::Message => self.signer.sign(&message[1..]),
            _ => self.signer.sign(message),
        }?;
        if let Forgery::Bit(bit) = self.forgery {
            let byte = bit / 8 % signature.len();
            signature[byte] ^= 1 << (bit % 8);
        }
        Ok(signature)
    }

    fn scheme(&self) -> SignatureScheme {
        match self.forgery {
            Forgery::Named(scheme) => scheme,
            _ => self.signer.scheme(),
        }
    }
}

/// A handshake with a server whose certificate is for `key` and which signs by
/// `signing`.
fn handshake(key: &KeyPair, signing: &KeyPair, forgery: Forgery) -> Result<(), Error> {
    let authority = Authority::new(KeyKind::P256);
    let server = server(authority.certify(key), signing, forgery);
    Peers::new(authority.client(), server).settle()
}

fn server(certificate: CertificateDer<'static>, key: &KeyPair, forgery: Forgery) -> ServerConfig {
    let key = any_supported_type(&PrivateKeyDer::try_from(key.serialize_der()).unwrap()).unwrap();
    let key = Arc::new(Forger { key, forgery });
    let theirs = ring_with(CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519);
    ServerConfig::builder_with_provider(Arc::new(theirs))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(
            vec![certificate],
            key,
        ))))
}

const BAD: Error = Error::InvalidCertificate(CertificateError::BadSignature);

#[test]
fn a_signature_by_another_key_is_refused() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519] {
        let (key, other) = (kind.pair(), kind.pair());
        assert_eq!(handshake(&key, &key, Forgery::None), Ok(()));
        assert_eq!(handshake(&key, &other, Forgery::None), Err(BAD), "{kind:?}");
    }
}

#[test]
fn a_signature_of_which_a_bit_was_changed_is_refused() {
    for kind in KeyKind::ALL {
        let key = kind.pair();
        // Prime to 8, and to the signatures' lengths.
        for bit in (0..64).map(|part| part * 37) {
            assert_eq!(handshake(&key, &key, Forgery::Bit(bit)), Err(BAD), "{kind:?}, {bit}");
        }
    }
}

#[test]
fn a_signature_of_something_else_is_refused() {
    for kind in KeyKind::ALL {
        let key = kind.pair();
        assert_eq!(handshake(&key, &key, Forgery::Message), Err(BAD), "{kind:?}");
    }
}

#[test]
fn pkcs1_is_refused_in_handshakes() {
    let key = KeyKind::Rsa.pair();
    for scheme in [
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512,
    ] {
        let error = handshake(&key, &key, Forgery::Scheme(scheme)).unwrap_err();
        assert_eq!(error, PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    for scheme in [
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_SHA512,
    ] {
        assert_eq!(handshake(&key, &key, Forgery::Scheme(scheme)), Ok(()));
    }
}

#[test]
fn a_scheme_fits_one_kind_of_key() {
    for kind in KeyKind::ALL {
        let key = kind.pair();
        let mut accepted = Vec::new();
        for scheme in [
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
        ] {
            if handshake(&key, &key, Forgery::Named(scheme)).is_ok() {
                accepted.push(scheme);
            }
        }
        let own = match kind {
            KeyKind::P256 => SignatureScheme::ECDSA_NISTP256_SHA256,
            KeyKind::P384 => SignatureScheme::ECDSA_NISTP384_SHA384,
            KeyKind::Ed25519 => SignatureScheme::ED25519,
            // What ring's server takes first of those that are offered.
            KeyKind::Rsa => SignatureScheme::RSA_PSS_SHA512,
        };
        assert_eq!(accepted, [own], "{kind:?}");
    }
}
