//! ChaCha20 (RFC 8439), four blocks at a time.
//!
//! The `chacha20` crate knows no vectors of WebAssembly, and makes one block after the other
//! there, which is a third as fast. What makes a cipher of the blocks, and an AEAD of the cipher, is
//! RustCrypto's.

use crate::lanes::Lanes;
use cipher::array::Array;
use cipher::consts::{U1, U12, U32, U64};
use cipher::inout::InOutBuf;
use cipher::{
    Block, BlockSizeUser, IvSizeUser, KeyIvInit, KeySizeUser, ParBlocksSizeUser,
    StreamCipherBackend, StreamCipherClosure, StreamCipherCore, StreamCipherCoreWrapper,
    StreamCipherSeekCore,
};
use zeroize::Zeroize;

/// The stream cipher, by bytes.
pub(crate) type ChaCha20 = StreamCipherCoreWrapper<Core>;

/// Where the state has its counter.
const COUNTER: usize = 12;

/// The stream cipher, by blocks: the state that the next is made of (RFC 8439, 2.3).
pub(crate) struct Core([u32; 16]);

impl Drop for Core {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl KeySizeUser for Core {
    type KeySize = U32;
}

impl IvSizeUser for Core {
    type IvSize = U12;
}

impl BlockSizeUser for Core {
    type BlockSize = U64;
}

impl KeyIvInit for Core {
    fn new(key: &Array<u8, U32>, nonce: &Array<u8, U12>) -> Self {
        let mut state = [0; 16];
        let parts = [&b"expand 32-byte k"[..], key, &[0; 4], nonce];
        let words = parts.iter().flat_map(|part| part.as_chunks().0);
        for (word, bytes) in state.iter_mut().zip(words) {
            *word = u32::from_le_bytes(*bytes);
        }
        Self(state)
    }
}

impl StreamCipherCore for Core {
    fn remaining_blocks(&self) -> Option<usize> {
        usize::try_from(u32::MAX - self.0[COUNTER]).ok()
    }

    fn process_with_backend(&mut self, f: impl StreamCipherClosure<BlockSize = U64>) {
        f.call(&mut Backend(self));
    }

    // In place of one that goes byte by byte.
    fn apply_keystream_blocks_inout(&mut self, blocks: InOutBuf<'_, '_, Block<Self>>) {
        let mut four = [[0; 8]; 4];
        for (index, mut block) in blocks.into_iter().enumerate() {
            if index % 4 == 0 {
                four_blocks(&self.0, &mut four);
            }
            for (index, word) in four[index % 4].iter().enumerate() {
                let bytes = block.get_in().as_chunks().0[index];
                let word = u64::from_le_bytes(bytes) ^ word;
                block.get_out().as_chunks_mut().0[index] = word.to_le_bytes();
            }
            self.0[COUNTER] = self.0[COUNTER].wrapping_add(1);
        }
        four.as_flattened_mut().zeroize();
    }
}

impl StreamCipherSeekCore for Core {
    type Counter = u32;

    fn get_block_pos(&self) -> u32 {
        self.0[COUNTER]
    }

    fn set_block_pos(&mut self, position: u32) {
        self.0[COUNTER] = position;
    }
}

struct Backend<'a>(&'a mut Core);

impl BlockSizeUser for Backend<'_> {
    type BlockSize = U64;
}

impl ParBlocksSizeUser for Backend<'_> {
    type ParBlocksSize = U1;
}

impl StreamCipherBackend for Backend<'_> {
    fn gen_ks_block(&mut self, block: &mut Block<Self>) {
        *block = Array::default();
        self.0.apply_keystream_blocks_inout(InOutBuf::from_mut(block));
    }
}

