//! What a pod gives the program in it: an environment, files, and a clock.

use alloc::{string::String, vec::Vec};
use core::time::Duration;

/// The pod, as far as the client needs it.
///
/// The client asks this trait rather than the operating system, so that it runs
/// the same over WASI and under a test's own pod.
pub trait Pod {
    /// The value of an environment variable. None if it is not set.
    fn variable(&self, name: &str) -> Option<String>;

    /// The whole content of a file, up to [`MAX_FILE_SIZE`].
    ///
    /// # Errors
    ///
    /// Says why there is none, in terms of what a pod mounts.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// Time since a fixed but arbitrary moment. Never goes back.
    fn now(&self) -> Duration;

    /// Does nothing for so long.
    fn sleep(&self, time: Duration);

    /// The time of day: since the Unix epoch, 1970-01-01T00:00:00Z. Written down for others to
    /// read, and nothing is decided by it.
    fn wall_clock(&self) -> Duration;

    /// The value of an environment variable. None if it is not set, or empty:
    /// Kubernetes treats both alike.
    fn non_empty_variable(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }
}

/// The most bytes that are read of a file: 1 MiB, the limit of a Secret.
pub const MAX_FILE_SIZE: usize = 1 << 20;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The host gave the component no folder that holds the path.
    #[error(
        "no preopened folder holds it: give the component that folder, for example with `--dir`"
    )]
    NotPreopened,
    /// The folder is there, the file is not.
    #[error("there is no such file")]
    NotFound,
    /// The host does not let the component read it.
    #[error("the host does not permit reading it")]
    NotPermitted,
    /// It is a folder, or something else that holds no bytes.
    #[error("it is not a regular file")]
    NotAFile,
    /// It has more than [`MAX_FILE_SIZE`] bytes.
    #[error("it is larger than {MAX_FILE_SIZE} bytes")]
    TooLarge,
    /// Anything else; the text is the host's.
    #[error("{0}")]
    Other(String),
}

#[cfg(test)]
pub(crate) mod fake {
    //! A pod made of maps, with a clock that a test moves.

    use super::{FileError, Pod};
    use std::cell::{Cell, RefCell};
    use std::collections::HashMap;
    use std::time::Duration;

    #[derive(Default)]
    pub(crate) struct FakePod {
        pub(crate) environment: HashMap<String, String>,
        pub(crate) files: RefCell<HashMap<String, Result<Vec<u8>, FileError>>>,
        pub(crate) now: Cell<Duration>,
        pub(crate) reads: Cell<u32>,
    }

    /// 2026-11-24T14:17:09Z
    const EPOCH: Duration = Duration::from_secs(1_795_529_829);

    pub(crate) const FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

    impl FakePod {
        /// A pod as the kubelet makes it.
        pub(crate) fn mounted() -> Self {
            Self::default()
                .with("KUBERNETES_SERVICE_HOST", "10.96.0.1")
                .with("KUBERNETES_SERVICE_PORT", "443")
                .with("KUBERNETES_SERVICE_PORT_HTTPS", "443")
                .with_file(&format!("{FOLDER}/token"), b"first-token")
                .with_file(&format!("{FOLDER}/namespace"), b"shop")
        }

        pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
            self.environment.insert(name.into(), value.into());
            self
        }

        pub(crate) fn without(mut self, name: &str) -> Self {
            self.environment.remove(name);
            self
        }

        pub(crate) fn with_file(self, path: &str, content: &[u8]) -> Self {
            self.write(path, Ok(content.to_vec()));
            self
        }

        pub(crate) fn write(&self, path: &str, content: Result<Vec<u8>, FileError>) {
            self.files.borrow_mut().insert(path.into(), content);
        }

        pub(crate) fn advance(&self, by: Duration) {
            self.now.set(self.now.get() + by);
        }
    }

    impl Pod for FakePod {
        fn variable(&self, name: &str) -> Option<String> {
            self.environment.get(name).cloned()
        }

        fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
            self.reads.set(self.reads.get() + 1);
            match self.files.borrow().get(path) {
                Some(content) => content.clone(),
                None => Err(FileError::NotFound),
            }
        }

        fn now(&self) -> Duration {
            self.now.get()
        }

        fn sleep(&self, time: Duration) {
            self.advance(time);
        }

        fn wall_clock(&self) -> Duration {
            EPOCH + self.now.get()
        }
    }
}
