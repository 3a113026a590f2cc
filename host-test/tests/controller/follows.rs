//! What one replica does about Websites and what belongs to them.

use crate::cluster::{Cluster, SHOP, SYSTEM, config_map, eventually, within_reason};
use crate::manifests::{objects, of_kind};
use crate::replica::Replica;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_website_is_published_followed_restored_and_taken_back() {
    within_reason(async {
        let cluster = Cluster::new().await;
        let replica = Replica::started(&cluster, "website-controller-1").await;
        cluster.publish("blog", "News").await;
        let website = cluster.in_step("blog", "News").await;
        published(&cluster, &replica, &website).await;

        cluster.retitle("blog", "Old news").await;
        let website = cluster.in_step("blog", "Old news").await;
        assert_eq!(website["status"]["observedGeneration"], 2);
        cluster.tells("blog", &["Created", "Updated"]).await;

        // Somebody edits the ConfigMap, takes the label off it, and deletes it.
        let page = config_map(SHOP, "blog");
        cluster.change(&page, |it| it["data"]["index.html"] = "mine".into()).await;
        cluster.in_step("blog", "Old news").await;
        cluster.tells("blog", &["Created", "Updated", "Restored"]).await;
        cluster.change(&page, |it| it["metadata"]["labels"] = Value::Null).await;
        cluster.tells("blog", &["Created", "Updated", "Restored", "Restored"]).await;
        cluster.delete(&page).await;
        cluster.in_step("blog", "Old news").await;
        cluster.tells("blog", &["Created", "Updated", "Restored", "Restored", "Restored"]).await;

        // And the directory.
        let directory = config_map(SYSTEM, "website-directory");
        cluster.change(&directory, |it| it["data"] = json!({})).await;
        cluster.in_step("blog", "Old news").await;
        cluster.delete(&directory).await;
        cluster.in_step("blog", "Old news").await;

        taken(&cluster).await;
        refused(&cluster).await;
        nothing_to_do(&cluster).await;

        cluster.delete(&cluster.websites("blog")).await;
        cluster.gone("blog").await;
        let told = cluster.told("blog").await;
        assert_eq!(told.last().map(String::as_str), Some("Unlisted"), "{told:?}");
        allowed(&cluster);
    })
    .await;
}

