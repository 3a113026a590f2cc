//! Walks through the Kubernetes page "Accessing the Kubernetes API from a Pod",
//! <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>, in a
//! component.
//!
//! On that page a shell in the pod reads three files and gives their contents to
//! `curl`. Here the program asks the `k8s:in-cluster` component that it is composed
//! with, and never holds the token.

use bindings::k8s::in_cluster::cluster::{self, CertificateAuthority, Info, Verifier};
use bindings::k8s::in_cluster::rest::{self, Request};
use bindings::k8s::in_cluster::types::Error;
use std::process::ExitCode;

mod bindings {
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT package")]

    wit_bindgen::generate!({ path: "../../wit", world: "imports", generate_all });
}

fn main() -> ExitCode {
    match walk_through() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tutorial: {}", describe(&error));
            ExitCode::FAILURE
        }
    }
}

fn walk_through() -> Result<(), Error> {
    let cluster = cluster::discover()?;
    println!("Accessing the Kubernetes API from a Pod");
    println!();
    match cluster.verified_by {
        Verifier::Host => directly(&cluster, "the host"),
        Verifier::Component => directly(&cluster, "k8s-in-cluster"),
        Verifier::LoopbackProxy => by_proxy(&cluster),
    }
    println!();
    println!("GET {}/api", cluster.server);
    println!();
    print!("{}", get("/api")?);
    println!();
    Ok(())
}

fn directly(cluster: &Info, verifier: &str) {
    println!("# Point to the API server");
    println!("APISERVER={}", cluster.server);
    println!();
    println!("# The namespace of this pod");
    println!("NAMESPACE={}", cluster.namespace);
    println!();
    println!("# The bearer token: k8s-in-cluster sends it, this program never sees it");
    println!("TOKEN=$(cat {})", cluster.token_path);
    println!();
    println!("# The certificate authority by which {verifier} verifies the API server");
    println!("CACERT={}", cluster.certificate_authority_path);
    match &cluster.certificate_authority {
        Some(CertificateAuthority::Certificates(1)) => println!("# (1 certificate)"),
        Some(CertificateAuthority::Certificates(count)) => println!("# ({count} certificates)"),
        Some(CertificateAuthority::Unusable(why)) => println!("# (can't be used: {why})"),
        None => {}
    }
    if let Some(name) = &cluster.tls_server_name {
        println!("# ({name} is the name that its certificate carries)");
    }
    println!();
    println!("# Explore the API with the token");
}

fn by_proxy(cluster: &Info) {
    println!("# A proxy in the pod brings its own credentials: none are read here");
    println!("APISERVER={}", cluster.server);
    println!();
    println!("# The namespace of this pod");
    println!("NAMESPACE={}", cluster.namespace);
    println!();
    println!("# Explore the API through the proxy");
}

fn get(path: &str) -> Result<String, Error> {
    let request = Request {
        method: "GET".into(),
        path: path.into(),
        // For people, as the API server lays it out for curl.
        query: vec![("pretty".into(), "true".into())],
        headers: Vec::new(),
        impersonate: None,
        compress: false,
        limits: None,
    };
    let response = rest::send(&request, None)?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}

fn describe(error: &Error) -> String {
    match error {
        Error::NotInCluster(text)
        | Error::Credentials(text)
        | Error::InvalidRequest(text)
        | Error::Denied(text)
        | Error::DeadlineExceeded(text)
        | Error::Protocol(text)
        | Error::Other(text) => text.clone(),
        Error::Connection(error) => error.message.clone(),
        Error::Api(status) => {
            format!("the API server says: {} ({} {})", status.message, status.code, status.reason)
        }
    }
}
