//! What stands around each page.

const STYLE: &str = "\
body{max-width:60rem;margin:0 auto;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff}\
nav{border-bottom:1px solid #d0d7de;padding-bottom:.5rem}nav a{margin-right:1rem}\
a{color:#0a58ca}pre,code{font-family:ui-monospace,monospace;font-size:.9em;background:#f3f5f7}\
pre{padding:.8rem;overflow-x:auto}table{border-collapse:collapse;display:block;overflow-x:auto}\
td,th{border:1px solid #d0d7de;padding:.3rem .6rem;text-align:left;vertical-align:top}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}a{color:#79b8ff}pre,code{background:#161b22}}";

/// Where each page leads: the name, and the path from the top.
const NAVIGATION: [(&str, &str); 6] = [
    ("k8s-in-cluster", "index.html"),
    ("Guide", "docs/guide.html"),
    ("Troubleshooting", "docs/troubleshooting.html"),
    ("WIT", "wit.html"),
    ("Rust", "rust/k8s_in_cluster/index.html"),
    ("kube", "rust/k8s_in_cluster_kube/index.html"),
];

/// A whole page, so many folders deep.
pub(crate) fn page(title: &str, body: &str, depth: usize) -> String {
    let top = "../".repeat(depth);
    let links = NAVIGATION.map(|(name, path)| format!("<a href=\"{top}{path}\">{name}</a>"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<nav>{}</nav>\n<main>\n{body}</main>\n</html>\n",
        links.concat()
    )
}
