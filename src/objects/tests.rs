#![allow(clippy::unwrap_used, clippy::panic)]

mod ahead;
mod cut;
mod listing;
mod names;
mod pending;

use super::*;
use crate::Error;
use crate::client::tests::mounted;
use crate::client::tests::script::{Script, Sent, Stage, answer};
use crate::client::{Client, InvalidRequest};
use crate::resource::NameError;

const POD: &[u8] = b"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\"}}\n";

fn target(subresource: Option<&str>) -> Target {
    Target {
        resource: ApiResource::new("apps", "v1", "deployments"),
        scope: Scope::OwnNamespace,
        name: "web".into(),
        subresource: subresource.map(Into::into),
    }
}

/// What one call sends.
fn sent(call: impl FnOnce(&Client<Stage, Stage>)) -> std::rc::Rc<Sent> {
    let (client, stage) = mounted([answer(200, POD)]);
    call(&client);
    stage.sent(0)
}

fn line(sent: &Sent) -> String {
    let url = sent.url.strip_prefix("https://10.96.0.1:443").unwrap_or(&sent.url);
    format!("{} {url}", sent.method)
}

fn header(sent: &Sent, name: &str) -> Vec<String> {
    let values = sent.headers.iter().filter(|(other, _)| other == name);
    values.map(|(_, value)| value.clone()).collect()
}

fn body(sent: &Sent) -> String {
    String::from_utf8(sent.body.borrow().clone()).unwrap()
}

const COLLECTION: &str = "/apis/apps/v1/namespaces/shop/deployments";

#[test]
fn get_asks_for_what_the_options_say() {
    let plain = sent(|client| {
        let answer = client.get(&target(None), GetOptions::default()).unwrap();
        assert_eq!(answer.object.as_bytes(), POD.trim_ascii_end());
    });
    assert_eq!(line(&plain), format!("GET {COLLECTION}/web"));
    assert_eq!(header(&plain, "accept"), ["application/json"]);
    for (representation, form) in [
        (Representation::MetadataOnly, "as=PartialObjectMetadata;"),
        (Representation::Table, "as=Table;"),
    ] {
        let resource_version = Some("0".to_owned());
        let options = GetOptions { representation, resource_version, ..GetOptions::default() };
        let formed = sent(|client| drop(client.get(&target(Some("status")), options)));
        assert_eq!(line(&formed), format!("GET {COLLECTION}/web/status?resourceVersion=0"));
        let accept = header(&formed, "accept");
        assert_eq!(accept.len(), 1);
        assert!(accept[0].contains(form) && accept[0].ends_with(",application/json"));
    }
}

#[test]
fn a_path_that_is_not_served_is_named() {
    let not_served = || mounted([answer(404, b"404 page not found\n")]).0;
    let message = |error| match error {
        Error::Api(status) => status.message,
        other => panic!("{other:?}"),
    };
    let options = GetOptions { resource_version: Some("0".into()), ..GetOptions::default() };
    let text = message(not_served().get(&target(None), options).unwrap_err());
    assert!(text.contains(&format!(" {COLLECTION}/web)")), "{text}");
    let client = not_served();
    let options = ListOptions::default();
    let mut listing = client.list(&target(None).resource, &Scope::OwnNamespace, options).unwrap();
    let text = message(listing.wait_for_next(&client, 1).unwrap_err());
    assert!(text.contains(&format!(" {COLLECTION})")), "{text}");
}

#[test]
fn writes_say_how() {
    let options = WriteOptions {
        dry_run: true,
        field_manager: Some("me & you".into()),
        field_validation: Some(FieldValidation::Strict),
        force: true,
        ..WriteOptions::default()
    };
    let query = "?dryRun=All&fieldManager=me%20%26%20you&fieldValidation=Strict&force=true";
    let text = || "{\"a\": 1}".to_owned();
    let all = sent(|client| drop(client.replace(&target(Some("scale")), text(), options.clone())));
    assert_eq!(line(&all), format!("PUT {COLLECTION}/web/scale{query}"));
    assert_eq!(header(&all, "content-type"), ["application/json"]);
    assert_eq!(body(&all), text());
    for (validation, name) in [
        (FieldValidation::Ignore, "Ignore"),
        (FieldValidation::Warn, "Warn"),
        (FieldValidation::Strict, "Strict"),
    ] {
        let options = WriteOptions { field_validation: Some(validation), ..Default::default() };
        let sent = sent(|client| drop(client.replace(&target(None), text(), options)));
        assert_eq!(line(&sent), format!("PUT {COLLECTION}/web?fieldValidation={name}"));
    }
    let none = WriteOptions::default;
    let deployments = &target(None).resource;
    let created =
        sent(|client| drop(client.create(deployments, &Scope::OwnNamespace, text(), none())));
    assert_eq!((line(&created), body(&created)), (format!("POST {COLLECTION}"), text()));
    let bound =
        sent(|client| drop(client.create_subresource(&target(Some("binding")), text(), none())));
    assert_eq!(line(&bound), format!("POST {COLLECTION}/web/binding"));
    for (kind, media_type) in [
        (PatchKind::Json, "application/json-patch+json"),
        (PatchKind::Merge, "application/merge-patch+json"),
        (PatchKind::StrategicMerge, "application/strategic-merge-patch+json"),
        (PatchKind::Apply, "application/apply-patch+yaml"),
    ] {
        let patched = sent(|client| drop(client.patch(&target(None), kind, text(), none())));
        assert_eq!(line(&patched), format!("PATCH {COLLECTION}/web"));
        assert_eq!(header(&patched, "content-type"), [media_type]);
    }
}

