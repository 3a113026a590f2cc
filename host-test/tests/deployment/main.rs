//! The files of `examples/deploy`, and those of `examples/web-page`: what a real API server says to the manifests, whether their roles are enough for the
//! applications and no more, and what can be known of the files for hosts that are not run here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accepted;
mod command_lines;
mod containerfile;
mod files;
mod helm;
mod objects;
mod pages;
mod permissions;
mod pods;
mod spin;
mod web_page;
