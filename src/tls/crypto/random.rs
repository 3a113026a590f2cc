//! Random numbers: the host's in a component, the system's elsewhere.
//!
//! There is nothing to fall back to. Where the source fails, so does what asked.

use rustls::crypto::{GetRandomFailed, SecureRandom};

/// The random numbers of the provider.
#[derive(Debug)]
pub(super) struct Random;

impl SecureRandom for Random {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        fill(buffer)
    }
}

/// Fills `buffer` by `wasi:random`, whose `get-random-bytes` has to be fit for
/// cryptography and never blocks.
#[cfg(target_family = "wasm")]
pub(super) fn fill(buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
    let bytes = zeroize::Zeroizing::new(wasip2::random::random::get_random_bytes(
        u64::try_from(buffer.len()).map_err(|_| GetRandomFailed)?,
    ));
    if bytes.len() != buffer.len() {
        return Err(GetRandomFailed);
    }
    buffer.copy_from_slice(&bytes);
    Ok(())
}

/// Fills `buffer` by the operating system.
#[cfg(not(target_family = "wasm"))]
pub(super) fn fill(buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
    getrandom::fill(buffer).map_err(|_| GetRandomFailed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_buffer_is_filled_to_its_end_with_other_bytes_each_time() {
        let (mut one, mut other) = ([0; 64], [0; 64]);
        Random.fill(&mut one).unwrap();
        Random.fill(&mut other).unwrap();
        // By chance as likely as to guess a key.
        for buffers in [(&one[..32], &other[..32]), (&one[32..], &other[32..])] {
            assert_ne!(buffers.0, buffers.1);
            assert_ne!(buffers.0, [0; 32]);
        }
        Random.fill(&mut []).unwrap();
    }
}
