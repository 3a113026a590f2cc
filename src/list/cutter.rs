//! Cuts one page of a list.

use super::ListMetadata;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::ops::Range;
use k8s_in_cluster_json::{Cursor, Decoder, Malformed, find, unquote};

/// Takes the body of a list in pieces, and gives its items one by one.
///
/// It holds no more than the pieces that were pushed and the beginning of one item.
#[derive(Debug, Clone)]
pub struct Cutter {
    decoder: Decoder,
    text: String,
    cursor: Cursor,
    place: Place,
    member: Member,
    /// Where the item begins that is being read.
    item: Option<usize>,
    /// Whether that item says what it is.
    typed: bool,
    items_seen: bool,
    max_item: usize,
    metadata: ListMetadata,
    /// What an item begins with that does not say what it is.
    types: String,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Open,
    FirstName,
    Name,
    Colon,
    Value,
    AfterValue,
    Items,
    FirstItem,
    Item,
    AfterItem,
    End,
}

/// Which member's value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    ApiVersion,
    Kind,
    Metadata,
    Columns,
    Items,
    Other,
}

/// Why a body is no list, or none that can be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// Not JSON, or broken off.
    #[error("the list can't be read: {0}")]
    Malformed(#[from] Malformed),
    /// Something that is no list.
    #[error("a list was expected, and the answer is of the kind {0:?}")]
    Kind(String),
    /// A list that lacks what lists have.
    #[error("the answer is no list of objects: {0}")]
    Shape(&'static str),
    /// A page that came once more, and is of another version.
    #[error("the list was cut, and its version can't be had any longer: list anew")]
    Version,
    /// An item that is over the limit.
    #[error("an item of the list is longer than {0} bytes: raise the limit `max-buffered`")]
    TooLong(usize),
}

impl Cutter {
    /// A cutter for one page, whose items are at most so many bytes long.
    pub fn new(max_item: usize) -> Self {
        Self {
            decoder: Decoder::new(),
            text: String::new(),
            cursor: Cursor::new(),
            place: Place::Open,
            member: Member::Other,
            item: None,
            typed: false,
            items_seen: false,
            max_item,
            metadata: ListMetadata::default(),
            types: String::new(),
        }
    }

    /// Begins anew with a page that comes once more: the same page, or one as it is now.
    pub fn restart(&mut self, same: bool) {
        self.decoder = Decoder::new();
        self.text.clear();
        self.cursor = Cursor::new();
        self.place = Place::Open;
        self.item = None;
        self.items_seen = false;
        // Whether it is a list has to be seen again.
        self.metadata.kind.clear();
        if !same {
            self.metadata = ListMetadata::default();
        }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// If they are not UTF-8.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), CutError> {
        let done = self.needed();
        self.text.drain(..done);
        self.cursor.shift(done);
        self.item = self.item.map(|start| start - done);
        self.reserve(bytes.len() + 4);
        Ok(self.decoder.push(bytes, &mut self.text)?)
    }

    /// Makes room for that many bytes, and for more as long as one item may need it.
    fn reserve(&mut self, bytes: usize) {
        let needed = self.text.len() + bytes;
        let capacity = self.text.capacity();
        if needed > capacity {
            let wanted = capacity.saturating_mul(2).min(self.max_item.saturating_add(bytes));
            self.text.reserve_exact(wanted.max(needed) - self.text.len());
        }
    }

    /// The next item. None if more bytes are needed, or the list is over.
    ///
    /// An item that does not say what it is gets the list's `apiVersion`, and the list's `kind`
    /// without its `List`, where they are known by then.
    ///
    /// # Errors
    ///
    /// If the body is no list, or an item is too long.
    pub fn item(&mut self) -> Result<Option<String>, CutError> {
        let item = self.advance()?;
        if item.is_none() && self.text.len() - self.needed() > self.max_item {
            return Err(CutError::TooLong(self.max_item));
        }
        Ok(item)
    }

    /// The body has ended, and no item is left in it.
    ///
    /// # Errors
    ///
    /// If it ended in the middle.
    pub fn finish(&self) -> Result<(), CutError> {
        self.decoder.finish()?;
        if self.place == Place::End { Ok(()) } else { Err(Malformed::Truncated.into()) }
    }

    /// What the list says of itself, as far as it was read.
    pub fn metadata(&self) -> &ListMetadata {
        &self.metadata
    }

    /// From where on the text is still needed.
    fn needed(&self) -> usize {
        self.item.unwrap_or_else(|| self.cursor.start())
    }

    fn advance(&mut self) -> Result<Option<String>, CutError> {
        loop {
            match self.place {
                Place::Name => {
                    let Some(name) = self.cursor.string(&self.text)? else { return Ok(None) };
                    self.member = self.member(name);
                    self.place = Place::Colon;
                    continue;
                }
                Place::Value => {
                    let Some(value) = self.cursor.value(&self.text)? else { return Ok(None) };
                    self.place = Place::AfterValue;
                    match self.item {
                        Some(_) => self.typed |= self.member != Member::Other,
                        None => self.keep(value)?,
                    }
                    continue;
                }
                _ => {}
            }
            let Some(byte) = self.cursor.peek(&self.text) else { return Ok(None) };
            let next = match (self.place, byte) {
                (Place::Open, b'{') => Place::FirstName,
                (Place::FirstName | Place::AfterValue, b'}') => {
                    self.cursor.pass();
                    let Some(start) = self.item.take() else {
                        self.close()?;
                        continue;
                    };
                    self.place = Place::AfterItem;
                    return self.cut(start).map(Some);
                }
                (Place::FirstName, _) => {
                    self.place = Place::Name;
                    continue;
                }
                (Place::AfterValue, b',') => Place::Name,
                (Place::Colon, b':') if self.member == Member::Items => Place::Items,
                (Place::Colon, b':') => Place::Value,
                (Place::Items, b'[') if !self.items_seen => {
                    self.items_seen = true;
                    Place::FirstItem
                }
                // As Go writes a list without items.
                (Place::Items, b'n') => {
                    self.items_seen = true;
                    self.place = Place::Value;
                    continue;
                }
                (Place::Items, _) => return Err(CutError::Shape("`items` is no array")),
                (Place::FirstItem | Place::AfterItem, b']') => Place::AfterValue,
                (Place::FirstItem | Place::Item, b'{') => {
                    self.item = Some(self.cursor.start());
                    self.typed = false;
                    Place::FirstName
                }
                (Place::FirstItem | Place::Item, _) => {
                    return Err(CutError::Shape("an item is no object"));
                }
                (Place::AfterItem, b',') => Place::Item,
                _ => return Err(Malformed::Syntax.into()),
            };
            self.cursor.pass();
            self.place = next;
        }
    }

    /// Which member has that name.
    fn member(&self, name: Range<usize>) -> Member {
        let in_item = self.item.is_some();
        match self.text.get(name).unwrap_or_default() {
            "\"apiVersion\"" => Member::ApiVersion,
            "\"kind\"" => Member::Kind,
            _ if in_item => Member::Other,
            "\"metadata\"" => Member::Metadata,
            "\"columnDefinitions\"" => Member::Columns,
            "\"items\"" => Member::Items,
            "\"rows\"" if self.metadata.kind == "Table" => Member::Items,
            _ => Member::Other,
        }
    }

    /// Keeps the value of a member of the list.
    fn keep(&mut self, value: Range<usize>) -> Result<(), CutError> {
        let value = self.text.get(value).unwrap_or_default();
        let string = |value: &str| unquote(value).unwrap_or_default().into_owned();
        match self.member {
            Member::Kind => {
                let kind = string(value);
                // Lists of custom resources may be of any kind, and say it after their items.
                if !kind.ends_with("List") && kind != "Table" && !self.items_seen {
                    return Err(CutError::Kind(kind.chars().take(100).collect()));
                }
                self.metadata.kind = kind;
            }
            Member::ApiVersion => self.metadata.api_version = string(value),
            Member::Columns => self.metadata.columns = Some(value.to_owned()),
            Member::Metadata => {
                let field = |name| find(value, &[name]);
                let text = |name| field(name).map(string).unwrap_or_default();
                let version = text("resourceVersion");
                let before = self.metadata.resource_version.as_str();
                if !version.is_empty() && !before.is_empty() && version != before {
                    return Err(CutError::Version);
                }
                self.metadata.resource_version = version;
                self.metadata.continue_token = text("continue");
                self.metadata.remaining =
                    field("remainingItemCount").and_then(|count| count.parse().ok());
            }
            Member::Items | Member::Other => return Ok(()),
        }
        if matches!(self.member, Member::Kind | Member::ApiVersion) {
            self.set_types();
        }
        Ok(())
    }

    fn set_types(&mut self) {
        let kind = self.metadata.kind.strip_suffix("List").unwrap_or_default();
        if kind.is_empty() || self.metadata.api_version.is_empty() {
            return;
        }
        self.types.clear();
        self.types.push_str("{\"apiVersion\":");
        k8s_in_cluster_json::quote(&mut self.types, &self.metadata.api_version);
        self.types.push_str(",\"kind\":");
        k8s_in_cluster_json::quote(&mut self.types, kind);
    }

    /// The item that ends before the cursor.
    fn cut(&self, start: usize) -> Result<String, CutError> {
        let text = self.text.get(start..self.cursor.start()).unwrap_or_default();
        if text.len() > self.max_item {
            return Err(CutError::TooLong(self.max_item));
        }
        if self.typed || self.types.is_empty() {
            return Ok(text.to_owned());
        }
        let rest = text.get(1..).unwrap_or_default().trim_start();
        let mut item = String::with_capacity(self.types.len() + 1 + rest.len());
        item.push_str(&self.types);
        if rest != "}" {
            item.push(',');
        }
        item.push_str(rest);
        Ok(item)
    }

    /// The list's own end.
    fn close(&mut self) -> Result<(), CutError> {
        self.place = Place::End;
        if self.metadata.kind.is_empty() {
            return Err(CutError::Kind(String::new()));
        }
        if !self.items_seen {
            return Err(CutError::Shape("it has no `items`"));
        }
        Ok(())
    }
}
