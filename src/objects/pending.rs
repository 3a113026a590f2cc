//! Answers that are asked for after the call was begun.

use super::Answer;
use super::verbs::Prepared;
use crate::Error;
use crate::client::{Call, Client, Gathered, InvalidRequest};
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};
use core::time::Duration;

/// The answer to a call that was begun. Dropped, the call is cancelled.
pub struct PendingAnswer<E> {
    call: Call<E>,
    gathered: Gathered,
    over: bool,
}

impl<E: Exchange> PendingAnswer<E> {
    pub(crate) fn begin<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        (request, body): Prepared,
    ) -> Result<Self, Error> {
        let call = client.ask(request, body)?;
        Ok(Self { call, gathered: Gathered::default(), over: false })
    }

    /// The answer, once: none if it is not here yet. The call goes on by this alone: its attempts
    /// are made, and its answer is read.
    ///
    /// # Errors
    ///
    /// As the function that waits for it. After an answer or an error,
    /// [`InvalidRequest::AnswerTaken`].
    pub fn answer<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Option<Answer>, Error> {
        if self.over {
            return Err(InvalidRequest::AnswerTaken.into());
        }
        let answer = match self.call.answer(client, &mut self.gathered) {
            Ok(None) => return Ok(None),
            Ok(Some(response)) => {
                Answer::new(response, self.call.method(), self.call.path()).map(Some)
            }
            Err(error) => Err(error),
        };
        self.end();
        answer
    }

    fn end(&mut self) {
        self.over = true;
        self.call.leave();
    }

    /// The answer, waited for.
    ///
    /// # Errors
    ///
    /// As [`PendingAnswer::answer`].
    pub fn wait_for_answer<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Answer, Error> {
        if !self.over {
            self.call.wait_first(client, &self.gathered);
        }
        loop {
            if let Some(answer) = self.answer(client)? {
                return Ok(answer);
            }
            if let Err(error) = self.call.wait_for(client, self.gathered.interest()) {
                self.end();
                return Err(error);
            }
        }
    }

    /// Something to wait for from outside, until the call can go on: take a new one for each wait.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> E::Pollable {
        match self.over {
            true => client.timer(Duration::ZERO),
            false => self.call.subscribe(client, self.gathered.interest()),
        }
    }

    /// For how long to wait for that at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    #[cfg(feature = "async")]
    pub(crate) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Result<Duration, Error> {
        self.call.time_left(client)
    }
}
