//! The components and OpenSSL: another implementation of TLS than their own.

mod agreement;
mod ends;
mod server;
mod signatures;
mod traffic;

use crate::support::{Elsewhere, get};
use host_test::api_server::{CertificateAuthority, IssuedCertificate, ServerCertificate};
use host_test::pod::client::types::Error;
use host_test::pod::client::{ResponseBody, rest};
use server::{ANSWER, OpenSslServer};

/// An authority, and a certificate of it for a server at 127.0.0.1.
fn issued() -> (CertificateAuthority, IssuedCertificate) {
    let authority = CertificateAuthority::new("kubernetes").unwrap();
    let certificate = authority.issue(&ServerCertificate::default()).unwrap();
    (authority, certificate)
}

/// A server with options, and the component in a pod that trusts it.
async fn start(options: &[&str]) -> (OpenSslServer, Elsewhere) {
    let (authority, certificate) = issued();
    let server = OpenSslServer::start(&certificate, options).await;
    let pod = Elsewhere::new(server.address(), &authority.pem()).await;
    (server, pod)
}

/// What comes of a call while the server is being told what to say.
async fn while_told<T>(call: impl Future<Output = T>, told: impl Future<Output = ()>) -> T {
    let told = async {
        told.await;
        std::future::pending::<T>().await
    };
    tokio::select! {
        result = call => result,
        never = told => never,
    }
}

/// Sends a GET and has the server answer it, as the request of this number.
async fn exchange(
    server: &mut OpenSslServer,
    pod: &mut Elsewhere,
    number: usize,
) -> Result<rest::Response, Error> {
    let asked = get("/api");
    let answered = async {
        server.prints("user-agent: k8s-in-cluster/", number).await;
        server.say(ANSWER).await;
    };
    let response = while_told(pod.client.send(&asked, None), answered).await;
    response.unwrap()
}

/// So many bytes of a body, which have to come.
async fn read(pod: &mut Elsewhere, body: &ResponseBody, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let more = (length - bytes.len()) as u64;
        let more = body.blocking_read(&mut pod.client, more).await.unwrap().unwrap();
        bytes.extend(more.expect("not the end yet"));
    }
    bytes
}
