//! JSON as msgspec reads it, without making objects of what nobody asks for.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::class::encode;

const MAX_DEPTH: usize = 64;
/// From so many keys on, equal ones are looked for by a table.
const MANY: usize = 8;
const MAX_DIGITS: usize = 300;

pub type Str<'a> = Cow<'a, [u8]>;
pub type Object<'a> = Vec<(Str<'a>, Value<'a>)>;

#[derive(Clone, Debug)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(&'a [u8]),
    Float(&'a [u8]),
    Str(Str<'a>),
    Array(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Not {
    /// The text is no JSON.
    Json,
    /// Python has to say.
    Sure,
}

/// The object that a text is; `Not::Json` where it is something else, or empty.
pub fn object(text: &[u8]) -> Result<Object<'_>, Not> {
    // Python can't hand surrogates to the decoder: such a text is none to it.
    if memchr::memchr_iter(0xed, text).any(|at| text.get(at + 1).is_some_and(|&byte| byte >= 0xa0))
    {
        return Err(Not::Json);
    }
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.blank();
    match value {
        Value::Object(fields) if parser.at == text.len() && !fields.is_empty() => Ok(fields),
        _ => Err(Not::Json),
    }
}

pub fn get<'b, 'a>(fields: &'b Object<'a>, key: &str) -> Option<&'b Value<'a>> {
    fields
        .iter()
        .find(|(name, _)| **name == *key.as_bytes())
        .map(|(_, value)| value)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Not> {
        if self.text.get(self.at) != Some(&byte) {
            return Err(Not::Json);
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &[u8], value: Value<'a>) -> Result<Value<'a>, Not> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Not::Json);
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, Not> {
        if depth > MAX_DEPTH {
            return Err(Not::Sure);
        }
        self.blank();
        match self.text.get(self.at) {
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b'{') => self.fields(depth),
            Some(b'[') => self.items(depth),
            Some(b't') => self.word(b"true", Value::Bool(true)),
            Some(b'f') => self.word(b"false", Value::Bool(false)),
            Some(b'n') => self.word(b"null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(Not::Json),
        }
    }

    fn fields(&mut self, depth: usize) -> Result<Value<'a>, Not> {
        self.at += 1;
        let mut fields = Vec::with_capacity(MANY);
        self.blank();
        if self.text.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(Value::Object(fields));
        }
        loop {
            self.blank();
            let key = self.string()?;
            self.blank();
            self.take(b':')?;
            fields.push((key, self.value(depth + 1)?));
            self.blank();
            match self.text.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(Not::Json),
            }
        }
        self.at += 1;
        Ok(Value::Object(latest(fields)))
    }

    fn items(&mut self, depth: usize) -> Result<Value<'a>, Not> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.text.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.text.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(Not::Json),
            }
        }
        self.at += 1;
        Ok(Value::Array(items))
    }

    fn digits(&mut self) -> Result<usize, Not> {
        let begin = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at == begin {
            Err(Not::Json)
        } else {
            Ok(self.at - begin)
        }
    }

    fn number(&mut self) -> Result<Value<'a>, Not> {
        let begin = self.at;
        if self.text[self.at] == b'-' {
            self.at += 1;
        }
        let zero = self.text.get(self.at) == Some(&b'0');
        let whole = self.digits()?;
        if zero && whole > 1 {
            return Err(Not::Json);
        }
        let mut float = false;
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
            float = true;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
            float = true;
        }
        let raw = &self.text[begin..self.at];
        if raw.len() > MAX_DIGITS || (float && !number(raw).is_finite()) {
            return Err(Not::Sure);
        }
        Ok(if float {
            Value::Float(raw)
        } else {
            Value::Int(raw)
        })
    }

    /// A string, with its escapes read.
    fn string(&mut self) -> Result<Str<'a>, Not> {
        self.take(b'"')?;
        let begin = self.at;
        let rest = &self.text[begin..];
        let end = memchr::memchr2(b'"', b'\\', rest).ok_or(Not::Json)?;
        // Signs without an escape are refused, be it before the end or before the first escape.
        if rest[..end].iter().any(|&byte| byte < 0x20) {
            return Err(Not::Json);
        }
        self.at += end;
        if rest[end] == b'\\' {
            return self.escaped(begin);
        }
        self.at += 1;
        Ok(Cow::Borrowed(&rest[..end]))
    }

    fn escaped(&mut self, begin: usize) -> Result<Str<'a>, Not> {
        let mut out = self.text[begin..self.at].to_vec();
        loop {
            let byte = *self.text.get(self.at).ok_or(Not::Json)?;
            self.at += 1;
            match byte {
                b'"' => return Ok(Cow::Owned(out)),
                b'\\' => self.escape(&mut out)?,
                0x20.. => out.push(byte),
                _ => return Err(Not::Json),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Not> {
        let sign = *self.text.get(self.at).ok_or(Not::Json)?;
        self.at += 1;
        out.push(match sign {
            b'"' | b'\\' | b'/' => sign,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let first = self.hex()?;
                let point = if (0xd800..0xdc00).contains(&first)
                    && self.text[self.at..].starts_with(b"\\u")
                {
                    self.at += 2;
                    let second = self.hex()?;
                    let pair = 0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00);
                    if (0xdc00..0xe000).contains(&second) {
                        pair
                    } else {
                        return Err(Not::Sure);
                    }
                } else {
                    first
                };
                if (0xd800..0xe000).contains(&point) {
                    return Err(Not::Sure);
                }
                out.extend_from_slice(&encode(point));
                return Ok(());
            }
            _ => return Err(Not::Json),
        });
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, Not> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Not::Json)?;
        self.at += 4;
        let value = |sum: u32, &byte: &u8| Some(16 * sum + (byte as char).to_digit(16)?);
        digits.iter().try_fold(0, value).ok_or(Not::Json)
    }
}

