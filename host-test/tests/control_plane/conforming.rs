//! The table of `objects` against a real API server: whether its answers are true.

use crate::conformance::{Exchange, Server, Way, parts, run};
use crate::support::{Tenant, shared, within_reason};
use serde_json::json;

struct Real;

impl Server for Real {
    fn prepare(&self, _: &[Exchange]) {}

    fn check(&self, _: &[Exchange]) {}
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_real_server_answers_as_the_table_says() {
    within_reason(async {
        let server = shared().await;
        let mut different = Vec::new();
        let both =
            [Way::Waiting, Way::Asking].map(|way| parts().into_iter().map(move |part| (way, part)));
        for (way, part) in both.into_iter().flatten() {
            let tenant = Tenant::new(server).await;
            let namespace = &tenant.account.namespace;
            let binding = json!({
                "metadata": {"name": format!("all-of-{namespace}")},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                    "name": "cluster-admin",
                },
                "subjects": [{
                    "kind": "ServiceAccount", "name": tenant.account.name, "namespace": namespace,
                }],
            });
            let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
            tenant.admin.create(bindings, &binding).await.unwrap();
            let mut client = tenant.client().await;
            different.extend(run(&mut client, &Real, namespace, part, way).await);
        }
        assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    })
    .await;
}
