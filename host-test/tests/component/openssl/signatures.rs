//! Which keys and signatures are good enough.

use super::exchange;
use super::server::{OpenSslServer, openssl};
use crate::support::{Elsewhere, TOKEN, connection, get, within_reason};
use host_test::api_server::IssuedCertificate;
use host_test::pod::client::types::ConnectionFailure;
use std::path::Path;

/// Has OpenSSL make an authority and a certificate of it for 127.0.0.1: how it makes the keys, and by which digests it signs.
struct Made<'a> {
    authority_key: &'a [&'a str],
    authority_digest: &'a str,
    key: &'a [&'a str],
}

const P256: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const P521: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
const RSA_2048: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA_1024: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
const RSA_PSS: &[&str] = &["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"];

impl Made<'_> {
    /// The bundle, and the certificate.
    fn make(&self, folder: &Path) -> (String, IssuedCertificate) {
        for (file, algorithm) in [("ca.key", self.authority_key), ("server.key", self.key)] {
            let generate = ["genpkey", "-out", file, "-algorithm"];
            openssl(&[&generate, algorithm].concat(), folder);
        }
        let digest = format!("-{}", self.authority_digest);
        let digest = digest.as_str();
        openssl(
            &[
                "req",
                "-x509",
                "-key",
                "ca.key",
                "-out",
                "ca.crt",
                "-days",
                "2",
                "-subj",
                "/CN=kubernetes",
                digest,
            ],
            folder,
        );
        openssl(
            &[
                "req",
                "-new",
                "-key",
                "server.key",
                "-out",
                "server.csr",
                "-subj",
                "/CN=kube-apiserver",
            ],
            folder,
        );
        std::fs::write(
            folder.join("extensions"),
            "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n",
        )
        .unwrap();
        openssl(
            &[
                "x509",
                "-req",
                "-in",
                "server.csr",
                "-CA",
                "ca.crt",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-out",
                "server.crt",
                "-days",
                "1",
                "-extfile",
                "extensions",
                digest,
            ],
            folder,
        );
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let certificate = IssuedCertificate::from_pem(&read("server.crt"), &read("server.key"));
        (read("ca.crt"), certificate.unwrap())
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn signatures_that_clusters_use_are_good_and_weak_ones_are_not() {
    within_reason(async {
        let made =
            |authority_key, authority_digest, key| Made { authority_key, authority_digest, key };
        for (made, good) in [
            (made(P256, "sha256", P256), true),
            (made(P256, "sha384", P384), true),
            (made(P384, "sha256", P256), true),
            (made(P384, "sha384", RSA_2048), true),
            (made(RSA_2048, "sha256", P256), true),
            (made(RSA_2048, "sha384", RSA_2048), true),
            (made(RSA_2048, "sha512", RSA_2048), true),
            (made(&["ED25519"], "sha512", &["ED25519"]), true),
            // Weak: too short, or by a digest that is broken.
            (made(RSA_1024, "sha256", P256), false),
            (made(P256, "sha256", RSA_1024), false),
            (made(RSA_2048, "sha1", P256), false),
            (made(P256, "sha1", P256), false),
            // Not weak, but spoken by none of the libraries that verify here.
            (made(P521, "sha512", P256), false),
            (made(P256, "sha256", P521), false),
            (made(&["ED448"], "sha512", P256), false),
            (made(RSA_PSS, "sha256", P256), false),
        ] {
            let Made { authority_key, authority_digest, key } = made;
            let what = format!("{key:?} by {authority_key:?} with {authority_digest}");
            let folder = tempfile::tempdir().unwrap();
            let (bundle, certificate) = made.make(folder.path());
            // The weak ones are to be offered.
            let options = ["-cipher", "ALL:@SECLEVEL=0", "-naccept", "1"];
            let mut server = OpenSslServer::start(&certificate, &options).await;
            let mut pod = Elsewhere::new(server.address(), &bundle).await;
            if good {
                let response = exchange(&mut server, &mut pod, 1).await;
                response.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                continue;
            }
            let error = pod.client.send(&get("/api"), None).await.unwrap().expect_err(&what);
            let shown = format!("{error:?}{}", server.printed());
            assert!(!shown.contains(TOKEN), "{shown}");
            let failure = connection(error).failure;
            // Where the server knows that the client can't verify its key, it is the one to end it.
            let ended = [ConnectionFailure::Certificate, ConnectionFailure::Tls];
            assert!(ended.contains(&failure), "{what}: {failure:?}");
        }
    })
    .await;
}
