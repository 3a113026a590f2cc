//! What the folder holds.

use std::fmt;

/// A file of the service account folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The bearer token.
    Token,
    /// The certificates that the API server's certificate is verified with.
    Ca,
    /// The name of the pod's namespace.
    Namespace,
}

impl File {
    /// Every file of the folder.
    pub const ALL: [File; 3] = [File::Token, File::Ca, File::Namespace];

    /// The file's name in the folder.
    pub fn name(self) -> &'static str {
        match self {
            File::Token => "token",
            File::Ca => "ca.crt",
            File::Namespace => "namespace",
        }
    }
}

/// The bytes of each file; a file that is `None` is not there.
///
/// They are written as they are, so that a folder can also hold what a component
/// is to refuse. `Debug` shows lengths and the namespace, never the token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// `token`: the bearer token.
    pub token: Option<Vec<u8>>,
    /// `ca.crt`: certificates in PEM.
    pub ca: Option<Vec<u8>>,
    /// `namespace`: the name of the pod's namespace.
    pub namespace: Option<Vec<u8>>,
}

impl Contents {
    /// The bytes of a file, if it is there.
    pub fn get(&self, file: File) -> Option<&[u8]> {
        match file {
            File::Token => self.token.as_deref(),
            File::Ca => self.ca.as_deref(),
            File::Namespace => self.namespace.as_deref(),
        }
    }

    pub(super) fn set(&mut self, file: File, bytes: Option<Vec<u8>>) {
        match file {
            File::Token => self.token = bytes,
            File::Ca => self.ca = bytes,
            File::Namespace => self.namespace = bytes,
        }
    }

    /// Names and bytes of the files that are there.
    pub(super) fn files(&self) -> Vec<(&'static str, &[u8])> {
        File::ALL.into_iter().filter_map(|file| Some((file.name(), self.get(file)?))).collect()
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |bytes: &Vec<u8>| format!("{} bytes", bytes.len());
        f.debug_struct("Contents")
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .field("ca", &self.ca.as_ref().map(bytes))
            .field("namespace", &self.namespace.as_deref().map(String::from_utf8_lossy))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn debug_shows_no_token() {
        let contents = Contents {
            token: Some(b"s3cret".to_vec()),
            ca: Some(b"four".to_vec()),
            namespace: Some(b"team-a".to_vec()),
        };
        let text = format!("{contents:?} {contents:#?}");
        assert!(!text.contains("s3cret"), "{text}");
        // Nor as a list of numbers.
        assert!(!text.contains("115"), "{text}");
        assert!(text.contains("[redacted]"), "{text}");
        assert!(text.contains("4 bytes"), "{text}");
        assert!(text.contains("team-a"), "{text}");
    }
}
