//! The list of checksums, as `sha256sum --check` reads it.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use sha2::{Digest as _, Sha256};

/// The list's name.
const FILE: &str = "SHA256SUMS";

/// The checksum of some bytes, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Writes the list for all files of a folder but one, into it.
pub(super) fn write(folder: &Path, left_out: &str) -> Result<()> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != FILE && name != left_out {
            lines.push((name, sha256(&std::fs::read(entry.path())?)));
        }
    }
    lines.sort();
    let list: String = lines.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    Ok(std::fs::write(folder.join(FILE), list)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::process::Command;

    use super::*;
    use crate::process;
    use crate::readme::marked;

    #[test]
    fn each_file_has_its_line_and_the_list_none() {
        let folder = std::env::temp_dir().join(format!("xtask-checksums-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("b"), "abc").unwrap();
        std::fs::write(folder.join("a"), "").unwrap();
        std::fs::write(folder.join("c"), "left out").unwrap();
        for _ in 0..2 {
            write(&folder, "c").unwrap();
            let list = std::fs::read_to_string(folder.join(FILE)).unwrap();
            assert_eq!(
                list,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n\
                 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\n"
            );
        }
        // As a reader checks it.
        let [block] = &marked("CONTRIBUTING.md", "xtask/src/release/checksums.rs")[..] else {
            panic!("one block")
        };
        let mut shell = Command::new("bash");
        shell.current_dir(&folder).args(["-euo", "pipefail", "-c", block]);
        process::run(&mut shell).unwrap();
        std::fs::write(folder.join("a"), "another").unwrap();
        assert!(process::run(&mut shell).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
