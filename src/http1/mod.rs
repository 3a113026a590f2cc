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
//! smuggled answers are made of. So everything that RFC 9112 lets a recipient take
//! or refuse is refused here, unless servers in use send it:
//!
//! | | |
//! |---|---|
//! | lines that end in a line feed alone | refused |
//! | headers folded over several lines, a space before the colon, a carriage return or NUL in a value | refused |
//! | an empty line before the status line | refused |
//! | `Transfer-Encoding` other than `chunked`, once | refused: none other was asked for |
//! | `Transfer-Encoding` beside `Content-Length`, or from HTTP/1.0 | refused |
//! | `Content-Length` of anything but digits, or of different values | refused; the same value several times is taken |
//! | HTTP/1.0, a status line without a reason, bytes in a value that are no UTF-8 | taken |
//! | chunk extensions, trailers | read and dropped, within limits |
//! | `101 Switching Protocols` | refused: no request asks for it |
//!
//! `kube-apiserver`, `kubectl proxy`, nginx, HAProxy and Envoy send nothing that is
//! refused.
//!
//! # Limits
//!
//! Memory holds what was fed and not yet read, and at most 64 KiB beside it.
//!
//! | | |
//! |---|---|
//! | a head | 64 KiB, and 256 headers |
//! | interim answers, `100 Continue` and the like | 16 |
//! | the line of a chunk's size | 4 KiB |
//! | what chunks carry beside data | 16 KiB above 16 bytes a chunk and two for each of data |
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
