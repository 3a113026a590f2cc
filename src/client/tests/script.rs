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
pub(super) struct Script {
    /// How long the head takes; it never comes if none.
    pub(super) head_after: Option<Duration>,
    /// What comes instead of the head.
    pub(super) fails: Option<ConnectionFailure>,
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Vec<Step>,
    /// How many bytes of the request are taken before the server takes no more.
    pub(super) takes: Option<usize>,
    /// What a server that takes no more does.
    pub(super) then: Then,
}

#[derive(Clone)]
pub(super) enum Step {
    Bytes(&'static [u8]),
    Silence(Duration),
    Cut,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Then {
    #[default]
    Wait,
    Close,
}

pub(super) fn answer(status: u16, body: &'static [u8]) -> Script {
    Script {
        head_after: Some(Duration::ZERO),
        status,
        body: if body.is_empty() { Vec::new() } else { vec![Step::Bytes(body)] },
        ..Script::default()
    }
}

/// What was sent in one attempt.
#[derive(Default, Debug)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
    pub(super) size: Option<BodySize>,
    pub(super) timeouts: Option<Timeouts>,
    pub(super) body: RefCell<Vec<u8>>,
    pub(super) finished: Cell<bool>,
    pub(super) aborted: Cell<bool>,
    pub(super) cancelled: Cell<bool>,
    pub(super) closed: Cell<bool>,
    pub(super) read_to_end: Cell<bool>,
}

/// What a test looks at before each attempt.
type BeforeStart = Box<dyn Fn(&[Rc<Sent>])>;

/// Pod and transport in one, since a test wants to hold both.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) pod: Rc<FakePod>,
    scripts: Rc<RefCell<VecDeque<Script>>>,
    pub(super) sent: Rc<RefCell<Vec<Rc<Sent>>>>,
    pub(super) before_start: Rc<RefCell<Option<BeforeStart>>>,
}

impl Stage {
    pub(super) fn new(pod: FakePod, scripts: impl IntoIterator<Item = Script>) -> Self {
        Self {
            pod: Rc::new(pod),
            scripts: Rc::new(RefCell::new(scripts.into_iter().collect())),
            sent: Rc::default(),
            before_start: Rc::default(),
        }
    }

    pub(super) fn sent(&self, index: usize) -> Rc<Sent> {
        Rc::clone(&self.sent.borrow()[index])
    }

    pub(super) fn attempts(&self) -> usize {
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
pub(super) enum Ready {
    After(Duration),
    For(Interest),
}

pub(super) struct Played {
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

    fn wait(&self, interests: &[Interest], at_most: Duration) {
        let now = self.pod.now();
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
