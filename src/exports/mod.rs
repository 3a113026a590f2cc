//! The component's exports: translates between the WIT package and the client, and
//! decides nothing.

mod access;
mod bindings;
mod cache;
mod cluster;
mod discovery;
mod error;
mod leases;
mod logs;
mod objects;
mod resource;
mod rest;
mod watch;

use crate::client::Client;
use crate::cluster::Overrides;
#[cfg(feature = "tls")]
use crate::transport::sockets::{SocketExchange as Exchange, Sockets as Carrier};
#[cfg(not(feature = "tls"))]
use crate::transport::wasi_http::{HttpExchange as Exchange, WasiHttp as Carrier};
use crate::wasi::WasiPod;
use spin::Once;

type PodClient = Client<WasiPod, Carrier>;

struct Component;

// The allocator that std would have brought.
#[cfg(target_os = "unknown")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(target_os = "unknown")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

static CLIENT: Once<PodClient> = Once::new();

/// The client of this instance, made by the first call that succeeds.
fn client() -> Result<&'static PodClient, crate::Error> {
    CLIENT.try_call_once(|| {
        let pod = WasiPod::new();
        let overrides = Overrides::from_environment(&pod)?;
        Client::in_cluster(pod, Default::default(), &overrides)
    })
}

fn limits(
    limits: Option<bindings::exports::k8s::in_cluster::types::Limits>,
) -> crate::client::Limits {
    limits.map(Into::into).unwrap_or_default()
}

fn length(max: u64) -> usize {
    usize::try_from(max).unwrap_or(usize::MAX)
}
