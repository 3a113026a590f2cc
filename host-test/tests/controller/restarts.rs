//! A controller, and an API server, that end in the midst of work.

use crate::cluster::{Cluster, SHOP, eventually, within_reason};
use crate::replica::Replica;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Waits until each Website is as it should be, and there is nothing of others.
async fn in_step(cluster: &Cluster, titles: &BTreeMap<String, String>) {
    for (name, title) in titles {
        cluster.in_step(name, title).await;
    }
    let path = format!("/api/v1/namespaces/{SHOP}/configmaps");
    let ours = "labelSelector=app.kubernetes.io/managed-by%3Dwebsite-controller";
    eventually("the garbage gone", async || {
        let list = cluster.admin.get(&format!("{path}?{ours}")).await.unwrap();
        let names =
            list["items"].as_array().unwrap().iter().map(|it| it["metadata"]["name"].clone());
        names.eq(titles.keys().map(|name| Value::from(name.as_str()))).then_some(())
    })
    .await;
    let entries = titles.iter().map(|(name, title)| (format!("{SHOP}.{name}"), title));
    let entries = json!(entries.collect::<BTreeMap<_, _>>());
    eventually("the directory in step", async || {
        (cluster.directory().await == entries).then_some(())
    })
    .await;
}

/// Publishes so many, with these titles.
async fn publish(cluster: &Cluster, count: usize, title: &str) -> BTreeMap<String, String> {
    let mut titles = BTreeMap::new();
    for number in 0..count {
        let name = format!("site-{number:02}");
        cluster.publish(&name, title).await;
        titles.insert(name, title.to_owned());
    }
    titles
}

/// Changes, deletes and adds some, a third of them each.
async fn churn(cluster: &Cluster, titles: &mut BTreeMap<String, String>, title: &str) {
    let names: Vec<_> = titles.keys().cloned().collect();
    for (number, name) in names.iter().enumerate() {
        match number % 3 {
            0 => {
                cluster.retitle(name, title).await;
                titles.insert(name.clone(), title.to_owned());
            }
            1 => {
                cluster.delete(&cluster.websites(name)).await;
                titles.remove(name);
                let more = format!("{name}-{}", title.to_lowercase());
                cluster.publish(&more, title).await;
                titles.insert(more, title.to_owned());
            }
            _ => {}
        }
    }
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn killed_in_the_midst_of_it_the_controller_goes_on_where_the_state_is() {
    within_reason(async {
        let cluster = Cluster::new().await;
        let mut replica = Replica::new(&cluster, "website-controller-1").await;
        let mut titles = publish(&cluster, 30, "First").await;
        // It finds all of them at once, and is killed when it has done some.
        replica.start();
        eventually("some of them", async || cluster.config_map("site-02").await).await;
        replica.kill().await;
        churn(&cluster, &mut titles, "Second").await;
        replica.start();
        in_step(&cluster, &titles).await;

        // And under changes that come meanwhile.
        churn(&cluster, &mut titles, "Third").await;
        replica.kill().await;
        replica.start();
        churn(&cluster, &mut titles, "Fourth").await;
        in_step(&cluster, &titles).await;
        cluster.assert_never_refused();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_api_server_restarted_under_it_is_followed_again() {
    within_reason(async {
        let mut cluster = Cluster::new().await;
        let mut replica = Replica::new(&cluster, "website-controller-1").await;
        // If the server is away for longer than the Lease can wait, it ends and is started anew.
        let _kept = replica.keep_running();
        let mut titles = publish(&cluster, 9, "First").await;
        in_step(&cluster, &titles).await;
        for title in ["Second", "Third"] {
            churn(&cluster, &mut titles, title).await;
            cluster.server.restart().await.unwrap();
            churn(&cluster, &mut titles, &format!("{title}er")).await;
            in_step(&cluster, &titles).await;
        }
        // Nothing else ended it, and that no more often than the server was away.
        let all = eventually("a reason for each end", async || {
            let [all, because_of_the_lease] = replica.ends();
            (all == because_of_the_lease).then_some(all)
        })
        .await;
        assert!(all <= 2, "{all}");
    })
    .await;
}
