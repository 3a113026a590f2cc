//! Watches what leaves over a connection, so that an answer can be cut after exactly what was meant to arrive.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// The type of an HTTP/2 frame that carries a body.
const DATA: u8 = 0;
/// The type of an HTTP/2 frame that begins an answer.
const HEADERS: u8 = 1;
/// The length of an HTTP/2 frame's header.
const FRAME_HEADER: usize = 9;

/// What has left over a connection, as of the last time that everything written was handed to the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Heads of answers. Over HTTP/1.1, which is not read for this: how often anything left.
    pub(super) heads: u64,
    /// Bytes of bodies. Over HTTP/1.1: bytes of any kind.
    pub(super) bytes: u64,
}

/// A stream that reports what was written to it.
pub(super) struct Watched<S> {
    stream: S,
    frames: Option<Frames>,
    bytes: u64,
    flushed: watch::Sender<Written>,
}

impl<S> Watched<S> {
    /// Watches a stream, over which HTTP/2 or HTTP/1.1 is spoken.
    pub(super) fn new(stream: S, http2: bool) -> Self {
        Self {
            stream,
            frames: http2.then(Frames::default),
            bytes: 0,
            flushed: watch::Sender::default(),
        }
    }

    /// What was written, now and from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<Written> {
        self.flushed.subscribe()
    }

    fn wrote(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if let Some(frames) = &mut self.frames {
            frames.read(bytes);
        }
    }

    fn flushed(&self) {
        self.flushed.send_if_modified(|written| {
            let now = match &self.frames {
                Some(frames) => frames.seen,
                None if self.bytes == written.bytes => *written,
                None => Written { heads: written.heads + 1, bytes: self.bytes },
            };
            std::mem::replace(written, now) != now
        });
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.wrote(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Reads the frames of a server's side of an HTTP/2 connection.
#[derive(Default)]
struct Frames {
    seen: Written,
    header: [u8; FRAME_HEADER],
    header_bytes: usize,
    /// How much of the current frame is still to come.
    payload: usize,
    /// Whether that is of a body.
    data: bool,
}

impl Frames {
    fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let length = self.payload.min(bytes.len());
                if self.data {
                    self.seen.bytes += length as u64;
                }
                self.payload -= length;
                bytes = &bytes[length..];
                continue;
            }
            let length = bytes.len().min(FRAME_HEADER - self.header_bytes);
            self.header[self.header_bytes..][..length].copy_from_slice(&bytes[..length]);
            self.header_bytes += length;
            bytes = &bytes[length..];
            if self.header_bytes == FRAME_HEADER {
                let [high, middle, low, kind, ..] = self.header;
                self.payload = u32::from_be_bytes([0, high, middle, low]) as usize;
                self.data = kind == DATA;
                self.seen.heads += u64::from(kind == HEADERS);
                self.header_bytes = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0, 0, 0, kind, 0, 0, 0, 0, 1];
        frame[1..3].copy_from_slice(&(payload.len() as u16).to_be_bytes());
        frame.extend_from_slice(payload);
        frame
    }

    #[test]
    fn frames_are_counted_however_they_are_split() {
        let wire = [
            frame(4, &[0; 12]),
            frame(HEADERS, b"head"),
            frame(DATA, &[7; 300]),
            frame(DATA, b""),
            frame(DATA, b"end"),
        ]
        .concat();
        for size in [1, 2, 9, 10, wire.len()] {
            let mut frames = Frames::default();
            for part in wire.chunks(size) {
                frames.read(part);
            }
            let all = Written { heads: 1, bytes: 303 };
            assert_eq!(frames.seen, all, "in parts of {size}");
        }
    }
}
