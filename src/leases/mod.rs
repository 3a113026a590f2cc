//! Leader election over a Lease, `coordination.k8s.io/v1`:
//! <https://kubernetes.io/docs/concepts/architecture/leases/>.
//!
//! As client-go does it, and together with it: whoever takes part reads the Lease again and again. The
//! one whose identity stands in it renews it. The others take it when it did not change for as long as
//! it lasts, by their own clock: what stands in it as times was written by another's.
//!
//! [`Elector`] is the state machine, without I/O, and [`LeaderElector`] sends what it asks for.

mod elector;
mod event;
mod identity;
mod leader_elector;
mod micro_time;
mod record;
mod timings;

pub use elector::{Elector, Request, Step, Verb};
pub use event::{Event, Loss};
pub use leader_elector::{Election, LeaderElector};
pub use record::LeaseRecord;
pub use timings::{InvalidElection, Timings};

#[cfg(test)]
mod tests;
