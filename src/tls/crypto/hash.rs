//! SHA-256 and SHA-384, over the messages of a handshake.

use alloc::boxed::Box;
use core::marker::PhantomData;

use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use sha2::{Digest, Sha256, Sha384};

/// SHA-256.
pub(super) static SHA256: Sha2<Sha256> = Sha2::new(HashAlgorithm::SHA256);

/// SHA-384.
pub(super) static SHA384: Sha2<Sha384> = Sha2::new(HashAlgorithm::SHA384);

/// A hash function, by the digest `D`.
pub(super) struct Sha2<D> {
    name: HashAlgorithm,
    digest: PhantomData<D>,
}

impl<D> Sha2<D> {
    const fn new(name: HashAlgorithm) -> Self {
        Self { name, digest: PhantomData }
    }
}

impl<D: Digest + Clone + Send + Sync + 'static> Hash for Sha2<D> {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Running(D::new()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(&D::digest(data))
    }

    fn output_len(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.name
    }
}

/// A hash over what came so far.
struct Running<D>(D);

impl<D: Digest + Clone + Send + Sync + 'static> Context for Running<D> {
    fn fork_finish(&self) -> Output {
        Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}
