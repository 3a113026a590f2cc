//! One call: as many attempts as it takes, under its limits.

mod answer;
mod attempt;
mod read;
mod retry;
mod wait;
mod write;

pub(crate) use answer::Gathered;
pub use write::Upload;

use super::gzip::Gzip;
use super::in_flight::{InFlight, Place};
use super::rate::Turn;
use super::request::CheckedRequest;
use super::{Client, Head, InvalidRequest, Status};
use crate::Error;
use crate::credentials::BearerToken;
use crate::pod::Pod;
use crate::transport::{
    BodySize, ConnectionError, ConnectionFailure, Exchange, Interest, ResponseHead, Timeouts,
    Transport,
};
use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::cell::Cell;
use core::time::Duration;

/// For so long after a request that it answers, the API server is taken to be there.
const AFTER_ANSWER: Duration = Duration::from_secs(30);

/// A request on its way, and its answer.
///
/// Dropped, it is cancelled.
pub struct Call<E> {
    /// That of the last attempt, until the next begins. None before the first.
    exchange: Option<E>,
    /// Those of earlier attempts that a caller may still wait on.
    retired: Vec<E>,
    handed_out: Cell<bool>,
    request: CheckedRequest,
    /// The body, for as long as the request may be sent again.
    replay: Option<Vec<u8>>,
    size: BodySize,
    token: Option<BearerToken>,
    /// Whether a 401 was met with another token.
    renewed: bool,
    /// When the next attempt begins. None while one is under way.
    due: Option<Duration>,
    /// Its turn then, where the limit on requests in a time holds it back.
    turn: Option<Turn>,
    /// Its place among those that are under way.
    place: Option<Place>,
    retries: u32,
    /// Whether a cut connection was met.
    was_cut: bool,
    /// What the attempt before met. Empty if there was none.
    met: String,
    deadline: Option<Duration>,
    timeouts: Timeouts,
    /// When the phase that is waited for began.
    since: Cell<Duration>,
    /// Whether there was progress that the next wait counts from.
    progressed: Cell<bool>,
    early: Option<ResponseHead>,
    head: Option<Head>,
    /// Whether the head was given.
    answered: bool,
    /// Decodes the answer's body, where it is compressed.
    gzip: Option<Gzip>,
}

