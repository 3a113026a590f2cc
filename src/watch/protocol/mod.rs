//! What a watch does next, and what came of what it did: a state machine without I/O.

mod failure;
mod stage;

pub(super) use stage::Ask;

use super::answer::{Answer, Taken};
use super::backoff::Backoff;
use super::{Event, Options};
use crate::Error;
use crate::client::{Head, Status};
use crate::list::Cutter;
use crate::spread::spread;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec::Vec};
use core::time::Duration;
use failure::{cut_short, no_answer};
use stage::Stage;

/// How long a watch may be silent, if nothing else was said: kube-apiserver sends a
/// bookmark each minute.
const IDLE_LIMIT: Duration = Duration::from_secs(150);

/// How long one request for events lasts: at least that, and up to the second more.
const LASTS: Duration = Duration::from_secs(290);
const LASTS_UP_TO: Duration = Duration::from_secs(311);

/// How much longer a server may take to end it.
const LEEWAY: Duration = Duration::from_secs(5);

/// How long an answer's head may take, a little more than the transport gives it.
const HEAD: Duration = Duration::from_secs(110);

/// A watch that was over sooner, with nothing to tell, has failed.
const TOO_SHORT: Duration = Duration::from_secs(1);

/// A watch of the objects of one resource.
///
/// Whoever drives it asks for the next [`Step`], does it, and says what came of it. Between
/// two pieces of an answer all events are taken.
pub(in crate::watch) struct Protocol {
    path: String,
    selection: Vec<(String, String)>,
    idle_limit: Duration,
    patience: Option<Duration>,
    stage: Stage,
    /// Whether the caller has a state, or a part of one, that a new one takes the place of.
    told: bool,
    answer: Answer,
    /// When the request was sent, then when its answer began.
    since: Duration,
    /// When a byte came last.
    heard: Duration,
    /// How long the request was to last.
    lasts: Duration,
    /// Whether the answer brought the caller on.
    moved: bool,
    /// No request is sent before.
    due: Duration,
    backoff: Backoff,
    failing_since: Option<Duration>,
    stalled: u32,
    lost: Option<Duration>,
    pending: Option<Event>,
    error: Option<Error>,
    /// Whether the caller was told of an error, and not yet that it is over.
    error_told: bool,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::watch) enum Step {
    /// A request is to be sent.
    Send(Ask),
    /// The answer is to be received.
    Receive,
    /// Nothing for now.
    Pause,
}

/// What is to be waited for, and how long at most.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::watch) enum Wait {
    /// The answer.
    Receive(Duration),
    /// Time alone.
    Pause(Duration),
}

impl Protocol {
    pub(in crate::watch) fn new(path: String, options: Options) -> Self {
        let selection =
            [("labelSelector", options.label_selector), ("fieldSelector", options.field_selector)];
        let selection =
            selection.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let version = options.after_resource_version;
        Self {
            path,
            selection: selection.collect(),
            idle_limit: options.idle_limit.unwrap_or(IDLE_LIMIT),
            patience: options.patience,
            told: version.is_some(),
            stage: version.map_or(Stage::WatchList, |version| Stage::Follow { version }),
            answer: Answer::None,
            since: Duration::ZERO,
            heard: Duration::ZERO,
            lasts: Duration::ZERO,
            moved: false,
            due: Duration::ZERO,
            backoff: Backoff::new(),
            failing_since: None,
            stalled: 0,
            lost: None,
            pending: None,
            error: None,
            error_told: false,
        }
    }

    /// That of the collection.
    pub(in crate::watch) fn path(&self) -> &str {
        &self.path
    }

    /// How long an answer may be silent.
    pub(in crate::watch) fn idle_limit(&self) -> Duration {
        self.idle_limit
    }

    /// What is to be done now, once all events were taken.
    pub(in crate::watch) fn step(&mut self, now: Duration) -> Step {
        if !matches!(self.answer, Answer::None) {
            return Step::Receive;
        }
        if now < self.due {
            return Step::Pause;
        }
        self.answer = Answer::Awaited;
        self.since = now;
        self.moved = false;
        self.lasts = LASTS + Duration::from_secs(spread(LASTS_UP_TO, now).as_secs());
        Step::Send(self.stage.ask(&self.selection, self.lasts.as_secs()))
    }

    /// What to wait for, once there is nothing to be done.
    pub(in crate::watch) fn wait(&self, now: Duration) -> Wait {
        match self.answer {
            Answer::None => Wait::Pause(self.due.saturating_sub(now)),
            _ => Wait::Receive(self.time_left(now)),
        }
    }

    /// The version up to which the state is known. None before it is complete.
    pub(in crate::watch) fn version(&self) -> Option<&str> {
        match &self.stage {
            Stage::Follow { version } => Some(version),
            Stage::WatchList | Stage::List { .. } => None,
        }
    }

    /// Whether there is an event or an error at once, whatever comes of the answer.
    pub(in crate::watch) fn has_pending(&self) -> bool {
        self.pending.is_some() || self.error.is_some()
    }

    /// What is to be told of, once there is no event before it.
    pub(in crate::watch) fn take_error(&mut self) -> Option<Error> {
        let error = self.error.take();
        self.error_told |= error.is_some();
        error
    }