/// The block that a state makes, and the three that follow.
#[inline(never)]
#[cfg_attr(target_family = "wasm", target_feature(enable = "simd128"))]
fn four_blocks(state: &[u32; 16], blocks: &mut [[u64; 8]; 4]) {
    let mut start = state.map(|word| Lanes::new([word; 4]));
    start[COUNTER] = start[COUNTER].add(Lanes::new([0, 1, 2, 3]));
    let mut x = start;
    for _ in 0..10 {
        quarter_round(&mut x, 0, 4, 8, 12);
        quarter_round(&mut x, 1, 5, 9, 13);
        quarter_round(&mut x, 2, 6, 10, 14);
        quarter_round(&mut x, 3, 7, 11, 15);
        quarter_round(&mut x, 0, 5, 10, 15);
        quarter_round(&mut x, 1, 6, 11, 12);
        quarter_round(&mut x, 2, 7, 8, 13);
        quarter_round(&mut x, 3, 4, 9, 14);
    }
    for (x, start) in x.iter_mut().zip(start) {
        *x = x.add(start);
    }
    for (quarter, x) in x.as_chunks().0.iter().enumerate() {
        for (block, lanes) in blocks.iter_mut().zip(Lanes::transpose(*x)) {
            [block[2 * quarter], block[2 * quarter + 1]] = lanes.halves();
        }
    }
}

#[inline(always)]
fn quarter_round(x: &mut [Lanes; 16], a: usize, b: usize, c: usize, d: usize) {
    x[a] = x[a].add(x[b]);
    x[d] = x[d].xor(x[a]).rotate_left(16);
    x[c] = x[c].add(x[d]);
    x[b] = x[b].xor(x[c]).rotate_left(12);
    x[a] = x[a].add(x[b]);
    x[d] = x[d].xor(x[a]).rotate_left(8);
    x[c] = x[c].add(x[d]);
    x[b] = x[b].xor(x[c]).rotate_left(7);
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::aead::AeadInOut as _;
    use aes_gcm::aead::KeyInit as _;
    use cipher::{StreamCipher as _, StreamCipherSeek as _};

    const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";
    const NONCE: [u8; 12] = *b"not a secret";

    #[test]
    fn the_block_of_the_standard_is_made() {
        // RFC 8439, 2.3.2.
        let key: [u8; 32] = core::array::from_fn(|index| index as u8);
        let nonce = [0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0];
        let mut cipher = ChaCha20::new(&key.into(), &nonce.into());
        cipher.seek(64);
        let mut block = [0; 64];
        cipher.apply_keystream(&mut block);
        assert_eq!(block[..8], [0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15]);
        assert_eq!(block[56..], [0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e]);
    }

    #[test]
    fn any_length_is_encrypted_as_by_one_block_after_the_other() {
        let ours = chacha20poly1305::ChaChaPoly1305::<ChaCha20>::new(&KEY.into());
        let theirs = chacha20poly1305::ChaCha20Poly1305::new(&KEY.into());
        let data: [u8; 600] = core::array::from_fn(|index| (index * 7) as u8);
        for length in 0..=data.len() {
            let (mut one, mut other) = (data, data);
            let (one, other) = (&mut one[..length], &mut other[..length]);
            let tag = ours.encrypt_inout_detached(&NONCE.into(), b"", (&mut *one).into());
            let expected = theirs.encrypt_inout_detached(&NONCE.into(), b"", (&mut *other).into());
            assert_eq!((one, tag), (other, expected), "{length}");
        }
    }

    #[test]
    fn the_key_stream_is_the_same_from_wherever_it_is_read() {
        let mut whole = [0; 600];
        ChaCha20::new(&KEY.into(), &NONCE.into()).apply_keystream(&mut whole);
        for start in (0..whole.len()).step_by(11) {
            let mut cipher = ChaCha20::new(&KEY.into(), &NONCE.into());
            cipher.seek(start);
            let mut rest = [0; 600];
            let (first, second) = rest[start..].split_at_mut((whole.len() - start) / 3);
            cipher.apply_keystream(first);
            cipher.apply_keystream(second);
            assert_eq!(rest[start..], whole[start..], "{start}");
        }
    }

    #[test]
    fn the_last_block_that_can_be_counted_is_the_end() {
        let mut cipher = ChaCha20::new(&KEY.into(), &NONCE.into());
        cipher.seek(u64::from(u32::MAX - 2) * 64);
        assert!(cipher.try_apply_keystream(&mut [0; 129]).is_err());
        assert!(cipher.try_apply_keystream(&mut [0; 128]).is_ok());
        assert!(cipher.try_apply_keystream(&mut [0; 1]).is_err());
    }
}
