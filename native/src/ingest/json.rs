//! A scanner of JSON that builds nothing. It takes only what msgspec takes as well; what it refuses, Python looks at.

/// Deeper objects are left to Python.
const DEPTH: usize = 48;
/// Longer numbers are left to Python.
const DIGITS: usize = 40;
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// A quote before one of these means a dotted key, perhaps: `ingest.filebeat._DOTTED`.
const DOTTED: [&[u8]; 5] = [
    b"kubernetes.",
    b"container.",
    b"log.file",
    b"input.type",
    b"pod.name",
];

/// What stands between two quotes.
#[derive(Clone, Copy, Default)]
pub struct Text<'a> {
    pub raw: &'a str,
    pub escaped: bool,
}

impl<'a> Text<'a> {
    /// The text, where it stands there as it is.
    pub fn plain(self) -> Option<&'a str> {
        if self.escaped { None } else { Some(self.raw) }
    }

    /// Appends the text to `out`; whether an escape in it meant a control character.
    pub fn unescape(self, out: &mut String) -> bool {
        let mut rest = self.raw;
        let mut controls = false;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            out.push_str(&rest[..at]);
            let (c, used) = escaped(&rest[at..]);
            controls |= c.is_ascii() && super::chars::is_control(c as u8);
            out.push(c);
            rest = &rest[at + used..];
        }
        out.push_str(rest);
        controls
    }
}

/// The character of an escape that was found valid, and the bytes it takes.
fn escaped(text: &str) -> (char, usize) {
    let plain = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\x08',
        Some(b'f') => '\x0c',
        Some(b'u') => {
            let high = unit(text.as_bytes(), 2).unwrap_or(0xfffd);
            if !(0xd800..0xdc00).contains(&high) {
                return (char::from_u32(high).unwrap_or('\u{fffd}'), 6);
            }
            let low = unit(text.as_bytes(), 8).unwrap_or(0xdc00);
            let code = 0x10000 + ((high - 0xd800) << 10) + low.saturating_sub(0xdc00);
            return (char::from_u32(code).unwrap_or('\u{fffd}'), 12);
        }
        Some(&other) => other as char,
        None => '\\',
    };
    (plain, 2)
}

/// Four hexadecimal digits.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let mut value = 0;
    for &byte in bytes.get(at..at + 4)? {
        value = value * 16 + (byte as char).to_digit(16)?;
    }
    Some(value)
}

pub struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Whether a quote was followed by the beginning of a dotted key, in a text as well.
    pub dotted: bool,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Scan<'a> {
        Scan {
            text,
            bytes: text.as_bytes(),
            at: 0,
            dotted: false,
        }
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What is still to be scanned; empty where that begins within a character.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Passes over what the caller knows.
    pub fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The first byte of the next value.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Whether nothing but white space is left.
    pub fn is_done(&mut self) -> bool {
        self.peek().is_none()
    }

    pub fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// The fields of an object, in their order; `field` has to read the value.
    pub fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, Text<'a>) -> Option<()>,
    ) -> Option<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            field(self, key)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    pub fn string(&mut self) -> Option<Text<'a>> {
        self.expect(b'"')?;
        let begin = self.at;
        self.mark(begin);
        let (mut at, mut escaped) = (begin, false);
        loop {
            at = self.stop(at)?;
            match self.bytes[at] {
                b'"' => {
                    self.at = at + 1;
                    return Some(Text {
                        raw: self.text.get(begin..at)?,
                        escaped,
                    });
                }
                b'\\' => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                _ => return None,
            }
        }
    }

    /// Where the next quote, backslash or control character stands.
    fn stop(&self, mut at: usize) -> Option<usize> {
        while let Some(word) = self
            .bytes
            .get(at..at + 8)
            .and_then(|eight| <[u8; 8]>::try_from(eight).ok())
        {
            let word = u64::from_le_bytes(word);
            let quote = word ^ (LOW * b'"' as u64);
            let slash = word ^ (LOW * b'\\' as u64);
            let found = (quote.wrapping_sub(LOW) & !quote)
                | (slash.wrapping_sub(LOW) & !slash)
                | (word.wrapping_sub(LOW * 0x20) & !word);
            if found & HIGH != 0 {
                return Some(at + (found & HIGH).trailing_zeros() as usize / 8);
            }
            at += 8;
        }
        let rest = self.bytes.get(at..)?;
        rest.iter()
            .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
            .map(|found| at + found)
    }

    /// The end of the escape that begins here.
    fn escape(&mut self, at: usize) -> Option<usize> {
        match *self.bytes.get(at + 1)? {
            b'"' => self.mark(at + 2),
            b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
            b'u' => {
                return match unit(self.bytes, at + 2)? {
                    0xd800..0xdc00 => {
                        let is_pair = self.bytes.get(at + 6..at + 8)? == b"\\u"
                            && (0xdc00..0xe000).contains(&unit(self.bytes, at + 8)?);
                        is_pair.then_some(at + 12)
                    }
                    0xdc00..0xe000 => None,
                    _ => Some(at + 6),
                };
            }
            _ => return None,
        }
        Some(at + 2)
    }

    fn mark(&mut self, at: usize) {
        if let Some(b'k' | b'c' | b'l' | b'i' | b'p') = self.bytes.get(at) {
            let rest = &self.bytes[at..];
            self.dotted |= DOTTED.iter().any(|name| rest.starts_with(name));
        }
    }

    /// Passes over a value of any kind.
    pub fn skip(&mut self) -> Option<()> {
        self.skip_at(0)
    }

    fn skip_at(&mut self, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' => self.object(|scan, _| scan.skip_at(depth + 1)),
            b'[' => self.array(depth),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number().map(|_| ()),
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.skip_at(depth + 1)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    pub fn word(&mut self, word: &str) -> Option<()> {
        if !self.bytes.get(self.at..)?.starts_with(word.as_bytes()) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    /// A number as it is written.
    pub fn number(&mut self) -> Option<&'a str> {
        let begin = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        let first = self.bytes.get(self.at).copied();
        let digits = self.digits()?;
        if first == Some(b'0') && digits > 1 {
            return None;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        (self.at - begin <= DIGITS).then(|| &self.text[begin..self.at])
    }

    fn digits(&mut self) -> Option<usize> {
        let begin = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > begin).then_some(self.at - begin)
    }
}
