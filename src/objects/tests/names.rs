//! Names and values by chance: what is sent leads to what was named, or nothing is sent.

use super::*;
use crate::resource::Scope;

const CASES: u64 = 2000;

/// Numbers that look random (xorshift64*), the same for the same seed.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    /// Pieces that a reader might take for something else.
    fn text(&mut self, pieces: &[&str]) -> String {
        (0..1 + self.below(4)).map(|_| pieces[self.below(pieces.len())]).collect()
    }

    /// A name that can be sent, or one of those that mostly can't.
    fn name(&mut self) -> String {
        const FINE: [&str; 16] = [
            "a", "web-1", "é", " ", "?", "#", "&", ";", ":", "+", "@", "~", "=", "...", "a.",
            "\u{202e}",
        ];
        const ODD: [&str; 14] = [
            "", ".", "..", "/", "%", "\\", "%2e", "%2f", "\0", "\r\n", "\u{85}", "a", "../",
            "\u{7f}",
        ];
        match self.below(10) {
            0 => self.text(&ODD),
            _ => self.text(&FINE),
        }
    }

    /// Any text at all, for a query.
    fn value(&mut self) -> String {
        const ANY: [&str; 16] = [
            "a",
            "=",
            "&",
            "%",
            "%26",
            "+",
            " ",
            "#",
            "?",
            "/",
            "..",
            "\r\n",
            "\0",
            "é",
            ";",
            "\u{1f980}",
        ];
        self.text(&ANY)
    }
}

fn can_be_sent(name: &str) -> bool {
    let fits = |c: char| !matches!(c, '/' | '\\' | '%') && !c.is_control();
    !name.is_empty() && name != "." && name != ".." && name.chars().all(fits)
}

/// What a reader makes of a part of a URL.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let [first, more @ ..] = rest {
        assert!(first.is_ascii_graphic(), "{part}");
        rest = more;
        bytes.push(match (first, more) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                let digits = [*high, *low];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            (b'%', _) => panic!("half a character in {part}"),
            _ => *first,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// The segments of a URL, and its query.
fn read(url: &str) -> (Vec<String>, Vec<(String, String)>) {
    let url = url.strip_prefix("https://10.96.0.1:443/").unwrap();
    assert!(!url.contains('#'), "{url}");
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (decoded(name), decoded(value))
    });
    (path.split('/').map(decoded).collect(), pairs.collect())
}

#[test]
fn names_lead_to_what_they_name_or_nowhere() {
    let mut sent = 0;
    for seed in 0..CASES {
        let mut chance = Chance::new(seed);
        let group = if chance.below(3) == 0 { String::new() } else { chance.name() };
        let (version, plural, name) = (chance.name(), chance.name(), chance.name());
        let resource = ApiResource::new(&group, &version, &plural);
        let scope = match chance.below(4) {
            0 => Scope::OwnNamespace,
            1 => Scope::AllNamespaces,
            2 => Scope::Cluster,
            _ => Scope::Namespace(chance.name()),
        };
        let subresource = (chance.below(2) == 0).then(|| chance.name());
        let is_list = chance.below(3) == 0;

        let mut expected = match group.as_str() {
            "" => vec!["api"],
            group => vec!["apis", group],
        };
        expected.push(&version);
        match &scope {
            Scope::OwnNamespace => expected.extend(["namespaces", "shop"]),
            Scope::Namespace(namespace) => expected.extend(["namespaces", namespace]),
            Scope::AllNamespaces | Scope::Cluster => {}
        }
        expected.push(&plural);
        let mut fits = is_list || scope != Scope::AllNamespaces;
        if !is_list {
            expected.push(&name);
            expected.extend(subresource.as_deref());
        }
        fits &= expected.iter().all(|name| can_be_sent(name));

        let (client, stage) = mounted([answer(200, POD)]);
        let outcome = match is_list {
            true => client.list(&resource, &scope, ListOptions::default()).map(drop),
            false => {
                let target = Target {
                    resource: resource.clone(),
                    scope: scope.clone(),
                    name: name.clone(),
                    subresource: subresource.clone(),
                };
                client.get(&target, GetOptions::default()).map(drop)
            }
        };
        let case = format!("case {seed}: {resource:?} {scope:?} {name:?} {subresource:?}");
        match outcome {
            Ok(()) => {
                assert!(fits, "{case}");
                assert_eq!(read(&stage.sent(0).url).0, expected, "{case}");
                sent += 1;
            }
            Err(error) => {
                assert!(!fits && matches!(error, Error::InvalidRequest(_)), "{case}: {error:?}");
                assert_eq!(stage.attempts(), 0, "{case}");
            }
        }
    }
    assert!((CASES / 4..CASES * 3 / 4).contains(&sent), "{sent} of {CASES} were sent");
}

#[test]
fn values_of_a_query_are_what_was_given() {
    for seed in 0..CASES {
        let mut chance = Chance::new(seed);
        let (labels, fields) = (chance.value(), chance.value());
        let (token, manager) = (chance.value(), chance.value());
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let (client, stage) = mounted([answer(200, POD), answer(200, POD)]);
        let options = ListOptions {
            selection: Selection {
                label_selector: Some(labels.clone()),
                field_selector: Some(fields.clone()),
            },
            continue_token: Some(token.clone()),
            ..ListOptions::default()
        };
        let pods = ApiResource::new("", "v1", "pods");
        drop(client.list(&pods, &Scope::OwnNamespace, options).unwrap());
        let expected = pairs(&[
            ("labelSelector", &labels),
            ("fieldSelector", &fields),
            ("limit", "500"),
            ("continue", &token),
        ]);
        assert_eq!(read(&stage.sent(0).url).1, expected, "case {seed}");
        let options =
            WriteOptions { field_manager: Some(manager.clone()), ..WriteOptions::default() };
        client.replace(&target(None), "{}".to_owned(), options).unwrap();
        assert_eq!(read(&stage.sent(1).url).1, pairs(&[("fieldManager", &manager)]), "case {seed}");
    }
}
