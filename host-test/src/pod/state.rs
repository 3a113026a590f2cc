//! What one instance has of the host, and how it is linked to it.

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::memory::Memory;
use super::{Engine, sockets};
use crate::outgoing::{Destination, OutgoingHooks, error_code};

/// The host's side of one instance: its WASI context, its resources and its requests.
pub struct PodState {
    pub(super) wasi: WasiCtx,
    pub(super) http: WasiHttpCtx,
    pub(super) hooks: OutgoingHooks,
    pub(super) servers: Arc<[Destination]>,
    pub(super) table: ResourceTable,
    pub(super) memory: Memory,
}

impl WasiView for PodState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for PodState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Offers WASI 0.2 and `wasi:http` to components.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<PodState>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    linker.allow_shadowing(true);
    linker.instance("wasi:http/types@0.2.12")?.func_wrap("http-error-code", http_error_code)?;
    sockets::add_to_linker(&mut linker)?;
    linker.allow_shadowing(false);
    Ok(linker)
}

/// `wasi:http/types.http-error-code`, for the errors of an answer's body too.
///
/// Behind those, wasmtime 48 has an error of another type than the one that its own version of
/// this function looks for, so that a guest never learned why a body broke off.
fn http_error_code(
    store: StoreContextMut<'_, PodState>,
    (error,): (Resource<IoError>,),
) -> wasmtime::Result<(Option<ErrorCode>,)> {
    let error = store.data().table.get(&error)?;
    let code = match error.downcast_ref::<ErrorCode>() {
        Some(code) => Some(code.clone()),
        None => error.downcast_ref().map(error_code),
    };
    Ok((code,))
}
