//! Plays the pod: runs components with an environment, a service account's folder, requests and
//! connections to the API server, and nothing else of the host.

mod builder;
pub mod client;
mod clock;
mod engine;
mod imports;
mod memory;
mod run;
mod sockets;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{Component, Instance, InstancePre, Linker};
use wasmtime_wasi::{FsPerms, WasiCtx};
use wasmtime_wasi_http::WasiHttpCtx;

pub use builder::{PodBuilder, PodError};
pub use clock::Clock;
pub use engine::{Engine, EngineError, LoadError};
pub use imports::{connects_itself, imports_client};
pub use run::{ExitStatus, RunError};
pub use state::PodState;

use crate::outgoing::{Destination, Outgoing, OutgoingHooks};
use builder::Stdio;
use memory::Memory;

/// A pod, in which any number of components can run. Clones are the same pod.
#[derive(Clone)]
pub struct Pod(Arc<Inner>);

struct Inner {
    engine: Engine,
    linker: Linker<PodState>,
    outgoing: Outgoing,
    servers: Arc<[Destination]>,
    settings: PodBuilder,
}

impl Pod {
    /// Starts with an empty pod.
    #[must_use]
    pub fn builder() -> PodBuilder {
        PodBuilder::default()
    }

    /// What components printed to standard output. Empty unless captured.
    #[must_use]
    pub fn stdout(&self) -> Vec<u8> {
        match &self.0.settings.stdio {
            Stdio::Captured { stdout, .. } => stdout.contents().to_vec(),
            _ => Vec::new(),
        }
    }

    /// What components printed to standard error. Empty unless captured.
    #[must_use]
    pub fn stderr(&self) -> Vec<u8> {
        match &self.0.settings.stdio {
            Stdio::Captured { stderr, .. } => stderr.contents().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Links a component to the host, so that it can be instantiated many times.
    ///
    /// # Errors
    ///
    /// [`RunError::Instantiate`] if it imports what a pod does not have.
    pub fn pre(&self, component: &Component) -> Result<InstancePre<PodState>, RunError> {
        self.0.linker.instantiate_pre(component).map_err(RunError::Instantiate)
    }

    /// Makes an instance of a component, to call its exports.
    ///
    /// # Errors
    ///
    /// [`RunError::Instantiate`] if that fails.
    pub async fn instantiate(
        &self,
        component: &Component,
    ) -> Result<(Store<PodState>, Instance), RunError> {
        let pre = self.pre(component)?;
        let mut store = self.store()?;
        let instance = pre.instantiate_async(&mut store).await.map_err(RunError::Instantiate)?;
        Ok((store, instance))
    }

    /// What a new instance has of the host.
    ///
    /// # Errors
    ///
    /// [`RunError::Instantiate`] if a mounted folder is gone.
    pub fn store(&self) -> Result<Store<PodState>, RunError> {
        let settings = &self.0.settings;
        let mut wasi = WasiCtx::builder();
        wasi.envs(&settings.env).args(&settings.args);
        sockets::allow(&mut wasi, &self.0.servers);
        if let Some(clock) = &settings.clock {
            wasi.monotonic_clock(clock.clone());
        }
        match &settings.stdio {
            Stdio::Closed => {}
            Stdio::Inherited => {
                wasi.inherit_stdio();
            }
            Stdio::Captured { stdout, stderr } => {
                wasi.stdout(stdout.clone()).stderr(stderr.clone());
            }
        }
        for (folder, guest_path) in &settings.mounts {
            wasi.preopened_dir(folder, guest_path, FsPerms::ReadOnly)
                .map_err(RunError::Instantiate)?;
        }
        let mut store = Store::new(
            self.0.engine.wasmtime(),
            PodState {
                wasi: wasi.build(),
                http: WasiHttpCtx::new(),
                hooks: OutgoingHooks::new(self.0.outgoing.clone()),
                servers: Arc::clone(&self.0.servers),
                table: Default::default(),
                memory: Memory::new(settings.memory),
            },
        );
        store.limiter(|state| &mut state.memory);
        Ok(store)
    }
}
