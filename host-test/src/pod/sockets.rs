//! TCP connections that components make themselves: to the servers that they may reach, and to no other.

use std::net::SocketAddr;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{Host as _, ResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, Network};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsView as _};

use super::PodState;
use crate::outgoing::Destination;

/// Lets a component connect to the servers' addresses. It can bind no address of its own choice, listen to none, and
/// send no datagrams.
pub(super) fn allow(wasi: &mut WasiCtxBuilder, servers: &Arc<[Destination]>) {
    let any = !servers.is_empty();
    wasi.allow_tcp(any).allow_udp(false).allow_ip_name_lookup(any);
    let servers = Arc::clone(servers);
    wasi.socket_addr_check(move |address, what| {
        let allowed = match what {
            SocketAddrUse::TcpConnect => servers.iter().any(|it| it.connect_to() == address),
            // What a connection does of itself, before it is made.
            SocketAddrUse::TcpBind => is_any(address),
            _ => false,
        };
        Box::pin(async move { allowed })
    });
}

/// Whether an address leaves the choice to the system.
fn is_any(address: SocketAddr) -> bool {
    address.ip().is_unspecified() && address.port() == 0
}

/// Has names looked up among the servers, in place of the system's way, which knows others too.
pub(super) fn add_to_linker(linker: &mut Linker<PodState>) -> wasmtime::Result<()> {
    linker
        .instance("wasi:sockets/ip-name-lookup@0.2.12")?
        .func_wrap("resolve-addresses", resolve_addresses)
}

/// `wasi:sockets/ip-name-lookup.resolve-addresses`, for the names that components know the servers by.
fn resolve_addresses(
    mut store: StoreContextMut<'_, PodState>,
    (network, name): (Resource<Network>, String),
) -> wasmtime::Result<(Result<Resource<ResolveAddressStream>, ErrorCode>,)> {
    let state = store.data_mut();
    let Some(server) = state.servers.iter().find(|server| server.is_called(&name)) else {
        return Ok((Err(ErrorCode::NameUnresolvable),));
    };
    // An address is its own name.
    let address = server.connect_to().ip().to_string();
    match state.sockets().resolve_addresses(network, address) {
        Ok(stream) => Ok((Ok(stream),)),
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}
