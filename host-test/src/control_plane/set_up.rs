//! What a pod needs in its cluster: a namespace, a service account, a role, a token.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Admin, AdminError};
use crate::kubeconfig::Token;

/// Far above what the API server and its controllers take on a slow and busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// A service account that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID, which tells it from a later one of the same name.
    pub uid: String,
}

impl ServiceAccount {
    /// The user that it is: `system:serviceaccount:NAMESPACE:NAME`.
    #[must_use]
    pub fn user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/serviceaccounts/{}", self.namespace, self.name)
    }
}

impl Admin {
    /// Creates a namespace, with the service account `default` and the config map `kube-root-ca.crt` in it.
    ///
    /// # Errors
    ///
    /// [`AdminError`], also if there is one of that name.
    pub async fn namespace(&self, name: &str) -> Result<(), AdminError> {
        self.create("/api/v1/namespaces", &json!({"metadata": {"name": name}})).await?;
        let folder = format!("/api/v1/namespaces/{name}");
        let parts = [("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")];
        for (resource, part) in parts {
            if self.controllers {
                let path = format!("{folder}/{resource}/{part}");
                self.eventually(&path, LIMIT, async || self.exists(&path).await).await?;
            } else {
                // Its data are missing then.
                let object = json!({"metadata": {"name": part}});
                self.create(&format!("{folder}/{resource}"), &object).await?;
            }
        }
        Ok(())
    }

    /// Creates a service account.
    ///
    /// # Errors
    ///
    /// [`AdminError`], also if there is one of that name.
    pub async fn service_account(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<ServiceAccount, AdminError> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let made = self.create(&path, &json!({"metadata": {"name": name}})).await?;
        Ok(ServiceAccount {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: text(&made, "/metadata/uid", "uid", &path)?.to_owned(),
        })
    }

    /// Lets a service account do in its namespace what the rules of a role say, and waits until it may: `rules` is a list
    /// of `{"apiGroups": […], "resources": […], "verbs": […]}`. Once for each service account.
    ///
    /// # Errors
    ///
    /// [`AdminError`], also if the rules are none.
    pub async fn allow(&self, account: &ServiceAccount, rules: &Value) -> Result<(), AdminError> {
        let ServiceAccount { namespace, name, .. } = account;
        let folder = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
        let role = json!({"metadata": {"name": name}, "rules": rules});
        self.create(&format!("{folder}/roles"), &role).await?;
        let binding = json!({
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        });
        self.create(&format!("{folder}/rolebindings"), &binding).await?;

        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let first = |list: &str| rules.pointer(&format!("/0/{list}/0")).cloned();
        let review = json!({"spec": {"user": account.user(), "resourceAttributes": {
            "namespace": namespace,
            "group": first("apiGroups"),
            "resource": first("resources"),
            "verb": first("verbs"),
        }}});
        self.eventually(&format!("the role of {name}"), LIMIT, async || {
            let answer = self.create(path, &review).await?;
            Ok(answer["status"]["allowed"] == true)
        })
        .await
    }

    /// Requests a token for a service account, as `kubectl create token` does. It lives for so many seconds, at least 600.
    /// Bound to an object, a `Pod` or a `Secret` of the same namespace, it is valid no longer than that.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn token(
        &self,
        account: &ServiceAccount,
        seconds: u32,
        bound_to: Option<&Value>,
    ) -> Result<Token, AdminError> {
        let mut spec = json!({"expirationSeconds": seconds});
        if let Some(object) = bound_to {
            spec["boundObjectRef"] = json!({
                "apiVersion": "v1",
                "kind": object["kind"],
                "name": object["metadata"]["name"],
                "uid": object["metadata"]["uid"],
            });
        }
        let path = format!("{}/token", account.path());
        let answer = self.create(&path, &json!({"spec": spec})).await?;
        let token = text(&answer, "/status/token", "token", &path)?;
        Token::new(token).map_err(|_| AdminError::Field { path, field: "token that can be sent" })
    }
}

fn text<'a>(
    object: &'a Value,
    pointer: &str,
    field: &'static str,
    path: &str,
) -> Result<&'a str, AdminError> {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| AdminError::Field { path: path.to_owned(), field })
}
