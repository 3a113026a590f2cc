//! A connected TCP socket of WASI's, read and written without waiting.

use crate::wasi::timer;
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell};
use core::time::Duration;
use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};

/// How many bytes are read at a time to begin with: a host may make room for all that is asked for, and wipe it, although
/// an answer is short.
const LEAST: u64 = 16 << 10;

/// The most bytes that are read at a time, once as many came: two TLS records.
const MOST: u64 = 32 << 10;

/// A connected socket. Fields are in the order in which they may be dropped: the streams
/// are children of the socket, and what waits for one is a child of it.
pub(super) struct Socket {
    /// Of the input, once it was waited for: each pollable is two calls into the host.
    awaited: OnceCell<Pollable>,
    /// The timer of the last wait, and when it is over.
    timer: Cell<Option<(Duration, Pollable)>>,
    input: InputStream,
    output: OutputStream,
    socket: TcpSocket,
    /// How many bytes are read at a time.
    chunk: Cell<u64>,
}

/// The connection broke: it was reset, or the network gave it up.
pub(super) struct Broken;

impl Socket {
    pub(super) fn new(socket: TcpSocket, input: InputStream, output: OutputStream) -> Self {
        Self {
            awaited: OnceCell::new(),
            timer: Cell::new(None),
            input,
            output,
            socket,
            chunk: Cell::new(LEAST),
        }
    }

    /// What has arrived: empty if nothing has, none at the end.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, Broken> {
        let chunk = self.chunk.get();
        match self.input.read(chunk) {
            Ok(bytes) => {
                if bytes.len() as u64 >= chunk {
                    self.chunk.set(MOST);
                }
                Ok(Some(bytes))
            }
            Err(StreamError::Closed) => Ok(None),
            Err(StreamError::LastOperationFailed(_)) => Err(Broken),
        }
    }

    /// Sends bytes as long as the host takes them, and removes these from the buffer.
    pub(super) fn write(&self, buffer: &mut Vec<u8>) -> Result<(), Broken> {
        let mut sent = 0;
        while sent < buffer.len() {
            let permitted = self.output.check_write().map_err(|_| Broken)?;
            let end = buffer.len().min(sent + usize::try_from(permitted).unwrap_or(usize::MAX));
            if end == sent {
                break;
            }
            self.output.write(buffer.get(sent..end).unwrap_or_default()).map_err(|_| Broken)?;
            sent = end;
        }
        if sent == buffer.len() {
            buffer.clear();
        } else {
            buffer.drain(..sent);
        }
        Ok(())
    }

    /// Whether the host still sends what it took. Dropped meanwhile, the socket would wait
    /// for that, however long the server takes nothing.
    pub(super) fn is_sending(&self) -> bool {
        matches!(self.output.check_write(), Ok(0))
    }

    /// Expects no more than a short answer, until more comes.
    pub(super) fn expect_little(&self) {
        self.chunk.set(LEAST);
    }

    /// Ends the connection in both directions. Pollables of the streams stay valid.
    pub(super) fn shut_down(&self) {
        let _ = self.socket.shutdown(ShutdownType::Both);
    }

    /// Ends what is sent: the server sees a request that is incomplete.
    pub(super) fn end_sending(&self) {
        let _ = self.socket.shutdown(ShutdownType::Send);
    }

    /// Ready when there is something to read, the end included.
    pub(super) fn readable(&self) -> Pollable {
        self.input.subscribe()
    }

    /// Waits until there is something to read, the end included, or the time has come.
    pub(super) fn wait(&self, now: Duration, until: Duration) {
        let readable = self.awaited.get_or_init(|| self.input.subscribe());
        // An earlier wait's does as well, unless it would be over too late: once it is over, another one follows.
        let kept = self.timer.take().filter(|(end, _)| *end > now && *end <= until);
        let (mut end, mut awaited) =
            kept.unwrap_or_else(|| (until, timer(until.saturating_sub(now))));
        let mut ready = poll(&[readable, &awaited]);
        if end < until && !ready.contains(&0) {
            let now = Duration::from_nanos(monotonic_clock::now());
            (end, awaited) = (until, timer(until.saturating_sub(now)));
            ready = poll(&[readable, &awaited]);
        }
        // One that was over a little early would be for good.
        if !ready.contains(&1) {
            self.timer.set(Some((end, awaited)));
        }
    }

    /// Ready when something can be written, or never again.
    pub(super) fn writable(&self) -> Pollable {
        self.output.subscribe()
    }
}
