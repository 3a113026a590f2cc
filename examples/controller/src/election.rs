//! Which of the replicas acts: the one that holds the Lease.

use crate::bindings::k8s::in_cluster::leases::{self, Elector, Event, Loss};
use crate::bindings::k8s::in_cluster::types::Error;
use crate::bindings::wasi::io::poll::Pollable;
use crate::cluster::describe;
use std::cell::Cell;

/// The Lease of all replicas.
const LEASE: &str = "website-controller";

/// The part that this replica takes in the election.
pub(crate) struct Election {
    elector: Elector,
    lost: Cell<Option<Loss>>,
}

impl Election {
    /// Begins to take part, under the name of the pod.
    pub(crate) fn begin() -> Result<Self, Error> {
        let elector = leases::elect(&leases::Options {
            name: LEASE.to_owned(),
            namespace: None,
            identity: None,
            timings: None,
        })?;
        Ok(Self { elector, lost: Cell::new(None) })
    }

    /// The name of this replica.
    pub(crate) fn identity(&self) -> String {
        self.elector.identity()
    }

    /// Does what is due, without waiting: to be called between one piece of work and the next.
    /// Returns whether this replica leads; one that has led and leads no more is told why.
    pub(crate) fn look_after(&self) -> Result<bool, Loss> {
        for event in self.elector.poll(0) {
            match event {
                Event::NewLeader(name) => eprintln!("controller: the leader is {name}"),
                Event::StartedLeading => eprintln!("controller: leading"),
                Event::StoppedLeading(loss) => self.lost.set(Some(loss)),
                Event::RequestFailed(error) => {
                    eprintln!("controller: the Lease: {}", describe(&error));
                }
            }
        }
        self.lost.get().map_or_else(|| Ok(self.elector.is_leader()), Err)
    }

    /// Ready when there is something to do: within seconds.
    pub(crate) fn subscribe(&self) -> Pollable {
        self.elector.subscribe()
    }

    /// Leaves the Lease to another.
    pub(crate) fn release(&self) -> Result<(), Error> {
        self.elector.release()
    }
}
