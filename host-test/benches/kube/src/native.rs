//! kube as it is used natively.

use anyhow::{Result, bail};
use kube::{Client, Config};

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// Its arguments are the API server's URL, a file with its certificate authority, a bearer token and a namespace.
pub(crate) fn client(arguments: &[String]) -> Result<Client> {
    let [url, authority, token, namespace] = arguments else {
        bail!("four arguments: URL, authority, token, namespace");
    };
    let mut config = Config::new(url.parse()?);
    let certificates = pem::parse_many(std::fs::read(authority)?)?;
    config.root_cert = Some(certificates.into_iter().map(pem::Pem::into_contents).collect());
    config.auth_info.token = Some(token.clone().into());
    config.default_namespace.clone_from(namespace);
    Ok(Client::try_from(config)?)
}
