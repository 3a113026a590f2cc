//! By what the API server is verified, where that falls to this side.

use crate::Error;
use crate::cluster::{Cluster, Verification};
use crate::credentials::{AnchorCheck, AnchorSource, TrustAnchors};
use crate::pod::Pod;
use crate::transport::{Anchors, Trust};
use alloc::{borrow::ToOwned, string::String, sync::Arc};
use core::time::Duration;
use spin::Mutex;

/// The name that the server's certificate has to carry, and who may have signed it.
pub(super) struct Verifier {
    server_name: String,
    source: Mutex<AnchorSource>,
}

impl Verifier {
    /// None where the host verifies, and where nothing does: a proxy on loopback.
    pub(super) fn load(
        pod: &impl Pod,
        cluster: &Cluster,
        check: Option<AnchorCheck>,
    ) -> Result<Option<Self>, Error> {
        let (Some(check), Verification::Certificate { authority_path, server_name }) =
            (check, &cluster.verification)
        else {
            return Ok(None);
        };
        let source = AnchorSource::load(pod, authority_path, check)
            .map_err(|reason| Error::Authority { path: authority_path.clone(), reason })?;
        // A zone is no part of the address that a certificate carries.
        let host = cluster.server.host().split('%').next().unwrap_or_default();
        let server_name = server_name.clone().unwrap_or_else(|| host.to_owned());
        Ok(Some(Self { server_name, source: Mutex::new(source) }))
    }

    /// The anchors, read from the pod as they are needed.
    pub(super) fn anchors<'a, P>(&'a self, pod: &'a P, now: Duration) -> InPod<'a, P> {
        InPod { source: &self.source, pod, now }
    }

    /// What a transport is given.
    pub(super) fn trust<'a>(&'a self, anchors: &'a dyn Anchors) -> Trust<'a> {
        Trust { server_name: &self.server_name, anchors }
    }
}

/// A source of trust anchors, and the pod that it reads them from.
pub(super) struct InPod<'a, P> {
    source: &'a Mutex<AnchorSource>,
    pod: &'a P,
    now: Duration,
}

impl<P: Pod> Anchors for InPod<'_, P> {
    fn known(&self) -> Arc<TrustAnchors> {
        self.source.lock().known(self.pod, self.now)
    }

    fn latest(&self) -> Arc<TrustAnchors> {
        self.source.lock().latest(self.pod)
    }
}
