//! Plays the pod.
fn main() {}
