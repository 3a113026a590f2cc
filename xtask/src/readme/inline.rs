//! Commands and options in the text of a page and in its tables: that there are such.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::arguments;
use crate::process;
use crate::workspace::Workspace;

/// The options of other programs that the pages speak of. What wasmtime has, it is asked itself.
const OTHERS: [(&str, &[&str]); 5] = [
    ("containers of wasmCloud", &["--http-client-ca-path"]),
    ("kube-apiserver", &["--feature-gates"]),
    ("npm", &["--"]),
    ("rustc", &["--cfg"]),
    ("spin", &["--direct-mounts"]),
];

/// What is between backticks outside of the code blocks of a page, in one line each.
pub(super) fn spans(page: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    let mut in_block = false;
    for line in page.lines() {
        let fence = line.starts_with("```");
        in_block ^= fence;
        // A paragraph, an item or a row ends what was begun.
        if fence || line.is_empty() || line.starts_with(['|', '-', '#']) {
            paragraphs.push(String::new());
        }
        if let (false, false, Some(last)) = (in_block, fence, paragraphs.last_mut()) {
            *last += line;
            last.push('\n');
        }
    }
    let spans = paragraphs.iter().flat_map(|text| text.split('`').skip(1).step_by(2));
    spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The programs of this repository, as their sources have them.
pub(super) struct Programs<'a> {
    root: &'a Path,
    /// The options of `host-test`.
    host_test: Vec<String>,
    /// The sources of the control plane, which declare its flags.
    control_plane: String,
    /// The scripts of `examples/javascript`.
    scripts: String,
    /// What `wasmtime` says of itself; nothing where it is not asked.
    wasmtime: Option<String>,
}

