//! Points of the curves P-256 and P-384, in full: the one form that TLS 1.3 has
//! (RFC 8446, 4.2.8.2), and the one that certificates have in practice.

use alloc::vec::Vec;

use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, PublicKey};

/// The first byte of a point whose two coordinates follow.
const UNCOMPRESSED: u8 = 4;

/// Reads a public key: a point of the curve.
pub(super) fn read<C: CurveArithmetic>(bytes: &[u8]) -> Option<PublicKey<C>> {
    let (&UNCOMPRESSED, coordinates) = bytes.split_first()? else { return None };
    let (x, y) = coordinates.split_at_checked(FieldBytes::<C>::default().len())?;
    let point = AffinePoint::<C>::from_coordinates(x.try_into().ok()?, y.try_into().ok()?);
    PublicKey::from_affine(point.into_option()?).ok()
}

/// Writes a public key.
pub(super) fn write<C: CurveArithmetic>(key: &PublicKey<C>) -> Vec<u8> {
    let point = key.as_affine();
    let mut bytes = Vec::from([UNCOMPRESSED]);
    bytes.extend_from_slice(&point.x());
    bytes.extend_from_slice(&point.y());
    bytes
}
