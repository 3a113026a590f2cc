//! A cluster with the manifests in it, seen by its administrator.

use crate::manifests::{collection, objects, of_kind};
use host_test::control_plane::{Admin, AdminError, AuditEvent, ControlPlane, ServiceAccount};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A hang guard: nothing that is waited for takes that long, on any machine.
const HANG: Duration = Duration::from_secs(300);

/// Where the controller is, and where users have their Websites.
pub(crate) const SYSTEM: &str = "website-system";
pub(crate) const SHOP: &str = "shop";

pub(crate) struct Cluster {
    pub(crate) server: ControlPlane,
    pub(crate) admin: Admin,
    pub(crate) account: ServiceAccount,
}

impl Cluster {
    /// One that takes the manifests, strictly and without a warning, and where owner references are looked at.
    pub(crate) async fn new() -> Self {
        let server = ControlPlane::builder()
            .api_server_flag("--enable-admission-plugins=OwnerReferencesPermissionEnforcement")
            .start()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let admin = server.admin().unwrap();
        for object in ["crd", "controller"].into_iter().flat_map(objects) {
            let path = collection(&object);
            let warnings = admin.dry_run(&path, &object).await.unwrap();
            assert!(warnings.is_empty(), "{path}: {warnings:?}");
            admin.create(&path, &object).await.unwrap();
        }
        admin.namespace(SHOP).await.unwrap();
        let name = of_kind("ServiceAccount")["metadata"]["name"].as_str().unwrap().to_owned();
        let mut account = ServiceAccount { namespace: SYSTEM.into(), name, uid: String::new() };
        let made = admin.get(&account.path()).await.unwrap();
        account.uid = made["metadata"]["uid"].as_str().unwrap().to_owned();
        let this = Self { server, admin, account };
        this.is_ready().await;
        this
    }

    /// Waits until the resource is served, and the roles count.
    async fn is_ready(&self) {
        let websites = self.websites("");
        eventually("the resource", async || self.admin.get(&websites).await.ok()).await;
        for (namespace, group, resource, verb) in [
            (SHOP, "example.com", "websites", "watch"),
            (SYSTEM, "coordination.k8s.io", "leases", "create"),
        ] {
            let review = json!({"spec": {"user": self.account.user(), "resourceAttributes": {
                "namespace": namespace, "group": group, "resource": resource, "verb": verb,
            }}});
            eventually("the role", async || {
                let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
                let answer = self.admin.create(path, &review).await.ok()?;
                (answer["status"]["allowed"] == true).then_some(())
            })
            .await;
        }
    }

    /// The path of a Website, or of all of them.
    pub(crate) fn websites(&self, name: &str) -> String {
        let path = format!("/apis/example.com/v1/namespaces/{SHOP}/websites/{name}");
        path.trim_end_matches('/').to_owned()
    }

    /// Creates a Website.
    pub(crate) async fn publish(&self, name: &str, title: &str) -> Value {
        let object = json!({
            "apiVersion": "example.com/v1",
            "kind": "Website",
            "metadata": {"name": name},
            "spec": {"title": title, "text": "None."},
        });
        self.persist(async || self.admin.create(&self.websites(""), &object).await).await
    }

    /// Changes an object, again where it was changed meanwhile.
    pub(crate) async fn change(&self, path: &str, change: impl Fn(&mut Value)) -> Value {
        self.persist(async || {
            let mut object = self.admin.get(path).await?;
            change(&mut object);
            self.admin.request(Method::PUT, path, Some(&object)).await
        })
        .await
    }

    /// Gives a Website another title.
    pub(crate) async fn retitle(&self, name: &str, title: &str) {
        self.change(&self.websites(name), |it| it["spec"]["title"] = title.into()).await;
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.persist(async || self.admin.delete(path).await).await;
    }

    /// Does something that may fail in passing.
    async fn persist<T>(&self, ask: impl AsyncFn() -> Result<T, AdminError>) -> T {
        eventually("a change", async || match ask().await {
            Ok(answer) => Some(answer),
            Err(AdminError::Send { .. } | AdminError::BrokeOff { .. }) => None,
            Err(AdminError::Status { status, .. })
                if status == StatusCode::CONFLICT || status.is_server_error() =>
            {
                None
            }
            Err(error) => panic!("{error}"),
        })
        .await
    }

