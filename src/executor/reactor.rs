//! The pollables that futures wait for.

use alloc::vec::Vec;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use spin::Mutex;
use wasip2::io::poll::{Pollable, poll};

/// What is waited for, by number. A component has one thread: nobody waits for this lock.
static WAITING: Mutex<Waiting> = Mutex::new(Waiting { entries: Vec::new(), next: 0 });

struct Waiting {
    entries: Vec<Entry>,
    next: u64,
}

struct Entry {
    number: u64,
    pollable: Pollable,
    waker: Waker,
}

impl Waiting {
    fn find(&mut self, number: u64) -> Option<usize> {
        // They are added in the order of their numbers.
        self.entries.binary_search_by_key(&number, |entry| entry.number).ok()
    }
}

/// Ends once a pollable is ready. Dropping it drops the pollable.
pub struct WhenReady {
    state: State,
}

enum State {
    New(Pollable),
    Waiting(u64),
    Done,
}

impl WhenReady {
    pub(super) fn new(pollable: Pollable) -> Self {
        Self { state: State::New(pollable) }
    }
}

impl Future for WhenReady {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waiting = WAITING.lock();
        match core::mem::replace(&mut self.state, State::Done) {
            State::New(pollable) => {
                let number = waiting.next;
                waiting.next += 1;
                let waker = context.waker().clone();
                waiting.entries.push(Entry { number, pollable, waker });
                self.state = State::Waiting(number);
                Poll::Pending
            }
            State::Waiting(number) => match waiting.find(number) {
                Some(index) => {
                    if let Some(entry) = waiting.entries.get_mut(index) {
                        entry.waker.clone_from(context.waker());
                    }
                    self.state = State::Waiting(number);
                    Poll::Pending
                }
                // It was ready, and is gone.
                None => Poll::Ready(()),
            },
            State::Done => Poll::Ready(()),
        }
    }
}

impl Drop for WhenReady {
    fn drop(&mut self) {
        if let State::Waiting(number) = self.state {
            let mut waiting = WAITING.lock();
            if let Some(index) = waiting.find(number) {
                waiting.entries.remove(index);
            }
        }
    }
}

/// Waits until a pollable that a future waits for is ready, or the time is up, and wakes the
/// futures that wait for it. False if there is nothing to wait for, not even a limit in time.
pub fn turn(at_most: Option<Duration>) -> bool {
    let mut waiting = WAITING.lock();
    let timer = at_most.map(crate::wasi::timer);
    let pollables: Vec<&Pollable> =
        waiting.entries.iter().map(|entry| &entry.pollable).chain(&timer).collect();
    if pollables.is_empty() {
        return false;
    }
    let mut ready = poll(&pollables);
    ready.sort_unstable();
    let mut woken = Vec::with_capacity(ready.len());
    // From the last on, since what is removed moves those behind it.
    for index in ready.into_iter().rev() {
        let index = index as usize;
        if index < waiting.entries.len() {
            woken.push(waiting.entries.remove(index).waker);
        }
    }
    drop(waiting);
    woken.into_iter().rev().for_each(Waker::wake);
    true
}
