//! GETs paths of the API server, as `kubectl get --raw` does: to try out a host.
//!
//! Given as arguments, it prints the answers and ends with the first failure. Without any, it reads
//! paths from standard input, and says in a line for each how that went, for as long as there are
//! more: what a program does that goes on while tokens and certificates are replaced under it.

use bindings::k8s::in_cluster::rest::{self, Request, Response};
use bindings::k8s::in_cluster::types::Error;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

mod bindings {
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT package")]

    wit_bindgen::generate!({ path: "../../wit", world: "imports", generate_all });
}

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let done = match paths.is_empty() {
        true => line_by_line(),
        false => print(&paths),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("get: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the answer to each path.
fn print(paths: &[String]) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    for path in paths {
        let response = get(path).map_err(describe)?;
        stdout.write_all(&response.body).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Says of each path that is read how it went.
fn line_by_line() -> Result<(), String> {
    for line in io::stdin().lock().lines() {
        let path = line.map_err(|error| error.to_string())?;
        let outcome = match get(&path) {
            Ok(response) => format!("{}, {} bytes", response.head.status, response.body.len()),
            Err(error) => describe(error).replace('\n', " "),
        };
        println!("{path}: {outcome}");
    }
    Ok(())
}

fn get(path: &str) -> Result<Response, Error> {
    let request = Request {
        method: "GET".into(),
        path: path.into(),
        query: Vec::new(),
        headers: Vec::new(),
        impersonate: None,
        compress: false,
        limits: None,
    };
    rest::send(&request, None)
}

fn describe(error: Error) -> String {
    match error {
        Error::NotInCluster(text)
        | Error::Credentials(text)
        | Error::InvalidRequest(text)
        | Error::Denied(text)
        | Error::DeadlineExceeded(text)
        | Error::Protocol(text)
        | Error::Other(text) => text,
        Error::Connection(error) => error.message,
        Error::Api(status) => {
            format!("the API server says: {} ({} {})", status.message, status.code, status.reason)
        }
    }
}
