//! tokio's runtime, which waits on WASI's pollables.

use std::time::Duration;
use tokio::runtime::Builder;

/// How long is waited on pollables before tokio looks at its timers. It does not tell when the next
/// is due, and so they are late by this much at most.
const TURN: Duration = Duration::from_millis(10);

/// Runs a future to its end, in a tokio runtime of one thread that has timers and tasks, and waits
/// for the answers of the client underneath.
///
/// tokio's timers are up to 10 ms late while nothing else happens. tokio's own I/O is not there.
///
/// # Panics
///
/// Within itself or another tokio runtime, or if a task panics that is waited for.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_time().on_thread_park(park).build();
    match runtime {
        Ok(runtime) => runtime.block_on(future),
        // Nothing is asked of the host for it.
        Err(error) => unreachable!("a runtime without I/O: {error}"),
    }
}

/// Called where tokio has nothing left to run, and would sleep until its next timer: but then nobody
/// would wait on pollables.
fn park() {
    k8s_in_cluster::executor::turn(Some(TURN));
    // With something to run it does not sleep, and looks at its timers all the same.
    drop(tokio::spawn(async {}));
}
