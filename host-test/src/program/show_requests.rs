//! `--show-requests`: the traffic of the pod on standard error.

use host_test::outgoing::{Event, Observer};
use std::io::Write as _;

/// Writes a line for each thing that happens to a request. Credentials arrive here
/// masked already.
pub(crate) struct ShowRequests;

impl Observer for ShowRequests {
    fn observe(&self, request: u64, event: Event<'_>) {
        let mut text = String::new();
        let mut line = |mark: char, line: &str| {
            text.push_str(&format!("[{request}] {mark} {line}\n"));
        };
        match event {
            Event::Request { method, uri, headers } => {
                line('>', &format!("{method} {uri}"));
                for (name, value) in headers {
                    line('>', &format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
                }
            }
            Event::Response { status, version, reused } => {
                let connection = if reused { "kept" } else { "new" };
                line('<', &format!("{version:?} {status} (on a {connection} connection)"));
            }
            Event::Ended { bytes } => line('<', &format!("{bytes} bytes")),
            Event::Abandoned { bytes } => line('x', &format!("abandoned after {bytes} bytes")),
            Event::Failed { error } => line('x', &error.to_string()),
            Event::TrustAnchorsKept { reason } => {
                line('!', &format!("the last good certificate authority stays in use: {reason}"));
            }
            _ => {}
        }
        // One write for all of it, so that requests at the same time do not mix.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}
