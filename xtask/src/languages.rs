//! The examples in other languages than Rust, each where what it is built with is installed.

use anyhow::Result;

use crate::component::Transport;
use crate::examples::compose_each;
use crate::hosts::Hosts;
use crate::javascript;
use crate::python::{self, Python};
use crate::workspace::Workspace;

/// What there is to build them with.
pub(crate) struct Languages {
    pub(crate) python: Python,
    pub(crate) node: bool,
}

impl Languages {
    /// The examples.
    pub(crate) const EXAMPLES: [&str; 2] = [javascript::NAME, python::NAME];

    /// Looks for what builds them. An error if it has to be there and is not.
    pub(crate) fn find(hosts: &Hosts) -> Result<Self> {
        Ok(Self { python: Python::find()?, node: hosts.has_node() })
    }

    /// What the step that builds them, or the one that is named, does.
    pub(crate) fn about(&self, only: Option<&str>) -> String {
        let python = match self.python.is_found() {
            true => "componentize-py for python (about 20 s the first time)",
            false => "not python, which is not installed",
        };
        let javascript = match self.node {
            true => "componentize-js and jco for javascript (about 40 s the first time)",
            false => "not javascript, Node is not installed",
        };
        match only {
            Some(python::NAME) => python.to_owned(),
            Some(javascript::NAME) => javascript.to_owned(),
            _ => format!("{python}; {javascript}"),
        }
    }

    /// Builds those that can be built, or the one that is named, and composes them with the
    /// component over each of the transports: `target/component/NAME.wasm`, or `NAME-tls.wasm`.
    pub(crate) fn build(&self, workspace: &Workspace, only: Option<&str>) -> Result<()> {
        if self.node && only.is_none_or(|name| name == javascript::NAME) {
            let application = javascript::build(workspace)?;
            compose_each(workspace, javascript::NAME, &application, &Transport::ALL)?;
        }
        if self.python.is_found() && only.is_none_or(|name| name == python::NAME) {
            let application = python::build(workspace)?;
            compose_each(workspace, python::NAME, &application, &Transport::ALL)?;
        }
        Ok(())
    }

    /// What is to be said at the end of what was left out.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = String> {
        let javascript = (!self.node)
            .then(|| format!("examples/{} left out: {}", javascript::NAME, Hosts::WITHOUT_NODE));
        [javascript, self.python.skipped()].into_iter().flatten()
    }
}
