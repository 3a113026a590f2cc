//! An API server, as clients know it.

use host_test::api_server::{ApiServer, NAMESPACE};
use std::net::SocketAddr;

/// What a pod is given to reach it.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    pub(crate) token: String,
    pub(crate) namespace: String,
}

impl From<&ApiServer> for Server {
    fn from(server: &ApiServer) -> Self {
        Self {
            address: server.address(),
            ca_pem: server.ca_pem(),
            token: server.token().to_owned(),
            namespace: NAMESPACE.to_owned(),
        }
    }
}
