use std::sync::Mutex;

use http::HeaderValue;

use super::*;
use crate::outgoing::Event;

type Lines = Arc<Mutex<Vec<String>>>;

fn observed(cluster: &Cluster) -> (Outgoing, Lines) {
    let lines = Lines::default();
    let write = lines.clone();
    let observer = move |request, event: Event<'_>| {
        write.lock().unwrap().push(format!("{request} {event:?}"));
    };
    let outgoing = cluster.builder().observer(Arc::new(observer)).build().unwrap();
    (outgoing, lines)
}

#[tokio::test]
async fn an_observer_sees_all_but_the_credentials() {
    let cluster = Cluster::new(&["http/1.1"]).await;
    let (outgoing, lines) = observed(&cluster);
    for _ in 0..2 {
        let mut request = get("/api?limit=1");
        request
            .headers_mut()
            .insert("authorization", HeaderValue::from_static("Bearer not-to-be-seen"));
        body(outgoing.send(request, None).await.unwrap()).await.unwrap();
    }
    assert_eq!(cluster.server.requests()[0].headers()["authorization"], "Bearer not-to-be-seen");
    let lines = lines.lock().unwrap();
    let all = lines.join("\n");
    assert!(!all.contains("not-to-be-seen"), "{all}");
    assert_eq!(lines.len(), 6, "{all}");
    assert!(lines[0].contains("GET") && lines[0].contains("https://10.96.0.1:443/api?limit=1"));
    assert!(lines[0].contains("Bearer [redacted]"), "{all}");
    assert!(lines[1].contains("200") && lines[1].contains("reused: false"));
    assert_eq!(lines[2], "1 Ended { bytes: 4 }");
    assert!(lines[4].contains("reused: true"), "{all}");
    assert_eq!(lines[5], "2 Ended { bytes: 4 }");
}

#[tokio::test]
async fn an_observer_is_told_how_it_ended() {
    let cluster = Cluster::with(|ca| ca.expired_server(HOST).config(&[])).await;
    let (outgoing, lines) = observed(&cluster);
    outgoing.send(get("/"), None).await.unwrap_err();
    let last = lines.lock().unwrap().pop().unwrap();
    assert!(last.starts_with("1 Failed") && last.contains("expired"), "{last}");

    let cluster = Cluster::new(&["http/1.1"]).await;
    let (outgoing, lines) = observed(&cluster);
    drop(outgoing.send(get("/"), None).await.unwrap());
    let last = lines.lock().unwrap().pop().unwrap();
    assert_eq!(last, "1 Abandoned { bytes: 0 }");
}
