//! Which part of an object is kept.

use crate::client::InvalidRequest;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use k8s_in_cluster_json::{elements, members};

/// What every object has kept of it.
const IDENTITY: [&str; 6] = [
    "/apiVersion",
    "/kind",
    "/metadata/name",
    "/metadata/namespace",
    "/metadata/uid",
    "/metadata/resourceVersion",
];

/// The names in a JSON Pointer, RFC 6901. Arrays are gone through without one.
///
/// # Errors
///
/// If it does not begin with `/`, or has another escape than `~0` and `~1`.
pub(super) fn names(pointer: &str) -> Result<Vec<String>, InvalidRequest> {
    let invalid = || InvalidRequest::Pointer(pointer.to_owned());
    let mut names: Vec<String> = Vec::new();
    let mut characters = pointer.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '/' => {
                names.push(String::new());
                continue;
            }
            '~' => match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err(invalid()),
            },
            other => other,
        };
        names.last_mut().ok_or_else(invalid)?.push(character);
    }
    if names.is_empty() { Err(invalid()) } else { Ok(names) }
}

/// A value's part that is kept: that of its members by name, and of all others.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    named: Vec<(String, Self)>,
    /// Whether what is not named is kept, the value itself where nothing is.
    rest: bool,
}

impl Fields {
    /// All of it.
    pub(super) fn all() -> Self {
        Self { named: Vec::new(), rest: true }
    }

    /// All but `metadata.managedFields`.
    pub(super) fn without_managed_fields() -> Self {
        let of =
            |name: &str, fields| Self { named: [(name.to_owned(), fields)].into(), rest: true };
        of("metadata", of("managedFields", Self::default()))
    }

    /// These, and what makes an object one.
    ///
    /// # Errors
    ///
    /// As [`names`].
    pub(super) fn only<'a>(
        pointers: impl Iterator<Item = &'a String>,
    ) -> Result<Self, InvalidRequest> {
        let mut fields = Self::default();
        for pointer in IDENTITY.into_iter().chain(pointers.map(String::as_str)) {
            fields.add(&names(pointer)?);
        }
        Ok(fields)
    }

    fn add(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else {
            *self = Self::all();
            return;
        };
        if self.rest {
            return;
        }
        let at = self.named.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
            self.named.push((first.clone(), Self::default()));
            self.named.len() - 1
        });
        if let Some((_, fields)) = self.named.get_mut(at) {
            fields.add(rest);
        }
    }

    /// Appends what is kept of a value. Whether that is anything.
    pub(super) fn write(&self, value: &str, out: &mut String) -> bool {
        if self.named.is_empty() {
            if self.rest {
                out.push_str(value);
            }
            return self.rest;
        }
        match value.as_bytes().first() {
            Some(b'{') => {
                out.push('{');
                for (name, value) in members(value).map_while(Result::ok) {
                    let start = out.len();
                    separate(out);
                    out.push('"');
                    out.push_str(name);
                    out.push_str("\":");
                    let named = self.named.iter().find(|(other, _)| other == name);
                    let written = match named {
                        Some((_, fields)) => fields.write(value, out),
                        None if self.rest => {
                            out.push_str(value);
                            true
                        }
                        None => false,
                    };
                    if !written {
                        out.truncate(start);
                    }
                }
                out.push('}');
            }
            Some(b'[') => {
                out.push('[');
                for element in elements(value).map_while(Result::ok) {
                    let start = out.len();
                    separate(out);
                    if !self.write(element, out) {
                        out.truncate(start);
                    }
                }
                out.push(']');
            }
            _ => {
                if self.rest {
                    out.push_str(value);
                }
                return self.rest;
            }
        }
        true
    }
}

/// Between one member or element and the next.
fn separate(out: &mut String) {
    if !matches!(out.as_bytes().last(), Some(b'{' | b'[')) {
        out.push(',');
    }
}

/// Whether one of the values at a path is looked for. Goes through arrays.
pub(super) fn any(value: &str, path: &[String], looked_for: &mut dyn FnMut(&str) -> bool) -> bool {
    match (value.as_bytes().first(), path.split_first()) {
        (Some(b'['), _) => {
            elements(value).map_while(Result::ok).any(|element| any(element, path, looked_for))
        }
        (Some(_), None) => looked_for(value),
        (Some(b'{'), Some((first, rest))) => members(value)
            .map_while(Result::ok)
            .find(|(name, _)| name == first)
            .is_some_and(|(_, value)| any(value, rest, looked_for)),
        _ => false,
    }
}
