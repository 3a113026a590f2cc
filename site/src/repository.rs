//! What links may lead to.

use std::path::Path;

use anyhow::{Result, bail};

use crate::markdown::Page;
use crate::wit::{self, Wit};

/// Where the files are that are no part of the site.
const BLOB: &str = "https://github.com/k8s-in-cluster/k8s-in-cluster/blob/main/";

/// The files of the repository, and the pages that the site has of them.
pub(crate) struct Repository<'a> {
    root: &'a Path,
    pages: &'a [Page],
    wit: &'a Wit,
}

impl<'a> Repository<'a> {
    pub(crate) fn new(root: &'a Path, pages: &'a [Page], wit: &'a Wit) -> Self {
        Self { root, pages, wit }
    }

    /// What a link on a page of the site is to be, for one on the page of the repository.
    pub(crate) fn resolve(&self, from: &str, link: &str) -> Result<String> {
        if link.contains("://") || link.starts_with("mailto:") {
            return Ok(link.to_owned());
        }
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let path = match file {
            "" => from.to_owned(),
            _ => join(from, file),
        };
        let Some(page) = self.pages.iter().find(|page| page.path == path || is_index(page, &path))
        else {
            if !self.root.join(&path).exists() {
                bail!("the link to {link} leads nowhere: there is no {path}");
            }
            return Ok(match self.wit.anchor(&path) {
                Some(anchor) => format!("{}{}{anchor}", up(from), wit::FILE),
                None => format!("{BLOB}{path}"),
            });
        };
        if !anchor.is_empty() && !page.anchors.iter().any(|it| it == anchor) {
            bail!("the link to {link} leads nowhere: {} has no such heading", page.path);
        }
        let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
        Ok(format!("{}{}{anchor}", up(from), html(&page.path)))
    }
}

/// Whether a path is of the folder that a page is the first of.
fn is_index(page: &Page, path: &str) -> bool {
    page.path.strip_suffix("README.md").is_some_and(|folder| folder.trim_end_matches('/') == path)
}

/// Where a page is in the site.
pub(crate) fn html(path: &str) -> String {
    match path.strip_suffix("README.md") {
        Some(folder) => format!("{folder}index.html"),
        None => format!("{}.html", path.strip_suffix(".md").unwrap_or(path)),
    }
}

/// The way from a page to the top.
fn up(from: &str) -> String {
    "../".repeat(from.matches('/').count())
}

/// The path from the root of what a page calls so.
fn join(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn links_lead_to_pages_or_to_the_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let wit = wit::render(&root.join("wit")).unwrap();
        let page =
            |path: &str| Page::new(path, "# One\n\n## A heading\n\n<a id=\"there\"></a>x\n".into());
        let pages = ["README.md", "docs/guide.md", "docs/decisions/README.md"].map(page);
        let repository = Repository::new(root, &pages, &wit);
        let resolve = |from: &str, link: &str| repository.resolve(from, link);
        for (from, link, expected) in [
            ("README.md", "docs/guide.md", "docs/guide.html"),
            ("README.md", "#there", "index.html#there"),
            ("docs/guide.md", "../README.md#a-heading", "../index.html#a-heading"),
            ("docs/guide.md", "decisions/", "../docs/decisions/index.html"),
            ("docs/guide.md", "https://wasi.dev", "https://wasi.dev"),
        ] {
            assert_eq!(resolve(from, link).unwrap(), expected);
        }
        assert_eq!(resolve("docs/guide.md", "../LICENSE").unwrap(), format!("{BLOB}LICENSE"));
        let of_wit = resolve("docs/guide.md", "../wit/watch.wit").unwrap();
        assert!(of_wit.starts_with("../wit.html#"), "{of_wit}");
        for (from, link) in [
            ("README.md", "docs/none.md"),
            ("README.md", "docs/guide.md#none"),
            ("docs/guide.md", "README.md"),
        ] {
            assert!(resolve(from, link).is_err(), "{link}");
        }
    }
}
