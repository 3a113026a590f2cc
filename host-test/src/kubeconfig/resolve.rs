//! From a context to an API server and credentials.

use std::path::Path;

use rustls_pki_types::ServerName;

use super::data::{Entry, Pem, given};
use super::exec;
use super::file::{Cluster, Config, Context, User};
use super::{
    Access, ClientCertificate, Credentials, Names, Problem, Scheme, Server, Token, TokenError,
};

pub(super) fn resolve(
    config: &Config,
    folder: &Path,
    wanted: Option<&str>,
) -> Result<Access, Problem> {
    let contexts = config.contexts.as_deref().unwrap_or_default();
    let contexts = Named::new("context", contexts, |c| &c.name);
    let clusters = config.clusters.as_deref().unwrap_or_default();
    let clusters = Named::new("cluster", clusters, |c| &c.name);
    let users = config.users.as_deref().unwrap_or_default();
    let users = Named::new("user", users, |u| &u.name);

    let wanted = wanted.or_else(|| given(&config.current_context));
    let context_name =
        wanted.ok_or_else(|| Problem::NoCurrentContext { contexts: contexts.names() })?;
    let found = contexts.find(context_name)?;
    let context = found.ok_or_else(|| Problem::NoSuchContext {
        context: context_name.to_owned(),
        contexts: contexts.names(),
    })?;
    let no_context = Context::default();
    let context = context.context.as_ref().unwrap_or(&no_context);

    let incomplete = |field, existing| Problem::IncompleteContext {
        context: context_name.to_owned(),
        field,
        existing,
    };
    let cluster_name =
        given(&context.cluster).ok_or_else(|| incomplete("cluster", clusters.names()))?;
    let cluster = clusters.find(cluster_name)?;
    let cluster = cluster.ok_or_else(|| Problem::NoSuchCluster {
        context: context_name.to_owned(),
        cluster: cluster_name.to_owned(),
        clusters: clusters.names(),
    })?;
    let user_name = given(&context.user).ok_or_else(|| incomplete("user", users.names()))?;
    let user = users.find(user_name)?.ok_or_else(|| Problem::NoSuchUser {
        context: context_name.to_owned(),
        user: user_name.to_owned(),
        users: users.names(),
    })?;

    let cluster_entry = clusters.describe(cluster_name);
    let user_entry = users.describe(user_name);
    let no_cluster = Cluster::default();
    let no_user = User::default();
    let resolution = Resolution {
        cluster_entry: Entry { name: &cluster_entry, folder },
        cluster: cluster.cluster.as_ref().unwrap_or(&no_cluster),
        user_entry: Entry { name: &user_entry, folder },
        user: user.user.as_ref().unwrap_or(&no_user),
    };
    let namespace = namespace(&contexts.describe(context_name), context)?;
    resolution.access(namespace)
}

/// The entries of one kind, by name.
struct Named<'a, T> {
    kind: &'static str,
    entries: &'a [T],
    name: fn(&T) -> &String,
}

impl<'a, T> Named<'a, T> {
    fn new(kind: &'static str, entries: &'a [T], name: fn(&T) -> &String) -> Self {
        Named { kind, entries, name }
    }

    fn describe(&self, name: &str) -> String {
        format!("{} {name:?}", self.kind)
    }

    fn names(&self) -> Names {
        Names(self.entries.iter().map(self.name).cloned().collect())
    }

    /// Which of two was meant can't be known, and they may be different people.
    fn find(&self, name: &str) -> Result<Option<&'a T>, Problem> {
        let mut found = self.entries.iter().filter(|e| (self.name)(e) == name);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            (_, Some(_)) => Err(Problem::Duplicate { entry: self.describe(name) }),
        }
    }
}

struct Resolution<'a> {
    cluster_entry: Entry<'a>,
    cluster: &'a Cluster,
    user_entry: Entry<'a>,
    user: &'a User,
}

