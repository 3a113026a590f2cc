//! What may happen to a TLS record on its way.

use crate::relay::{APPLICATION_DATA, By, HANDSHAKE, HEADER, Record, Step};

/// What happens to one record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Harm {
    /// Its first or its last byte is another, the header aside.
    First,
    Last,
    /// Its header names another type, or another length.
    Type,
    Longer,
    Shorter,
    /// It comes twice.
    Twice,
    /// It never comes, but what follows does.
    Never,
    /// What follows comes first.
    Later,
    /// Half of it comes, and then the end.
    Half,
}

impl Harm {
    /// Does it to the record of this number.
    pub(crate) fn to(
        self,
        by: By,
        number: usize,
    ) -> impl FnMut(&Record) -> Vec<Step> + Send + 'static {
        let mut held = None;
        move |record| {
            if record.is(by, number + 1)
                && let Some(held) = held.take()
            {
                return vec![Step::Send(record.bytes.clone()), Step::Send(held)];
            }
            if !record.is(by, number) {
                return record.pass();
            }
            let mut bytes = record.bytes.clone();
            match self {
                Self::First => bytes[HEADER] ^= 1,
                Self::Last => *bytes.last_mut().unwrap() ^= 1,
                Self::Type => bytes[0] ^= HANDSHAKE ^ APPLICATION_DATA,
                Self::Longer => bytes[4] = bytes[4].wrapping_add(1),
                Self::Shorter => bytes[4] = bytes[4].wrapping_sub(1),
                Self::Twice => return [record.pass(), record.pass()].concat(),
                Self::Never => return Vec::new(),
                Self::Later => {
                    held = Some(bytes);
                    return Vec::new();
                }
                Self::Half => {
                    bytes.truncate(bytes.len() / 2);
                    return vec![Step::Send(bytes), Step::Cut];
                }
            }
            vec![Step::Send(bytes)]
        }
    }
}
