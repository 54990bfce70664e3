//! The event time that a line itself tells, as `ingest.timestamps.event_time`.

use pyo3::prelude::*;

use super::ask::Ask;
use super::chars;
use super::json::Scan;
use super::times::{self, Clock, Found, Meant, Moment};

const KEYS: [&str; 5] = ["ts", "time", "timestamp", "@timestamp", "t"];
const LOGFMT_KEYS: [&str; 4] = ["ts", "time", "timestamp", "t"];
/// How many pairs may stand before the time of a logfmt line.
const PAIRS: usize = 4;

/// Reads times in texts; `zoned` says that the settings name a zone for those that don't.
pub struct Times {
    zoned: bool,
    /// The last second that was asked for in that zone.
    second: ([u8; 19], Option<i64>),
    clock: Clock,
}

type Answer = Found<Option<i64>>;

impl Times {
    pub fn new(zoned: bool) -> Times {
        Times {
            zoned,
            second: ([0; 19], None),
            clock: Clock::default(),
        }
    }

    /// The time that the text tells, microseconds UTC.
    pub fn tell(&mut self, text: &str, ask: &Ask) -> PyResult<Option<i64>> {
        match self.look(text, ask)? {
            Found::Yes(time) => Ok(time),
            Found::No => Ok(None),
            Found::Unsure => ask.event_time(text, self.zoned),
        }
    }

    fn look(&mut self, text: &str, ask: &Ask) -> PyResult<Answer> {
        let Some(&first) = text.as_bytes().first() else {
            return Ok(Found::No);
        };
        if first != 0x1b {
            return self.look_at(text, first, ask);
        }
        let begin = chars::prefix(text, 400);
        if !begin.is_ascii() {
            return Ok(Found::Unsure);
        }
        let bare = without_colours(begin);
        let bare = chars::lstrip(&bare);
        bare.as_bytes()
            .first()
            .map_or(Ok(Found::No), |&first| self.look_at(bare, first, ask))
    }

    fn look_at(&mut self, text: &str, first: u8, ask: &Ask) -> PyResult<Answer> {
        let bytes = text.as_bytes();
        if first == b'{' {
            return self.json(text, ask);
        }
        if first >= 0x80 && text.chars().next().is_some_and(char::is_numeric) {
            return Ok(Found::Unsure);
        }
        if first.is_ascii_digit() && bytes.iter().take(5).any(|byte| *byte >= 0x80) {
            return Ok(Found::Unsure);
        }
        if first.is_ascii_digit() && matches!(bytes.get(4), Some(b'-' | b'/')) {
            match times::moment(bytes, false) {
                Found::Yes(moment) => return self.meant(moment, ask),
                Found::Unsure => return Ok(Found::Unsure),
                Found::No => {}
            }
        }
        let near = chars::prefix(text, 200).as_bytes();
        if let Some(bracket) = memchr::memchr(b'[', near) {
            if bracket == 0 {
                match times::moment(&bytes[1..], false) {
                    Found::Yes(moment) => return self.meant(moment, ask),
                    Found::Unsure => return Ok(Found::Unsure),
                    Found::No => {}
                }
            }
            match access(text, bracket) {
                Found::No => {}
                told => return Ok(told),
            }
        }
        self.logfmt(text, ask)
    }

    fn meant(&mut self, moment: Moment, ask: &Ask) -> PyResult<Answer> {
        Ok(Found::Yes(match moment.meant(self.zoned) {
            Meant::Time(time) => Some(time),
            Meant::Nothing => None,
            Meant::Local(stamp, micros) => {
                if stamp != self.second.0 {
                    self.second = (stamp, ask.second(&String::from_utf8_lossy(&stamp))?);
                }
                self.second.1.map(|second| second + micros)
            }
        }))
    }

    /// `moment_of` a text.
    pub fn moment_of(&mut self, text: &str, ask: &Ask) -> PyResult<Answer> {
        if let Some(time) = self.clock.known(text) {
            return Ok(Found::Yes(Some(time)));
        }
        match times::moment_of(text) {
            Found::Yes(moment) => {
                let meant = self.meant(moment, ask)?;
                if let Found::Yes(Some(time)) = meant {
                    self.clock.learn(text, time);
                }
                Ok(meant)
            }
            Found::Unsure => Ok(Found::Unsure),
            Found::No => Ok(match times::number_of(text) {
                Found::Yes(time) => Found::Yes(Some(time)),
                Found::No => Found::Yes(None),
                Found::Unsure => Found::Unsure,
            }),
        }
    }

    fn json(&mut self, text: &str, ask: &Ask) -> PyResult<Answer> {
        let mut values = [None; 5];
        let mut scan = Scan::new(text);
        let read = scan.object(|scan, key| {
            let Some(place) = KEYS.iter().position(|name| *name == key.raw) else {
                return if key.escaped { None } else { scan.skip() };
            };
            let value = match scan.peek()? {
                b'"' => Value::Text(scan.string()?.plain()?),
                b'n' => scan.word("null").map(|()| Value::Null)?,
                b'-' | b'0'..=b'9' => Value::Number(scan.number()?),
                _ => return None,
            };
            values[place].replace(value).is_none().then_some(())
        });
        if read.is_none() || !scan.is_done() {
            return Ok(Found::Unsure);
        }
        for value in values.into_iter().flatten() {
            let told = match value {
                Value::Null => continue,
                Value::Text(text) => self.moment_of(text, ask)?,
                Value::Number(text) => number(text),
            };
            match told {
                Found::Yes(None) | Found::No => {}
                told => return Ok(told),
            }
        }
        Ok(Found::No)
    }