    /// The next event that is here. None if there is none, or an error is to be told of first.
    pub(in crate::watch) fn take(&mut self, now: Duration) -> Option<Event> {
        loop {
            if self.has_pending() {
                return self.pending.take();
            }
            match self.answer.take() {
                Taken::Nothing => return None,
                Taken::Ignored => {}
                Taken::Change(event, version) => {
                    self.told = true;
                    if let Stage::Follow { version: last } = &mut self.stage {
                        *last = version;
                        self.went_on();
                    }
                    return Some(event);
                }
                Taken::Bookmark { version, ends_initial_events } => match &mut self.stage {
                    Stage::Follow { version: last } if *last != version => {
                        last.clone_from(&version);
                        self.went_on();
                        return Some(Event::Bookmark(version));
                    }
                    Stage::WatchList if ends_initial_events => self.synced(version),
                    _ => {}
                },
                Taken::Failed(status) => self.refused(*status, true, now),
                Taken::Unreadable(text) => self.unreadable(text, now),
            }
        }
    }

    /// The head of the answer is here.
    pub(in crate::watch) fn answered(&mut self, head: Head, now: Duration) {
        self.since = now;
        self.heard = now;
        self.answer = match &self.stage {
            _ if !head.is_success() => Answer::failure(head),
            Stage::List { .. } => Answer::page(),
            Stage::WatchList | Stage::Follow { .. } => Answer::frames(),
        };
        // It may be long until something happens.
        if let (Answer::Frames(_), Stage::Follow { version }) = (&self.answer, &self.stage)
            && core::mem::take(&mut self.error_told)
        {
            self.pending = Some(Event::Bookmark(version.clone()));
        }
    }

    /// Some of its body is here.
    pub(in crate::watch) fn received(&mut self, bytes: &[u8], now: Duration) {
        self.heard = now;
        if let Err(text) = self.answer.push(bytes) {
            self.unreadable(text, now);
        }
    }

    /// Nothing is here. Gives the answer up if that has lasted too long: whether it does.
    pub(in crate::watch) fn silent(&mut self, now: Duration) -> bool {
        let gives_up = self.time_left(now).is_zero();
        if gives_up {
            self.ended(None, now);
        }
        gives_up
    }

    /// The answer is over: in good order, or by an error.
    pub(in crate::watch) fn ended(&mut self, error: Option<Error>, now: Duration) {
        match core::mem::take(&mut self.answer) {
            Answer::None => {}
            Answer::Awaited => self.failed(error.unwrap_or_else(no_answer), now),
            Answer::Failure { head, body } => {
                let status = Status::of_answer(&head, &body, "GET", &self.path);
                self.refused(status, false, now);
            }
            Answer::Page(cutter) => self.page_ended(*cutter, error, now),
            Answer::Frames(_) => {
                let lasted = now.saturating_sub(self.since);
                if self.stage == Stage::WatchList {
                    // What was cut before the initial state is complete is none.
                    self.fail(error.unwrap_or_else(cut_short), None, false, now);
                    self.start_over(Stage::list(false));
                } else if self.moved || lasted >= TOO_SHORT {
                    self.failing_since = None;
                } else {
                    self.fail(error.unwrap_or_else(cut_short), None, false, now);
                }
            }
        }
    }

    /// How long until what is waited for is given up.
    fn time_left(&self, now: Duration) -> Duration {
        let end = match self.answer {
            Answer::None => return Duration::ZERO,
            Answer::Awaited => self.since.saturating_add(HEAD),
            Answer::Frames(_) => {
                let over = self.since.saturating_add(self.lasts).saturating_add(LEEWAY);
                over.min(self.heard.saturating_add(self.idle_limit))
            }
            Answer::Page(_) => self.heard.saturating_add(self.idle_limit),
            // What it says is short, and known by its head already.
            Answer::Failure { .. } => {
                self.since.saturating_add(HEAD).min(self.heard.saturating_add(self.idle_limit))
            }
        };
        end.saturating_sub(now)
    }

    fn page_ended(&mut self, cutter: Cutter, error: Option<Error>, now: Duration) {
        if let Some(error) = error {
            self.fail(error, None, false, now);
            return self.begin_again();
        }
        let metadata = cutter.metadata();
        match cutter.finish() {
            Err(error) => self.unreadable(error.to_string(), now),
            Ok(()) if metadata.resource_version.is_empty() => {
                self.unreadable("the list has no resourceVersion to watch from".to_owned(), now);
            }
            Ok(()) if metadata.continue_token.is_empty() => {
                self.synced(metadata.resource_version.clone());
            }
            Ok(()) => {
                let token = metadata.continue_token.clone();
                self.stage = Stage::List { token, whole: false };
            }
        }
    }

    fn synced(&mut self, version: String) {
        self.told = true;
        self.pending = Some(Event::Synced(version.clone()));
        self.stage = Stage::Follow { version };
        self.moved = true;
        self.failing_since = None;
        self.error_told = false;
    }

    fn went_on(&mut self) {
        self.moved = true;
        self.failing_since = None;
        self.stalled = 0;
        self.error_told = false;
    }
}
