//! An application that prints the pods of its namespace, and then each change to them: the same in several languages.

use crate::cluster::{Cluster, within_reason};
use crate::guest::{Outcome, assert_says, outcome};
use crate::run::TLS;
use crate::wasmtime::Wasmtime;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::OnceCell;

/// What it prints between the list and the changes.
const CHANGES: &str = "-- changes";

/// How many changes there are for it to follow: on a real API server, which marks a pod as ending before it goes, one more.
pub(crate) fn changes(cluster: &Cluster) -> &'static str {
    if cluster.is_real() { "4" } else { "3" }
}

/// Has it list, and follow the changes.
pub(crate) async fn lists_and_follows(cluster: &Cluster, mut command: Command) {
    let (listed, changed) = match cluster.is_real() {
        true => (&["pod-1"][..], &["+ pod-99", "~ pod-99", "~ pod-99", "- pod-99"][..]),
        false => (&["web-1", "web-2", "web-3"][..], &["~ web-1", "~ web-3", "- web-3"][..]),
    };
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = child.stderr.take().unwrap();
    let mut lines = Vec::new();
    within_reason(async {
        while let Some(line) = stdout.next_line().await.unwrap() {
            if line == CHANGES {
                cluster.change_pods().await;
            }
            lines.push(line);
        }
        let mut said = String::new();
        stderr.read_to_string(&mut said).await.unwrap();
        let status = child.wait().await.unwrap();
        assert!(status.success() && said.is_empty(), "{status}: {said}");
    })
    .await;
    let expected: Vec<_> = listed.iter().chain(&[CHANGES]).chain(changed).collect();
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{lines:?}");
    }
    assert!(lines[0].ends_with(" Pending"), "{lines:?}");
}

/// What it says where there is no cluster. Whichever test comes first, wasmtime has compiled it when this is done, and
/// keeps that for the others: it takes a while with a whole language inside.
pub(crate) async fn without_a_cluster(once: &OnceCell<Outcome>, name: &str) {
    let run = async || outcome(Wasmtime::new(TLS).component(name, &[])).await;
    let outcome = once.get_or_init(run).await;
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    assert_says(&outcome.stderr, &["pods: ", "KUBERNETES_SERVICE_HOST"]);
}

/// Checks what it says where it may not list the pods.
pub(crate) fn is_refused(cluster: &Cluster, outcome: &Outcome) {
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    let words = ["pods: the API server says: ", "pods is forbidden", "(403 Forbidden)"];
    assert_says(&outcome.stderr, &words);
    assert!(!outcome.stderr.contains(&cluster.token()), "{outcome:?}");
}