impl<E: Exchange> Call<E> {
    /// Starts a call whose body is whole.
    pub(super) fn start<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: CheckedRequest,
        body: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let size = match &body {
            Some(body) => BodySize::Known(body.len() as u64),
            None => BodySize::Empty,
        };
        let mut call = Self::new(client, request, size)?;
        call.replay = Some(body.unwrap_or_default());
        call.advance(client)?;
        Ok(call)
    }

    /// Starts a call whose body is written by an [`Upload`].
    pub(super) fn start_upload<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: CheckedRequest,
        announced: Option<u64>,
    ) -> Result<(Upload, Self), Error> {
        let size = announced.map_or(BodySize::Unknown, BodySize::Known);
        let mut call = Self::new(client, request, size)?;
        while !call.advance(client)? {
            client.pod.sleep(call.time_to_next(client.pod.now()));
        }
        Ok((Upload::new(announced), call))
    }

    fn new<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        request: CheckedRequest,
        size: BodySize,
    ) -> Result<Self, Error> {
        // Each look at the clock is a call into the host.
        let deadline = request.limits.deadline.map(|after| client.pod.now().saturating_add(after));
        Ok(Self {
            exchange: None,
            retired: Vec::new(),
            handed_out: Cell::new(false),
            replay: None,
            size,
            token: None,
            renewed: false,
            due: Some(Duration::ZERO),
            turn: None,
            place: place(client.in_flight.as_ref(), &request)?,
            retries: 0,
            was_cut: false,
            met: String::new(),
            deadline,
            timeouts: request.limits.timeouts(request.kind, None),
            since: Cell::new(Duration::ZERO),
            progressed: Cell::new(false),
            early: None,
            head: None,
            answered: false,
            gzip: None,
            request,
        })
    }

    /// The request's method.
    pub fn method(&self) -> &str {
        &self.request.method
    }

    /// The request's path, for messages.
    pub(crate) fn path(&self) -> &str {
        self.request.path()
    }

    /// Something to wait for from outside: take a new one for each wait.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        interest: Interest,
    ) -> E::Pollable {
        let has_more = self.early.is_some() || self.gzip.as_ref().is_some_and(Gzip::has_more);
        match &self.exchange {
            Some(exchange) if self.due.is_none() && !has_more => {
                self.handed_out.set(true);
                exchange.subscribe(interest)
            }
            _ => client.transport.timer(self.time_to_next(client.pod.now())),
        }
    }

    /// The head of the answer, once. None if it is not here yet.
    ///
    /// # Errors
    ///
    /// If there will be none, or it was taken already.
    pub fn head<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Option<Head>, Error> {
        if self.answered {
            return Err(InvalidRequest::AnswerTaken.into());
        }
        self.is_in_time(client, "the answer")?;
        if !self.advance(client)? {
            return Ok(None);
        }
        let answer = match self.early.take() {
            Some(head) => Ok(Some(head)),
            None => self.under_way()?.head(),
        };
        if let Ok(Some(_)) = answer {
            *client.there_until.lock() = self.since.get().saturating_add(AFTER_ANSWER);
        }
        match answer {
            Ok(None) => Ok(None),
            Ok(Some(head)) if self.repeats_after_answer(client, &head) => {
                self.advance(client)?;
                Ok(None)
            }
            Ok(Some(head)) => {
                self.progressed.set(true);
                let mut head = Head::new(head);
                let is_gzip = self.request.decodes && head.take_gzip();
                self.gzip = is_gzip.then(Gzip::new);
                self.head = Some(head.clone());
                self.answered = true;
                Ok(Some(head))
            }
            Err(error) if self.repeats_after_failure(client, &error) => Ok(None),
            Err(error) => Err(self.failed(client.pod.now(), error, "the answer")),
        }
    }

    /// The head of the answer, waited for.
    ///
    /// # Errors
    ///
    /// As [`Call::head`], and if it does not come in time.
    pub fn wait_for_head<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Head, Error> {
        loop {
            if let Some(head) = self.head(client)? {
                return Ok(head);
            }
            self.wait_for(client, Interest::Head)?;
        }
    }

    /// Reads the rest of the body of an answer that is no success, and makes its
    /// error of it.
    pub fn take_error<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Error {
        let Some(head) = self.head.take() else {
            return InvalidRequest::AnswerTaken.into();
        };
        if head.is_success() {
            return InvalidRequest::NoError(head.status).into();
        }
        match self.read_to_end(client) {
            Ok(body) => Error::Api(self.status(&head, &body)),
            Err(error) => error,
        }
    }

    /// What an answer that is no success says.
    pub(crate) fn status(&self, head: &Head, body: &[u8]) -> Box<Status> {
        Box::new(Status::of_answer(head, body, self.method(), self.path()))
    }

    /// Has the attempts from now on ask with another query.
    pub(crate) fn set_query(&mut self, query: &[(String, String)]) {
        self.request.set_query(query);
    }

    /// Gives up a call whose answer was not taken.
    pub fn cancel(&mut self) {
        self.place = None;
        self.turn = None;
        let answered = self.due.take().is_some();
        if let Some(exchange) = &mut self.exchange {
            if answered {
                exchange.close();
            }
            exchange.cancel();
        }
    }

    /// Gives up the rest of the answer.
    pub fn close(&mut self) {
        self.place = None;
        if let Some(exchange) = &mut self.exchange {
            exchange.close();
        }
    }

    /// Gives up the rest of an answer that can't be used: at once, unless a caller may hold a pollable of it.
    fn give_up(&mut self) {
        match self.handed_out.get() {
            true => self.leave(),
            false => self.close(),
        }
    }

    /// Takes no place among the requests under way any longer, and no turn, though it is kept for
    /// what a caller may still wait on.
    pub(crate) fn leave(&mut self) {
        self.place = None;
        self.turn = None;
    }

    /// The exchange that is under way: there is one once [`Call::advance`] said so.
    fn under_way(&mut self) -> Result<&mut E, InvalidRequest> {
        self.exchange.as_mut().ok_or(InvalidRequest::AnswerTaken)
    }
}

/// A place among the requests that are under way, where there is a limit.
fn place(
    in_flight: Option<&InFlight>,
    request: &CheckedRequest,
) -> Result<Option<Place>, ConnectionError> {
    let Some(in_flight) = in_flight else { return Ok(None) };
    in_flight.enter().map(Some).ok_or_else(|| ConnectionError {
        failure: ConnectionFailure::LimitReached,
        code: "",
        message: format!(
            "{}: {} requests are under way already, and K8S_IN_CLUSTER_MAX_REQUESTS allows no more: \
             read answers to their end, or drop them",
            request.outline(),
            in_flight.most
        ),
    })
}
