//! A host of the component, in a process of its own as the native clients are: it is asked as they are, and answers as
//! they do.

use super::component;
use super::server::Server;
use super::subject::{Subject, Transport};
use std::io::BufRead as _;
use std::time::Instant;

/// What this program is called with to be one, before the kind of it.
pub(crate) const NAME: &str = "host";

pub(crate) const HTTP1: &str = "http1";
pub(crate) const HTTP2: &str = "http2";
pub(crate) const TLS: &str = "tls";

/// Asks for a list whose pages are fetched ahead.
pub(crate) const AHEAD: &str = "ahead";

/// The most linear memory that a component gets: one that needs more traps.
pub(crate) const MEMORY: usize = 4 << 20;

/// Does what the lines of its input ask for, until they end. The arguments are the kind, and then the native clients'.
pub(crate) async fn run(arguments: &[String]) {
    let [kind, url, authority, token, namespace] = arguments else { panic!("{arguments:?}") };
    let subject = match kind.as_str() {
        HTTP1 => Subject::load(Transport::Http).without_http2(),
        HTTP2 => Subject::load(Transport::Http),
        TLS => Subject::load(Transport::Tls),
        other => panic!("{other}"),
    };
    let server = Server {
        address: url.strip_prefix("https://").unwrap().parse().unwrap(),
        ca_pem: std::fs::read_to_string(authority).unwrap(),
        token: token.clone(),
        namespace: namespace.clone(),
    };
    let mut client = subject.client_with_memory(&server, MEMORY).await;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let start = Instant::now();
        let count = match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["list"] => component::list(&mut client, false).await,
            [AHEAD] => component::list(&mut client, true).await,
            ["get", count] => component::get(&mut client, count.parse().unwrap()).await,
            ["watch"] => component::watch(&mut client, None, super::pods::COUNT).await,
            ["events", count, after] => {
                component::watch(&mut client, Some(after), count.parse().unwrap()).await
            }
            _ => panic!("{line}"),
        };
        println!("{count} {}", start.elapsed().as_nanos());
    }
}
