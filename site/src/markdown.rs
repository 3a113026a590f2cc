//! A Markdown page: its headings, its links, and what it is as HTML.

use anyhow::Result;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::repository::Repository;

/// A page of the repository.
pub(crate) struct Page {
    /// From the root.
    pub(crate) path: String,
    text: String,
    /// The names of its headings in links, and its first heading.
    pub(crate) anchors: Vec<String>,
    title: String,
}

impl Page {
    pub(crate) fn new(path: &str, text: String) -> Self {
        let mut anchors = Vec::new();
        let mut title = None;
        let mut heading: Option<String> = None;
        for event in parse(&text) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let heading = heading.take().unwrap_or_default();
                    anchors.push(slug(&heading));
                    title.get_or_insert(heading);
                }
                Event::InlineHtml(tag) => {
                    let id = tag.strip_prefix("<a id=\"").and_then(|rest| rest.split_once('"'));
                    anchors.extend(id.map(|(id, _)| id.to_owned()));
                }
                _ => {}
            }
        }
        Self { path: path.to_owned(), anchors, title: title.unwrap_or_default(), text }
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// The page, with links that lead to other pages of the site, or to the repository.
    pub(crate) fn html(&self, repository: &Repository<'_>) -> Result<String> {
        let mut headings = self.anchors.iter();
        let mut events = Vec::new();
        for event in parse(&self.text) {
            events.push(match event {
                Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                    let id = headings.next().map(|anchor| CowStr::from(anchor.clone()));
                    Event::Start(Tag::Heading { level, id, classes, attrs })
                }
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let dest_url = repository.resolve(&self.path, &dest_url)?.into();
                    Event::Start(Tag::Link { link_type, dest_url, title, id })
                }
                Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                    let dest_url = repository.resolve(&self.path, &dest_url)?.into();
                    Event::Start(Tag::Image { link_type, dest_url, title, id })
                }
                Event::InlineHtml(tag) => {
                    if tag.starts_with("<a id=\"") {
                        headings.next();
                    }
                    Event::InlineHtml(tag)
                }
                other => other,
            });
        }
        let mut body = String::new();
        html::push_html(&mut body, events.into_iter());
        Ok(body)
    }
}

fn parse(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// What GitHub makes of a heading, for links to it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_named_as_github_names_them() {
        for (heading, expected) in [
            ("4. Permissions", "4-permissions"),
            ("`api`: whoever the API server says", "api-whoever-the-api-server-says"),
            ("wasmtime run", "wasmtime-run"),
        ] {
            let page = Page::new("a.md", format!("# Title\n\ntext\n\n## {heading}\n"));
            assert_eq!(page.anchors[1], expected);
            assert_eq!(page.title(), "Title");
        }
    }
}
