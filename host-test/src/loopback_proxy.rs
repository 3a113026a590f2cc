//! What `kubectl proxy` is to a pod: plain HTTP on loopback, the credentials added on the way.
//!
//! Whatever runs on this machine can use it with the pod's rights; a page in a browser can't.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header,
};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use crate::outgoing::Outgoing;

/// A proxy to the API server. Dropped, it stops, and what is under way on it.
pub struct LoopbackProxy {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// The proxy can't be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no port for it on 127.0.0.1.
    #[error("the proxy can't listen on 127.0.0.1: {0}")]
    Listen(#[from] io::Error),
    /// The API server's URL has no scheme or no host.
    #[error("{0} is no URL of an API server: give scheme and host, for example https://10.96.0.1")]
    Upstream(Uri),
}

struct Proxy {
    outgoing: Outgoing,
    token_file: PathBuf,
    scheme: Scheme,
    authority: Authority,
}

impl LoopbackProxy {
    /// Listens on a free port of 127.0.0.1, and forwards requests to `upstream`, of which scheme,
    /// host and port count. The bearer token is read from the file for each request.
    ///
    /// # Errors
    ///
    /// A [`StartError`] if there is no port, or `upstream` is no absolute URL.
    pub async fn start(
        outgoing: Outgoing,
        token_file: impl Into<PathBuf>,
        upstream: Uri,
    ) -> Result<Self, StartError> {
        let (Some(scheme), Some(authority)) = (upstream.scheme(), upstream.authority()) else {
            return Err(StartError::Upstream(upstream));
        };
        let proxy = Arc::new(Proxy {
            outgoing,
            token_file: token_file.into(),
            scheme: scheme.clone(),
            authority: authority.clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(proxy.serve(listener));
        Ok(Self { address, _tasks: tasks })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Proxy {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        // No file handles left, most likely: some may be given back.
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    };
                    let _ = stream.set_nodelay(true);
                    let proxy = self.clone();
                    connections.spawn(async move {
                        let service = service_fn(move |request| {
                            let proxy = proxy.clone();
                            async move { Ok::<_, Infallible>(proxy.answer(request).await) }
                        });
                        // An error is the client's, or an answer that broke off: it sees either.
                        let _ = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<WasiBody> {
        if !is_of_this_machine(&request) {
            return text(StatusCode::FORBIDDEN, "Forbidden\n".to_owned());
        }
        let token = match self.token().await {
            Ok(token) => token,
            Err(reason) => {
                let path = self.token_file.display();
                return text(StatusCode::BAD_GATEWAY, format!("token {path}: {reason}\n"));
            }
        };
        match self.outgoing.send(self.forward(request, token), None).await {
            Ok(mut response) => {
                remove_connection_headers(response.headers_mut());
                response
            }
            Err(error) => {
                let status = match error.code {
                    ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout => {
                        StatusCode::GATEWAY_TIMEOUT
                    }
                    _ => StatusCode::BAD_GATEWAY,
                };
                text(status, format!("{error}\n"))
            }
        }
    }

    fn forward(&self, request: Request<Incoming>, authorization: HeaderValue) -> Request<WasiBody> {
        let (mut parts, body) = request.into_parts();
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(self.scheme.clone());
        uri.authority = Some(self.authority.clone());
        uri.path_and_query = Some(match parts.uri.path_and_query() {
            Some(given) => given.clone(),
            None => PathAndQuery::from_static("/"),
        });
        // All three are there, so it is one; and without them, it is denied.
        parts.uri = Uri::from_parts(uri).unwrap_or_default();
        remove_connection_headers(&mut parts.headers);
        remove_identity(&mut parts.headers);
        parts.headers.remove(header::HOST);
        // Answered here, when the body is asked for.
        parts.headers.remove(header::EXPECT);
        parts.headers.insert(header::AUTHORIZATION, authorization);
        Request::from_parts(parts, body.map_err(Into::into).boxed_unsync())
    }

    async fn token(&self) -> Result<HeaderValue, String> {
        let token = tokio::fs::read(&self.token_file).await.map_err(|error| error.to_string())?;
        let token = token.trim_ascii();
        if token.is_empty() {
            return Err("is empty".to_owned());
        }
        let mut value = HeaderValue::from_bytes(&[b"Bearer ", token].concat())
            .map_err(|_| "holds bytes that no header can carry")?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Whether a request was made for this proxy, and not by a page from elsewhere.
///
/// A browser sends the name that it looked up in `Host`, and names the page in `Origin`.
fn is_of_this_machine(request: &Request<Incoming>) -> bool {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let host_is_loopback = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_loopback),
        _ => false,
    };
    let target_is_loopback = match request.uri().authority() {
        Some(authority) => is_loopback(authority.as_str()),
        None => true,
    };
    host_is_loopback
        && target_is_loopback
        && !headers.contains_key(header::ORIGIN)
        && request.method() != Method::CONNECT
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Removes what claims to be somebody: the pod is who it is by its token.
fn remove_identity(headers: &mut HeaderMap) {
    remove(headers, |name| {
        [header::AUTHORIZATION, header::COOKIE].contains(name)
            || ["impersonate-", "proxy-", "x-remote-"]
                .iter()
                .any(|prefix| name.as_str().starts_with(prefix))
    });
}

/// Removes what is about one connection, and what a `Connection` header says is.
fn remove_connection_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    remove(headers, |name| {
        [
            header::CONNECTION,
            header::TE,
            header::TRAILER,
            header::TRANSFER_ENCODING,
            header::UPGRADE,
            header::PROXY_AUTHENTICATE,
            HeaderName::from_static("keep-alive"),
            HeaderName::from_static("http2-settings"),
        ]
        .contains(name)
            || named.contains(name)
    });
}

fn remove(headers: &mut HeaderMap, unwanted: impl Fn(&HeaderName) -> bool) {
    let unwanted: Vec<_> = headers.keys().filter(|name| unwanted(name)).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

fn text(status: StatusCode, text: String) -> Response<WasiBody> {
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
