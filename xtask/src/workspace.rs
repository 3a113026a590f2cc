//! Where everything is: the repository's root, and what is built into `target`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// The repository.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built from.
    pub(crate) fn new() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: own.parent().unwrap_or(own).to_owned() }
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the folder of everything that is built.
    pub(crate) fn target(&self, path: &str) -> PathBuf {
        self.root.join("target").join(path)
    }

    /// A built component, where tests, the demo and users find it.
    pub(crate) fn component(&self, name: &str) -> PathBuf {
        self.target("component").join(format!("{name}.wasm"))
    }

    /// The Markdown pages, by their paths from the root, in order; those of packages that are installed left out.
    pub(crate) fn pages(&self) -> Result<Vec<String>> {
        let mut pages = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if path.is_dir() && !name.starts_with('.') && !MADE.contains(&name.as_str()) {
                    folders.push(path);
                } else if name.ends_with(".md") {
                    let path = path.strip_prefix(&self.root)?;
                    pages.push(path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
                }
            }
        }
        pages.sort();
        Ok(pages)
    }

    /// The cargo that runs this program, in the repository's root and with the
    /// target folder named, whatever the user's own settings say.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", self.root.join("target"));
        without_package(&mut command);
        command
    }
}

/// Takes out of a command's environment what cargo says of the package that it runs, this program. Build scripts that
/// look at it, as ring's does, would be run anew whenever cargo is called from here after a shell, and the other way round.
pub(crate) fn without_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
}

/// Writes a file unless it is there with the same content, and says whether it
/// wrote. What is made of it then keeps its time of modification.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, content)
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

/// Folders among sources that hold none.
const MADE: [&str; 4] = ["__pycache__", "node_modules", "target", "transpiled"];

/// All files in some folders, their names and contents one after the other: the same as before if
/// nothing has changed. What is made or installed beside the sources is no part of it.
pub(crate) fn contents(folders: &[&Path]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for folder in folders {
        let mut read = || -> std::io::Result<()> {
            let mut entries: Vec<_> =
                std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
            entries.sort_by_key(std::fs::DirEntry::path);
            for entry in entries {
                let path = entry.path();
                if MADE.iter().any(|name| path.ends_with(name)) {
                    continue;
                }
                match entry.file_type()?.is_dir() {
                    true => all.extend(contents(&[&path]).map_err(std::io::Error::other)?),
                    false => {
                        all.extend_from_slice(path.as_os_str().as_encoded_bytes());
                        all.extend(std::fs::read(&path)?);
                    }
                }
            }
            Ok(())
        };
        read().with_context(|| format!("cannot read {}", folder.display()))?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_of_the_same_content_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("xtask-write-{}", std::process::id()));
        let file = folder.join("deep/file.wasm");
        assert!(write_if_changed(&file, b"one").unwrap());
        let written = std::fs::metadata(&file).unwrap().modified().unwrap();
        assert!(!write_if_changed(&file, b"one").unwrap());
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written);
        assert!(write_if_changed(&file, b"two").unwrap());
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_that_changes_changes_the_contents() {
        let folder = std::env::temp_dir().join(format!("xtask-contents-{}", std::process::id()));
        write_if_changed(&folder.join("deep/a"), b"one").unwrap();
        let before = contents(&[&folder]).unwrap();
        write_if_changed(&folder.join("deep/__pycache__/a"), b"one").unwrap();
        assert_eq!(contents(&[&folder]).unwrap(), before);
        write_if_changed(&folder.join("deep/a"), b"two").unwrap();
        assert_ne!(contents(&[&folder]).unwrap(), before);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(contents(&[&folder]).is_err());
    }

    #[test]
    fn the_root_is_the_workspace() {
        let manifest = std::fs::read_to_string(Workspace::new().root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }
}
