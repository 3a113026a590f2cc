//! Whether the API server is well:
//! <https://kubernetes.io/docs/reference/using-api/health-checks/>.

use crate::Error;
use crate::client::{Client, Limits, Request};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What is asked of the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Whether it can serve: `/readyz`.
    Ready,
    /// Whether it runs as it should: `/livez`.
    Live,
}

/// What the API server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether it is well.
    pub passed: bool,
    /// The single checks, in its order.
    pub checks: Vec<Check>,
}

/// One of the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// For example `etcd`.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// What the server says, for example `ok`, or `failed: reason withheld`.
    pub message: String,
}

impl Health {
    /// Asks for it.
    ///
    /// # Errors
    ///
    /// As [`Client::send`]; but not if the server says that it is not well.
    pub fn get<P: Pod, T: Transport>(
        client: &Client<P, T>,
        probe: Probe,
        limits: Limits,
    ) -> Result<Self, Error> {
        let path = match probe {
            Probe::Ready => "/readyz",
            Probe::Live => "/livez",
        };
        let mut request = Request { limits, ..Request::new("GET", path) };
        request.query = [("verbose".to_owned(), "true".to_owned())].into();
        request.headers = [("Accept".to_owned(), "*/*".to_owned())].into();
        let mut call = client.ask(request, None)?;
        let (head, body) = loop {
            let head = call.wait_for_head(client)?;
            match call.read_to_end(client) {
                Ok(body) => break (head, body),
                Err(Error::Connection(error)) if call.repeats_after_failure(client, &error) => {}
                Err(error) => return Err(error),
            }
        };
        let text = String::from_utf8_lossy(&body);
        let checks: Vec<_> = text.lines().filter_map(check).collect();
        // With checks, it is the server's own answer; a 500 of anything else is an error.
        if head.is_success() || (head.status == 500 && !checks.is_empty()) {
            return Ok(Self { passed: head.is_success(), checks });
        }
        Err(Error::Api(call.status(&head, &body)))
    }
}

/// A line such as `[+]ping ok`.
fn check(line: &str) -> Option<Check> {
    let (passed, rest) = match (line.strip_prefix("[+]"), line.strip_prefix("[-]")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return None,
    };
    // Some names are followed by a colon: `[+]shutdown excluded: ok`.
    let (name, message) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Check { name: name.to_owned(), passed, message: message.to_owned() })
}
