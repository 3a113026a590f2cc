//! What is said once the two have agreed.

use super::server::{ANSWER, OpenSslServer};
use super::{exchange, issued, read, start, while_told};
use crate::support::{Elsewhere, get, request, within_reason};

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn keys_may_be_updated_at_any_time() {
    within_reason(async {
        for command in ["K\n", "k\n"] {
            let (mut server, mut pod) = start(&["-tls1_3", "-msg"]).await;
            exchange(&mut server, &mut pod, 1).await.unwrap();
            for number in 2..6 {
                // Between two exchanges.
                server.say(command).await;
                server.prints(UPDATED, number - 1).await;
                exchange(&mut server, &mut pod, number).await.unwrap();
            }
            // In the middle of an answer.
            let pending = pod.client.open(&get("/api"), None).await.unwrap().unwrap();
            server.prints("user-agent: k8s-in-cluster/", 6).await;
            let (begun, rest) = ANSWER.split_at(ANSWER.len() - 3);
            server.say(begun).await;
            let (_, body) = pending.blocking_response(&mut pod.client).await.unwrap().unwrap();
            assert_eq!(read(&mut pod, &body, 2).await, b"he");
            server.say(command).await;
            server.prints(UPDATED, 5).await;
            server.say(rest).await;
            assert_eq!(read(&mut pod, &body, 3).await, b"llo");
            assert!(body.read(&mut pod.client, 1).await.unwrap().unwrap().is_none());
            exchange(&mut server, &mut pod, 7).await.unwrap();
            let printed = server.printed();
            assert_eq!(printed.matches("CIPHER is ").count(), 1);
            // The client does the same where that is asked for.
            let answered = printed.lines().filter(|line| is_update(line, "<<<")).count();
            let expected = if command == "K\n" { 5 } else { 0 };
            assert_eq!(answered, expected, "{printed}");
        }
    })
    .await;
}

/// How OpenSSL prints that it has new keys.
const UPDATED: &str = ">>> TLS 1.3, Handshake [length 0005], KeyUpdate";

fn is_update(line: &str, direction: &str) -> bool {
    line.starts_with(direction) && line.ends_with("KeyUpdate")
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn a_long_body_goes_both_ways() {
    within_reason(async {
        // Files are served as they are, heads and all.
        let folder = tempfile::tempdir().unwrap();
        let body: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        let file = folder.path().join("api");
        std::fs::write(&file, [head.as_bytes(), &body].concat()).unwrap();
        let (authority, certificate) = issued();
        let options = ["-HTTP", "-max_send_frag", "1024"];
        let mut server = OpenSslServer::start_in(folder.path(), &certificate, &options).await;
        let mut pod = Elsewhere::new(server.address(), &authority.pem()).await;
        let answer = pod.client.send(&get("/api"), None).await.unwrap().unwrap();
        assert!(answer.body == body, "{} bytes", answer.body.len());
        drop(server);

        server = OpenSslServer::start(&certificate, &[]).await;
        let mut pod = Elsewhere::new(server.address(), &authority.pem()).await;
        let text = "a line of it\n".repeat(100_000);
        let post = request("POST", "/api");
        let answered = async {
            server.prints("a line of it\n", 100_000).await;
            server.say(ANSWER).await;
        };
        let answer = while_told(pod.client.send(&post, Some(text.as_bytes())), answered).await;
        assert_eq!(answer.unwrap().unwrap().body, b"hello");
    })
    .await;
}