/// What is made of a new Website.
async fn published(cluster: &Cluster, replica: &Replica, website: &Value) {
    assert_eq!(website["metadata"]["finalizers"], json!(["example.com/directory"]));
    let ready = &website["status"]["conditions"][0];
    assert_eq!((&ready["type"], &ready["reason"]), (&"Ready".into(), &"Published".into()));
    assert_eq!(ready["lastTransitionTime"].as_str().unwrap().len(), "2026-01-01T00:00:00Z".len());

    let page = cluster.config_map("blog").await.unwrap();
    let owner = json!([{
        "apiVersion": "example.com/v1", "kind": "Website", "name": "blog",
        "uid": website["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }]);
    assert_eq!(page["metadata"]["ownerReferences"], owner);
    let [managed] = &page["metadata"]["managedFields"].as_array().unwrap()[..] else {
        panic!("{page}")
    };
    assert_eq!(managed["manager"], "website-controller");
    assert_eq!(managed["operation"], "Apply");

    cluster.tells("blog", &["Created"]).await;
    let event = cluster.events("blog").await.remove(0);
    assert_eq!(event["regarding"]["uid"], website["metadata"]["uid"]);
    assert_eq!(event["regarding"]["kind"], "Website");
    assert_eq!(
        (&event["type"], &event["note"]),
        (&"Normal".into(), &"ConfigMap blog created".into())
    );
    let told_by = event["reportingInstance"].as_str().unwrap();
    assert!(told_by.starts_with(&format!("{}_", replica.name)), "{told_by}");
}

/// A ConfigMap that somebody else has already.
async fn taken(cluster: &Cluster) {
    let own = json!({"metadata": {"name": "taken"}, "data": {"index.html": "mine"}});
    let collection = format!("/api/v1/namespaces/{SHOP}/configmaps");
    let made = cluster.admin.create(&collection, &own).await.unwrap();
    cluster.publish("taken", "Taken").await;
    eventually("a refusal", async || {
        let website = cluster.find(&cluster.websites("taken")).await?;
        let ready = &website["status"]["conditions"][0];
        (ready["status"] == "False" && ready["reason"] == "ConfigMapTaken").then_some(())
    })
    .await;
    cluster.tells("taken", &["Unsettled"]).await;
    let still = cluster.config_map("taken").await.unwrap();
    assert_eq!(still["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    // Nothing tells that it is gone: it is looked for again.
    cluster.delete(&config_map(SHOP, "taken")).await;
    cluster.in_step("taken", "Taken").await;
    cluster.delete(&cluster.websites("taken")).await;
    cluster.gone("taken").await;
}

/// A ConfigMap that the API server refuses, until it does not.
async fn refused(cluster: &Cluster) {
    let policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    let bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
    let rule = json!({
        "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
        "operations": ["CREATE", "UPDATE"],
    });
    let policy = json!({
        "metadata": {"name": "no"},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{
                "expression": "object.metadata.name != 'refused'",
                "message": "not this one",
            }],
        },
    });
    cluster.admin.create(policies, &policy).await.unwrap();
    let binding = json!({
        "metadata": {"name": "no"},
        "spec": {"policyName": "no", "validationActions": ["Deny"]},
    });
    cluster.admin.create(bindings, &binding).await.unwrap();
    let object = json!({"metadata": {"name": "refused"}});
    let collection = format!("/api/v1/namespaces/{SHOP}/configmaps");
    eventually("the policy", async || cluster.admin.dry_run(&collection, &object).await.err())
        .await;

    cluster.publish("refused", "Refused").await;
    eventually("a failure", async || {
        let website = cluster.find(&cluster.websites("refused")).await?;
        let ready = &website["status"]["conditions"][0];
        let said = ready["message"].as_str()?.contains("not this one");
        (said && ready["status"] == "False" && ready["reason"] == "Failed").then_some(())
    })
    .await;
    cluster.tells("refused", &["Failed"]).await;
    cluster.delete(&format!("{bindings}/no")).await;
    cluster.in_step("refused", "Refused").await;
    cluster.tells("refused", &["Failed", "Created"]).await;
}

/// Where all is as it should be, nothing is written.
async fn nothing_to_do(cluster: &Cluster) {
    let writes = || {
        let own = cluster.audited().into_iter();
        let about = |uri: &str| uri.contains("/blog?") || uri.contains("/blog/status?");
        own.filter(|it| it.verb == "patch" && about(&it.uri)).count()
    };
    let before = writes();
    cluster
        .change(&cluster.websites("blog"), |it| it["metadata"]["labels"] = json!({"a": "b"}))
        .await;
    // Whatever came before it has been seen to.
    cluster.publish("next", "Next").await;
    cluster.in_step("next", "Next").await;
    assert_eq!(writes(), before);
}

/// What the roles allow is what it does: it was refused nothing, and did each thing.
fn allowed(cluster: &Cluster) {
    cluster.assert_never_refused();
    let done: BTreeSet<_> = cluster.audited().iter().map(|it| done(&it.verb, &it.uri)).collect();
    let mut allowed = BTreeSet::new();
    for role in ["ClusterRole", "Role"].map(of_kind) {
        for rule in role["rules"].as_array().unwrap() {
            let [verbs, resources] = ["verbs", "resources"].map(|it| rule[it].as_array().unwrap());
            let pairs = verbs.iter().flat_map(|verb| resources.iter().map(move |it| (verb, it)));
            allowed.extend(pairs.map(|(verb, it)| format!("{} {}", text(verb), text(it))));
        }
    }
    // Not asked for: servers without WatchList are asked for lists, and this is asked by another's request.
    for never in ["list websites", "list configmaps", "list pods", "update websites/finalizers"] {
        assert!(allowed.remove(never), "{never}");
    }
    assert_eq!(done, allowed);
    assert!(objects("website")[0]["spec"]["title"].is_string());
}

/// What was done, in the words of a role.
fn done(verb: &str, uri: &str) -> String {
    let path = uri.split('?').next().unwrap();
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    let mut rest = if parts[0] == "api" { &parts[2..] } else { &parts[3..] };
    if rest[0] == "namespaces" {
        rest = &rest[2..];
    }
    match rest {
        [resource, _, subresource] => format!("{verb} {resource}/{subresource}"),
        [resource, ..] => format!("{verb} {resource}"),
        [] => panic!("{uri}"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
