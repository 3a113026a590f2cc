//! The smallest application of the component: prints the pods of its namespace.

wit_bindgen::generate!({ path: "../../wit", world: "imports", generate_all });

use k8s::in_cluster::{cluster, rest};

fn main() {
    let namespace = cluster::discover().expect("this runs in a pod").namespace;
    let pods = rest::Request {
        method: "GET".into(),
        path: format!("/api/v1/namespaces/{namespace}/pods"),
        query: vec![("limit".into(), "500".into())],
        headers: vec![],
        limits: None,
    };
    match rest::send(&pods, None) {
        Ok(answer) => println!("{}", String::from_utf8_lossy(&answer.body)),
        Err(error) => eprintln!("{error}"),
    }
}
