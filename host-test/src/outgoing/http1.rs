//! An HTTP/1.1 connection. Whoever waits on it moves it on, so that a request and its answer take no other task and no
//! turn of the runtime between two. It has a task of its own only while nobody is sure to come back to it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::body::RequestBody;
use super::transport::Transport;

/// A connection of one request at a time.
pub(super) struct Http1 {
    sender: SendRequest<RequestBody>,
    shared: Arc<Mutex<Shared>>,
    /// What moves it on by itself.
    task: Option<AbortHandle>,
}

struct Shared {
    /// None once it has ended.
    connection: Option<Connection<TokioIo<Transport>, RequestBody>>,
    /// Whether the task is to go on: one that is told to stop may be about to move it on once more, and would be the
    /// one that is woken.
    by_itself: bool,
    /// The task's.
    waker: Option<Waker>,
}

impl Shared {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(connection) = &mut self.connection else { return Poll::Ready(()) };
        // Its outcome reaches whoever waits for an answer on it.
        let ended = Pin::new(connection).poll(cx).map(drop);
        if ended.is_ready() {
            self.connection = None;
        }
        ended
    }
}

impl Http1 {
    pub(super) fn new(
        sender: SendRequest<RequestBody>,
        connection: Connection<TokioIo<Transport>, RequestBody>,
    ) -> Self {
        let shared = Shared { connection: Some(connection), by_itself: false, waker: None };
        Self { sender, shared: Arc::new(Mutex::new(shared)), task: None }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Waits until a request can be sent. False if that will never be.
    pub(super) async fn ready(&mut self) -> bool {
        poll_fn(|cx| {
            self.move_on(cx);
            self.sender.poll_ready(cx)
        })
        .await
        .is_ok()
    }

    /// Sends a request. If not a byte of it went out, the error holds it.
    pub(super) async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, TrySendError<Request<RequestBody>>> {
        let mut answer = pin!(self.sender.try_send_request(request));
        poll_fn(|cx| {
            self.move_on(cx);
            answer.as_mut().poll(cx)
        })
        .await
    }

    /// Sends and receives what there is.
    pub(super) fn move_on(&self, cx: &mut Context<'_>) {
        let mut shared = self.shared();
        if !shared.by_itself {
            let _ended = shared.poll(cx);
        } else if let Some(waker) = shared.waker.clone() {
            // In the task's place, which is woken as before: it would take a turn of the runtime.
            if shared.poll(&mut Context::from_waker(&waker)).is_ready() {
                waker.wake();
            }
        }
    }

    /// Has it move on by itself.
    pub(super) fn let_go(&mut self) {
        if self.task.is_some() || self.shared().connection.is_none() {
            return;
        }
        self.shared().by_itself = true;
        let shared = Arc::clone(&self.shared);
        let task = tokio::spawn(poll_fn(move |cx| {
            let mut shared = lock(&shared);
            if !shared.by_itself {
                return Poll::Ready(());
            }
            if !shared.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                shared.waker = Some(cx.waker().clone());
            }
            shared.poll(cx)
        }));
        self.task = Some(task.abort_handle());
    }

    /// Has it wait to be moved on.
    pub(super) fn take_back(&mut self) {
        if let Some(task) = self.task.take() {
            let mut shared = self.shared();
            shared.by_itself = false;
            shared.waker = None;
            task.abort();
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Drop for Http1 {
    /// What is under way is cancelled, and the server told of the end: that takes a while.
    fn drop(&mut self) {
        if Handle::try_current().is_ok() {
            self.let_go();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
