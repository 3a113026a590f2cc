//! The API server as far as an election sees it: one Lease, and versions of it.

use crate::Error;
use crate::client::Status;
use crate::leases::elector::{Request, Verb};
use crate::leases::record::{Lease, LeaseRecord};

#[derive(Default)]
pub(super) struct Server {
    stored: Option<String>,
    version: u64,
}

/// What others have put into each Lease.
const LABEL: &str = r#""labels":{"of":"others"}"#;

impl Server {
    /// Obeys a request, or refuses it as kube-apiserver does.
    pub(super) fn handle(&mut self, request: &Request) -> Result<Vec<u8>, Error> {
        match (request.verb, &self.stored) {
            (Verb::Get | Verb::Update, None) => return Err(status(404, "NotFound")),
            (Verb::Get, Some(_)) => {}
            (Verb::Create, Some(_)) => return Err(status(409, "AlreadyExists")),
            (Verb::Create, None) => {
                let metadata = format!(r#""metadata":{{{},{LABEL},"#, version(self.version));
                self.store(&request.body.replace(r#""metadata":{"#, &metadata));
            }
            (Verb::Update, Some(_)) => {
                assert!(request.body.contains(LABEL), "{}", request.body);
                if !request.body.contains(&version(self.version)) {
                    return Err(status(409, "Conflict"));
                }
                self.store(&request.body);
            }
        }
        Ok(self.stored.clone().unwrap_or_default().into_bytes())
    }

    fn store(&mut self, body: &str) {
        let before = version(self.version);
        self.version += 1;
        self.stored = Some(body.replace(&before, &version(self.version)));
    }

    /// The Lease, if there is one.
    pub(super) fn record(&self) -> Option<LeaseRecord> {
        let text = self.stored.as_ref()?;
        Some(Lease::parse(text.as_bytes()).unwrap().record)
    }

    /// Somebody else changes what is none of the election's.
    pub(super) fn touch(&mut self) {
        if let Some(body) = self.stored.take() {
            self.store(&body);
        }
    }

    /// Somebody else writes a record, whatever was there.
    pub(super) fn put(&mut self, record: &LeaseRecord) {
        let lease =
            format!(r#"{{"kind":"Lease","metadata":{{{},{LABEL}}}}}"#, version(self.version));
        let lease = Lease::parse(lease.as_bytes()).unwrap();
        self.store(&lease.with(record));
    }

    /// Somebody deletes the Lease.
    pub(super) fn delete(&mut self) {
        self.stored = None;
    }
}

fn version(version: u64) -> String {
    format!(r#""resourceVersion":"{version}""#)
}

pub(super) fn status(code: u16, reason: &str) -> Error {
    Error::Api(Box::new(Status {
        code,
        reason: reason.into(),
        message: String::new(),
        details: None,
        retry_after: None,
        warnings: Vec::new(),
    }))
}
