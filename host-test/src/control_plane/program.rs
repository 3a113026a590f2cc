//! Which program is run as the API server.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names a folder with `etcd` and `kube-apiserver`, as controller-runtime's envtest has it.
pub const ASSETS_VARIABLE: &str = "KUBEBUILDER_ASSETS";

/// What runs as the control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The program in `host-test/control-plane`, built: etcd, kube-apiserver and kube-controller-manager.
    ControlPlane(PathBuf),
    /// The two programs that envtest runs. Without kube-controller-manager, nobody deletes the objects of a namespace
    /// or of an owner, and the roles `view`, `edit` and `admin` have no rules.
    Envtest {
        /// etcd.
        etcd: PathBuf,
        /// kube-apiserver.
        kube_apiserver: PathBuf,
    },
}

/// There is no program to run as the control plane.
#[derive(Debug, thiserror::Error)]
pub enum NoControlPlane {
    /// Neither the assets nor Go.
    #[error(
        "there is no kube-apiserver to run: install Go (https://go.dev/dl) to have it built, or set {ASSETS_VARIABLE} \
         to a folder with envtest's etcd and kube-apiserver"
    )]
    NothingInstalled,
    /// The folder of the assets lacks one.
    #[error(
        "{ASSETS_VARIABLE} is {}, where there is no {missing}: set it to what `setup-envtest use -p path` prints, or \
         unset it to have kube-apiserver built with Go",
        folder.display()
    )]
    Assets {
        /// The folder.
        folder: PathBuf,
        /// The program that is not there.
        missing: &'static str,
    },
    /// It could not be built.
    #[error("kube-apiserver could not be built by {}: {output}", script.display())]
    Build {
        /// What builds it.
        script: PathBuf,
        /// What was printed.
        output: String,
    },
    /// The folder that it is built into cannot be used.
    #[error("kube-apiserver could not be built: {}: {error}", path.display())]
    Folder {
        /// The folder, or a file in it.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl Program {
    /// Finds the program: envtest's where `KUBEBUILDER_ASSETS` is set, else this repository's own.
    ///
    /// That one is built by Go, which takes some ten minutes on two cores the first time and a second from then on; where
    /// there is no Go, it is taken as it was built before. Blocks until it is built. `before_build` is called if that is
    /// the first time.
    ///
    /// # Errors
    ///
    /// [`NoControlPlane`], which says what to install or to set.
    pub fn find(before_build: impl FnOnce()) -> Result<Self, NoControlPlane> {
        if let Some(folder) = env::var_os(ASSETS_VARIABLE).filter(|value| !value.is_empty()) {
            return Self::envtest(Path::new(&folder));
        }
        let host_test = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = host_test.join("../target/control-plane");
        let program = folder.join("control-plane");
        if has_go() {
            if !program.exists() {
                before_build();
            }
            build(&host_test.join("control-plane/build"), &folder, &program)?;
        } else if !program.exists() {
            return Err(NoControlPlane::NothingInstalled);
        }
        Ok(Self::ControlPlane(program))
    }

    /// The programs in a folder.
    fn envtest(folder: &Path) -> Result<Self, NoControlPlane> {
        let program = |name| {
            let path = folder.join(name);
            match path.is_file() {
                true => Ok(path),
                false => Err(NoControlPlane::Assets { folder: folder.to_owned(), missing: name }),
            }
        };
        Ok(Self::Envtest { etcd: program("etcd")?, kube_apiserver: program("kube-apiserver")? })
    }

    /// Whether kube-controller-manager runs.
    #[must_use]
    pub fn has_controllers(&self) -> bool {
        matches!(self, Self::ControlPlane(_))
    }
}

fn has_go() -> bool {
    let mut go = Command::new("go");
    go.arg("version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    go.status().is_ok_and(|status| status.success())
}

/// Builds the program, one process at a time.
fn build(script: &Path, folder: &Path, program: &Path) -> Result<(), NoControlPlane> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| NoControlPlane::Folder { path, error }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let lock = folder.join("lock");
    let held = File::create(&lock).map_err(failed(&lock))?;
    held.lock().map_err(failed(&lock))?;
    let output = Command::new("sh")
        .arg(script)
        .arg(program)
        .stdin(Stdio::null())
        .output()
        .map_err(failed(script))?;
    if !output.status.success() {
        return Err(NoControlPlane::Build {
            script: script.to_owned(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn envtest_needs_both_programs_and_says_which_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        for missing in ["etcd", "kube-apiserver"] {
            let error = Program::envtest(folder.path()).unwrap_err().to_string();
            assert!(error.contains(&format!("there is no {missing}:")), "{error}");
            fs::write(folder.path().join(missing), "").unwrap();
        }
        assert!(!Program::envtest(folder.path()).unwrap().has_controllers());
    }

    #[test]
    fn a_build_that_fails_hands_on_what_was_printed() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("build");
        fs::write(&script, "echo no network >&2\nexit 1\n").unwrap();
        let into = folder.path().join("into");
        let error = build(&script, &into, &into.join("program")).unwrap_err().to_string();
        assert!(error.ends_with(": no network"), "{error}");
    }
}
