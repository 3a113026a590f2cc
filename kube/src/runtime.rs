//! tokio's runtime, which waits on WASI's pollables.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{MissedTickBehavior, interval};

/// How long is waited on pollables before tokio looks at its timers. It does not tell when the next
/// is due, and so they are late by this much at most. And how long pollables wait to be looked at
/// while tokio has something to run.
const TURN: Duration = Duration::from_millis(10);

/// Runs a future to its end, in a tokio runtime of one thread that has timers and tasks, and waits
/// for the answers of the client underneath.
///
/// tokio's timers are up to 10 ms late while nothing else happens. tokio's own I/O is not there.
///
/// # Panics
///
/// If it is called within itself or another tokio runtime, or if a task panics that the future
/// waits for.
#[cfg(target_family = "wasm")]
pub fn block_on<F: Future>(future: F) -> F::Output {
    run(future, |at_most| {
        k8s_in_cluster::executor::turn(Some(at_most));
    })
}

/// Runs a future, and calls `turn` to wait for what is not tokio's, for so long at most.
fn run<F: Future>(future: F, turn: fn(Duration)) -> F::Output {
    let turned = Arc::new(AtomicBool::new(false));
    let has_turned = Arc::clone(&turned);
    // Called where tokio has nothing left to run, and would sleep until its next timer: but then
    // nobody would wait on pollables.
    let park = move || {
        turn(TURN);
        has_turned.store(true, Ordering::Relaxed);
        // With something to run it does not sleep, and looks at its timers all the same.
        drop(tokio::spawn(async {}));
    };
    match Builder::new_current_thread().enable_time().on_thread_park(park).build() {
        Ok(runtime) => {
            runtime.spawn(look(turned, turn));
            runtime.block_on(future)
        }
        // Nothing is asked of the host for it.
        Err(error) => unreachable!("a runtime without I/O: {error}"),
    }
}

/// Looks at what is not tokio's while tokio is too busy to park: it keeps its timers even then.
async fn look(turned: Arc<AtomicBool>, turn: fn(Duration)) {
    let mut interval = interval(TURN);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if !turned.swap(false, Ordering::Relaxed) {
            turn(Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::sync::Mutex;
    use std::task::{Poll, Waker};
    use std::time::Instant;

    /// Who waits for what is not tokio's, which is ready at once.
    static WAITING: Mutex<Option<Waker>> = Mutex::new(None);

    fn turn(at_most: Duration) {
        match WAITING.lock().unwrap().take() {
            Some(waker) => waker.wake(),
            None => std::thread::sleep(at_most),
        }
    }

    async fn outside() {
        let mut asked = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(());
            }
            *WAITING.lock().unwrap() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    #[test]
    fn what_is_not_tokios_comes_while_a_task_is_busy() {
        let came = run(
            async {
                let outside = tokio::spawn(async {
                    for _ in 0..3 {
                        outside().await;
                    }
                });
                let begun = Instant::now();
                while !outside.is_finished() && begun.elapsed() < Duration::from_secs(20) {
                    tokio::task::yield_now().await;
                }
                outside.is_finished()
            },
            turn,
        );
        assert!(came);
    }
}