impl<'a> Programs<'a> {
    pub(super) fn new(workspace: &'a Workspace) -> Result<Self> {
        let root = workspace.root();
        let read = |path: &str| {
            std::fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))
        };
        Ok(Self {
            root,
            host_test: options(&read("host-test/src/program/arguments.rs")?),
            control_plane: read("host-test/control-plane/options.go")?,
            scripts: read("examples/javascript/package.json")?,
            wasmtime: None,
        })
    }

    /// The same, with what this program says of itself.
    pub(super) fn asking(mut self, wasmtime: &Path) -> Result<Self> {
        let calls: [&[&str]; 4] = [
            &["run", "--help"],
            &["serve", "--help"],
            &["run", "-S", "help"],
            &["run", "-O", "help"],
        ];
        let mut said = String::new();
        for call in calls {
            said += &process::output(Command::new(wasmtime).args(call))?;
        }
        self.wasmtime = Some(said);
        Ok(self)
    }

    /// Checks what is between backticks, if it is a command or an option.
    pub(super) fn check(&self, span: &str) -> Result<()> {
        let words: Vec<&str> = span.split(' ').collect();
        match &words[..] {
            ["cargo", "xtask", rest @ ..] => self.xtask(rest),
            ["cargo", "run", "--package", "host-test", "--", rest @ ..]
            | ["cargo", "run", "--quiet", "--package", "host-test", "--", rest @ ..]
            | ["host-test", rest @ ..] => self.host_test(rest),
            ["cargo", "test", rest @ ..] => self.test(rest),
            ["npm", "run", script, ..] => {
                let found = self.scripts.contains(&format!("\"{script}\": "));
                ensure!(found, "there is no script {script}");
                Ok(())
            }
            ["wasmtime", rest @ ..] => self.wasmtime(rest),
            ["-S" | "-O", ..] => self.wasmtime(&words),
            [option, ..] if option.starts_with("--") => self.option(option),
            [path] if path.contains('/') => self.path(path),
            _ => Ok(()),
        }
    }

    fn xtask(&self, words: &[&str]) -> Result<()> {
        // What stands for something else is in capital letters.
        let words = words.iter().filter(|word| !is_name(word)).map(|word| (*word).to_owned());
        match arguments::parse(words, None) {
            Ok(parsed) => {
                let Some(example) = parsed.example else { return Ok(()) };
                let folder = self.root.join("examples").join(&example);
                ensure!(folder.exists(), "there is no example {example}");
                Ok(())
            }
            // Only the name was left out, which is not given here.
            Err(error) if error.to_string().contains(" takes the ") => Ok(()),
            Err(error) => bail!("{error}"),
        }
    }

    fn host_test(&self, words: &[&str]) -> Result<()> {
        match words {
            [] | ["run", ..] | ["cluster", "up", ..] => {}
            [other, ..] => bail!("host-test has no command {other}"),
        }
        let own = words.iter().take_while(|word| **word != "--");
        for option in own.filter(|word| word.starts_with("--")) {
            let option = option.split('=').next().unwrap_or_default();
            let known = option == "--help" || self.host_test.iter().any(|it| it == option);
            ensure!(known, "host-test has no option {option}");
        }
        Ok(())
    }

    /// A test program, and what of it is run.
    fn test(&self, words: &[&str]) -> Result<()> {
        let after = |option: &str| {
            let index = words.iter().position(|word| *word == option)?;
            words.get(index + 1).copied()
        };
        let Some(program) = after("--test") else { return Ok(()) };
        let package = after("--package").context("no --package")?;
        let tests = self.root.join(package).join("tests");
        let folder = tests.join(program);
        let there = folder.exists() || tests.join(format!("{program}.rs")).exists();
        ensure!(there, "{package} has no tests {program}");
        if let Some(name) = words.iter().find(|word| word.contains("::")) {
            let (module, test) = name.split_once("::").unwrap_or_default();
            let file = folder.join(format!("{module}.rs"));
            let text = std::fs::read_to_string(file).unwrap_or_default();
            ensure!(text.contains(&format!("fn {test}")), "there is no test {name}");
        }
        Ok(())
    }

    fn wasmtime(&self, words: &[&str]) -> Result<()> {
        let Some(said) = &self.wasmtime else { return Ok(()) };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if matches!(*word, "-S" | "-O") {
                for setting in words.next().unwrap_or(&"").split(',').filter(|it| !it.is_empty()) {
                    let name = setting.split('=').next().unwrap_or_default();
                    let known = said.contains(&format!(" {name}["));
                    ensure!(known, "wasmtime has no {word} {name}");
                }
            } else if word.starts_with("--") {
                ensure!(has_word(said, word), "wasmtime has no option {word}");
            }
        }
        Ok(())
    }

    /// An option by itself: the text around it says whose it is.
    fn option(&self, option: &str) -> Result<()> {
        let option = option.split('=').next().unwrap_or_default();
        let control_plane = format!("\"{}\"", option.trim_start_matches('-'));
        let known = self.host_test.iter().any(|it| it == option)
            || has_word(arguments::HELP, option)
            || self.control_plane.contains(&control_plane)
            || OTHERS.iter().any(|(_, options)| options.contains(&option))
            || self.wasmtime.as_ref().is_none_or(|said| has_word(said, option));
        ensure!(known, "no program of ours has an option {option}, nor has wasmtime");
        Ok(())
    }

    /// A path from the top folder.
    fn path(&self, path: &str) -> Result<()> {
        let folders = ["docs/", "examples/", "host-test/", "kube/", "src/", "wit/", "xtask/"];
        let ours = folders.iter().any(|folder| path.starts_with(folder));
        let plain = !path.contains(['*', '…', ':', '<', '{']);
        // What a page below says of `src/` is its own; and the first release has yet to be.
        let made = path.ends_with(".wasm") || path.starts_with("src/") || path == "xtask/released/";
        ensure!(!ours || !plain || made || self.root.join(path).exists(), "there is no {path}");
        Ok(())
    }
}

fn is_name(word: &str) -> bool {
    word.chars().all(|it| it.is_ascii_uppercase() || it == '-') && !word.starts_with('-')
}

/// Whether a text has this word, and not as the beginning of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let longer = |it: char| it.is_ascii_alphanumeric() || it == '-';
    text.match_indices(word).any(|(at, _)| !text[at + word.len()..].starts_with(longer))
}

/// What stands before the field of an attribute.
const FIELD: &str = "pub(crate) ";

