//! The bytes of a list or a watch, read and dropped: what any client has to wait for.

use super::native::{self, Native};
use super::server::Server;
use http_body_util::BodyExt as _;
use std::sync::Arc;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;

pub(crate) struct Floor {
    server: Server,
    config: Arc<ClientConfig>,
    native: Native,
    pods: String,
    /// How many bytes there were the last time.
    pub(crate) bytes: usize,
}

impl Floor {
    pub(crate) async fn connect(server: &Server) -> Self {
        let config = native::config_with(ring::default_provider(), server, false);
        let native = Native::connect(server, Arc::clone(&config)).await;
        let pods = format!("/api/v1/namespaces/{}/pods", server.namespace);
        Self { server: server.clone(), config, native, pods, bytes: 0 }
    }

    /// So many lines of a watch: of the initial state, or after a version.
    pub(crate) async fn watch(&mut self, after: Option<&str>, mut lines: usize) {
        // What is left of a watch ends its connection, as it does the others'.
        let mut native = Native::connect(&self.server, Arc::clone(&self.config)).await;
        let state = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned();
        let what = after.map_or(state, |version| format!("resourceVersion={version}"));
        let path = format!("{}?watch=true&allowWatchBookmarks=true&{what}", self.pods);
        let mut body = native.open(&path).await;
        self.bytes = 0;
        while lines > 0 {
            let frame = body.frame().await.expect("the watch ended").unwrap();
            let Some(data) = frame.data_ref() else { continue };
            self.bytes += data.len();
            lines = lines.saturating_sub(data.iter().filter(|byte| **byte == b'\n').count());
        }
    }

    pub(crate) async fn list(&mut self) {
        let pods = format!("{}?limit=500", self.pods);
        let mut path = pods.clone();
        self.bytes = 0;
        loop {
            let mut body = self.native.open(&path).await;
            let mut token = None;
            while let Some(frame) = body.frame().await {
                let frame = frame.unwrap();
                let Some(data) = frame.data_ref() else { continue };
                self.bytes += data.len();
                // The list's metadata stand before its items.
                token = token.or_else(|| continue_token(data));
            }
            let Some(token) = token.filter(|token| !token.is_empty()) else { return };
            path = format!("{pods}&continue={token}");
        }
    }
}

/// Empty at the end of the list.
fn continue_token(beginning: &[u8]) -> Option<String> {
    let beginning = String::from_utf8_lossy(beginning.get(..1000)?);
    let (_, rest) = beginning.split_once("\"continue\":\"").unwrap_or_default();
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}
