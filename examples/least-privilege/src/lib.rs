//! An application that has nothing but the API: no file, no variable, no socket, no HTTP of its own.
//!
//! It prints the pods of its namespace. Then it does its worst to learn the token that its requests
//! carry, and prints all that it gets.

#![no_std]
#![cfg(target_family = "wasm")]

extern crate alloc;

mod output;
mod tries;

use alloc::string::String;
use bindings::exports::wasi::cli::run::Guest;
use bindings::k8s::in_cluster::objects;
use bindings::k8s::in_cluster::types::{ApiResource, Error, Scope};
use output::say;

mod bindings {
    #![allow(missing_docs, clippy::all, unsafe_code, reason = "generated from the WIT packages")]

    wit_bindgen::generate!({
        path: ["../../wit", "wit"],
        world: "example:least-privilege/app",
        generate_all,
    });

    export!(Application with_types_in self);

    use super::Application;
}

#[cfg(target_os = "unknown")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(target_os = "unknown")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

struct Application;

impl Guest for Application {
    fn run() -> Result<(), ()> {
        if let Err(error) = print_pods() {
            say(format_args!("{error}\n"));
            return Err(());
        }
        tries::run();
        Ok(())
    }
}

fn pods() -> ApiResource {
    ApiResource { group: String::new(), version: "v1".into(), resource: "pods".into() }
}

fn print_pods() -> Result<(), Error> {
    let list = objects::list(&pods(), &Scope::OwnNamespace, None)?;
    while let Some(pods) = list.blocking_next(100)? {
        for pod in pods {
            say(format_args!("{}\n", name(&pod).unwrap_or(&pod)));
        }
    }
    Ok(())
}

/// The first name in an object, which is its own.
fn name(object: &str) -> Option<&str> {
    object.split_once(r#""name":""#)?.1.split('"').next()
}
