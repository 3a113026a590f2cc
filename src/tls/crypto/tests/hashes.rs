//! The hash of a handshake's messages, which rustls takes apart and continues.

use rustls::SupportedCipherSuite;
use rustls::crypto::hash::Hash;

use super::peers::of_ring;
use crate::tls::crypto::provider;

#[test]
fn a_hash_continues_after_each_of_its_forks() {
    for suite in provider().cipher_suites {
        let (ours, rings) = (hash_of(suite), hash_of(of_ring(suite.suite())));
        assert_eq!(ours.algorithm(), rings.algorithm());
        assert_eq!(ours.output_len(), rings.output_len());
        let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let mut context = ours.start();
        for length in 0..data.len() {
            let expected = rings.hash(&data[..length]);
            assert_eq!(ours.hash(&data[..length]).as_ref(), expected.as_ref());
            assert_eq!(context.fork_finish().as_ref(), expected.as_ref());
            assert_eq!(context.fork().finish().as_ref(), expected.as_ref());
            context.update(&data[length..=length]);
        }
        assert_eq!(context.finish().as_ref(), rings.hash(&data).as_ref());
    }
}

fn hash_of(suite: SupportedCipherSuite) -> &'static dyn Hash {
    suite.tls13().unwrap().common.hash_provider
}
