//! Walks through "Accessing the Kubernetes API from a Pod".
fn main() {}
