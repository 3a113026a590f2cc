//! Which part of a log is asked for.

use crate::client::{Limits, Request};
use crate::resource::{ApiResource, NameError, Scope};
use alloc::{borrow::ToOwned, string::String, string::ToString};
use core::time::Duration;

/// How long a followed log may be silent by default. The API server has no head for its answer
/// before the container has written something, so it may be as long until the first byte.
pub const FOLLOWED_SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Options of a log, as in `core/v1.PodLogOptions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// The container. May be none where the pod has one.
    pub container: Option<String>,
    /// The log of the container's previous instance.
    pub previous: bool,
    /// From when on.
    pub since: Option<Since>,
    /// So many lines before the end, and what follows.
    pub tail_lines: Option<u64>,
    /// Begin each line with the time at which it was written.
    pub timestamps: bool,
    /// End after so many bytes, maybe within a line.
    pub limit_bytes: Option<u64>,
    /// Stay, and hand out what is written from now on.
    pub follow: bool,
    /// How long the request may take, and what it may hold.
    pub limits: Limits,
}

/// From when on a log is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// So many seconds ago.
    Seconds(u64),
    /// This time, RFC 3339.
    Time(String),
}

impl LogOptions {
    pub(super) fn request(
        &self,
        namespace: Option<&str>,
        own_namespace: &str,
        pod: &str,
    ) -> Result<Request, NameError> {
        let namespace = namespace.unwrap_or(own_namespace);
        let path = ApiResource::new("", "v1", "pods").object_path(
            &Scope::Namespace(namespace.to_owned()),
            own_namespace,
            pod,
            Some("log"),
        )?;
        let mut request = Request::new("GET", &path);
        let (seconds, time) = match &self.since {
            Some(Since::Seconds(seconds)) => (Some(seconds.to_string()), None),
            Some(Since::Time(time)) => (None, Some(time.clone())),
            None => (None, None),
        };
        let set = |flag: bool| flag.then(|| "true".to_owned());
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let parameters = [
            ("container", self.container.clone()),
            ("follow", set(self.follow)),
            ("limitBytes", number(self.limit_bytes)),
            ("previous", set(self.previous)),
            ("sinceSeconds", seconds),
            ("sinceTime", time),
            ("tailLines", number(self.tail_lines)),
            ("timestamps", set(self.timestamps)),
        ];
        for (name, value) in parameters {
            request.query.extend(value.map(|value| (name.to_owned(), value)));
        }
        request.limits = self.limits.clone();
        if self.follow {
            request.limits.first_byte.get_or_insert(FOLLOWED_SILENCE);
            request.limits.between_bytes.get_or_insert(FOLLOWED_SILENCE);
        }
        Ok(request)
    }
}
