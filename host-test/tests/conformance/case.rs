//! One line of the table.

use super::call::Call;
use host_test::pod::client::objects::PatchKind;
use serde_json::{Value, json};

pub(crate) struct Case {
    pub(crate) what: &'static str,
    pub(crate) call: Call,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) outcome: Outcome,
    /// Names for values of the answer, and where they stand in it.
    pub(crate) keeps: Vec<(&'static str, &'static str)>,
    /// Whether a real server may take a while until it answers so.
    pub(crate) in_time: bool,
}

/// What goes over the wire.
pub(crate) struct Exchange {
    pub(crate) method: &'static str,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) body: String,
    /// Whether the body is the component's, rather than the caller's.
    pub(crate) is_made: bool,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) accept: &'static str,
    pub(crate) status: u16,
    pub(crate) warnings: Vec<&'static str>,
    pub(crate) answer: Value,
}

pub(crate) enum Outcome {
    /// An object that has all of this; what is null is not there.
    Object(Value, Vec<&'static str>),
    /// Objects in this order.
    Items(Vec<Value>),
    /// Objects in this order, and how many are said to follow them.
    Part(Vec<Value>, u64),
    /// So many objects were deleted.
    Deleted(u64),
    Refused {
        code: u16,
        reason: &'static str,
        message: &'static str,
        /// Name, group and kind of what it is about.
        about: [&'static str; 3],
        /// Reasons and fields.
        causes: Vec<(&'static str, &'static str)>,
    },
}

pub(crate) fn case(what: &'static str, call: Call) -> Case {
    let outcome = Outcome::Object(Value::Null, Vec::new());
    Case { what, call, exchanges: Vec::new(), outcome, keeps: Vec::new(), in_time: false }
}

impl Case {
    /// With a request: method, path and query, in which variables stand in braces.
    pub(crate) fn sends(mut self, line: &'static str) -> Self {
        let (method, path) = line.split_once(' ').unwrap();
        let patch = |kind: &PatchKind| match kind {
            PatchKind::Json => "application/json-patch+json",
            PatchKind::Merge => "application/merge-patch+json",
            PatchKind::StrategicMerge => "application/strategic-merge-patch+json",
            PatchKind::Apply => "application/apply-patch+yaml",
        };
        let (body, content_type) = match &self.call {
            Call::Create(_, body, _)
            | Call::CreateSubresource(_, body, _)
            | Call::Replace(_, body, _) => (body.clone(), Some("application/json")),
            Call::Patch(_, kind, body, _) => (body.clone(), Some(patch(kind))),
            _ => (String::new(), None),
        };
        self.exchanges.push(Exchange {
            method,
            path: path.to_owned(),
            body,
            is_made: false,
            content_type,
            accept: "application/json",
            status: 200,
            warnings: Vec::new(),
            answer: Value::Null,
        });
        self
    }

    /// With a body that the component makes.
    pub(crate) fn body(mut self, body: Value) -> Self {
        let exchange = self.exchanges.last_mut().unwrap();
        (exchange.body, exchange.content_type) = (body.to_string(), Some("application/json"));
        exchange.is_made = true;
        self
    }

    /// Accepting these media types.
    pub(crate) fn accepts(mut self, accept: &'static str) -> Self {
        self.exchanges.last_mut().unwrap().accept = accept;
        self
    }

    /// Answered by an object that has all of this.
    pub(crate) fn gives(mut self, object: Value) -> Self {
        self.outcome = Outcome::Object(object.clone(), Vec::new());
        self.answered(200, object)
    }

    /// The same, with the status that says that it was made.
    pub(crate) fn makes(mut self, object: Value) -> Self {
        self.outcome = Outcome::Object(object.clone(), Vec::new());
        self.answered(201, object)
    }

    /// With warnings.
    pub(crate) fn warns(mut self, text: &'static str) -> Self {
        if let Outcome::Object(_, warnings) = &mut self.outcome {
            warnings.push(text);
        }
        self.exchanges.last_mut().unwrap().warnings.push(text);
        self
    }

    /// Refused by a Status.
    pub(crate) fn refused(
        mut self,
        code: u16,
        reason: &'static str,
        message: &'static str,
        causes: &[(&'static str, &'static str)],
    ) -> Self {
        let listed: Vec<Value> = causes
            .iter()
            .map(|(reason, field)| json!({"reason": reason, "field": field}))
            .collect();
        let causes = causes.to_vec();
        self.outcome = Outcome::Refused { code, reason, message, about: [""; 3], causes };
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code, "details": {"causes": listed},
        });
        self.answered(code, status)
    }

    /// With details: name, group and kind.
    pub(crate) fn about(
        mut self,
        name: &'static str,
        group: &'static str,
        kind: &'static str,
    ) -> Self {
        if let Outcome::Refused { about, .. } = &mut self.outcome {
            *about = [name, group, kind];
        }
        let details = &mut self.exchanges.last_mut().unwrap().answer["details"];
        for (field, text) in [("name", name), ("group", group), ("kind", kind)] {
            // What is empty is left out.
            details[field] = (!text.is_empty()).then_some(text).into();
        }
        self
    }

    /// Answered by a page of a list, which the real server may cut in another way.
    pub(crate) fn page(self, list: Value) -> Self {
        self.answered(200, list)
    }

    /// Lists these, in this order.
    pub(crate) fn items(mut self, items: Vec<Value>) -> Self {
        self.outcome = Outcome::Items(items);
        self
    }

    /// Lists these, in this order, and says that so many follow.
    pub(crate) fn part(mut self, items: Vec<Value>, remaining: u64) -> Self {
        self.exchanges.last_mut().unwrap().answer["metadata"]["remainingItemCount"] =
            remaining.into();
        self.outcome = Outcome::Part(items, remaining);
        self
    }

    /// Deletes so many.
    pub(crate) fn deletes(mut self, count: u64) -> Self {
        self.outcome = Outcome::Deleted(count);
        self
    }

    /// Remembers a value of the answer.
    pub(crate) fn keeps(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.keeps.push((name, pointer));
        self
    }

    /// A real server may take a while until it answers so.
    pub(crate) fn in_time(mut self) -> Self {
        self.in_time = true;
        self
    }

    fn answered(mut self, status: u16, answer: Value) -> Self {
        let exchange = self.exchanges.last_mut().unwrap();
        (exchange.status, exchange.answer) = (status, answer);
        self
    }
}
