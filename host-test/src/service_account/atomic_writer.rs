//! How the kubelet replaces the files of a volume: all at once.
//!
//! ```text
//! token     -> ..data/token
//! ca.crt    -> ..data/ca.crt
//! namespace -> ..data/namespace
//! ..data    -> ..2026_11_24_15_21_05.123456789
//! ..2026_11_24_15_21_05.123456789/
//!     token, ca.crt, namespace
//! ```
//!
//! A new timestamped folder is filled, a link `..data_tmp` to it renamed over
//! `..data`, and the old folder removed. Whoever has resolved `..data` once reads
//! files of one generation, or finds that they are gone.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

pub(super) const DATA: &str = "..data";
const NEW_DATA: &str = "..data_tmp";

/// A step that failed, and the path it failed at.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) step: &'static str,
    pub(super) path: PathBuf,
    pub(super) error: io::Error,
}

/// Makes `files` the files of the volume at `root`, atomically.
///
/// On failure before the switch the volume is as it was. Not for concurrent use
/// on one volume.
pub(super) fn write(root: &Path, files: &[(&str, &[u8])]) -> Result<(), Failure> {
    let data = root.join(DATA);
    let old = match fs::read_link(&data) {
        Ok(name) => Some(root.join(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failure("read link", &data)(error)),
    };

    // Removed again if a step before the switch fails.
    let folder = tempfile::Builder::new()
        .prefix(&timestamp(OffsetDateTime::now_utc()))
        .rand_bytes(0)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(root)
        .map_err(failure("create a folder in", root))?;
    for (name, bytes) in files {
        let path = folder.path().join(name);
        write_file(&path, bytes).map_err(failure("write", &path))?;
    }

    let new_data = root.join(NEW_DATA);
    let target = folder.path().file_name().unwrap_or_default();
    symlink(target, &new_data).map_err(failure("create link", &new_data))?;
    if let Err(error) = fs::rename(&new_data, &data) {
        // The first failure is the one to report.
        let _ = fs::remove_file(&new_data);
        return Err(failure("rename to", &data)(error));
    }
    let _ = folder.keep();

    // After the switch: a link never points to a file that is not there yet.
    link_new_files(root, files)?;
    unlink_old_files(root, files)?;
    match old {
        Some(old) => fs::remove_dir_all(&old).map_err(failure("remove", &old)),
        None => Ok(()),
    }
}

fn failure(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.to_owned();
    move |error| Failure { step, path, error }
}

fn timestamp(now: OffsetDateTime) -> String {
    format!(
        "..{:04}_{:02}_{:02}_{:02}_{:02}_{:02}.{:09}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.nanosecond(),
    )
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

fn link_new_files(root: &Path, files: &[(&str, &[u8])]) -> Result<(), Failure> {
    for (name, _) in files {
        let link = root.join(name);
        match symlink(Path::new(DATA).join(name), &link) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failure("create link", &link)(error)),
        }
    }
    Ok(())
}

fn unlink_old_files(root: &Path, files: &[(&str, &[u8])]) -> Result<(), Failure> {
    let entries = fs::read_dir(root).map_err(failure("list", root))?;
    for entry in entries {
        let entry = entry.map_err(failure("list", root))?;
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().starts_with(b"..");
        if !hidden && !files.iter().any(|(kept, _)| name == *kept) {
            let path = entry.path();
            fs::remove_file(&path).map_err(failure("remove", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn folders_are_named_by_the_time_in_utc() {
        let now = OffsetDateTime::from_unix_timestamp_nanos(1_795_533_665_012_345_678).unwrap();
        assert_eq!(timestamp(now), "..2026_11_24_15_21_05.012345678");
    }

    #[test]
    fn a_failing_write_leaves_the_volume_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("token", b"first")]).unwrap();
        let before = fs::read_link(root.path().join(DATA)).unwrap();

        let failure = write(root.path(), &[("token", b"second"), ("a/b", b"")]).unwrap_err();

        assert_eq!(failure.step, "write");
        assert!(failure.path.ends_with("a/b"), "{:?}", failure.path);
        assert_eq!(fs::read(root.path().join("token")).unwrap(), b"first");
        assert_eq!(fs::read_link(root.path().join(DATA)).unwrap(), before);
        let mut names: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let mut expected = vec![DATA.into(), before.into_os_string(), "token".into()];
        expected.sort();
        assert_eq!(names, expected);
    }
}
