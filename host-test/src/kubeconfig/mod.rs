//! Kubeconfig files: to play a pod against a real cluster.
//!
//! [`Kubeconfig::read`] reads a file, [`Kubeconfig::resolve`] follows one of its
//! contexts to the API server and the user's credentials. The rules are those of
//! kubectl. Whatever would weaken the connection, or is not done here, is
//! refused by name rather than passed over.

mod access;
mod data;
mod error;
mod exec;
mod file;
mod resolve;
mod server;
mod token;

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use access::{Access, ClientCertificate, Credentials};
pub use error::{KubeconfigError, Names, Problem};
pub use exec::{ExecCredential, ExecError, ExecPlugin, ExecProblem};
pub use server::{Scheme, Server, ServerError};
pub use token::{Token, TokenError};

/// The most bytes of a file that are read: 16 MiB.
const MAX_SIZE: u64 = 16 << 20;

/// A kubeconfig file, read but not yet followed to a cluster.
pub struct Kubeconfig {
    path: PathBuf,
    content: file::Config,
}

impl Kubeconfig {
    /// Reads a file, YAML or JSON.
    ///
    /// Fields that are not known are passed over, as kubectl does. A file that
    /// holds nothing is a kubeconfig without contexts.
    pub fn read(path: impl AsRef<Path>) -> Result<Kubeconfig, KubeconfigError> {
        let given = path.as_ref();
        read_content(given)
            .map(|(path, content)| Kubeconfig { path, content })
            .map_err(|problem| KubeconfigError { path: given.to_owned(), problem })
    }

    /// Follows a context, the file's current one if none is named, to the API
    /// server and the user's credentials.
    ///
    /// Reads the files that the context refers to. Runs no command, and sends
    /// nothing.
    pub fn resolve(&self, context: Option<&str>) -> Result<Access, KubeconfigError> {
        // Paths in the file are relative to its folder.
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        resolve::resolve(&self.content, folder, context)
            .map_err(|problem| KubeconfigError { path: self.path.clone(), problem })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Kubeconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kubeconfig").field("path", &self.path).finish_non_exhaustive()
    }
}

fn read_content(given: &Path) -> Result<(PathBuf, file::Config), Problem> {
    let unreadable = |error| Problem::Unreadable { error };
    // Made absolute once, so that a later change of folder changes nothing.
    let path = std::path::absolute(given).map_err(unreadable)?;
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(Problem::TooLarge { limit: MAX_SIZE });
    }
    Ok((path, file::parse(&bytes)?))
}

#[cfg(test)]
mod tests;
