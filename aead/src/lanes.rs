//! Four words at a time: WebAssembly's vectors, and arrays where there are none of these.

#[cfg(target_family = "wasm")]
pub(crate) use wasm::Lanes;

#[cfg(not(target_family = "wasm"))]
pub(crate) use array::Lanes;

#[cfg(target_family = "wasm")]
mod wasm {
    use core::arch::wasm32::{
        i32x4_shuffle, i64x2_shuffle, u32x4, u32x4_add, u32x4_shl, u32x4_shr, u64x2_extract_lane,
        v128, v128_or, v128_xor,
    };

    /// Four words.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(v128);

    impl Lanes {
        #[inline]
        #[target_feature(enable = "simd128")]
        pub(crate) fn new([a, b, c, d]: [u32; 4]) -> Self {
            Self(u32x4(a, b, c, d))
        }

        #[inline]
        #[target_feature(enable = "simd128")]
        pub(crate) fn halves(self) -> [u64; 2] {
            [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
        }

        #[inline]
        #[target_feature(enable = "simd128")]
        pub(crate) fn add(self, other: Self) -> Self {
            Self(u32x4_add(self.0, other.0))
        }

        #[inline]
        #[target_feature(enable = "simd128")]
        pub(crate) fn xor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }

        #[inline]
        #[target_feature(enable = "simd128")]
        pub(crate) fn rotate_left(self, bits: u32) -> Self {
            Self(v128_or(u32x4_shl(self.0, bits), u32x4_shr(self.0, 32 - bits)))
        }

        #[inline]
        #[target_feature(enable = "simd128")]
        pub(crate) fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let (low, high) =
                (i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0), i32x4_shuffle::<0, 4, 1, 5>(c.0, d.0));
            let (first, second) =
                (i64x2_shuffle::<0, 2>(low, high), i64x2_shuffle::<1, 3>(low, high));
            let (low, high) =
                (i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0), i32x4_shuffle::<2, 6, 3, 7>(c.0, d.0));
            let (third, fourth) =
                (i64x2_shuffle::<0, 2>(low, high), i64x2_shuffle::<1, 3>(low, high));
            [Self(first), Self(second), Self(third), Self(fourth)]
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod array {
    /// Four words.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes([u32; 4]);

    impl Lanes {
        pub(crate) fn new(words: [u32; 4]) -> Self {
            Self(words)
        }

        pub(crate) fn halves(self) -> [u64; 2] {
            let [a, b, c, d] = self.0.map(u64::from);
            [a | b << 32, c | d << 32]
        }

        pub(crate) fn add(self, Self([a, b, c, d]): Self) -> Self {
            let [e, f, g, h] = self.0;
            Self([a.wrapping_add(e), b.wrapping_add(f), c.wrapping_add(g), d.wrapping_add(h)])
        }

        pub(crate) fn xor(self, Self([a, b, c, d]): Self) -> Self {
            let [e, f, g, h] = self.0;
            Self([a ^ e, b ^ f, c ^ g, d ^ h])
        }

        pub(crate) fn rotate_left(self, bits: u32) -> Self {
            Self(self.0.map(|word| word.rotate_left(bits)))
        }

        pub(crate) fn transpose(rows: [Self; 4]) -> [Self; 4] {
            [0, 1, 2, 3].map(|column| Self(rows.map(|row| row.0[column])))
        }
    }
}
