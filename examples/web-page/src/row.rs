//! What the page shows of a pod.

use serde_json::{Value, json};

/// The row of a pod: what is not in it is not sent to the browser.
pub(crate) fn row(pod: &Value) -> Value {
    let containers = list(&pod["status"]["containerStatuses"]);
    let ready = containers.iter().filter(|it| it["ready"] == true).count();
    let restarts: u64 = containers.iter().filter_map(|it| it["restartCount"].as_u64()).sum();
    let ends = !pod["metadata"]["deletionTimestamp"].is_null();
    json!({
        "uid": pod["metadata"]["uid"],
        "name": pod["metadata"]["name"],
        "created": pod["metadata"]["creationTimestamp"],
        "phase": if ends { "Terminating" } else { text(&pod["status"]["phase"]) },
        "reason": reason(pod),
        "ready": format!("{ready}/{}", list(&pod["spec"]["containers"]).len()),
        "restarts": restarts,
        "node": text(&pod["spec"]["nodeName"]),
        "ip": text(&pod["status"]["podIP"]),
    })
}

/// The version that a pod is of.
pub(crate) fn version(pod: &Value) -> &str {
    text(&pod["metadata"]["resourceVersion"])
}

/// Why it is not as it should be: the pod's own reason, that of a container that waits or has
/// failed, or that of the scheduler. Empty if there is none.
fn reason(pod: &Value) -> String {
    let status = &pod["status"];
    let containers = list(&status["initContainerStatuses"])
        .iter()
        .chain(list(&status["containerStatuses"]))
        .flat_map(|it| [&it["state"]["waiting"], &it["state"]["terminated"]]);
    let unscheduled = list(&status["conditions"])
        .iter()
        .filter(|it| it["type"] == "PodScheduled" && it["status"] == "False");
    let reasons = std::iter::once(status).chain(containers).chain(unscheduled);
    for given in reasons {
        let parts = [text(&given["reason"]), text(&given["message"])];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        // A container that has come to a good end is as it should be.
        if !parts.is_empty() && parts != ["Completed"] {
            return parts.join(": ");
        }
    }
    String::new()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_that_runs_is_shown_as_kubectl_shows_it() {
        let pod = json!({
            "metadata": {
                "uid": "1", "name": "web", "resourceVersion": "7",
                "creationTimestamp": "2026-01-02T03:04:05Z", "annotations": {"secret": "s3cret"},
            },
            "spec": {
                "nodeName": "node-1",
                "containers": [{"name": "a", "env": [{"name": "X", "value": "s3cret"}]}, {}],
            },
            "status": {
                "phase": "Running", "podIP": "10.1.0.7",
                "containerStatuses": [{"ready": true, "restartCount": 2}, {"ready": false, "restartCount": 1}],
            },
        });
        let expected = json!({
            "uid": "1", "name": "web", "created": "2026-01-02T03:04:05Z", "phase": "Running",
            "reason": "", "ready": "1/2", "restarts": 3, "node": "node-1", "ip": "10.1.0.7",
        });
        assert_eq!((row(&pod), version(&pod)), (expected, "7"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let waiting = json!({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}});
        let done = json!({"state": {"terminated": {"reason": "Completed"}}});
        let unscheduled =
            json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable"});
        for (status, expected) in [
            (json!({"reason": "Evicted", "message": "low on memory"}), "Evicted: low on memory"),
            (json!({"containerStatuses": [waiting]}), "ImagePullBackOff: no such image"),
            (json!({"initContainerStatuses": [done], "containerStatuses": [done]}), ""),
            (json!({"conditions": [unscheduled]}), "Unschedulable"),
        ] {
            assert_eq!(row(&json!({"status": status}))["reason"], expected, "{status}");
        }
    }

    #[test]
    fn a_pod_that_is_being_deleted_is_shown_as_that() {
        let pod = json!({
            "metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"},
            "status": {"phase": "Running"},
        });
        assert_eq!(row(&pod)["phase"], "Terminating");
    }

    #[test]
    fn what_is_no_pod_is_an_empty_row() {
        for pod in [json!(null), json!([1]), json!({"status": {"containerStatuses": {"a": 1}}})] {
            assert_eq!((&row(&pod)["ready"], version(&pod)), (&json!("0/0"), ""), "{pod}");
        }
    }
}
