//! What a pod is made from.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use super::state;
use super::{Clock, Engine, Inner, Pod};
use crate::outgoing::{ConfigError, Destination, Outgoing};

/// More output than any program that is tested here gives; one that does traps.
const MAX_CAPTURED: usize = 64 * 1024 * 1024;

/// Settings of a [`Pod`]. Without any, a component has clocks and random numbers alone.
#[derive(Default)]
pub struct PodBuilder {
    pub(super) env: Vec<(String, String)>,
    pub(super) args: Vec<String>,
    pub(super) mounts: Vec<(PathBuf, String)>,
    pub(super) stdio: Stdio,
    pub(super) outgoing: Option<Outgoing>,
    pub(super) servers: Vec<Destination>,
    pub(super) memory: Option<usize>,
    pub(super) clock: Option<Clock>,
}

/// Where a component's standard streams lead.
#[derive(Default)]
pub(super) enum Stdio {
    /// Nowhere.
    #[default]
    Closed,
    /// To those of this process.
    Inherited,
    /// Output to memory, to be read later; input from nowhere.
    Captured { stdout: MemoryOutputPipe, stderr: MemoryOutputPipe },
}

/// A pod can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum PodError {
    /// A folder that the pod should see is not there, or can't be opened.
    #[error("{} can't be mounted at {guest_path}: {reason}", folder.display())]
    Mount {
        /// The folder on the host.
        folder: PathBuf,
        /// Where the pod should see it.
        guest_path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Requests can't be sent at all.
    #[error("requests can't be sent: {0}")]
    Outgoing(#[from] ConfigError),
    /// The host's functions can't be linked: a version of WASI that wasmtime does not offer.
    #[error("the host's functions can't be linked: {0:#}")]
    Link(wasmtime::Error),
}

impl PodBuilder {
    /// Sets an environment variable, in place of an earlier value.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.env.retain(|(other, _)| *other != name);
        self.env.push((name, value.into()));
        self
    }

    /// Adds arguments. The first of all is the program's own name.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Lets the pod read a folder and what is below it, live: the kubelet's, with the token, the
    /// certificate authority and the namespace.
    #[must_use]
    pub fn service_account(
        mut self,
        folder: impl Into<PathBuf>,
        guest_path: impl Into<String>,
    ) -> Self {
        self.mounts.push((folder.into(), guest_path.into()));
        self
    }

    /// Passes on the standard streams of this process.
    #[must_use]
    pub fn inherit_stdio(mut self) -> Self {
        self.stdio = Stdio::Inherited;
        self
    }

    /// Keeps what components print, at most 64 MiB of each stream, for [`Pod::stdout`] and
    /// [`Pod::stderr`].
    #[must_use]
    pub fn capture_output(mut self) -> Self {
        self.stdio = Stdio::Captured {
            stdout: MemoryOutputPipe::new(MAX_CAPTURED),
            stderr: MemoryOutputPipe::new(MAX_CAPTURED),
        };
        self
    }

    /// Where requests over `wasi:http` may go. Nowhere unless set.
    #[must_use]
    pub fn outgoing(mut self, outgoing: Outgoing) -> Self {
        self.outgoing = Some(outgoing);
        self
    }

    /// Adds a server that components may connect to themselves, by `wasi:sockets`, as those do that
    /// have TLS inside: to its address alone, which is all that its name leads to. The ports have
    /// to be the same, since a connection is not led to another. None unless set.
    #[must_use]
    pub fn connect(mut self, server: Destination) -> Self {
        self.servers.push(server);
        self
    }

    /// The monotonic clock that components see. This machine's unless set.
    #[must_use]
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// The most bytes of each linear memory. 4 GiB, the most there can be, unless set.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Makes the pod.
    ///
    /// # Errors
    ///
    /// [`PodError::Mount`] if a folder can't be mounted.
    pub fn build(self, engine: &Engine) -> Result<Pod, PodError> {
        for (folder, guest_path) in &self.mounts {
            std::fs::read_dir(folder).map_err(|error: io::Error| PodError::Mount {
                folder: folder.clone(),
                guest_path: guest_path.clone(),
                reason: error.to_string(),
            })?;
        }
        let outgoing = match self.outgoing.clone() {
            Some(outgoing) => outgoing,
            None => Outgoing::builder().build()?,
        };
        Ok(Pod(Arc::new(Inner {
            linker: state::linker(engine).map_err(PodError::Link)?,
            engine: engine.clone(),
            outgoing,
            servers: self.servers.clone().into(),
            settings: self,
        })))
    }
}