    /// An object, unless there is none.
    pub(crate) async fn find(&self, path: &str) -> Option<Value> {
        match self.admin.get(path).await {
            Ok(object) => Some(object),
            Err(AdminError::Status { status: StatusCode::NOT_FOUND, .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The ConfigMap of a Website.
    pub(crate) async fn config_map(&self, name: &str) -> Option<Value> {
        self.find(&config_map(SHOP, name)).await
    }

    /// What the directory has.
    pub(crate) async fn directory(&self) -> Value {
        let found = self.find(&config_map(SYSTEM, "website-directory")).await;
        found.map(|it| it["data"].clone()).unwrap_or_default()
    }

    /// Waits until all that is made of a Website is as it should be, and returns the Website.
    pub(crate) async fn in_step(&self, name: &str, title: &str) -> Value {
        eventually(&format!("{name} in step"), async || {
            let website = self.find(&self.websites(name)).await?;
            let page = self.config_map(name).await?;
            let listed = self.directory().await;
            let generation = &website["metadata"]["generation"];
            let ready = &website["status"]["conditions"][0];
            let html = page["data"]["index.html"].as_str()?;
            let all = website["spec"]["title"] == title
                && html.contains(&format!("<h1>{title}</h1>"))
                && page["metadata"]["ownerReferences"][0]["uid"] == website["metadata"]["uid"]
                && listed[format!("{SHOP}.{name}")] == title
                && website["status"]["observedGeneration"] == *generation
                && ready["status"] == "True"
                && ready["observedGeneration"] == *generation;
            all.then_some(website)
        })
        .await
    }

    /// Waits until nothing is left of a Website.
    pub(crate) async fn gone(&self, name: &str) {
        eventually(&format!("{name} gone"), async || {
            let website = self.find(&self.websites(name)).await;
            let page = self.config_map(name).await;
            let listed = self.directory().await;
            let none = listed[format!("{SHOP}.{name}")].is_null();
            (website.is_none() && page.is_none() && none).then_some(())
        })
        .await;
    }

    /// The Events about a Website so far: their reasons, in the order of their making.
    pub(crate) async fn events(&self, name: &str) -> Vec<Value> {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{SHOP}/events");
        let list = self.admin.get(&path).await.unwrap();
        let mut events = list["items"].as_array().unwrap().clone();
        events.retain(|it| it["regarding"]["name"] == name);
        events.sort_by_key(|it| {
            it["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap()
        });
        events
    }

    /// The reasons of them.
    pub(crate) async fn told(&self, name: &str) -> Vec<String> {
        let events = self.events(name).await;
        events.iter().map(|it| it["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the Events about a Website have these reasons.
    pub(crate) async fn tells(&self, name: &str, reasons: &[&str]) {
        let what = format!("the events {reasons:?} of {name}");
        eventually(&what, async || (self.told(name).await == reasons).then_some(())).await;
    }

    /// The Lease.
    pub(crate) async fn lease(&self) -> Option<Value> {
        self.find(LEASE).await
    }

    /// Waits until a replica leads.
    pub(crate) async fn led_by(&self, name: &str) -> Value {
        eventually(&format!("{name} leads"), async || {
            let lease = self.lease().await?;
            let holder = lease["spec"]["holderIdentity"].as_str()?.to_owned();
            holder.starts_with(&format!("{name}_")).then_some(lease)
        })
        .await
    }

    /// What the controller has asked, as the API server has it.
    pub(crate) fn audited(&self) -> Vec<AuditEvent> {
        let user = self.account.user();
        self.server.audit_log().into_iter().filter(|event| event.user == user).collect()
    }

    /// Checks that the controller was never refused anything.
    pub(crate) fn assert_never_refused(&self) {
        let refused = |event: &AuditEvent| matches!(event.code, Some(401 | 403));
        let refused: Vec<_> = self.audited().into_iter().filter(refused).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}

pub(crate) const LEASE: &str =
    "/apis/coordination.k8s.io/v1/namespaces/website-system/leases/website-controller";

pub(crate) fn config_map(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/configmaps/{name}")
}

/// Asks again and again until what was asked for comes about.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < HANG, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A hang guard around something, or a whole test: what is waited for in it is told of sooner.
pub(crate) async fn within_reason<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(3 * HANG, what).await.expect("it hangs")
}
