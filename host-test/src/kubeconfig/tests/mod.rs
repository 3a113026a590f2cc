#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clusters;
mod credentials;
mod files;
mod shapes;

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::*;

/// A folder with a certificate and its key: as PEM, as base64, and as files
/// `pki/tls.crt` and `pki/tls.key`.
struct Desk {
    folder: TempDir,
    certificate: String,
    key: String,
}

impl Desk {
    fn new() -> Desk {
        let pair = rcgen::generate_simple_self_signed(["kubernetes".to_owned()]).unwrap();
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
            certificate: pair.cert.pem(),
            key: pair.signing_key.serialize_pem(),
        };
        fs::create_dir(desk.path().join("pki")).unwrap();
        desk.write("pki/tls.crt", &desk.certificate);
        desk.write("pki/tls.key", &desk.key);
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Reads `text` as a file `config`. `CERT` and `KEY` in it become base64.
    fn read(&self, text: &str) -> Result<Kubeconfig, KubeconfigError> {
        let text = text
            .replace("CERT", &STANDARD.encode(&self.certificate))
            .replace("KEY", &STANDARD.encode(&self.key));
        self.write("config", text);
        Kubeconfig::read(self.path().join("config"))
    }

    fn resolve(&self, text: &str, context: Option<&str>) -> Result<Access, KubeconfigError> {
        self.read(text)?.resolve(context)
    }

    /// One cluster and one user, by the fields given, in YAML's flow style.
    fn one(&self, cluster: &str, user: &str) -> Result<Access, KubeconfigError> {
        let text = format!(
            "current-context: dev\n\
             contexts: [{{name: dev, context: {{cluster: kind, user: admin}}}}]\n\
             clusters: [{{name: kind, cluster: {{{cluster}}}}}]\n\
             users: [{{name: admin, user: {{{user}}}}}]\n"
        );
        self.resolve(&text, None)
    }

    /// The access of a user at an ordinary cluster.
    fn user(&self, user: &str) -> Result<Access, KubeconfigError> {
        let cluster = "server: 'https://10.0.0.1:6443', certificate-authority: pki/tls.crt";
        self.one(cluster, user)
    }

    /// The text of an error. It names the kubeconfig, and no secret is in it.
    fn error<T: fmt::Debug>(&self, result: Result<T, KubeconfigError>) -> String {
        let error = result.expect_err("an error");
        let text = error.to_string();
        let prefix = format!("kubeconfig {}: ", self.path().join("config").display());
        let text = text.strip_prefix(&prefix).expect(&text).to_owned();
        for said in [format!("{error}"), format!("{error:?}")] {
            assert!(!said.contains("s3cret"), "{said}");
        }
        text
    }
}

/// Asserts that a text holds each of some parts.
#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
}
