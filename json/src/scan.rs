//! Where a value ends.

use crate::Malformed;

/// How deep objects and arrays may stand in each other. Kubernetes' own, schemas in
/// schemas included, stay well below.
pub const MAX_DEPTH: u32 = 63;

/// Finds the end of one value, in text that comes in pieces.
///
/// It checks that the text is JSON, but not that it is UTF-8, nor what the
/// escapes `\u` stand for.
#[derive(Debug, Clone)]
pub struct Scanner {
    state: State,
    depth: u32,
    /// One bit for each level: set for an object. The innermost is the lowest.
    objects: u64,
}

/// What was read, or what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    FirstElement,
    FirstKey,
    NextKey,
    Colon,
    /// A comma, or the end of what encloses the value.
    After,
    Text(Role),
    Escape(Role),
    Hex(Role, u8),
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Literal(&'static [u8]),
}

/// What a string is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { state: State::Value, depth: 0, objects: 0 }
    }
}

impl Scanner {
    /// A scanner before a value, and the white space before it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes. Where the value ends among them, returns how many of them
    /// are still its own, and is as new.
    ///
    /// A number has no end of its own: it ends before the byte after it, or with the
    /// text, which [`Scanner::finish`] tells.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, or nested too deeply. The scanner is of no use then.
    #[inline(never)]
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut at = 0;
        let mut state = self.state;
        while let Some(&byte) = bytes.get(at) {
            // Whether a value is complete with the bytes before `at`.
            let mut complete = false;
            match state {
                State::Text(role) => {
                    at = plain(bytes, at);
                    let (end, next) = (bytes.get(at), bytes.get(at + 1..).unwrap_or_default());
                    at += 1;
                    match (end, role, next) {
                        // What nearly all of a text is made of, without a look at each state.
                        (Some(b'"'), Role::Key, [b':', b'"', ..]) => {
                            at += 2;
                            state = State::Text(Role::Value);
                        }
                        (Some(b'"'), Role::Key, [b':', b'{', b'"', ..]) => {
                            self.open(1)?;
                            at += 3;
                            state = State::Text(Role::Key);
                        }
                        (Some(b'"'), Role::Value, [b',', b'"', ..]) if self.objects & 1 == 1 => {
                            at += 2;
                            state = State::Text(Role::Key);
                        }
                        (Some(b'"'), Role::Key, _) => state = State::Colon,
                        (Some(b'"'), Role::Value, _) => complete = true,
                        (Some(b'\\'), ..) => state = State::Escape(role),
                        (Some(_), ..) => return Err(Malformed::Syntax),
                        (None, ..) => break,
                    }
                }
                State::Value | State::FirstElement => {
                    at += 1;
                    match byte {
                        b'"' => state = State::Text(Role::Value),
                        b'{' => {
                            self.open(1)?;
                            state = State::FirstKey;
                        }
                        b'[' => {
                            self.open(0)?;
                            state = State::FirstElement;
                        }
                        b' ' | b'\n' | b'\r' | b'\t' => {}
                        b'1'..=b'9' => state = State::Integer,
                        b'0' => state = State::Zero,
                        b'-' => state = State::Minus,
                        b't' => state = State::Literal(b"rue"),
                        b'f' => state = State::Literal(b"alse"),
                        b'n' => state = State::Literal(b"ull"),
                        b']' if state == State::FirstElement => {
                            self.close();
                            complete = true;
                        }
                        _ => return Err(Malformed::Syntax),
                    }
                }
                State::FirstKey | State::NextKey => {
                    at += 1;
                    match byte {
                        b'"' => state = State::Text(Role::Key),
                        b' ' | b'\n' | b'\r' | b'\t' => {}
                        b'}' if state == State::FirstKey => {
                            self.close();
                            complete = true;
                        }
                        _ => return Err(Malformed::Syntax),
                    }
                }
                State::Colon => {
                    at += 1;
                    match byte {
                        b':' => state = State::Value,
                        b' ' | b'\n' | b'\r' | b'\t' => {}
                        _ => return Err(Malformed::Syntax),
                    }
                }
                State::After => {
                    at += 1;
                    let in_object = self.objects & 1 == 1;
                    match byte {
                        b',' if in_object && bytes.get(at) == Some(&b'"') => {
                            at += 1;
                            state = State::Text(Role::Key);
                        }
                        b',' if in_object => state = State::NextKey,
                        b',' => state = State::Value,
                        b' ' | b'\n' | b'\r' | b'\t' => {}
                        b'}' if in_object => {
                            self.close();
                            complete = true;
                        }
                        b']' if !in_object => {
                            self.close();
                            complete = true;
                        }
                        _ => return Err(Malformed::Syntax),
                    }
                }
                State::Escape(role) => {
                    at += 1;
                    state = match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text(role),
                        b'u' => State::Hex(role, 4),
                        _ => return Err(Malformed::Syntax),
                    };
                }
                State::Hex(role, left) => {
                    at += 1;
                    if !byte.is_ascii_hexdigit() {
                        return Err(Malformed::Syntax);
                    }
                    state = match left {
                        1 => State::Text(role),
                        _ => State::Hex(role, left - 1),
                    };
                }
                State::Literal(rest) => {
                    let Some((expected, rest)) = rest.split_first() else {
                        return Err(Malformed::Syntax);
                    };
                    if byte != *expected {
                        return Err(Malformed::Syntax);
                    }
                    at += 1;
                    complete = rest.is_empty();
                    state = State::Literal(rest);
                }
                number => match after_digit(number, byte) {
                    Some(next) => {
                        at += 1;
                        state = next;
                    }
                    None if ends_number(number) => complete = true,
                    None => return Err(Malformed::Syntax),
                },
            }
            if complete {
                if self.depth == 0 {
                    self.state = State::Value;
                    return Ok(Some(at));
                }
                state = State::After;
            }
        }
        self.state = state;
        Ok(None)
    }

    /// The text has ended: whether the value has, too.
    ///
    /// # Errors
    ///
    /// If it has not.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.depth == 0 && ends_number(self.state) { Ok(()) } else { Err(Malformed::Truncated) }
    }

    fn open(&mut self, object: u64) -> Result<(), Malformed> {
        if self.depth == MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
        self.depth += 1;
        self.objects = self.objects << 1 | object;
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
    }
}

/// The state of a number that goes on with a byte.
fn after_digit(state: State, byte: u8) -> Option<State> {
    use State::{Exponent, ExponentDigits, ExponentSign, Fraction, Integer, Minus, Point, Zero};
    Some(match (state, byte) {
        (Minus, b'0') => Zero,
        (Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
        (Zero | Integer, b'.') => Point,
        (Point | Fraction, b'0'..=b'9') => Fraction,
        (Zero | Integer | Fraction, b'e' | b'E') => Exponent,
        (Exponent, b'+' | b'-') => ExponentSign,
        (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
        _ => return None,
    })
}

fn ends_number(state: State) -> bool {
    matches!(state, State::Zero | State::Integer | State::Fraction | State::ExponentDigits)
}

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;

/// From where on the bytes of a string are no plain ones: a quote, a backslash or a control
/// character, or the end.
#[inline(always)]
fn plain(bytes: &[u8], mut at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((eight, tail)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*eight);
        // Each sets the high bit of the bytes that it is about. A borrow may set that of a
        // byte above, but the lowest is right.
        let less = |word: u64, than: u8| word.wrapping_sub(ONES * u64::from(than)) & !word;
        let is = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
        let found = (is(b'"') | is(b'\\') | less(word, b' ')) & HIGH;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
        rest = tail;
    }
    let special = rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
    at + special.unwrap_or(rest.len())
}
