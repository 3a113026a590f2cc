//! Objects and arrays in a text that is whole.

use crate::{Cursor, Malformed};

/// The members of an object, in order: the name without its quotes, as it is written, and the
/// value's text. No other object's may be had than that which the text is.
pub fn members(text: &str) -> Members<'_> {
    Members(Walk::new(text, b'{', b'}'))
}

/// The elements of an array, in order: the text of each.
pub fn elements(text: &str) -> Elements<'_> {
    Elements(Walk::new(text, b'[', b']'))
}

/// The text of a value by the names that lead to it, for example `["metadata", "name"]`. None
/// if it is not there, or if what encloses it is no object; where a name stands twice, it is the
/// first's. Names are compared as they are written.
///
/// What stands behind it is not looked at, and may not be JSON.
pub fn find<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    if path.is_empty() {
        return Some(text);
    }
    let rest = path.iter().try_fold(text, |rest, name| enter(rest, name))?;
    rest.get(Cursor::new().value(rest).ok()??)
}

/// The rest of a text from the value of an object's member on.
fn enter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut walk = Walk::new(text, b'{', b'}');
    while walk.advance().ok()? {
        let found = walk.string().ok()?;
        walk.expect(b':').ok()?;
        if found == name {
            walk.peek().ok()?;
            return text.get(walk.cursor.start()..);
        }
        walk.value().ok()?;
    }
    None
}

/// An iterator over the members of an object. It ends after an error.
#[derive(Debug, Clone)]
pub struct Members<'a>(Walk<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = Result<(&'a str, &'a str), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.step(|walk| {
            let name = walk.string()?;
            walk.expect(b':')?;
            Ok((name, walk.value()?))
        })
    }
}

/// An iterator over the elements of an array. It ends after an error.
#[derive(Debug, Clone)]
pub struct Elements<'a>(Walk<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Result<&'a str, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.step(Walk::value)
    }
}

#[derive(Debug, Clone)]
struct Walk<'a> {
    text: &'a str,
    cursor: Cursor,
    opening: u8,
    closing: u8,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Within,
    Behind,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, opening: u8, closing: u8) -> Self {
        Self { text, cursor: Cursor::new(), opening, closing, place: Place::Before }
    }

    fn step<I>(
        &mut self,
        item: impl FnOnce(&mut Self) -> Result<I, Malformed>,
    ) -> Option<Result<I, Malformed>> {
        let result = self.advance().and_then(|more| more.then(|| item(self)).transpose());
        if !matches!(result, Ok(Some(_))) {
            self.place = Place::Behind;
        }
        result.transpose()
    }

    /// Whether another item follows.
    fn advance(&mut self) -> Result<bool, Malformed> {
        match self.place {
            Place::Before => self.expect(self.opening)?,
            Place::Within => {}
            Place::Behind => return Ok(false),
        }
        let first = core::mem::replace(&mut self.place, Place::Within) == Place::Before;
        if self.peek()? != self.closing {
            if !first {
                self.expect(b',')?;
            }
            return Ok(true);
        }
        self.cursor.pass();
        match self.cursor.peek(self.text) {
            Some(_) => Err(Malformed::Syntax),
            None => Ok(false),
        }
    }

    fn peek(&mut self) -> Result<u8, Malformed> {
        self.cursor.peek(self.text).ok_or(Malformed::Truncated)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek()? != byte {
            return Err(Malformed::Syntax);
        }
        self.cursor.pass();
        Ok(())
    }

    fn value(&mut self) -> Result<&'a str, Malformed> {
        let range = self.cursor.value(self.text)?.ok_or(Malformed::Truncated)?;
        self.text.get(range).ok_or(Malformed::Syntax)
    }

    fn string(&mut self) -> Result<&'a str, Malformed> {
        let range = self.cursor.string(self.text)?.ok_or(Malformed::Truncated)?;
        self.text.get(range.start + 1..range.end - 1).ok_or(Malformed::Syntax)
    }
}
