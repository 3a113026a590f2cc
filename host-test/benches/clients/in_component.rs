//! kube-rs in a component: this program is its host, in a process that it starts itself.

use super::server::Server;
use super::subject::Subject;

/// What this program is called with to be one, before who speaks TLS.
pub(crate) const NAME: &str = "kube-in-component";

/// What they are called, and who speaks TLS.
pub(crate) const KINDS: [(&str, &str); 2] =
    [("kube-rs in a component", "host"), ("kube-rs in a component, TLS there", "component")];

/// Where `cargo xtask bench` leaves the component.
const COMPONENT: &str = "peers/bench-kube.wasm";

pub(crate) async fn run(arguments: &[String]) {
    let [side, url, authority, token, namespace] = arguments else { panic!("{arguments:?}") };
    let server = Server {
        address: url.strip_prefix("https://").unwrap().parse().unwrap(),
        ca_pem: std::fs::read_to_string(authority).unwrap(),
        token: token.clone(),
        namespace: namespace.clone(),
    };
    let subject = Subject::load_file(COMPONENT).without_http2();
    subject.run(&server, &["bench-kube", side]).await;
}
