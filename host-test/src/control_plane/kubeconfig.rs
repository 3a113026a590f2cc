//! A kubeconfig for kubectl, with the credentials inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::ServiceAccount;
use super::pki::Pki;
use crate::kubeconfig::Token;

/// The text, which is JSON and thereby YAML. The administrator's context `admin` is the current one; each service account
/// has one of its name, with its own namespace.
pub(super) fn text(url: &str, pki: &Pki, accounts: &[(&ServiceAccount, &Token)]) -> String {
    let data = |pem: &str| STANDARD.encode(pem);
    let context = |user: &str, namespace: Option<&str>| {
        let mut context = json!({"cluster": "control-plane", "user": user});
        if let Some(namespace) = namespace {
            context["namespace"] = json!(namespace);
        }
        json!({"name": user, "context": context})
    };
    let mut users = vec![json!({"name": "admin", "user": {
        "client-certificate-data": data(pki.admin.pem()),
        "client-key-data": data(pki.admin.key_pem()),
    }})];
    let mut contexts = vec![context("admin", None)];
    for (account, token) in accounts {
        users.push(json!({"name": account.name, "user": {"token": token.expose()}}));
        contexts.push(context(&account.name, Some(&account.namespace)));
    }
    let config: Value = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "control-plane", "cluster": {
            "server": url,
            "certificate-authority-data": data(&pki.servers.pem()),
        }}],
        "users": users,
        "contexts": contexts,
        "current-context": "admin",
    });
    format!("{config:#}\n")
}