/// The options that a source declares by clap's attributes: `--kubeconfig` of a field `kubeconfig`.
fn options(source: &str) -> Vec<String> {
    let mut options = Vec::new();
    let mut named: Option<Option<String>> = None;
    for line in source.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[arg(") {
            let words: Vec<_> = attribute.split([',', '(', ')']).map(str::trim).collect();
            let given = words.iter().find_map(|it| it.strip_prefix("long = "));
            if given.is_some() || words.contains(&"long") {
                named = Some(given.map(|it| it.trim_matches('"').to_owned()));
            }
        } else if let Some((field, _)) = line.strip_prefix(FIELD).and_then(|it| it.split_once(':'))
            && let Some(name) = named.take()
        {
            options.push(format!("--{}", name.unwrap_or_else(|| field.replace('_', "-"))));
        }
    }
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    #[test]
    fn commands_and_options_in_the_pages_are_there() {
        let workspace = Workspace::new();
        let programs = Programs::new(&workspace).unwrap();
        let mut seen = 0;
        for page in workspace.pages().unwrap() {
            let text = std::fs::read_to_string(workspace.root().join(&page)).unwrap();
            for span in spans(&text) {
                programs.check(&span).unwrap_or_else(|error| panic!("{page}: `{span}`: {error}"));
                seen += 1;
            }
        }
        assert!(seen > 500, "{seen}");
    }

    #[test]
    fn spans_are_found_in_text_and_tables_and_not_in_blocks() {
        let page = "a `b\n c` d\n```sh\n`e`\n```\n| `f` | `g h` |\n- an odd ` one\n- `i`\n\n`j`\n";
        let found = spans(page);
        assert_eq!(found, ["b c", "f", "g h", "one", "i", "j"]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let workspace = Workspace::new();
        let mut programs = Programs::new(&workspace).unwrap();
        programs.wasmtime =
            Some("  --dir <D>\n --max-instance-reuse-count\n -S  http[=y|n]".into());
        for span in [
            "cargo xtask",
            "cargo xtask build hello",
            "cargo xtask build EXAMPLE",
            "cargo run --package host-test -- run --kubeconfig ~/.kube/config a.wasm -- --any",
            "host-test cluster up --port 1",
            "cargo test --package host-test --test hosts browser::the_page -- --ignored",
            "cargo test --package host-test --test component NAME",
            "npm run transpile",
            "wasmtime run -S http=y --dir /a",
            "-S http,http",
            "--max-instance-reuse-count 1000",
            "--show-requests",
            "--toolchain",
            "--root-ca-file",
            "--env=A=B",
            "xtask/src/main.rs",
            "kubectl --any",
        ] {
            assert!(programs.check(span).is_ok(), "{span}: {:?}", programs.check(span));
        }
        for (span, expected) in [
            ("cargo xtask bild", "no command `bild`"),
            ("cargo xtask build helo", "no example helo"),
            ("cargo xtask test --fast", "no option `--fast`"),
            ("cargo run --package host-test -- walk", "no command walk"),
            ("host-test run --verbose a.wasm", "host-test has no option --verbose"),
            ("cargo test --package host-test --test none", "no tests none"),
            ("cargo test --package host-test --test hosts browser::none", "no test browser::none"),
            ("npm run none", "no script none"),
            ("wasmtime run --directory /a", "no option --directory"),
            ("wasmtime run -S htt", "no -S htt"),
            ("--max-instance-reuse", "no program of ours"),
            ("xtask/src/none.rs", "there is no xtask"),
        ] {
            let error = programs.check(span).err().map(|it| it.to_string()).unwrap_or_default();
            assert!(error.contains(expected), "{span}: {error}");
        }
    }

    #[test]
    fn options_are_those_of_claps_attributes() {
        let source = "#[arg(long, value_name = \"F\")]\npub(crate) show_requests: bool,\n\
            /// x\n#[arg(long = \"env\", value_name = \"N\")]\npub(crate) variables: V,\n\
            #[arg(value_name = \"C\")]\npub(crate) component: P,\n#[arg(long)]\npub(crate) proxy: bool,\n";
        assert_eq!(options(source), ["--show-requests", "--env", "--proxy"]);
    }
}
