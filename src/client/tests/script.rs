//! A transport that plays a script, on a clock that moves only while it waits.

use crate::pod::fake::FakePod;
use crate::pod::{FileError, Pod};
use crate::transport::{
    BodySize, ConnectionError, ConnectionFailure, Exchange, Interest, RequestHead, ResponseHead,
    Timeouts, Transport,
};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// What one attempt meets.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// How long the head takes; it never comes if none.
    pub(crate) head_after: Option<Duration>,
    /// What comes instead of the head.
    pub(crate) fails: Option<ConnectionFailure>,
    /// How long the transport takes to find that out.
    pub(crate) fails_within: Duration,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Vec<Step>,
    /// How many bytes of the request are taken before the server takes no more.
    pub(crate) takes: Option<usize>,
    /// What a server that takes no more does.
    pub(crate) then: Then,
}

#[derive(Clone)]
pub(crate) enum Step {
    Bytes(&'static [u8]),
    Silence(Duration),
    Cut,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Then {
    #[default]
    Wait,
    Close,
}

pub(crate) fn answer(status: u16, body: &'static [u8]) -> Script {
    Script {
        head_after: Some(Duration::ZERO),
        status,
        body: if body.is_empty() { Vec::new() } else { vec![Step::Bytes(body)] },
        ..Script::default()
    }
}

/// What was sent in one attempt.
#[derive(Default, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) size: Option<BodySize>,
    pub(crate) timeouts: Option<Timeouts>,
    pub(crate) answered_lately: bool,
    pub(crate) body: RefCell<Vec<u8>>,
    pub(crate) finished: Cell<bool>,
    pub(crate) aborted: Cell<bool>,
    pub(crate) cancelled: Cell<bool>,
    pub(crate) closed: Cell<bool>,
    pub(crate) read_to_end: Cell<bool>,
    /// How many bytes of the answer's body were read.
    pub(crate) read: Cell<usize>,
}

/// What a test looks at before each attempt.
type BeforeStart = Box<dyn Fn(&[Rc<Sent>])>;

/// Pod and transport in one, since a test wants to hold both.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) pod: Rc<FakePod>,
    scripts: Rc<RefCell<VecDeque<Script>>>,
    pub(crate) sent: Rc<RefCell<Vec<Rc<Sent>>>>,
    pub(crate) before_start: Rc<RefCell<Option<BeforeStart>>>,
}

impl Stage {
    pub(crate) fn new(pod: FakePod, scripts: impl IntoIterator<Item = Script>) -> Self {
        Self {
            pod: Rc::new(pod),
            scripts: Rc::new(RefCell::new(scripts.into_iter().collect())),
            sent: Rc::default(),
            before_start: Rc::default(),
        }
    }

    pub(crate) fn sent(&self, index: usize) -> Rc<Sent> {
        Rc::clone(&self.sent.borrow()[index])
    }

    pub(crate) fn attempts(&self) -> usize {
        self.sent.borrow().len()
    }
}

impl Pod for Stage {
    fn variable(&self, name: &str) -> Option<String> {
        self.pod.variable(name)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.pod.read(path)
    }

    fn now(&self) -> Duration {
        self.pod.now()
    }

    fn sleep(&self, time: Duration) {
        self.pod.sleep(time);
    }

    fn wall_clock(&self) -> Duration {
        self.pod.wall_clock()
    }
}

impl Transport for Stage {
    type Exchange = Played;

    fn start(&self, head: &RequestHead<'_>) -> Result<Played, ConnectionError> {
        let script = self.scripts.borrow_mut().pop_front().expect("an attempt too many");
        if let Some(look) = &*self.before_start.borrow() {
            look(&self.sent.borrow());
        }
        let scheme = if head.tls { "https" } else { "http" };
        let sent = Rc::new(Sent {
            method: head.method.to_owned(),
            url: format!("{scheme}://{}{}", head.authority, head.path_with_query),
            headers: head.headers.to_vec(),
            authorization: head.authorization.as_ref().map(|value| value.expose().to_owned()),
            size: Some(head.body),
            timeouts: Some(head.timeouts),
            answered_lately: head.answered_lately,
            ..Sent::default()
        });
        self.sent.borrow_mut().push(Rc::clone(&sent));
        let due = script.head_after.map(|after| self.pod.now() + after);
        Ok(Played { script: RefCell::new(script), sent, pod: Rc::clone(&self.pod), due })
    }

