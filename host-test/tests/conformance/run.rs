//! Runs the table.

use super::call::Returned;
use super::case::{Case, Exchange, Outcome};
use super::make::Way;
use host_test::pod::client::{PodClient, types};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Values by their names, which stand in braces where they are to be filled in.
#[derive(Default)]
pub(crate) struct Variables(Vec<(&'static str, String)>);

impl Variables {
    pub(crate) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value.to_owned()));
    }

    fn fill_value(&self, value: &Value) -> Value {
        serde_json::from_str(&self.fill(&value.to_string())).unwrap()
    }
}

/// A server that the table is run against.
pub(crate) trait Server {
    /// Before a call: what to answer.
    fn prepare(&self, exchanges: &[Exchange]);
    /// After a call: whether it was asked as it was to be.
    fn check(&self, exchanges: &[Exchange]);
}

/// How long a real server may take for what it does behind the scenes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs some cases in a namespace, and says what is not as they say.
pub(crate) async fn run(
    client: &mut PodClient,
    server: &dyn Server,
    namespace: &str,
    cases: Vec<Case>,
    way: Way,
) -> Vec<String> {
    let mut variables = Variables::default();
    variables.set("ns", namespace);
    let mut different = Vec::new();
    for case in cases {
        let exchanges: Vec<Exchange> =
            case.exchanges.iter().map(|exchange| filled(exchange, &case, &variables)).collect();
        server.prepare(&exchanges);
        let start = Instant::now();
        let returned = loop {
            let returned = case.call.make(client, &variables, way).await;
            match compare(&case.outcome, &returned, &variables) {
                Ok(()) => break returned,
                Err(_) if case.in_time && start.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(difference) => {
                    different.push(format!("{}: {difference}", case.what));
                    break returned;
                }
            }
        };
        server.check(&exchanges);
        let answer = match returned {
            Ok(Returned::Object(answer)) => serde_json::from_str(&answer.object).unwrap(),
            Ok(Returned::Items(_, metadata)) => {
                json!({"metadata": {"continue": metadata.continue_token}})
            }
            _ => continue,
        };
        for (name, pointer) in &case.keeps {
            variables.set(name, answer.pointer(pointer).unwrap().as_str().unwrap_or_default());
        }
    }
    different
}

fn filled(exchange: &Exchange, case: &Case, variables: &Variables) -> Exchange {
    let mut answer = variables.fill_value(&without_nulls(&exchange.answer));
    for (name, pointer) in &case.keeps {
        let fields = pointer.split('/').skip(1);
        *fields.fold(&mut answer, |value, field| &mut value[field]) = format!("the-{name}").into();
    }
    Exchange {
        path: variables.fill(&exchange.path),
        body: variables.fill(&exchange.body),
        warnings: exchange.warnings.clone(),
        answer,
        ..*exchange
    }
}

/// What is null is left out.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), without_nulls(value)))
            .collect(),
        Value::Array(array) => array.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn compare(
    outcome: &Outcome,
    returned: &Result<Returned, types::Error>,
    variables: &Variables,
) -> Result<(), String> {
    match (outcome, returned) {
        (Outcome::Object(expected, warnings), Ok(Returned::Object(answer))) => {
            if answer.warnings != *warnings {
                return Err(format!("the warnings {:?}", answer.warnings));
            }
            has(&answer.object, &variables.fill_value(expected))
        }
        (
            Outcome::Items(expected) | Outcome::Part(expected, _),
            Ok(Returned::Items(items, metadata)),
        ) => {
            let token = metadata.continue_token.as_deref().unwrap_or_default();
            let version = metadata.resource_version.as_deref().unwrap_or_default();
            let in_order = match outcome {
                Outcome::Part(_, remaining) => {
                    metadata.remaining == Some(*remaining) && !token.is_empty()
                }
                _ => metadata.remaining.is_none(),
            };
            if !in_order || version.is_empty() || !metadata.consistent {
                return Err(format!("{metadata:?}"));
            }
            if items.len() != expected.len() {
                return Err(format!("{} items, and not {}", items.len(), expected.len()));
            }
            let mut pairs = items.iter().zip(expected);
            pairs.try_for_each(|(item, expected)| has(item, &variables.fill_value(expected)))
        }
        (Outcome::Deleted(expected), Ok(Returned::Deleted(deleted))) => {
            match deleted.count == Some(*expected) {
                true => Ok(()),
                false => Err(format!("{:?} were deleted", deleted.count)),
            }
        }
        (
            Outcome::Refused { code, reason, message, about, causes },
            Err(types::Error::Api(status)),
        ) => {
            let details = status.details.as_ref();
            let subject = details.map_or(["", "", ""], |details| {
                [&details.name, &details.group, &details.kind].map(String::as_str)
            });
            let found = status.details.iter().flat_map(|details| &details.causes);
            let found: Vec<_> =
                found.map(|cause| (cause.reason.as_str(), cause.field.as_str())).collect();
            let as_expected = status.code == *code
                && status.reason == *reason
                && status.message == variables.fill(message)
                && subject == about.map(|text| variables.fill(text))
                && found == *causes;
            if as_expected { Ok(()) } else { Err(format!("{status:#?}")) }
        }
        (_, Err(error)) => Err(format!("{error:?}")),
        (_, Ok(Returned::Object(answer))) => Err(answer.object.clone()),
        (_, Ok(_)) => Err("something else".to_owned()),
    }
}

/// Whether an object has all that is expected of it.
fn has(object: &str, expected: &Value) -> Result<(), String> {
    let object: Value = serde_json::from_str(object).unwrap();
    if contains(&object, expected) {
        Ok(())
    } else {
        Err(format!("{expected:#} is not in {object:#}"))
    }
}

fn contains(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| match actual.get(name) {
                Some(actual) => contains(actual, value),
                None => value.is_null(),
            })
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual.iter().zip(expected).all(|(actual, expected)| contains(actual, expected))
        }
        (actual, expected) => actual == expected,
    }
}
