//! What is to be done for a Website, given the state as it is: a function, without any I/O.
//!
//! It does not matter what has happened, or how far another replica got: the same state leads to
//! the same steps, and a state that is as it should be leads to none.

use crate::page;
use crate::resource::{Condition, ConfigMap, Status, Website};
use serde_json::{Value, json};

/// Who writes, as `metadata.managedFields` has it; also the label by which the controller's
/// ConfigMaps are found.
pub(crate) const MANAGER: &str = "website-controller";
pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// A Website with this finalizer is not gone before the directory is rid of it. The garbage
/// collector can't do that, since the directory is another namespace's.
pub(crate) const FINALIZER: &str = "example.com/directory";

/// Something to do, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Write the Website's finalizers.
    Finalizers(Vec<String>),
    /// Put its title into the directory.
    List(String),
    /// Take it out of the directory.
    Unlist,
    /// Apply its ConfigMap.
    Apply(Value),
    /// Write its status.
    Status(Status),
    /// Tell of what was done, by an Event: the reason and the note.
    Tell(&'static str, String),
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Why it can't be as it should, and has to be looked at again.
    pub(crate) unsettled: Option<String>,
}

/// Compares what a Website wants with what is there: the ConfigMap of its name, and the title in
/// the directory. `now` is RFC 3339.
pub(crate) fn plan(
    website: &Website,
    config_map: Option<&ConfigMap>,
    listed: Option<&str>,
    now: &str,
) -> Plan {
    if website.metadata.deletion_timestamp.is_some() {
        return Plan { steps: farewell(website), unsettled: None };
    }
    let mut steps = Vec::new();
    let finalizers = &website.metadata.finalizers;
    if !finalizers.iter().any(|it| it == FINALIZER) {
        // Before there is anything that it would have to clean up.
        let more = finalizers.iter().cloned().chain([FINALIZER.to_owned()]);
        steps.push(Step::Finalizers(more.collect()));
    }
    if listed != Some(&website.spec.title) {
        steps.push(Step::List(website.spec.title.clone()));
    }
    let owner = website.as_owner();
    let refused = config_map.filter(|it| {
        !it.metadata.owner_references.iter().any(|it| it.uid == owner.uid && it.controller)
    });
    let unsettled =
        refused.map(|it| format!("the ConfigMap {} is not of this Website", it.metadata.name));
    if unsettled.is_none() && !config_map.is_some_and(|it| is_in_step(website, it)) {
        steps.push(Step::Apply(wanted(website)));
        let name = &website.metadata.name;
        let (reason, done) = match (config_map, website.ready()) {
            // It was as it should be, until somebody else had a hand in it.
            (_, Some(it))
                if it.status == "True" && it.observed_generation == website.metadata.generation =>
            {
                ("Restored", "restored")
            }
            (None, _) => ("Created", "created"),
            (Some(_), _) => ("Updated", "updated"),
        };
        steps.push(Step::Tell(reason, format!("ConfigMap {name} {done}")));
    }
    let ready = match &unsettled {
        None => Ok("the page is in the ConfigMap"),
        Some(why) => Err(("ConfigMapTaken", why.as_str())),
    };
    steps.extend(status(website, ready, now).map(Step::Status));
    Plan { steps, unsettled }
}

/// What remains to be done for a Website that is being deleted. Its ConfigMap is the garbage
/// collector's.
fn farewell(website: &Website) -> Vec<Step> {
    let finalizers = &website.metadata.finalizers;
    let others: Vec<_> = finalizers.iter().filter(|it| *it != FINALIZER).cloned().collect();
    if others.len() == finalizers.len() {
        return Vec::new();
    }
    // Whatever is known of the directory: the last word may not have come yet.
    vec![
        Step::Unlist,
        Step::Tell("Unlisted", "taken out of the directory".to_owned()),
        Step::Finalizers(others),
    ]
}

/// The status to write, if it is another than the one that is there: ready with a message, or not
/// for a reason.
pub(crate) fn status(
    website: &Website,
    ready: Result<&str, (&str, &str)>,
    now: &str,
) -> Option<Status> {
    let generation = website.metadata.generation;
    let (value, reason, message) = match ready {
        Ok(message) => ("True", "Published", message),
        Err((reason, message)) => ("False", reason, message),
    };
    let before = website.ready();
    let since = before.filter(|it| it.status == value).map(|it| it.last_transition_time.clone());
    let condition = Condition {
        r#type: "Ready".to_owned(),
        status: value.to_owned(),
        observed_generation: generation,
        last_transition_time: since.unwrap_or_else(|| now.to_owned()),
        reason: reason.to_owned(),
        message: message.to_owned(),
    };
    let status = Status { observed_generation: generation, conditions: vec![condition] };
    (status != website.status).then_some(status)
}

/// The fields of the ConfigMap that the controller wants to have so. Others may add to it.
fn wanted(website: &Website) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": website.metadata.name,
            "labels": {MANAGED_BY: MANAGER},
            "ownerReferences": [website.as_owner()],
        },
        "data": {page::FILE: page::html(&website.spec)},
    })
}

