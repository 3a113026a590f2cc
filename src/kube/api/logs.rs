//! The logs of containers.

use super::request::{NAME, verbs};
use super::{Api, LogParams};
use crate::client::InvalidRequest;
use crate::kube::client::Coming;
use crate::kube::{Error, Result};
use crate::logs::{FOLLOWED_SILENCE, LogOptions, Since};
use crate::resource::NameError;
use alloc::string::{String, ToString};
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;
use k8s_openapi::api::core::v1::Pod;
use kube_core::request;

/// A type whose objects have logs.
pub trait Log {}

impl Log for Pod {}

/// A log, line by line. Dropping it cancels it.
#[must_use = "streams do nothing unless they are polled"]
pub struct LogLines(Coming<String>);

impl LogLines {
    /// The next line, without its line feed: none at the end.
    pub async fn next(&mut self) -> Option<Result<String>> {
        core::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for LogLines {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context).map(|line| Some(line?.map_err(Error::from)))
    }
}

impl<K: Log> Api<K> {
    /// Reads a log to its end, which is the present if it is not followed. All of it is held in
    /// memory; [`Api::log_stream`] does not need that.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn logs(&self, name: &str, params: &LogParams) -> Result<String> {
        let made = verbs().logs(NAME, params);
        let silence = params.follow.then_some(FOLLOWED_SILENCE);
        self.client.text(self.path(name, Some("log")), made, silence).await
    }

    /// Reads a log as it comes.
    ///
    /// A last line without a line feed is given at the end, and a line of more than 256 KiB in
    /// pieces. Bytes that are no UTF-8 are replaced by U+FFFD. [`LogParams::pretty`] has no effect
    /// on a log.
    ///
    /// # Errors
    ///
    /// If a name or a parameter can't be used. If the server says no, that error is the stream's
    /// first item.
    pub fn log_stream(&self, name: &str, params: &LogParams) -> Result<LogLines> {
        let Some(namespace) = self.namespace() else {
            let error = InvalidRequest::from(NameError::AllNamespaces);
            return Err(crate::Error::from(error).into());
        };
        let options = options(params)?;
        Ok(LogLines(self.client.requests().log_lines(namespace, name, &options)?))
    }
}

fn options(params: &LogParams) -> Result<LogOptions> {
    let number = |name: &str, value: Option<i64>| match value.map(u64::try_from).transpose() {
        Ok(value) => Ok(value),
        Err(_) => {
            let text = alloc::format!("LogParams::{name} is negative");
            Err(Error::BuildRequest(request::Error::Validation(text)))
        }
    };
    let since = number("since_seconds", params.since_seconds)?.map(Since::Seconds);
    let at = params.since_time.as_ref().map(|time| Since::Time(time.to_string()));
    Ok(LogOptions {
        container: params.container.clone(),
        previous: params.previous,
        since: since.or(at),
        tail_lines: number("tail_lines", params.tail_lines)?,
        timestamps: params.timestamps,
        limit_bytes: number("limit_bytes", params.limit_bytes)?,
        follow: params.follow,
        ..LogOptions::default()
    })
}
