//! Running components: as a command, and as a handler of HTTP requests.

use http::uri::Scheme as UriScheme;
use http::{Request, Response};
use tokio::sync::oneshot;
use wasmtime::component::Component;
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::{WasiBody, WasiHttpView as _};

use super::Pod;

/// A component did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It imports what a pod does not have, or it can't be started.
    #[error("the component can't be instantiated: {0:#}")]
    Instantiate(wasmtime::Error),
    /// It is no command.
    #[error("the component is no command: it exports no `wasi:cli/run`")]
    NotACommand,
    /// It is no handler of HTTP requests.
    #[error("the component handles no HTTP requests: it exports no `wasi:http/incoming-handler`")]
    NotAHandler,
    /// It is not one that implements `k8s:in-cluster`, at the version of this repository.
    #[error("the component does not implement `k8s:in-cluster`: {0:#}")]
    NotInCluster(wasmtime::Error),
    /// It was stopped by an error that is its own.
    #[error("the component trapped: {0:#}")]
    Trap(wasmtime::Error),
    /// The request has no server's name, in the URI or in `Host`.
    #[error("the request can't be handed to the component: {0:#}")]
    Request(wasmtime::Error),
    /// It answered with an error, instead of a response.
    #[error("the component answered with an error: {0:?}")]
    Handler(ErrorCode),
    /// It returned, or dropped its `response-outparam`, without an answer.
    #[error("the component gave no answer")]
    NoAnswer,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatus(i32);

impl ExitStatus {
    /// 0 if all went well.
    #[must_use]
    pub fn code(self) -> i32 {
        self.0
    }

    /// Whether the code is 0.
    #[must_use]
    pub fn success(self) -> bool {
        self.0 == 0
    }
}

impl Pod {
    /// Runs a command component, `wasi:cli/command`, to its end.
    ///
    /// # Errors
    ///
    /// A [`RunError`] if there is no exit status.
    pub async fn run_command(&self, component: &Component) -> Result<ExitStatus, RunError> {
        let command = CommandPre::new(self.pre(component)?).map_err(|_| RunError::NotACommand)?;
        let mut store = self.store()?;
        let run = async {
            let command = command.instantiate_async(&mut store).await?;
            command.wasi_cli_run().call_run(&mut store).await
        };
        match run.await {
            Ok(Ok(())) => Ok(ExitStatus(0)),
            Ok(Err(())) => Ok(ExitStatus(1)),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => Ok(ExitStatus(exit.0)),
                None => Err(RunError::Trap(error)),
            },
        }
    }

    /// Has a handler component, `wasi:http/incoming-handler`, answer a request, in an instance of
    /// its own that lives until it returns.
    ///
    /// A trap after the answer began ends its body.
    ///
    /// # Errors
    ///
    /// A [`RunError`] if there is no answer.
    pub async fn handle(
        &self,
        component: &Component,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, RunError> {
        let handler = ProxyPre::new(self.pre(component)?).map_err(|_| RunError::NotAHandler)?;
        let mut store = self.store()?;
        let scheme = match request.uri().scheme() {
            Some(scheme) if *scheme == UriScheme::HTTPS => Scheme::Https,
            _ => Scheme::Http,
        };
        let (answer, answered) = oneshot::channel();
        let mut http = store.data_mut().http();
        let request = http.new_incoming_request(scheme, request).map_err(RunError::Request)?;
        let out = http.new_response_outparam(answer).map_err(RunError::Request)?;
        let task = tokio::spawn(async move {
            let handler = handler.instantiate_async(&mut store).await?;
            handler.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
        });
        match answered.await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(code)) => Err(RunError::Handler(code)),
            Err(_) => match task.await {
                Ok(Err(error)) => Err(RunError::Trap(error)),
                Ok(Ok(())) | Err(_) => Err(RunError::NoAnswer),
            },
        }
    }
}