/// Whether it has all fields that are wanted of it.
fn is_in_step(website: &Website, config_map: &ConfigMap) -> bool {
    config_map.metadata.owner_references.contains(&website.as_owner())
        && config_map.metadata.labels.get(MANAGED_BY).is_some_and(|it| it == MANAGER)
        && config_map.data.get(page::FILE) == Some(&page::html(&website.spec))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: &str = "2026-11-27T01:02:03Z";

    /// As its user made it.
    fn made() -> Website {
        serde_json::from_value(json!({
            "metadata": {
                "namespace": "shop", "name": "blog", "uid": "u-1", "generation": 1,
                "resourceVersion": "10",
            },
            "spec": {"title": "News", "text": "None."},
        }))
        .unwrap()
    }

    /// As it is when all was done for it.
    fn done() -> (Website, ConfigMap) {
        let mut website = made();
        website.metadata.finalizers = vec![FINALIZER.to_owned()];
        website.status = status(&website, Ok("the page is in the ConfigMap"), NOW).unwrap();
        let config_map = serde_json::from_value(wanted(&website)).unwrap();
        (website, config_map)
    }

    /// The reasons of what is told.
    fn told(plan: &Plan) -> Vec<&str> {
        let reason = |step: &Step| match step {
            Step::Tell(reason, _) => Some(*reason),
            _ => None,
        };
        plan.steps.iter().filter_map(reason).collect::<Vec<&'static str>>()
    }

    #[test]
    fn a_new_one_is_given_everything_and_the_finalizer_first() {
        let website = made();
        let plan = plan(&website, None, None, NOW);
        let [
            Step::Finalizers(finalizers),
            Step::List(title),
            Step::Apply(applied),
            Step::Tell("Created", note),
            Step::Status(status),
        ] = &plan.steps[..]
        else {
            unreachable!("{plan:?}")
        };
        assert_eq!((finalizers, title.as_str()), (&vec![FINALIZER.to_owned()], "News"));
        assert_eq!(note, "ConfigMap blog created");
        assert_eq!(
            applied["metadata"]["ownerReferences"],
            json!([{
                "apiVersion": "example.com/v1", "kind": "Website", "name": "blog", "uid": "u-1",
                "controller": true, "blockOwnerDeletion": true,
            }])
        );
        assert!(applied["data"]["index.html"].as_str().unwrap().contains("<h1>News</h1>"));
        assert_eq!(status.observed_generation, 1);
        assert_eq!(
            serde_json::to_value(&status.conditions).unwrap(),
            json!([{
                "type": "Ready", "status": "True", "observedGeneration": 1, "reason": "Published",
                "lastTransitionTime": NOW, "message": "the page is in the ConfigMap",
            }])
        );
        assert_eq!(plan.unsettled, None);
    }

    #[test]
    fn nothing_is_done_where_all_is_as_it_should_be() {
        let (website, mut config_map) = done();
        let nothing = Plan { steps: vec![], unsettled: None };
        assert_eq!(plan(&website, Some(&config_map), Some("News"), "later"), nothing);
        // What others add is theirs.
        config_map.data.insert("style.css".into(), "h1 {}".into());
        config_map.metadata.labels.insert("app".into(), "shop".into());
        assert_eq!(plan(&website, Some(&config_map), Some("News"), "later"), nothing);
    }

    #[test]
    fn what_others_change_is_restored() {
        let (website, config_map) = done();
        let mut changed = vec![None];
        for change in [
            |it: &mut ConfigMap| it.data.clear(),
            |it: &mut ConfigMap| it.metadata.labels.clear(),
            |it: &mut ConfigMap| it.metadata.owner_references[0].block_owner_deletion = false,
        ] {
            let mut other = config_map.clone();
            change(&mut other);
            changed.push(Some(other));
        }
        for config_map in changed {
            let plan = plan(&website, config_map.as_ref(), Some("News"), NOW);
            assert_eq!(plan.steps[0], Step::Apply(wanted(&website)));
            assert_eq!((told(&plan), plan.steps.len()), (vec!["Restored"], 2));
        }
        let plan = plan(&website, Some(&config_map), None, NOW);
        assert_eq!(plan.steps, [Step::List("News".into())]);
    }

    #[test]
    fn a_new_generation_is_followed() {
        let (mut website, config_map) = done();
        website.metadata.generation = 2;
        website.spec.title = "Old news".into();
        let plan = plan(&website, Some(&config_map), Some("News"), "later");
        assert_eq!(plan.steps[0], Step::List("Old news".into()));
        assert_eq!(plan.steps[1], Step::Apply(wanted(&website)));
        assert_eq!(told(&plan), ["Updated"]);
        let Some(Step::Status(status)) = plan.steps.last() else { unreachable!("{plan:?}") };
        assert_eq!(status.observed_generation, 2);
        // It was ready all along.
        assert_eq!(status.conditions[0].last_transition_time, NOW);
    }

    #[test]
    fn a_config_map_of_others_is_left_alone_and_that_is_said() {
        let (website, mut config_map) = done();
        for references in [
            vec![],
            // Of one of the same name that is gone.
            vec![crate::resource::OwnerReference { uid: "u-0".into(), ..website.as_owner() }],
        ] {
            config_map.metadata.owner_references = references;
            let plan = plan(&website, Some(&config_map), Some("News"), "later");
            assert!(plan.unsettled.is_some());
            let [Step::Status(status)] = &plan.steps[..] else { unreachable!("{plan:?}") };
            let ready = &status.conditions[0];
            assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", "ConfigMapTaken"));
            assert_eq!(ready.last_transition_time, "later");
        }
    }

    #[test]
    fn one_that_is_deleted_leaves_the_directory_before_its_finalizer_goes() {
        let (mut website, config_map) = done();
        website.metadata.deletion_timestamp = Some(NOW.into());
        website.metadata.finalizers.push("of.others/one".into());
        for listed in [Some("News"), None] {
            let plan = plan(&website, Some(&config_map), listed, NOW);
            assert_eq!(plan.steps[0], Step::Unlist);
            assert_eq!(plan.steps[2], Step::Finalizers(vec!["of.others/one".into()]));
            assert_eq!(told(&plan), ["Unlisted"]);
        }
        website.metadata.finalizers = vec!["of.others/one".into()];
        assert_eq!(plan(&website, None, None, NOW).steps, []);
    }
}
