//! Standard output: all that the application can do to the world beside the API.

use crate::bindings::wasi::cli::stdout::get_stdout;
use alloc::format;
use core::fmt;

/// The most that a stream takes in one call.
const MOST: usize = 4096;

/// Prints.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    let stdout = get_stdout();
    for part in format!("{text}").as_bytes().chunks(MOST) {
        if stdout.blocking_write_and_flush(part).is_err() {
            return;
        }
    }
}
