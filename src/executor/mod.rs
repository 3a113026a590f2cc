//! An executor of one future, which waits on WASI's pollables.
//!
//! To run several futures at once, join them, for example by the combinators of `futures-util`. The
//! executor of another crate can run them too, if it calls [`turn`] wherever it would sleep.

mod reactor;

pub use reactor::{WhenReady, turn};

use crate::asynchronous::Ready;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use wasip2::io::poll::Pollable;

/// Runs a future to its end.
///
/// # Panics
///
/// If the future waits for no pollable and was not woken, since nothing could end the wait.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // One that wakes itself does not keep others from what they wait for.
        let at_most = woken.0.swap(false, Ordering::Relaxed).then_some(Duration::ZERO);
        let waits = turn(at_most);
        assert!(waits, "a future waits for what never comes: no timer, no answer, no other future");
    }
}

/// Waits for a time.
pub fn sleep(time: Duration) -> WhenReady {
    crate::wasi::timer(time).ready()
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Ready for Pollable {
    type Future = WhenReady;

    fn ready(self) -> WhenReady {
        WhenReady::new(self)
    }
}