impl Resolution<'_> {
    fn access(&self, namespace: Option<String>) -> Result<Access, Problem> {
        let server = self.server()?;
        if given(&self.cluster.proxy_url).is_some() {
            return Err(Problem::Unsupported {
                entry: self.cluster_entry.name.to_owned(),
                field: "proxy-url",
                advice: "remove it and reach the API server directly, or run kubectl proxy \
                         and give a kubeconfig whose server is its address",
            });
        }
        self.refuse_unsupported_user()?;
        if server.scheme == Scheme::Http {
            // As kubectl: what would be readable on the way is not sent.
            return Ok(Access {
                server,
                certificate_authority: None,
                tls_server_name: None,
                credentials: Credentials::None,
                namespace,
            });
        }
        if self.cluster.insecure_skip_tls_verify == Some(true) {
            return Err(Problem::Insecure { entry: self.cluster_entry.name.to_owned() });
        }
        let certificate_authority = self.cluster_entry.pem(
            ["certificate-authority-data", "certificate-authority"],
            &self.cluster.certificate_authority_data,
            &self.cluster.certificate_authority,
            Pem::Certificates,
        )?;
        Ok(Access {
            server,
            tls_server_name: self.tls_server_name()?,
            credentials: self.credentials(certificate_authority.as_deref())?,
            certificate_authority,
            namespace,
        })
    }

    fn server(&self) -> Result<Server, Problem> {
        let entry = self.cluster_entry.name;
        let url = given(&self.cluster.server).ok_or_else(|| Problem::Missing {
            entry: entry.to_owned(),
            field: "server",
            advice: "write https://HOST:PORT",
        })?;
        Server::parse(url).map_err(|reason| Problem::Server { entry: entry.to_owned(), reason })
    }

    fn tls_server_name(&self) -> Result<Option<String>, Problem> {
        let Some(name) = given(&self.cluster.tls_server_name) else {
            return Ok(None);
        };
        match ServerName::try_from(name) {
            Ok(_) => Ok(Some(name.to_owned())),
            Err(_) => Err(Problem::Value {
                entry: self.cluster_entry.name.to_owned(),
                field: "tls-server-name",
                value: name.to_owned(),
                expected: "a DNS name or an IP address",
            }),
        }
    }

    fn refuse_unsupported_user(&self) -> Result<(), Problem> {
        const CREDENTIALS: &str =
            "use a token, a tokenFile, a client certificate or an exec plugin";
        const IMPERSONATION: &str = "use the credentials of the user that is meant, for example \
                                     a token from kubectl create token";
        let user = self.user;
        let is_given = |field| given(field).is_some();
        let groups = user.impersonate_groups.as_ref();
        let unsupported = [
            ("username", is_given(&user.username), CREDENTIALS),
            ("password", is_given(&user.password), CREDENTIALS),
            ("auth-provider", user.auth_provider.is_some(), CREDENTIALS),
            ("as", is_given(&user.impersonate), IMPERSONATION),
            ("as-uid", is_given(&user.impersonate_uid), IMPERSONATION),
            ("as-groups", groups.is_some_and(|g| !g.is_empty()), IMPERSONATION),
        ];
        match unsupported.into_iter().find(|(_, given, _)| *given) {
            None => Ok(()),
            Some((field, _, advice)) => {
                Err(Problem::Unsupported { entry: self.user_entry.name.to_owned(), field, advice })
            }
        }
    }

    fn credentials(&self, certificate_authority: Option<&[u8]>) -> Result<Credentials, Problem> {
        if let Some(credentials) = self.token()? {
            return Ok(credentials);
        }
        if let Some(certificate) = self.client_certificate()? {
            return Ok(Credentials::ClientCertificate(certificate));
        }
        match &self.user.exec {
            None => Ok(Credentials::None),
            Some(exec) => {
                let cluster = exec::cluster_info(self.cluster, certificate_authority);
                exec::plugin(self.user_entry, exec, cluster).map(Credentials::Exec)
            }
        }
    }

    fn token(&self) -> Result<Option<Credentials>, Problem> {
        let refused = |field: String, reason: TokenError| Problem::Token {
            entry: self.user_entry.name.to_owned(),
            field,
            reason,
        };
        let token = given(&self.user.token);
        if let Some(file) = given(&self.user.token_file) {
            let path = self.user_entry.path(file);
            match Token::read(&path) {
                Ok(_) => return Ok(Some(Credentials::TokenFile(path))),
                // The token stands in for a file that is not there yet.
                Err(_) if token.is_some() => {}
                Err(reason @ TokenError::Unreadable { .. }) => {
                    return Err(refused("tokenFile".to_owned(), reason));
                }
                Err(reason) => {
                    return Err(refused(format!("tokenFile {}", path.display()), reason));
                }
            }
        }
        match token.map(Token::new) {
            None => Ok(None),
            Some(Ok(token)) => Ok(Some(Credentials::Token(token))),
            Some(Err(reason)) => Err(refused("token".to_owned(), reason)),
        }
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>, Problem> {
        let (entry, user) = (self.user_entry, self.user);
        let certificate = entry.pem(
            ["client-certificate-data", "client-certificate"],
            &user.client_certificate_data,
            &user.client_certificate,
            Pem::Certificates,
        )?;
        let Some(certificate_pem) = certificate else {
            return Ok(None);
        };
        let key = entry.pem(
            ["client-key-data", "client-key"],
            &user.client_key_data,
            &user.client_key,
            Pem::PrivateKey,
        )?;
        let key_pem = key.ok_or_else(|| Problem::Missing {
            entry: entry.name.to_owned(),
            field: "client-key",
            advice: "a client certificate is of use with its private key only; \
                     set client-key or client-key-data",
        })?;
        Ok(Some(ClientCertificate { certificate_pem, key_pem }))
    }
}

/// A namespace is a DNS label.
fn namespace(entry: &str, context: &Context) -> Result<Option<String>, Problem> {
    let Some(namespace) = given(&context.namespace) else {
        return Ok(None);
    };
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = namespace.len() <= 63
        && namespace.bytes().all(allowed)
        && !namespace.starts_with('-')
        && !namespace.ends_with('-');
    match is_label {
        true => Ok(Some(namespace.to_owned())),
        false => Err(Problem::Value {
            entry: entry.to_owned(),
            field: "namespace",
            value: namespace.to_owned(),
            expected: "at most 63 lower-case letters, digits and inner hyphens",
        }),
    }
}
