//! The smallest application of the component: prints the pods of its namespace, one a line.

wit_bindgen::generate!({ path: "../../wit", world: "imports", generate_all });

use k8s::in_cluster::objects;
use k8s::in_cluster::types::{ApiResource, Error, Scope};
use std::process::ExitCode;

fn main() -> ExitCode {
    match print_pods() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print_pods() -> Result<(), Error> {
    let pods = ApiResource { group: String::new(), version: "v1".into(), resource: "pods".into() };
    let list = objects::list(&pods, &Scope::OwnNamespace, None)?;
    while let Some(items) = list.blocking_next(100)? {
        for pod in items {
            println!("{pod}");
        }
    }
    Ok(())
}
