#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod entries;
mod kinds;
mod lists;
mod objects;
mod requests;
mod scopes;
mod unreadable;
mod watches;

use super::{Api, Client};
use crate::asynchronous;
use crate::client::tests::mounted;
use crate::client::tests::script::{Script, Stage};
use k8s_openapi::api::core::v1::Pod;

pub(super) use crate::asynchronous::tests::run;

/// A client in a pod of the namespace `shop`.
fn client(scripts: impl IntoIterator<Item = Script>) -> (Client, Stage) {
    let (client, stage) = mounted(scripts);
    (asynchronous::Client::from(client).into(), stage)
}

fn pods(scripts: impl IntoIterator<Item = Script>) -> (Api<Pod>, Stage) {
    let (client, stage) = client(scripts);
    (Api::default_namespaced(client), stage)
}

/// Method, path and query of what was sent, and its body.
fn sent(stage: &Stage, attempt: usize) -> (String, String) {
    let sent = stage.sent(attempt);
    let url = sent.url.strip_prefix("https://10.96.0.1:443").unwrap();
    let body = String::from_utf8(sent.body.borrow().clone()).unwrap();
    (format!("{} {url}", sent.method), body)
}

fn header(stage: &Stage, attempt: usize, name: &str) -> Option<String> {
    let sent = stage.sent(attempt);
    let mut headers = sent.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let value = headers.next().map(|(_, value)| value.clone());
    assert_eq!(headers.next(), None, "{name} stands twice");
    value
}
