//! Compiling components.

use std::io;
use std::path::{Path, PathBuf};

use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config};

/// Compiles components for pods. Clones are the same engine.
#[derive(Clone)]
pub struct Engine(wasmtime::Engine);

/// The engine can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The folder for compiled components can't be used.
    #[error("{} can't keep compiled components: {reason}", folder.display())]
    Cache {
        /// The folder that was asked for.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// This machine can't run compiled components.
    #[error("the WebAssembly engine does not start: {0:#}")]
    Engine(wasmtime::Error),
}

/// A component can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be read.
    #[error("{} can't be read: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It does not begin as WebAssembly does.
    #[error("{0} is not WebAssembly")]
    NotWasm(String),
    /// It is a core module, which can't be linked to WASI 0.2.
    #[error(
        "{0} is a core module, not a component: build it for the target wasm32-wasip2, \
         or make a component of it with `wasm-tools component new`"
    )]
    CoreModule(String),
    /// It is a component, but not a valid one, or one that asks for features that are off.
    #[error("{name} does not compile: {error:#}")]
    Compile {
        /// The file, or a word for the bytes.
        name: String,
        /// What the compiler says.
        error: wasmtime::Error,
    },
}

impl Engine {
    /// Starts an engine that keeps compiled components in a folder, so that they are compiled once.
    ///
    /// Without a folder it is wasmtime's own, in the user's cache folder. Compiled components are
    /// run as they are found there: the folder has to be one that others can't write to.
    ///
    /// # Errors
    ///
    /// [`EngineError::Cache`] if the given folder can't be used. Where there is no user's cache
    /// folder, nothing is kept.
    pub fn new(cache: Option<&Path>) -> Result<Self, EngineError> {
        let mut config = Config::new();
        config.cache(match cache {
            Some(folder) => Some(cache_in(folder)?),
            None => Cache::new(CacheConfig::new()).ok(),
        });
        wasmtime::Engine::new(&config).map(Self).map_err(EngineError::Engine)
    }

    /// Reads and compiles a component.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that names the file and says what it is instead of a component.
    pub fn load(&self, path: &Path) -> Result<Component, LoadError> {
        let bytes = std::fs::read(path)
            .map_err(|error| LoadError::Read { path: path.to_owned(), error })?;
        self.compile(path.display().to_string(), &bytes)
    }

    /// Compiles a component.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says what the bytes are instead of a component.
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        self.compile("the component".to_owned(), bytes)
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0
    }

    fn compile(&self, name: String, bytes: &[u8]) -> Result<Component, LoadError> {
        match bytes.get(..8) {
            Some([0, b'a', b's', b'm', _, _, 1, 0]) => {}
            Some([0, b'a', b's', b'm', _, _, 0, 0]) => return Err(LoadError::CoreModule(name)),
            _ => return Err(LoadError::NotWasm(name)),
        }
        Component::from_binary(&self.0, bytes).map_err(|error| LoadError::Compile { name, error })
    }
}

fn cache_in(folder: &Path) -> Result<Cache, EngineError> {
    let failed = |reason: String| EngineError::Cache { folder: folder.to_owned(), reason };
    let absolute = std::path::absolute(folder).map_err(|error| failed(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(absolute);
    Cache::new(config).map_err(|error| failed(format!("{error:#}")))
}
