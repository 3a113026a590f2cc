//! One request in the forms that the two versions of HTTP ask for.

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, Version, header};

/// Headers that are about one HTTP/1.1 connection, and have no place in HTTP/2.
const CONNECTION_HEADERS: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("http2-settings"),
];

/// What a request asks for, apart from the form that it is sent in.
pub(super) struct Target {
    scheme: Scheme,
    authority: Authority,
    path_and_query: PathAndQuery,
}

impl Target {
    /// None unless the URI is an absolute one.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        Some(Self {
            scheme: uri.scheme()?.clone(),
            authority: uri.authority()?.clone(),
            path_and_query: match uri.path_and_query() {
                Some(given) => given.clone(),
                None => PathAndQuery::from_static("/"),
            },
        })
    }

    /// Puts a request into the form for a version of HTTP, whichever form it is in.
    pub(super) fn prepare<B>(&self, request: &mut Request<B>, version: Version) {
        *request.version_mut() = version;
        if version == Version::HTTP_2 {
            let mut parts = http::uri::Parts::default();
            parts.scheme = Some(self.scheme.clone());
            parts.authority = Some(self.authority.clone());
            parts.path_and_query = Some(self.path_and_query.clone());
            if let Ok(uri) = Uri::from_parts(parts) {
                *request.uri_mut() = uri;
            }
            for name in [&header::HOST].into_iter().chain(&CONNECTION_HEADERS) {
                request.headers_mut().remove(name);
            }
        } else {
            *request.uri_mut() = Uri::from(self.path_and_query.clone());
            self.set_host(request.headers_mut());
        }
    }

    /// Whoever asked, the server is told the name that the request was let through for.
    fn set_host(&self, headers: &mut HeaderMap) {
        if let Ok(host) = HeaderValue::from_str(self.authority.as_str()) {
            headers.insert(header::HOST, host);
        }
    }
}
