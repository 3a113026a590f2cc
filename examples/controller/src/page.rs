//! The page of a Website.

use crate::resource::Spec;

/// The key of it in the ConfigMap.
pub(crate) const FILE: &str = "index.html";

/// HTML: title and text are text, whatever stands in them.
pub(crate) fn html(spec: &Spec) -> String {
    let [title, text] = [&spec.title, &spec.text].map(|text| escaped(text));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let page = html(&Spec { title: "A & B".into(), text: "<script>".into() });
        assert!(page.contains("<title>A &amp; B</title>\n<h1>A &amp; B</h1>"), "{page}");
        assert!(page.contains("<p>&lt;script&gt;</p>"), "{page}");
    }
}
