//! The thread that a running server lives on. It has a runtime of its own, so that neither depends on the other: a test
//! may block its thread, and what the server does ends with the thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::connection;
use super::shared::Shared;

/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// A running server. Dropping it ends it, and every connection with it, before the drop returns.
pub(super) struct Running {
    stop: Option<oneshot::Sender<()>>,
    stopped: oneshot::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

/// Binds a socket that does not listen yet: to it, connections are refused, and nobody else is given its port.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // The port may still be known from connections of the server before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

impl Running {
    /// Starts to accept connections.
    pub(super) async fn start(sockets: Vec<TcpSocket>, shared: Arc<Shared>) -> io::Result<Self> {
        let (stop, stopping) = oneshot::channel();
        let (started, starting) = oneshot::channel();
        let (ended, stopped) = oneshot::channel();
        let thread =
            std::thread::Builder::new().name("api-server".to_owned()).spawn(move || {
                run(sockets, shared, started, stopping);
                // Nobody may be waiting for it.
                let _unheard = ended.send(());
            })?;
        let running = Self { stop: Some(stop), stopped, thread: Some(thread) };
        match starting.await {
            Ok(result) => result.map(|()| running),
            Err(_) => Err(io::Error::other("the server's thread has ended")),
        }
    }

    /// Stops: no connection is accepted any more, and the open ones are cut.
    pub(super) async fn stop(mut self) {
        self.stop = None;
        // An error says that the thread has ended already.
        let _gone = (&mut self.stopped).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended as well.
            let _panicked = thread.join();
        }
    }
}

fn run(
    sockets: Vec<TcpSocket>,
    shared: Arc<Shared>,
    started: oneshot::Sender<io::Result<()>>,
    stopping: oneshot::Receiver<()>,
) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _unheard = started.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let listeners: io::Result<Vec<TcpListener>> =
            sockets.into_iter().map(|socket| socket.listen(BACKLOG)).collect();
        let listeners = match listeners {
            Ok(listeners) => listeners,
            Err(error) => {
                let _unheard = started.send(Err(error));
                return;
            }
        };
        let _unheard = started.send(Ok(()));
        tokio::select! {
            () = accept(listeners, shared) => {}
            // Whether told or forgotten.
            _stop = stopping => {}
        }
    });
    // The runtime ends here: with it every task, and with each its connection.
}

/// Accepts connections on every listener.
async fn accept(listeners: Vec<TcpListener>, shared: Arc<Shared>) {
    let mut tasks = JoinSet::new();
    let (accepted, mut connections) = mpsc::unbounded_channel();
    for listener in listeners {
        let accepted = accepted.clone();
        tasks.spawn(async move {
            loop {
                match listener.accept().await {
                    Ok(connection) => {
                        if accepted.send(connection).is_err() {
                            return;
                        }
                    }
                    // Of one connection that was gone before it could be accepted, or for want of file descriptors.
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        });
    }
    loop {
        tokio::select! {
            Some((stream, peer)) = connections.recv() => {
                tasks.spawn(connection::serve(Arc::clone(&shared), stream, peer));
            }
            Some(_ended) = tasks.join_next() => {}
        }
    }
}
