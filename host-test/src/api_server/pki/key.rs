//! The kinds of keys that certificate authorities and servers have.

use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
};

/// The kind of a key, and with it how it signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyType {
    /// ECDSA on P-256, with SHA-256.
    #[default]
    P256,
    /// ECDSA on P-384, with SHA-384.
    P384,
    /// Ed25519.
    Ed25519,
    /// RSA of 2048 bits: certificates are signed with SHA-256 and PKCS #1, as kubeadm's are.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
}

/// Whose key it is.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Authority,
    Server,
}

impl KeyType {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::P256, Self::P384, Self::Ed25519, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// A new key, or of RSA, which takes long to generate, one that was made for tests.
    pub(super) fn key(self, owner: Owner) -> Result<KeyPair, rcgen::Error> {
        let [authority, server] = match self {
            Self::P256 => return KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Self::P384 => return KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => return KeyPair::generate_for(&PKCS_ED25519),
            Self::Rsa2048 => [
                include_str!("keys/rsa-2048-authority.pem"),
                include_str!("keys/rsa-2048-server.pem"),
            ],
            Self::Rsa3072 => [
                include_str!("keys/rsa-3072-authority.pem"),
                include_str!("keys/rsa-3072-server.pem"),
            ],
            Self::Rsa4096 => [
                include_str!("keys/rsa-4096-authority.pem"),
                include_str!("keys/rsa-4096-server.pem"),
            ],
        };
        let pem = match owner {
            Owner::Authority => authority,
            Owner::Server => server,
        };
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_RSA_SHA256)
    }
}