    fn timer(&self, after: Duration) -> Ready {
        Ready::After(after)
    }
}

/// What a caller may wait for.
#[derive(Debug, PartialEq)]
pub(crate) enum Ready {
    After(Duration),
    For(Interest),
}

pub(crate) struct Played {
    script: RefCell<Script>,
    sent: Rc<Sent>,
    pod: Rc<FakePod>,
    due: Option<Duration>,
}

fn cut() -> ConnectionError {
    failed(ConnectionFailure::Terminated)
}

fn failed(failure: ConnectionFailure) -> ConnectionError {
    ConnectionError { failure, code: "", message: "failed".into() }
}

impl Exchange for Played {
    type Pollable = Ready;

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ConnectionError> {
        let script = self.script.borrow();
        let taken = self.sent.body.borrow().len();
        // Four at a time: a body is rarely taken whole.
        let room = script.takes.map_or(4, |takes| (takes - taken).min(4)).min(bytes.len());
        if room == 0 && script.then == Then::Close {
            return Err(cut());
        }
        self.sent.body.borrow_mut().extend(&bytes[..room]);
        Ok(room)
    }

    fn finish(&mut self) -> Result<(), ConnectionError> {
        self.sent.finished.set(true);
        Ok(())
    }

    fn head(&mut self) -> Result<Option<ResponseHead>, ConnectionError> {
        let script = self.script.borrow();
        match self.due {
            Some(due)
                if self.pod.now() >= due
                    && let Some(failure) = script.fails =>
            {
                self.pod.advance(script.fails_within);
                Err(failed(failure))
            }
            Some(due) if self.pod.now() >= due => Ok(Some(ResponseHead {
                status: script.status,
                headers: script.headers.iter().map(|&(n, v)| (n.into(), v.into())).collect(),
            })),
            _ => Ok(None),
        }
    }

    fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ConnectionError> {
        let mut script = self.script.borrow_mut();
        match script.body.first_mut() {
            None => {
                self.sent.read_to_end.set(true);
                Ok(None)
            }
            Some(Step::Silence(_)) => Ok(Some(Vec::new())),
            Some(Step::Cut) => Err(cut()),
            Some(Step::Bytes(bytes)) => {
                let (now, later) = bytes.split_at(max.min(bytes.len()));
                *bytes = later;
                if later.is_empty() {
                    script.body.remove(0);
                }
                self.sent.read.set(self.sent.read.get() + now.len());
                Ok(Some(now.to_vec()))
            }
        }
    }

    fn abort_body(&mut self) {
        self.sent.aborted.set(true);
    }

    fn cancel(&mut self) {
        self.sent.cancelled.set(true);
    }

    fn close(&mut self) {
        self.sent.closed.set(true);
    }

    fn subscribe(&self, interest: Interest) -> Ready {
        Ready::For(interest)
    }

    fn wait(&self, interests: &[Interest], now: Duration, at_most: Duration) {
        let mut ready = at_most;
        if interests.contains(&Interest::Head)
            && let Some(due) = self.due
        {
            ready = ready.min(due.saturating_sub(now));
        }
        let mut script = self.script.borrow_mut();
        if interests.contains(&Interest::Read)
            && let Some(Step::Silence(silence)) = script.body.first_mut()
        {
            let waited = ready.min(*silence);
            *silence -= waited;
            if silence.is_zero() {
                script.body.remove(0);
            }
            ready = waited;
        }
        self.pod.advance(ready);
    }
}
