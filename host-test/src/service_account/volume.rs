//! The folder itself.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::atomic_writer;
use super::{Contents, File};

/// A service account folder, laid out as the kubelet does it.
///
/// Only its owner may enter it: folders have mode 0700, files 0600. It is
/// removed when this value is dropped. Changes are atomic, and may be made from
/// several threads.
#[derive(Debug)]
pub struct Volume {
    folder: TempDir,
    contents: Mutex<Contents>,
}

/// A service account folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// There is no place for the folder.
    #[error(
        "can't create a private folder in {}: {error}; set TMPDIR to a folder that can be written",
        parent.display()
    )]
    Create {
        /// The folder for temporary files.
        parent: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The files could not be written.
    #[error("service account folder: can't {step} {}: {error}", path.display())]
    Write {
        /// What was being done, for example `write`.
        step: &'static str,
        /// What it was being done to.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl Volume {
    /// Creates the folder with its first contents.
    pub fn new(contents: &Contents) -> Result<Volume, VolumeError> {
        let folder = tempfile::Builder::new()
            .prefix("serviceaccount-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .map_err(|error| VolumeError::Create { parent: std::env::temp_dir(), error })?;
        write(folder.path(), contents)?;
        Ok(Volume { folder, contents: Mutex::new(contents.clone()) })
    }

    /// Where the folder is: what is to be mounted at
    /// [`MOUNT_PATH`](super::MOUNT_PATH).
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What the folder holds now.
    pub fn contents(&self) -> Contents {
        self.lock().clone()
    }

    /// Replaces all files at once, as the kubelet does when a token is rotated.
    ///
    /// As there, nothing is written where nothing has changed. Of an error after
    /// the switch the new files are in place all the same.
    pub fn replace(&self, contents: &Contents) -> Result<(), VolumeError> {
        self.update(|held| *held = contents.clone())
    }

    /// Replaces the token; the other files stay as they are.
    pub fn set_token(&self, token: impl Into<Vec<u8>>) -> Result<(), VolumeError> {
        self.update(|held| held.set(File::Token, Some(token.into())))
    }

    /// Replaces the certificate authority; the other files stay as they are.
    pub fn set_ca(&self, ca: impl Into<Vec<u8>>) -> Result<(), VolumeError> {
        self.update(|held| held.set(File::Ca, Some(ca.into())))
    }

    /// Removes a file; the other files stay as they are.
    pub fn remove(&self, file: File) -> Result<(), VolumeError> {
        self.update(|held| held.set(file, None))
    }

    fn update(&self, change: impl FnOnce(&mut Contents)) -> Result<(), VolumeError> {
        // One writer at a time.
        let mut held = self.lock();
        let mut contents = held.clone();
        change(&mut contents);
        if contents != *held {
            write(self.path(), &contents)?;
            *held = contents;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(root: &Path, contents: &Contents) -> Result<(), VolumeError> {
    atomic_writer::write(root, &contents.files()).map_err(|failure| VolumeError::Write {
        step: failure.step,
        path: failure.path,
        error: failure.error,
    })
}

#[cfg(test)]
mod tests;
