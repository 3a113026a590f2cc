//! Trust anchors that are re-read as a cluster's certificate authority is replaced.

use super::{AuthorityError, TrustAnchors};
use crate::pod::Pod;
use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;

/// The age at which the bundle is read again although no new connection needs it, so
/// that connections which an old bundle vouched for are not kept for longer.
const REREAD_AFTER: Duration = Duration::from_secs(60);

/// Says whether anchors can be used at all: the transport's own check.
pub type AnchorCheck = fn(&TrustAnchors) -> Result<(), AuthorityError>;

/// The current trust anchors of a file.
///
/// A bundle that can't be used, or has vanished, leaves the last good one in place. Equal
/// content gives the same [`Arc`], so that a caller sees a change by its pointer.
#[derive(Debug)]
pub struct AnchorSource {
    path: String,
    check: AnchorCheck,
    content: Vec<u8>,
    current: Arc<TrustAnchors>,
    read_at: Duration,
}

impl AnchorSource {
    /// Reads the bundle for the first time.
    ///
    /// # Errors
    ///
    /// If the file holds no usable bundle.
    pub fn load(pod: &impl Pod, path: &str, check: AnchorCheck) -> Result<Self, AuthorityError> {
        let read_at = pod.now();
        let content = pod.read(path).map_err(AuthorityError::Read)?;
        let current = Arc::new(parse(&content, check)?);
        Ok(Self { path: path.into(), check, content, current, read_at })
    }

    /// The anchors as of the last minute.
    pub fn known(&mut self, pod: &impl Pod, now: Duration) -> Arc<TrustAnchors> {
        if now.saturating_sub(self.read_at) >= REREAD_AFTER {
            self.read(pod);
        }
        Arc::clone(&self.current)
    }

    /// The anchors as they are now, for a new connection.
    pub fn latest(&mut self, pod: &impl Pod) -> Arc<TrustAnchors> {
        self.read(pod);
        Arc::clone(&self.current)
    }

    fn read(&mut self, pod: &impl Pod) {
        let now = pod.now();
        let Ok(content) = pod.read(&self.path) else { return };
        if content == self.content {
            self.read_at = now;
        } else if let Ok(anchors) = parse(&content, self.check) {
            self.content = content;
            self.current = Arc::new(anchors);
            self.read_at = now;
        }
    }
}

fn parse(content: &[u8], check: AnchorCheck) -> Result<TrustAnchors, AuthorityError> {
    let anchors = TrustAnchors::parse(content)?;
    check(&anchors)?;
    Ok(anchors)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::pod::FileError;
    use crate::pod::fake::FakePod;

    const PATH: &str = "/account/ca.crt";
    const FIRST: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    const SECOND: &str = "-----BEGIN CERTIFICATE-----\nMAE=\n-----END CERTIFICATE-----\n";
    /// Refused by the check below.
    const BAD: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    fn check(anchors: &TrustAnchors) -> Result<(), AuthorityError> {
        match anchors.certificates().iter().any(|anchor| anchor.first() == Some(&0x30)) {
            true => Ok(()),
            false => Err(AuthorityError::NoAnchor),
        }
    }

    fn load(pod: &FakePod) -> Result<AnchorSource, AuthorityError> {
        AnchorSource::load(pod, PATH, check)
    }

    fn anchors(bundle: &str) -> TrustAnchors {
        TrustAnchors::parse(bundle.as_bytes()).unwrap()
    }

    #[test]
    fn a_new_connection_sees_the_file_as_it_is_and_a_kept_one_within_a_minute() {
        let pod = FakePod::default().with_file(PATH, FIRST.as_bytes());
        let mut source = load(&pod).unwrap();
        pod.write(PATH, Ok(SECOND.into()));
        pod.advance(REREAD_AFTER - Duration::from_nanos(1));
        assert_eq!(*source.known(&pod, pod.now()), anchors(FIRST));
        pod.advance(Duration::from_nanos(1));
        assert_eq!(*source.known(&pod, pod.now()), anchors(SECOND));
        assert_eq!(pod.reads.get(), 2);
        pod.write(PATH, Ok(FIRST.into()));
        assert_eq!(*source.latest(&pod), anchors(FIRST));
        assert_eq!(*source.known(&pod, pod.now()), anchors(FIRST));
    }

    #[test]
    fn equal_content_is_the_same_bundle() {
        let pod = FakePod::default().with_file(PATH, FIRST.as_bytes());
        let mut source = load(&pod).unwrap();
        let before = source.latest(&pod);
        assert!(Arc::ptr_eq(&before, &source.latest(&pod)));
        pod.write(PATH, Ok(SECOND.into()));
        assert!(!Arc::ptr_eq(&before, &source.latest(&pod)));
    }

    #[test]
    fn what_is_no_bundle_keeps_the_last_good_one_and_is_tried_again() {
        let pod = FakePod::default().with_file(PATH, FIRST.as_bytes());
        let mut source = load(&pod).unwrap();
        for bad in [Err(FileError::NotFound), Ok(Vec::new()), Ok(b"no".to_vec()), Ok(BAD.into())] {
            pod.write(PATH, bad);
            pod.advance(REREAD_AFTER);
            assert_eq!(*source.known(&pod, pod.now()), anchors(FIRST));
            assert_eq!(*source.latest(&pod), anchors(FIRST));
        }
        pod.write(PATH, Ok(SECOND.into()));
        assert_eq!(*source.known(&pod, pod.now()), anchors(SECOND));
    }

    #[test]
    fn no_bundle_at_load_is_an_error() {
        for (content, error) in [
            (Err(FileError::NotFound), AuthorityError::Read(FileError::NotFound)),
            (Ok(b" \n".to_vec()), AuthorityError::Empty),
            (Ok(BAD.into()), AuthorityError::NoAnchor),
        ] {
            let pod = FakePod::default();
            pod.write(PATH, content);
            assert_eq!(load(&pod).unwrap_err(), error);
        }
    }
}