    fn logfmt(&mut self, text: &str, ask: &Ask) -> PyResult<Answer> {
        let near = chars::prefix(text, 40).as_bytes();
        let Some(equals) = memchr::memchr(b'=', near) else {
            return Ok(Found::No);
        };
        if equals == 0 || memchr::memchr(b' ', &near[..equals]).is_some() {
            return Ok(Found::No);
        }
        match logfmt(text, 0, PAIRS) {
            Found::Yes(value) => self.moment_of(value, ask),
            Found::No => Ok(Found::No),
            Found::Unsure => Ok(Found::Unsure),
        }
    }
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Null,
    Text(&'a str),
    Number(&'a str),
}

/// `moment_of` a number.
pub fn number(text: &str) -> Answer {
    if text.bytes().any(|byte| matches!(byte, b'e' | b'E')) || text.len() > 18 {
        return Found::Unsure;
    }
    if text.contains('.') {
        return text.parse().map_or(Found::Unsure, |number| {
            Found::Yes(times::epoch_of_float(number))
        });
    }
    text.parse()
        .map_or(Found::Unsure, |number| Found::Yes(times::epoch(number)))
}

/// The text less `_ANSI`.
fn without_colours(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 0x1b && bytes.get(at + 1) == Some(&b'[') {
            let end = bytes[at + 2..]
                .iter()
                .position(|byte| !(byte.is_ascii_digit() || *byte == b';'));
            if let Some(end) = end
                .map(|end| at + 2 + end)
                .filter(|&end| bytes[end] == b'm')
            {
                at = end + 1;
                continue;
            }
        }
        bare.push(bytes[at] as char);
        at += 1;
    }
    bare
}

/// `_ACCESS`, of which the first bracket of the text must be part; in doubt Python says.
fn access(text: &str, bracket: usize) -> Answer {
    let bytes = text.as_bytes();
    let slash = text[bracket..].chars().nth(3) == Some('/');
    if !slash {
        return Found::No;
    }
    let before = &text[..bracket];
    let placed = before.is_empty() || (before.is_ascii() && is_before_access(before));
    match times::access(bytes, bracket) {
        Some(time) if placed => Found::Yes(time),
        _ => Found::Unsure,
    }
}

/// `\S+ \S+ [^\["]{1,64} `
fn is_before_access(before: &str) -> bool {
    let Some(body) = before.strip_suffix(' ') else {
        return false;
    };
    let mut parts = body.splitn(3, ' ');
    let mut word = || {
        let is_space = |byte: u8| {
            byte.is_ascii_whitespace()
                || (0x0b..=0x0d).contains(&byte)
                || (0x1c..0x20).contains(&byte)
        };
        parts
            .next()
            .is_some_and(|part| !part.is_empty() && !part.bytes().any(is_space))
    };
    word()
        && word()
        && parts
            .next()
            .is_some_and(|rest| (1..=64).contains(&rest.len()) && !rest.contains('"'))
}

/// The value of `_LOGFMT`'s time key, from a place on before which no more than so many pairs may still stand.
fn logfmt(text: &str, at: usize, pairs: usize) -> Found<&str> {
    let bytes = text.as_bytes();
    let key = bytes[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.@-".contains(byte))
        .count();
    match bytes.get(at + key) {
        Some(b'=') if key > 0 => {}
        Some(&byte) if byte >= 0x80 => return Found::Unsure,
        _ => return Found::No,
    }
    let value = at + key + 1;
    if pairs > 0 {
        for end in ends(bytes, value).into_iter().flatten() {
            match bytes.get(end) {
                Some(b' ') => match logfmt(text, end + 1, pairs - 1) {
                    Found::No => {}
                    found => return found,
                },
                Some(&byte) if byte >= 0x80 => return Found::Unsure,
                _ => {}
            }
        }
    }
    if LOGFMT_KEYS.contains(&&text[at..at + key]) {
        value_at(text, value)
    } else {
        Found::No
    }
}

/// Where a pair's value may end: behind its second quote, or where white space begins.
fn ends(bytes: &[u8], value: usize) -> [Option<usize>; 2] {
    let quoted = (bytes.get(value) == Some(&b'"'))
        .then(|| memchr::memchr(b'"', &bytes[value + 1..]))
        .flatten()
        .map(|end| value + end + 2);
    let bare = value
        + bytes[value..]
            .iter()
            .take_while(|&&byte| !is_odd_space(byte))
            .count();
    [quoted, Some(bare)]
}

/// White space, or a byte of a character that may be some.
fn is_odd_space(byte: u8) -> bool {
    byte == b' ' || (0x09..=0x0d).contains(&byte) || (0x1c..0x20).contains(&byte) || byte >= 0x80
}

/// `"([^"]{1,40})"|(\S{1,40})`
fn value_at(text: &str, at: usize) -> Found<&str> {
    let rest = &text[at..];
    let near = chars::prefix(rest, 42);
    if !near.is_ascii() {
        return Found::Unsure;
    }
    if let Some(inside) = near.strip_prefix('"') {
        if let Some(end) = inside.find('"').filter(|end| (1..=40).contains(end)) {
            return Found::Yes(&inside[..end]);
        }
    }
    let end = near
        .bytes()
        .take(40)
        .take_while(|&byte| !is_odd_space(byte))
        .count();
    if end == 0 {
        Found::No
    } else {
        Found::Yes(&near[..end])
    }
}
