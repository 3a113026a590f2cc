//! Of which namespaces objects are.

use super::{client, run, sent};
use crate::client::InvalidRequest;
use crate::client::tests::script::answer;
use crate::kube::api::{ApiResource, DynamicObject, ListParams};
use crate::kube::{Api, Error};
use crate::resource::NameError;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube_core::discovery::Scope;

const EMPTY: &[u8] = br#"{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}"#;

#[test]
fn a_namespace_takes_the_place_of_another() {
    let (client, stage) = client(vec![answer(200, EMPTY); 9]);
    let pods = Api::<Pod>::namespaced(client.clone(), "a");
    let (pod, node) = (ApiResource::erase::<Pod>(&()), ApiResource::erase::<Node>(&()));
    let known = Api::<DynamicObject>::dynamic(client.clone(), &pod, &Scope::Namespaced);
    let nodes = Api::<DynamicObject>::dynamic(client.clone(), &node, &Scope::Cluster);
    let unknown = Api::<DynamicObject>::all_with(client, &pod);
    run(&stage, async {
        for api in [pods.clone().constrain("b"), pods.clone().constrain_default()] {
            api.list(&ListParams::default()).await.unwrap();
        }
        for api in [pods.clone().unconstrain(), pods.constrain("")] {
            assert_eq!(api.namespace(), None);
            api.list(&ListParams::default()).await.unwrap();
        }
        for api in [
            known.clone(),
            known.clone().constrain("b"),
            nodes.constrain("b"),
            unknown.clone().constrain("b"),
            unknown.constrain("b").unconstrain(),
        ] {
            api.list(&ListParams::default()).await.unwrap();
        }
        // It is known that one of these has a namespace.
        let error = known.get("web").await.unwrap_err();
        let expected = InvalidRequest::Name(NameError::AllNamespaces);
        let Error::Client(crate::Error::InvalidRequest(error)) = error else { panic!() };
        assert_eq!(error, expected);
    });
    for (attempt, path) in [
        "namespaces/b/pods",
        "namespaces/shop/pods",
        "pods",
        "pods",
        "pods",
        "namespaces/b/pods",
        "nodes",
        "namespaces/b/pods",
        "pods",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(sent(&stage, attempt).0, format!("GET /api/v1/{path}?limit=500"));
    }
    assert_eq!(stage.attempts(), 9);
}
