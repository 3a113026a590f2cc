//! The component beside kube-rs and client-go, which do the same natively against the same server: ratios within one run.
//! Prints, and judges nothing.
//!
//! `cargo bench --bench clients -- fixture list` measures that part alone: `fixture` or `real`, and `list`, `get`, `watch`,
//! `events` or `store`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod component;
mod contestant;
mod fixture;
mod floor;
mod host;
mod in_component;
mod memory;
#[path = "../component/native.rs"]
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod native;
mod peer;
mod pods;
mod processor;
mod real;
#[path = "../component/server.rs"]
mod server;
#[path = "../component/subject.rs"]
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod subject;

use contestant::{Contestant, Work};
use processor::OneProcessor;
use server::Server;
use std::time::Duration;

/// They take turns, so that whatever slows the machine slows all.
const ROUNDS: usize = 5;

/// The name of what is measured in memory.
const STORE: &str = "store";

fn main() {
    // One thread, as kube-rs has it. The servers have theirs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == host::NAME => return runtime.block_on(host::run(rest)),
        Some((first, rest)) if first == in_component::NAME => {
            return runtime.block_on(in_component::run(rest));
        }
        _ => {}
    }
    runtime.block_on(async {
        println!("{} pods, to the component in {} MiB of memory", pods::COUNT, host::MEMORY >> 20);
        if is_wanted("fixture", &["real"]) {
            let server = fixture::start().await;
            let forget = || server.journal().clear();
            run("the API server of the tests", &Server::from(&server), true, "1", forget).await;
        }
        if is_wanted("real", &["fixture"])
            && let Some((_running, server, before)) = real::start().await
        {
            run("kube-apiserver", &server, false, &before, || ()).await;
        }
    });
}

/// Whether the command line names this, or none of the others.
fn is_wanted(name: &str, others: &[&str]) -> bool {
    let named = |name: &str| std::env::args().skip(1).any(|argument| argument == name);
    named(name) || !others.iter().any(|other| named(other))
}

/// Has all do everything, and calls `forget` after each round. `before` is the version before the changes of pods, `is_here`
/// whether the server is in this process.
async fn run(server_name: &str, server: &Server, is_here: bool, before: &str, forget: impl Fn()) {
    println!("{server_name}");
    let names = [&Work::ALL.map(Work::name)[..], &[STORE]].concat();
    let works: Vec<Work> =
        Work::ALL.into_iter().filter(|work| is_wanted(work.name(), &names)).collect();
    let mut contestants = match works.is_empty() {
        true => Vec::new(),
        false => Contestant::all(server).await,
    };
    for work in works {
        let mut times = vec![Vec::new(); contestants.len()];
        let kept = match work {
            Work::Get if is_here => OneProcessor::keep(processes(&contestants)),
            _ => None,
        };
        for round in 0..=ROUNDS {
            for (contestant, times) in contestants.iter_mut().zip(&mut times) {
                let time = contestant.run(work, before).await;
                // The first round warms all up.
                times.extend(time.filter(|_| round > 0));
            }
            forget();
        }
        report(work, kept.is_some(), &contestants, times);
    }
    drop(contestants);
    if is_wanted(STORE, &names) {
        memory::measure(server).await;
    }
}

/// Those of the clients, and of this with its servers.
fn processes(contestants: &[Contestant]) -> Vec<u32> {
    contestants.iter().filter_map(Contestant::process).chain([std::process::id()]).collect()
}

fn report(
    work: Work,
    on_one_processor: bool,
    contestants: &[Contestant],
    times: Vec<Vec<Duration>>,
) {
    let where_at = if on_one_processor { ", server and clients on one processor" } else { "" };
    println!("  {}{where_at}", work.title());
    let mut peers = Vec::new();
    for (contestant, times) in contestants.iter().zip(times) {
        let Some(time) = median(times) else { continue };
        print!("    {:42} {:>8.1} ms", contestant.name(), time.as_secs_f64() * 1e3);
        match contestant {
            Contestant::Floor(floor) => print!(", {:.1} MB", floor.bytes as f64 / 1e6),
            Contestant::Peer(peer) => peers.push((peer.name, time)),
            Contestant::KubeInComponent(_) => {
                print_ratios(time, peers.get(..1).unwrap_or_default());
                if let Some(budget) = work.budget_of_kube() {
                    print!(" (budget {budget})");
                }
            }
            Contestant::Component { .. } => {
                print_ratios(time, &peers);
                print!(" (budget {})", work.budget());
            }
        }
        println!();
    }
}

fn print_ratios(time: Duration, others: &[(&str, Duration)]) {
    for (name, other) in others {
        print!(", {:.2} of {name}", time.as_secs_f64() / other.as_secs_f64());
    }
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}
