//! kube-rs in a component: this program is its host, in a process that it starts itself.

use super::server::Server;
use super::subject::Subject;

/// The first argument of such a process. Who speaks TLS follows, and what all programs are given here.
pub(crate) const ARGUMENT: &str = "kube-in-component";

/// Where `cargo xtask bench` leaves the component.
const COMPONENT: &str = "peers/bench-kube.wasm";

pub(crate) async fn run(arguments: &[String]) {
    let [side, url, authority, token, namespace] = arguments else {
        panic!("started by the benchmark alone");
    };
    let server = Server {
        address: url.trim_start_matches("https://").parse().unwrap(),
        ca_pem: std::fs::read_to_string(authority).unwrap(),
        token: token.clone(),
        namespace: namespace.clone(),
    };
    let subject = Subject::load_file(COMPONENT).without_http2();
    subject.run(&server, &["bench-kube", side]).await;
}
