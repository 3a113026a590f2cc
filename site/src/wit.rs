//! The WIT package as a page.

use std::path::Path;

use anyhow::{Context as _, Result};
use pulldown_cmark::{Event, Parser, html};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_markdown::Opts;

/// The page's file.
pub(crate) const FILE: &str = "wit.html";

/// What an application imports: all interfaces.
const WORLD: &str = "imports";

/// The page, without what stands around it.
pub(crate) struct Wit {
    pub(crate) html: String,
}

/// Renders the package in a folder.
pub(crate) fn render(folder: &Path) -> Result<Wit> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder)?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    let mut files = Files::default();
    Opts::default().build().generate(&mut resolve, world, &mut files)?;
    let name = format!("{WORLD}.md");
    let (_, text) = files.iter().find(|(file, _)| *file == name).context("nothing was rendered")?;
    let text = with_paragraphs(std::str::from_utf8(text)?);
    let events = Parser::new(&text).flat_map(|event| match event {
        Event::Code(code) if code.contains('@') => {
            let id: String =
                code.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
            let link = format!("<a href=\"#{id}\">");
            vec![
                Event::InlineHtml(link.into()),
                Event::Code(code),
                Event::InlineHtml("</a>".into()),
            ]
        }
        event => vec![event],
    });
    let mut html = String::new();
    html::push_html(&mut html, events);
    Ok(Wit { html })
}

/// The documentation of fields and cases stands behind a `<p>`, where it would be taken for HTML: code and
/// links in it are not what they were. A paragraph by itself, it is Markdown.
fn with_paragraphs(text: &str) -> String {
    let mut paragraphs = String::new();
    for line in text.lines() {
        match line.trim_start().strip_prefix("<p>") {
            Some(rest) => {
                let indentation = line.len() - line.trim_start().len();
                paragraphs += &format!("\n{}{rest}\n", &line[..indentation]);
            }
            None => paragraphs += &format!("{line}\n"),
        }
    }
    paragraphs
}

impl Wit {
    /// Where on the page a file of the package is, or the folder of all of them.
    pub(crate) fn anchor(&self, path: &str) -> Option<String> {
        let file = path.strip_prefix("wit")?;
        if file.is_empty() {
            return Some(String::new());
        }
        let interface = file.strip_prefix('/')?.strip_suffix(".wit")?;
        let begin = format!("id=\"k8s_in_cluster_{interface}_");
        let (_, rest) = self.html.split_once(&begin)?;
        let (version, _) = rest.split_once('"')?;
        Some(format!("#k8s_in_cluster_{interface}_{version}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_page_has_the_interfaces_and_their_documentation() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let wit = render(&root.join("wit")).unwrap();
        assert!(wit.html.contains("Reading and writing objects of any resource"));
        for interface in ["objects", "watch", "types"] {
            assert!(wit.anchor(&format!("wit/{interface}.wit")).is_some(), "{interface}");
        }
        assert!(wit.html.contains("for example <code>v1</code>"));
        assert!(!wit.html.contains('`') && !wit.html.contains("<https"));
        assert_eq!(wit.anchor("wit").unwrap(), "");
        assert_eq!(wit.anchor("wit/deps/io.wit"), None);
        // Links within the page lead to something on it.
        for link in wit.html.split("href=\"#").skip(1) {
            let (anchor, _) = link.split_once('"').unwrap();
            assert!(wit.html.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
    }
}