/// As a `dict` holds them: each key where it stood first, with the value that came last.
pub fn latest<'a>(fields: Object<'a>) -> Object<'a> {
    let mut kept: Object<'a> = Vec::with_capacity(fields.len());
    let mut places: HashMap<Str<'a>, usize> = HashMap::new();
    let many = fields.len() > MANY;
    for (key, value) in fields {
        let place = if many {
            places.get(&key).copied()
        } else {
            kept.iter().position(|(name, _)| *name == key)
        };
        match place {
            Some(place) => kept[place].1 = value,
            None => {
                if many {
                    places.insert(key.clone(), kept.len());
                }
                kept.push((key, value));
            }
        }
    }
    kept
}

/// A number that `number` took, as a float.
pub fn number(raw: &[u8]) -> f64 {
    std::str::from_utf8(raw)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(f64::INFINITY)
}

/// A value as msgspec writes it; `Not::Sure` for floats that aren't written here as msgspec would.
pub fn write(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Not> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(b"-0") => out.push(b'0'),
        Value::Int(raw) => out.extend_from_slice(raw),
        Value::Float(raw) if is_shortest(raw) => out.extend_from_slice(raw),
        Value::Float(_) => return Err(Not::Sure),
        Value::Str(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// Few digits, none of them in vain, and no exponent: every shortest form of such a float is this one.
fn is_shortest(raw: &[u8]) -> bool {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    let Some(point) = digits.iter().position(|&byte| byte == b'.') else {
        return false;
    };
    let (whole, fraction) = (&digits[..point], &digits[point + 1..]);
    let plain = fraction.iter().all(u8::is_ascii_digit) && digits.len() <= 16;
    let small = whole == b"0" && fraction.starts_with(b"000");
    plain && !small && (fraction == b"0" || !fraction.ends_with(b"0"))
}

fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        let sign = match byte {
            b'"' | b'\\' => byte,
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.push(b'\\');
        out.push(sign);
    }
    out.push(b'"');
}
