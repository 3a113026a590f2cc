//! Files in preopened folders.
//!
//! A folder's handle is live: the links in it are followed anew at each read, so
//! the swap of a link by which the kubelet rotates a token is seen.

use crate::pod::{FileError, MAX_FILE_SIZE};
use alloc::{format, string::String, vec::Vec};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

pub(super) struct Preopens(Vec<(Descriptor, String)>);

impl Preopens {
    pub(super) fn new() -> Self {
        Self(get_directories())
    }

    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let (folder, rest) = self.find(path).ok_or(FileError::NotPreopened)?;
        let file = folder
            .open_at(PathFlags::SYMLINK_FOLLOW, rest, OpenFlags::empty(), DescriptorFlags::READ)
            .map_err(why)?;
        match file.get_type().map_err(why)? {
            DescriptorType::RegularFile => read_all(&file),
            _ => Err(FileError::NotAFile),
        }
    }

    /// The folder that holds a path most closely, and the path in it.
    fn find<'a>(&self, path: &'a str) -> Option<(&Descriptor, &'a str)> {
        self.0
            .iter()
            .filter_map(|(folder, name)| Some((folder, name.len(), path_within(name, path)?)))
            .max_by_key(|&(_, length, _)| length)
            .map(|(folder, _, rest)| (folder, rest))
    }
}

/// The part of `path` below `folder`; none if it is not below.
fn path_within<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    let rest = match folder.trim_end_matches('/') {
        "" if folder.is_empty() => return None,
        "." => path.strip_prefix("./").or((!path.starts_with('/')).then_some(path))?,
        folder => path.strip_prefix(folder)?.strip_prefix('/')?,
    };
    (!rest.is_empty()).then_some(rest)
}

fn read_all(file: &Descriptor) -> Result<Vec<u8>, FileError> {
    let mut content = Vec::new();
    loop {
        let (bytes, end) =
            file.read(MAX_FILE_SIZE as u64 + 1, content.len() as u64).map_err(why)?;
        let nothing = bytes.is_empty();
        content.extend(bytes);
        if content.len() > MAX_FILE_SIZE {
            return Err(FileError::TooLarge);
        }
        if end || nothing {
            return Ok(content);
        }
    }
}

fn why(code: ErrorCode) -> FileError {
    match code {
        ErrorCode::NoEntry | ErrorCode::NotDirectory => FileError::NotFound,
        ErrorCode::Access | ErrorCode::NotPermitted => FileError::NotPermitted,
        ErrorCode::IsDirectory => FileError::NotAFile,
        other => FileError::Other(format!("the host says `{}`", other.name())),
    }
}
