//! The bytes of a list, read and dropped: what any client has to wait for.

use super::native::{self, Native};
use super::server::Server;
use http_body_util::BodyExt as _;
use tokio_rustls::rustls::crypto::ring;

pub(crate) struct Floor {
    native: Native,
    pods: String,
    /// How many bytes the last list had.
    pub(crate) bytes: usize,
}

impl Floor {
    pub(crate) async fn connect(server: &Server) -> Self {
        let config = native::config_with(ring::default_provider(), server, false);
        let native = Native::connect(server, config).await;
        let pods = format!("/api/v1/namespaces/{}/pods?limit=500", server.namespace);
        Self { native, pods, bytes: 0 }
    }

    pub(crate) async fn list(&mut self) {
        let mut path = self.pods.clone();
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
            path = format!("{}&continue={token}", self.pods);
        }
    }
}

/// Empty at the end of the list.
fn continue_token(beginning: &[u8]) -> Option<String> {
    let beginning = String::from_utf8_lossy(beginning.get(..1000)?);
    let (_, rest) = beginning.split_once("\"continue\":\"").unwrap_or_default();
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}
