//! HTTP/1.1 as a client speaks it (RFC 9112), between a request or its answer and
//! the bytes of a connection. No I/O: the caller reads and writes.
//!
//! [`RequestBytes`] is a request's head, [`RequestBody`] puts its body on the wire,
//! and [`Response`] makes a head and a body of what the connection brings. Heads,
//! chunk sizes and trailers are parsed by httparse.
//!
//! # What is refused
//!
//! Two readers of one connection that disagree on where an answer ends are what
//! smuggled answers are made of. So what RFC 9112 lets a recipient take or refuse is
//! refused, unless servers in use send it. Go's `net/http`, which `kube-apiserver` and
//! `kubectl proxy` are made with, sends none of what is refused.
//!
//! | | |
//! |---|---|
//! | a line that ends in a line feed alone | refused |
//! | a space before a header's colon; a carriage return, NUL or other control character in a value | refused |
//! | a header folded over several lines | refused, though a user agent may join them: no server in use folds |
//! | an empty line before the status line | refused |
//! | `Transfer-Encoding` other than `chunked`, once | refused: no other was asked for |
//! | `Transfer-Encoding` beside `Content-Length`, or from HTTP/1.0 | refused |
//! | `Content-Length` of anything but digits, or of several values that differ | refused; the same value several times is taken |
//! | `101 Switching Protocols` | refused: no request asks for it |
//! | HTTP/1.0; a status line without a reason; bytes in a value that are no UTF-8 | taken |
//! | chunk extensions, trailers | read and dropped, within limits |
//! | wrong framing headers of an answer that has no body (to `HEAD`; 204, 304) | taken, but the connection is not kept |
//!
//! # Limits
//!
//! Memory holds what was fed and not yet read, and beside it at most a head or the
//! trailers.
//!
//! | | |
//! |---|---|
//! | a head | 64 KiB, and 256 headers |
//! | interim answers, `100 Continue` and the like | 16 |
//! | the line with a chunk's size | 4 KiB |
//! | all such lines together | 16 KiB more than 16 bytes a chunk and two for each byte of data |
//! | trailers | 16 KiB, and 256 of them |

mod chunked;
mod error;
mod head;
mod lines;
mod request;
mod request_body;
mod response;

pub use request::RequestBytes;
pub use request_body::RequestBody;
pub use response::Response;

#[cfg(test)]
mod tests;
