//! A client with the administrator's certificate.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use super::pki::Pki;
use crate::outgoing::{ClientCertificate, ConfigError, Destination, Outgoing, SendError};

/// Between one look and the next, where something takes its time.
const PERIOD: Duration = Duration::from_millis(50);

/// May do everything on the API server, to set up what a test is about. Clones share their connections.
#[derive(Clone)]
pub struct Admin {
    outgoing: Outgoing,
    address: SocketAddr,
    /// Whether there are controllers, which make what belongs to a namespace.
    pub(super) controllers: bool,
}

/// The API server did not do as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The certificate cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The request cannot be made of what was given.
    #[error("{path} is no request: {error}")]
    Request {
        /// Path and query.
        path: String,
        /// What is wrong.
        error: http::Error,
    },
    /// No answer came.
    #[error("{method} {path}: {error}")]
    Send {
        /// The method.
        method: Method,
        /// Path and query.
        path: String,
        /// Why not.
        error: SendError,
    },
    /// The answer broke off.
    #[error("{method} {path}: the answer broke off")]
    BrokeOff {
        /// The method.
        method: Method,
        /// Path and query.
        path: String,
    },
    /// The answer is a failure.
    #[error("{method} {path}: {status}: {message}")]
    Status {
        /// The method.
        method: Method,
        /// Path and query.
        path: String,
        /// The status code.
        status: StatusCode,
        /// The message of its `Status`, or its text.
        message: String,
    },
    /// The answer lacks what was to be in it.
    #[error("{path}: the answer has no {field}")]
    Field {
        /// Path and query of the request.
        path: String,
        /// What is missing.
        field: &'static str,
    },
    /// What was waited for has not come about.
    #[error("waited for {seconds} s for {what}")]
    Waited {
        /// What it was.
        what: String,
        /// How long.
        seconds: u64,
    },
}

impl Admin {
    pub(super) fn new(
        address: SocketAddr,
        pki: &Pki,
        controllers: bool,
    ) -> Result<Self, AdminError> {
        let certificate = ClientCertificate::from_pem(
            pki.admin.pem().as_bytes(),
            pki.admin.key_pem().as_bytes(),
        )?;
        let host = address.ip().to_string();
        let outgoing = Outgoing::builder()
            .destination(Destination::https(&host, address.port(), address))
            .trust_anchors(pki.servers_file())
            .client_certificate(certificate)
            .build()?;
        Ok(Self { outgoing, address, controllers })
    }

    /// Sends a request: path and query, and an object to send as JSON. Returns the object that was answered, or the text
    /// of an answer that is not JSON.
    ///
    /// # Errors
    ///
    /// [`AdminError::Status`] unless the status code is 200 to 299; else why no answer came.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, AdminError> {
        self.exchange(method, path, body).await.map(|(_, answer)| answer)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(HeaderMap, Value), AdminError> {
        let failed = |error| AdminError::Request { path: path.to_owned(), error };
        let uri = Uri::builder()
            .scheme("https")
            .authority(self.address.to_string())
            .path_and_query(path)
            .build()
            .map_err(failed)?;
        let mut request = Request::builder().method(&method).uri(uri);
        let mut content = Bytes::new();
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json");
            content = body.to_string().into();
        }
        let content = Full::new(content).map_err(|never| match never {}).boxed_unsync();
        let request = request.body(content).map_err(failed)?;
        let response = match self.outgoing.send(request, None).await {
            Ok(response) => response,
            Err(error) => return Err(AdminError::Send { method, path: path.to_owned(), error }),
        };
        let (head, body) = response.into_parts();
        let status = head.status;
        let Ok(answer) = body.collect().await else {
            return Err(AdminError::BrokeOff { method, path: path.to_owned() });
        };
        let answer = answer.to_bytes();
        let value: Value = serde_json::from_slice(&answer)
            .unwrap_or_else(|_| String::from_utf8_lossy(&answer).into_owned().into());
        if !status.is_success() {
            let message = value["message"].as_str().or(value.as_str()).unwrap_or_default();
            let message = message.to_owned();
            return Err(AdminError::Status { method, path: path.to_owned(), status, message });
        }
        Ok((head.headers, value))
    }

    /// Asks what would come of creating an object in the collection at a path, where fields that are unknown or doubled
    /// are an error: what `kubectl create --dry-run=server --validate=strict` asks. Returns the warnings.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request): [`AdminError::Status`] if it would be refused.
    pub async fn dry_run(
        &self,
        collection: &str,
        object: &Value,
    ) -> Result<Vec<String>, AdminError> {
        let path = format!("{collection}?dryRun=All&fieldValidation=Strict");
        let (headers, _) = self.exchange(Method::POST, &path, Some(object)).await?;
        let warnings = headers.get_all(header::WARNING).into_iter();
        Ok(warnings.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect())
    }

    /// Reads the object or the list at a path.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub async fn get(&self, path: &str) -> Result<Value, AdminError> {
        self.request(Method::GET, path, None).await
    }

    /// Creates an object in the collection at a path, and returns it as the server made it.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub async fn create(&self, collection: &str, object: &Value) -> Result<Value, AdminError> {
        self.request(Method::POST, collection, Some(object)).await
    }

    /// Deletes the object at a path.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub async fn delete(&self, path: &str) -> Result<(), AdminError> {
        self.request(Method::DELETE, path, None).await.map(drop)
    }

    /// Whether there is an object at a path.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request), but for 404.
    pub async fn exists(&self, path: &str) -> Result<bool, AdminError> {
        match self.get(path).await {
            Ok(_) => Ok(true),
            Err(AdminError::Status { status: StatusCode::NOT_FOUND, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits until something is so.
    pub(super) async fn eventually(
        &self,
        what: &str,
        limit: Duration,
        holds: impl AsyncFn() -> Result<bool, AdminError>,
    ) -> Result<(), AdminError> {
        let start = Instant::now();
        while !holds().await? {
            if start.elapsed() > limit {
                let seconds = limit.as_secs();
                return Err(AdminError::Waited { what: what.to_owned(), seconds });
            }
            tokio::time::sleep(PERIOD).await;
        }
        Ok(())
    }
}