#[test]
fn deletions_say_how() {
    let options = DeleteOptions {
        dry_run: true,
        grace_period_seconds: Some(0),
        propagation_policy: Some(PropagationPolicy::Foreground),
        precondition_uid: Some("a\"b".into()),
        precondition_resource_version: Some("7".into()),
        ..DeleteOptions::default()
    };
    let set = r#","dryRun":["All"],"gracePeriodSeconds":0,"propagationPolicy":"Foreground","preconditions":{"uid":"a\"b","resourceVersion":"7"}"#;
    let all = sent(|client| drop(client.delete(&target(None), options.clone())));
    assert_eq!(line(&all), format!("DELETE {COLLECTION}/web"));
    let expected = format!(r#"{{"kind":"DeleteOptions","apiVersion":"v1"{set}}}"#);
    assert_eq!(body(&all), expected);
    assert_eq!(header(&all, "content-type"), ["application/json"]);
    let uid = DeleteOptions { precondition_uid: Some("u".into()), ..DeleteOptions::default() };
    let one = sent(|client| drop(client.delete(&target(None), uid)));
    assert!(body(&one).ends_with(r#""v1","preconditions":{"uid":"u"}}"#), "{}", body(&one));
    for (policy, name) in [
        (PropagationPolicy::Orphan, "Orphan"),
        (PropagationPolicy::Background, "Background"),
        (PropagationPolicy::Foreground, "Foreground"),
    ] {
        let options = DeleteOptions { propagation_policy: Some(policy), ..Default::default() };
        let sent = sent(|client| drop(client.delete(&target(None), options)));
        let expected = format!(r#""v1","propagationPolicy":"{name}"}}"#);
        assert!(body(&sent).ends_with(&expected), "{}", body(&sent));
    }
    let none = sent(|client| drop(client.delete(&target(None), DeleteOptions::default())));
    assert_eq!(body(&none), "");
    assert_eq!(header(&none, "content-type"), [""; 0]);
    let evicted = sent(|client| drop(client.evict(&Scope::OwnNamespace, "web", options)));
    assert_eq!(line(&evicted), "POST /api/v1/namespaces/shop/pods/web/eviction");
    assert_eq!(header(&evicted, "content-type"), ["application/json"]);
    assert_eq!(
        body(&evicted),
        format!(
            r#"{{"kind":"Eviction","apiVersion":"policy/v1","metadata":{{"name":"web"}},"deleteOptions":{expected}}}"#
        )
    );
}

#[test]
fn a_collection_is_deleted_by_selection_and_counted() {
    let selection = Selection {
        label_selector: Some("app=web".into()),
        field_selector: Some("status.phase!=Running".into()),
    };
    let delete = |script: Script| {
        let (client, stage) = mounted([script]);
        let deployments = &target(None).resource;
        let options = DeleteOptions { grace_period_seconds: Some(1), ..DeleteOptions::default() };
        let result =
            client.delete_collection(deployments, &Scope::OwnNamespace, &selection, options);
        let query = "?labelSelector=app%3Dweb&fieldSelector=status.phase%21%3DRunning";
        assert_eq!(line(&stage.sent(0)), format!("DELETE {COLLECTION}{query}"));
        assert!(body(&stage.sent(0)).contains("\"gracePeriodSeconds\":1"));
        // In memory for a count, their metadata is enough.
        let accept = header(&stage.sent(0), "accept");
        assert!(accept[0].contains("as=PartialObjectMetadataList;"), "{accept:?}");
        result
    };
    let list = br#"{"kind":"DeploymentList","items":[{},{}],"metadata":{}}"#;
    let warned = Script { headers: vec![("warning", "299 - \"old\"")], ..answer(200, list) };
    let deleted = delete(warned).unwrap();
    assert_eq!((deleted.count, deleted.warnings), (Some(2), vec!["old".to_owned()]));
    let status = br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}"#;
    assert_eq!(delete(answer(200, status)).unwrap().count, None);
    let Err(Error::Api(status)) = delete(answer(403, b"{}")) else { panic!() };
    assert_eq!(status.reason, "Forbidden");
    assert!(matches!(delete(answer(200, b"[]")), Err(Error::Protocol(_))));
    let failure = br#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}"#;
    let Err(Error::Api(status)) = delete(answer(200, failure)) else { panic!() };
    assert_eq!((status.code, &*status.reason), (403, "Forbidden"));
}

#[test]
fn answers_that_are_no_objects_are_errors() {
    let nested = format!("{{\"kind\":\"A\",\"a\":{}1{}}}", "[".repeat(64), "]".repeat(64));
    for (body, says) in [
        (&b""[..], "ends in the middle"),
        (b"{\"kind\":\"Pod\"", "ends in the middle"),
        (b"<html>", "not JSON"),
        (b"[]", "not JSON"),
        (b"\"Pod\"", "not JSON"),
        (b"{\"kind\":\"Pod\"} {}", "not JSON"),
        (b"{\"kind\":\"Pod\",\"a\":\"\xff\"}", "not UTF-8"),
        (b"{\"apiVersion\":\"v1\"}", "does not say its kind"),
        (b"{\"kind\":\"\"}", "does not say its kind"),
        (b"{\"kind\":{}}", "does not say its kind"),
        (nested.leak().as_bytes(), "nested deeper"),
    ] {
        let (client, _) = mounted([answer(200, body)]);
        let error = client.get(&target(None), GetOptions::default()).unwrap_err();
        let Error::Protocol(text) = error else { panic!("{error:?}") };
        assert!(text.contains(says), "{text}");
        assert!(text.starts_with(&format!("GET {COLLECTION}/web: ")), "{text}");
    }
}

#[test]
fn a_failure_is_one_whatever_the_http_status_says() {
    let body =
        br#"{"kind":"Status","status":"Failure","message":"no","reason":"Conflict","code":409}"#;
    let (client, _) = mounted([answer(200, body)]);
    let error = client.get(&target(None), GetOptions::default()).unwrap_err();
    let Error::Api(status) = error else { panic!("{error:?}") };
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
}

#[test]
fn names_that_lead_elsewhere_are_not_sent() {
    let (client, stage) = mounted([]);
    let bad = Target { name: "..".into(), ..target(None) };
    let everywhere = Target { scope: Scope::AllNamespaces, ..target(None) };
    for target in [&bad, &everywhere] {
        let error = client.get(target, GetOptions::default()).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(InvalidRequest::Name(_))));
        assert!(client.delete(target, DeleteOptions::default()).is_err());
        assert!(client.replace(target, String::new(), WriteOptions::default()).is_err());
    }
    // Nobody is to delete more than what was meant.
    let (resource, all) = (&target(None).resource, &Scope::AllNamespaces);
    let selection = Selection::default();
    for result in [
        client.create(resource, all, String::new(), WriteOptions::default()).err(),
        client.delete_collection(resource, all, &selection, DeleteOptions::default()).err(),
    ] {
        let expected = Error::InvalidRequest(NameError::AllNamespaces.into());
        assert_eq!(result, Some(expected));
    }
    let error = client.evict(&Scope::OwnNamespace, "", DeleteOptions::default()).unwrap_err();
    assert_eq!(error, Error::InvalidRequest(NameError::Empty("name").into()));
    let resource = ApiResource::new("a/b", "v1", "x");
    assert!(client.list(&resource, &Scope::OwnNamespace, ListOptions::default()).is_err());
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn a_list_is_no_object_and_a_kind_that_ends_in_list_is_one() {
    for (object, is_one) in [
        (r#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[]}"#, false),
        (r#"{"kind":"List","items":[{"metadata":{"name":"a"}}]}"#, false),
        (r#"{"kind":"AllowList","metadata":{"name":"web"},"items":[]}"#, true),
        (r#"{"kind":"AllowList","metadata":{},"spec":{}}"#, true),
        (r#"{"kind":"Pod","metadata":{"generateName":"a"},"items":[]}"#, true),
    ] {
        let (client, _) = mounted([answer(200, object.as_bytes())]);
        match client.get(&target(None), GetOptions::default()) {
            Ok(answer) => assert!(is_one && answer.object == object, "{object}"),
            Err(Error::Protocol(text)) => {
                assert!(!is_one && text.ends_with("/web: the answer is no object: it is a list"));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}
