//! What a store of the pods' metadata needs, without `managedFields`.

use super::component;
use super::peer::Peer;
use super::pods;
use super::server::Server;
use super::subject::{Subject, Transport};

/// How much of kube-rs' memory the component's may be.
const BUDGET: f64 = 0.5;

pub(crate) async fn measure(server: &Server) {
    println!(
        "  the metadata of the pods in a store: what kube-rs and client-go come to have more of"
    );
    println!("  memory by it, and all of the component's linear memory");
    let mut others = Vec::new();
    // New ones, which have no memory yet from what they did before.
    for mut peer in Peer::start_all(server) {
        let Some(before) = peer.memory() else { continue };
        let (count, _) = peer.ask("store");
        assert_eq!(count, pods::COUNT, "{}", peer.name);
        let grown = peer.memory().unwrap().saturating_sub(before);
        println!("    {:42} {:>8.1} MB", peer.name, megabytes(grown));
        others.push((peer.name, grown));
    }
    for (name, transport) in
        [("component", Transport::Http), ("component with TLS", Transport::Tls)]
    {
        let mut client = Subject::load(transport).client(server).await;
        let (count, memory) = component::store(&mut client).await;
        assert_eq!(count, pods::COUNT);
        print!("    {name:42} {:>8.1} MB", megabytes(memory));
        for (name, grown) in &others {
            print!(", {:.2} of {name}", memory as f64 / *grown as f64);
        }
        println!(" (budget {BUDGET} of kube-rs)");
    }
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
