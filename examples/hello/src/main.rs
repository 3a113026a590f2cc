//! The smallest application of the component: prints the pods of its namespace.

wit_bindgen::generate!({ path: "../../wit", world: "imports", generate_all });

use k8s::in_cluster::{cluster, rest, types::Error};
use std::process::ExitCode;

fn main() -> ExitCode {
    match pods() {
        Ok(list) => {
            println!("{list}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn pods() -> Result<String, Error> {
    let namespace = cluster::discover()?.namespace;
    let request = rest::Request {
        method: "GET".into(),
        path: format!("/api/v1/namespaces/{namespace}/pods"),
        query: vec![("limit".into(), "500".into())],
        headers: vec![],
        impersonate: None,
        compress: false,
        limits: None,
    };
    let answer = rest::send(&request, None)?;
    Ok(String::from_utf8_lossy(&answer.body).into_owned())
}
