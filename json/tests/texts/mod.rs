//! Texts to try, and what goes wrong with them.

#![allow(dead_code, reason = "not every test needs each")]

pub(crate) const TEXTS: &[&str] = &[
    "{}",
    "[]",
    "\"\"",
    " [ ] ",
    "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"a\"}},{}],\"n\":null}",
    "{ \"a\" : [ true , false , null , -1.5e-3, 0, 10, 1E+2 ] ,\n\t\"b\\\"\\\\\\/\\b\\f\\n\\r\\t\" : { } }\r\n",
    "[\"12345678\",\"1234567\\\\\",\"12345678\\n12345678\",\"é€𝄞é€𝄞é€𝄞\",\"}]{[,:\"]",
    "{\"f:metadata\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{}}}}",
];

/// Numbers that look random, and are the same each time.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// One of the texts with up to three bytes changed, dropped, doubled or cut off.
pub(crate) fn mutated(random: &mut Random) -> Vec<u8> {
    let mut text = random.of(TEXTS).as_bytes().to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(text.len());
        if text.is_empty() {
            break;
        }
        match random.below(4) {
            0 => text[at] = *random.of(b"{}[]:,\"\\ 0123456789.eE+-tfn\nxu\x01"),
            1 => drop(text.remove(at)),
            2 => text.insert(at, text[at]),
            _ => text.truncate(at),
        }
    }
    // Whole characters alone.
    String::from_utf8_lossy(&text).replace('\u{fffd}', "?").into_bytes()
}
