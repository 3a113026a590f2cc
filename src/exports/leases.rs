use super::bindings::exports::k8s::in_cluster::leases as wit;
use super::{Component, Exchange, PodClient, client};
use crate::leases::{Election, Event, LeaderElector, Loss, Timings};
use crate::wasi::timer;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::cell::RefCell;
use core::time::Duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type Elector = Elector;

    fn elect(options: wit::Options) -> Result<wit::Elector, Error> {
        let client = client()?;
        let elector = RefCell::new(LeaderElector::new(client, options.into())?);
        Ok(wit::Elector::new(Elector { client, elector }))
    }
}

pub(super) struct Elector {
    client: &'static PodClient,
    elector: RefCell<LeaderElector<Exchange>>,
}

impl wit::GuestElector for Elector {
    fn identity(&self) -> String {
        self.elector.borrow().identity().to_owned()
    }

    fn subscribe(&self) -> Pollable {
        timer(self.elector.borrow().time_left(self.client).unwrap_or(Duration::MAX))
    }

    fn poll(&self, at_most: u64) -> Vec<wit::Event> {
        let at_most = Duration::from_nanos(at_most);
        let events = self.elector.borrow_mut().poll(self.client, at_most);
        events.into_iter().map(Into::into).collect()
    }

    fn is_leader(&self) -> bool {
        self.elector.borrow().is_leader(self.client)
    }

    fn leader_until(&self) -> Option<u64> {
        let until = self.elector.borrow().leader_until(self.client)?;
        u64::try_from(until.as_nanos()).ok()
    }

    fn leader(&self) -> Option<String> {
        self.elector.borrow().leader().map(ToOwned::to_owned)
    }

    fn release(&self) -> Result<(), Error> {
        let mut elector = self.elector.borrow_mut();
        let at_most = elector.timings().renew_deadline;
        Ok(elector.release(self.client, at_most)?)
    }
}

impl Drop for Elector {
    fn drop(&mut self) {
        let elector = self.elector.get_mut();
        let at_most = elector.timings().retry_period;
        // Who drops it asks for no answer: the others wait until the Lease has lasted then.
        let _ = elector.release(self.client, at_most);
    }
}

impl From<Event> for wit::Event {
    fn from(event: Event) -> Self {
        match event {
            Event::NewLeader(identity) => Self::NewLeader(identity),
            Event::StartedLeading => Self::StartedLeading,
            Event::StoppedLeading(Loss::Deadline) => Self::StoppedLeading(wit::Loss::Deadline),
            Event::StoppedLeading(Loss::Taken) => Self::StoppedLeading(wit::Loss::Taken),
            Event::StoppedLeading(Loss::Released) => Self::StoppedLeading(wit::Loss::Released),
            Event::RequestFailed(error) => Self::RequestFailed(error.into()),
        }
    }
}

impl From<wit::Options> for Election {
    fn from(options: wit::Options) -> Self {
        let wit::Options { name, namespace, identity, timings } = options;
        let timings = timings.map_or_else(Timings::default, |timings| Timings {
            lease_duration: Duration::from_nanos(timings.lease_duration),
            renew_deadline: Duration::from_nanos(timings.renew_deadline),
            retry_period: Duration::from_nanos(timings.retry_period),
        });
        Self { name, namespace, identity, timings }
    }
}
