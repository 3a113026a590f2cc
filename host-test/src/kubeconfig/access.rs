//! What a context of a kubeconfig leads to.

use std::fmt;
use std::path::PathBuf;

use super::{ExecPlugin, Server, Token};

/// An API server, how to know it, and who to be there.
#[derive(Debug)]
pub struct Access {
    /// Where the API server is.
    pub server: Server,
    /// The certificates, in PEM, that the API server's certificate is verified
    /// with. `None` where the kubeconfig leaves it to the system's, and for
    /// `http`.
    pub certificate_authority: Option<Vec<u8>>,
    /// The name that the API server's certificate is to carry, where it is not
    /// the host.
    pub tls_server_name: Option<String>,
    /// Who to be.
    pub credentials: Credentials,
    /// The context's namespace.
    pub namespace: Option<String>,
}

/// Who to be at the API server.
///
/// Of a user that has several kinds of credentials the first in this order is
/// taken: a pod has a token. `Debug` shows no secret.
#[derive(Debug)]
pub enum Credentials {
    /// A file that holds a bearer token, and may hold another one later:
    /// [`Token::read`] reads it.
    TokenFile(PathBuf),
    /// A bearer token.
    Token(Token),
    /// A certificate that is presented when the connection is made.
    ClientCertificate(ClientCertificate),
    /// A command that gives credentials.
    Exec(ExecPlugin),
    /// Nobody: the API server is asked as an anonymous user. Always so for
    /// `http`, where the proxy has credentials of its own.
    None,
}

/// A certificate and its private key. `Debug` shows nothing of the key.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and those between it and the authority, in PEM.
    pub certificate_pem: Vec<u8>,
    /// The private key, in PEM.
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("certificate_pem", &String::from_utf8_lossy(&self.certificate_pem))
            .field("key_pem", &"[redacted]")
            .finish()
    }
}
