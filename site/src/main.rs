//! Renders the documentation of the repository: `site ROOT OUT PAGE...` writes the Markdown pages that are named, by their
//! paths from the root, as HTML, with the WIT package beside them. A link that leads nowhere is an error.
#![forbid(unsafe_code)]

mod markdown;
mod page;
mod repository;
mod wit;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use markdown::Page;
use repository::Repository;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, out, pages @ ..] = &arguments[..] else {
        eprintln!("usage: site ROOT OUT PAGE...");
        return ExitCode::FAILURE;
    };
    match write(Path::new(root), Path::new(out), pages) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write(root: &Path, out: &Path, paths: &[String]) -> Result<()> {
    let mut pages = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(root.join(path)).with_context(|| path.clone())?;
        pages.push(Page::new(path, text));
    }
    let wit = wit::render(&root.join("wit"))?;
    let put = |path: &str, title: &str, body: &str| {
        let path = out.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(out))?;
        let depth = path.strip_prefix(out).map_or(0, |path| path.components().count() - 1);
        std::fs::write(&path, page::page(title, body, depth))
            .with_context(|| format!("cannot write {}", path.display()))
    };
    put(wit::FILE, "The WIT package", &wit.html)?;
    let repository = Repository::new(root, &pages, &wit);
    for page in &pages {
        let body = page.html(&repository).with_context(|| page.path.clone())?;
        put(&repository::html(&page.path), page.title(), &body)?;
    }
    Ok(())
}
