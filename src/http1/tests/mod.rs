#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use alloc::vec::Vec;

#[test]
fn smoke() {
    let mut r = Response::new("GET", "x");
    r.feed(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_vec(),
    );
    assert_eq!(r.head().unwrap().unwrap().status, 200);
    assert_eq!(r.read(100).unwrap().unwrap(), b"hello");
    assert!(r.read(100).unwrap().is_none());
    let mut out = Vec::new();
    let mut b = RequestBody::new(crate::transport::BodySize::Unknown, "x");
    assert_eq!(b.encode(b"hello", &mut out).unwrap(), 5);
    b.finish(&mut out).unwrap();
    assert_eq!(out, b"5\r\nhello\r\n0\r\n\r\n");
    assert!(r.is_reusable(&b));
}
