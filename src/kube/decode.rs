//! From JSON text to Rust types, and back. What does not fit is told by its place alone: what an
//! object holds may be a secret, and errors are logged.

use super::error::{Error, Unreadable};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use k8s_in_cluster_json::{elements, find, members, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// What does not fit a Rust type, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The path of the field, for example `spec.containers[0].image`. Empty for the object itself.
    pub field: String,
    /// What the type has there, for example ``missing field `name` `` or `expected a string`.
    pub reason: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.reason),
            field => write!(f, "{} at {field}", self.reason),
        }
    }
}

/// Reads an object of a kind.
pub(super) fn read<T: DeserializeOwned>(json: &str, kind: &str) -> Result<T, Error> {
    serde_json::from_str(json)
        .map_err(|error| Error::Unreadable(Box::new(unreadable(json, kind, &error))))
}

pub(super) fn write<T: Serialize>(object: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(object).map_err(|error| unwritable(&error))
}

pub(super) fn unwritable(error: &serde_json::Error) -> Error {
    Error::Unwritable(Misfit { field: String::new(), reason: reason(error) })
}

fn unreadable(json: &str, kind: &str, error: &serde_json::Error) -> Unreadable {
    let said = |field| find(json, &["metadata", field]).map(text).filter(|text| !text.is_empty());
    Unreadable {
        kind: kind.to_owned(),
        namespace: said("namespace"),
        name: said("name"),
        event: None,
        misfit: Misfit { field: field_at(json, offset(json, error)), reason: reason(error) },
    }
}

/// What an error says, but for what it quotes.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said);
    // These quote what stands in the Rust type, and no more.
    let plain = ["missing field ", "duplicate field ", "key must be a string"];
    if plain.iter().any(|start| said.starts_with(start)) {
        return said.to_owned();
    }
    let quoting = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
        "unknown field ",
    ];
    let expected = said.rsplit_once(", expected ").map(|(_, expected)| expected);
    match expected.filter(|_| quoting.iter().any(|start| said.starts_with(start))) {
        Some(expected) => format!("expected {expected}"),
        None => match error.classify() {
            Category::Data | Category::Io => "a value does not suit",
            Category::Syntax | Category::Eof => "it is no JSON that is read here",
        }
        .to_owned(),
    }
}

/// Up to where a text was read.
fn offset(json: &str, error: &serde_json::Error) -> usize {
    let before = error.line().saturating_sub(1);
    let lines = json.split_inclusive('\n').take(before);
    lines.map(str::len).sum::<usize>().saturating_add(error.column())
}

/// The path of the innermost value that begins or ends at a place, or has it in it.
fn field_at(json: &str, offset: usize) -> String {
    let covers = |value: &str| {
        let start = value.as_ptr().addr().saturating_sub(json.as_ptr().addr());
        (start..=start + value.len()).contains(&offset)
    };
    let mut path = String::new();
    let mut inside = Some(json.trim_start());
    while let Some(value) = inside {
        inside = match value.as_bytes().first() {
            Some(b'{') => {
                let mut known = members(value).map_while(Result::ok);
                known.find(|(_, value)| covers(value)).map(|(name, value)| {
                    append(&mut path, name);
                    value
                })
            }
            Some(b'[') => {
                let mut known = elements(value).map_while(Result::ok).enumerate();
                known.find(|(_, value)| covers(value)).map(|(index, value)| {
                    path.push_str(&format!("[{index}]"));
                    value
                })
            }
            _ => None,
        };
    }
    path
}

/// Appends a member's name, as JSONPath has it.
fn append(path: &mut String, name: &str) {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte));
    if !is_plain {
        path.push_str("[\"");
        path.push_str(name);
        path.push_str("\"]");
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}
