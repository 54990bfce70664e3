//! The variable parts of a text replaced by what they are; `parsers.masking`.

use std::borrow::Cow;

use super::class::{Class, decode, place_of, strip, strip_begin};
use super::memo::Memo;
use super::pattern::Machine;
use super::redact::{Scan, Text, contains, mark, redact_spanning};
use super::shape::{self, shape};
use super::spec::{Kind, Spec};
use super::words::{Masked, mask_path, mask_word};

const ELLIPSIS: &[u8] = "…".as_bytes();
const MORE: &[u8] = "<…>".as_bytes();
const TIME: &[u8] = b"<TIME>";

/// Words one after the other: their text joined by single spaces, and where each ends.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub text: Vec<u8>,
    pub ends: Vec<u32>,
}

impl Row {
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub fn begin(&mut self) {
        if !self.ends.is_empty() {
            self.text.push(b' ');
        }
    }

    pub fn end(&mut self) {
        self.ends.push(self.text.len() as u32);
    }
}

/// What masking works with.
pub struct Masks {
    pub memo: Memo,
    pub row: Row,
    spare: Vec<u8>,
}

impl Masks {
    pub fn new() -> Masks {
        Masks {
            memo: Memo::new(),
            row: Row::default(),
            spare: Vec::new(),
        }
    }
}

/// How the bytes of a text are told apart when it is split into words: a bit each.
pub struct Bytes([u8; 256]);

const PLAIN: u8 = 0;
const SPACE: u8 = 1;
/// Without one of these a word stays as it is.
const VALUE: u8 = 2;
/// Without one of these a word that stays holds no mark.
const SIGN: u8 = 4;
const BEYOND: u8 = 8;

impl Bytes {
    pub fn new(spec: &Spec) -> Bytes {
        let digits = &spec.classes[spec.digits];
        Bytes(std::array::from_fn(|byte| match byte as u8 {
            128.. => BEYOND,
            b'@' | b':' => VALUE,
            b'<' | b'*' => SIGN,
            byte if spec.space().may_begin(byte) => SPACE,
            byte if digits.may_begin(byte) => VALUE,
            _ => PLAIN,
        }))
    }
}

/// The masked words of a text into `masks.row`.
pub fn words(
    spec: &Spec,
    scan: &Scan,
    bytes: &Bytes,
    machine: &mut Machine,
    masks: &mut Masks,
    text: &[u8],
) {
    let mut spare = std::mem::take(&mut masks.spare);
    let folded = fold_nested(cut(text, spec.limits.max_chars), &mut spare);
    let mut text = redact_spanning(spec, scan, machine, Cow::Borrowed(folded));
    for (name, pattern) in &spec.own {
        text = mark(spec, machine, pattern, text, name);
    }
    if memchr::memchr(b'[', &text).is_some() && memchr::memchr(b',', &text).is_some() {
        text = mark(spec, machine, &spec.patterns.list, text, "[…]".as_bytes());
    }
    split(spec, bytes, machine, masks, &text);
    masks.spare = spare;
}

fn split(spec: &Spec, bytes: &Bytes, machine: &mut Machine, masks: &mut Masks, text: &Text<'_>) {
    let mut row = std::mem::take(&mut masks.row);
    row.clear();
    let (mut begin, mut held, mut times) = (0, PLAIN, false);
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let plain = rest
            .iter()
            .position(|&byte| bytes.0[byte as usize] != PLAIN);
        at += plain.unwrap_or(rest.len());
        let kind = text.get(at).map_or(SPACE, |&byte| bytes.0[byte as usize]);
        let mut length = 1;
        let mut ends = kind == SPACE;
        if kind == BEYOND {
            let space = spec.space().step(text, at);
            ends = space > 0;
            length = if ends { space } else { decode(text, at).1 };
            if !ends && spec.classes[spec.digits].step(text, at) > 0 {
                held |= VALUE;
            }
        }
        if ends {
            if begin < at {
                times |= finish(spec, machine, masks, &mut row, &text[begin..at], held);
            }
            (begin, held) = (at + length, PLAIN);
        }
        if at >= text.len() {
            break;
        }
        held |= kind & (VALUE | SIGN);
        at += length;
    }
    if times {
        join_times(spec, machine, &mut row);
    }
    if row.ends.len() > spec.limits.max_words {
        row.ends.truncate(spec.limits.max_words);
        row.text
            .truncate(row.ends.last().map_or(0, |&end| end as usize));
        row.begin();
        row.text.extend_from_slice(MORE);
        row.end();
    }
    masks.row = row;
}

/// One word, masked, at the end of a row; says whether a time is among what it holds. `held`: which bytes it has.
#[inline]
fn finish(
    spec: &Spec,
    machine: &mut Machine,
    masks: &mut Masks,
    row: &mut Row,
    word: &[u8],
    held: u8,
) -> bool {
    row.begin();
    let begin = row.text.len();
    let mut time = false;
    if held & VALUE == 0 {
        row.text.extend_from_slice(word);
    } else if is_hex(spec, word) {
        row.text.extend_from_slice(b"<HEX>");
    } else if word.iter().all(u8::is_ascii_digit) {
        row.text.extend_from_slice(b"<NUM>");
    } else {
        let mut shaped = [0; shape::LONGEST];
        let known = match shape(spec, word, &mut shaped) {
            0 => word,
            length => &shaped[..length],
        };
        time = match masks.memo.get(known, &mut row.text) {
            Some(time) => time,
            None => {
                mask(spec, machine, word, u32::MAX, &mut row.text);
                let time = contains_time(&row.text[begin..]);
                masks.memo.put(known, &row.text[begin..], time);
                time
            }
        };
    }
    if held & SIGN != 0 {
        tidy(row, begin);
        time = contains_time(&row.text[begin..]);
    }
    row.end();
    time
}

/// Digits and small letters up to f, long enough and with a letter that no duration and no exponent has: this word
/// becomes `<HEX>` whichever way it is looked at.
fn is_hex(spec: &Spec, word: &[u8]) -> bool {
    if word.len() < 16 || word.len() > 64 {
        return false;
    }
    let (mut all, mut letter) = (true, false);
    for &byte in word {
        all &= matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        letter |= matches!(byte, b'a' | b'b' | b'c' | b'f');
    }
    all && letter && !spec.hex_terms
}

/// `<*>` is Drain's own sign; a line that holds it would never be found similar to itself.
fn tidy(row: &mut Row, begin: usize) {
    if memchr::memchr(b'*', &row.text[begin..]).is_none() {
        return;
    }
    let mut from = begin;
    while let Some(at) = memchr::memmem::find(&row.text[from..], b"<*>") {
        row.text.splice(from + at..from + at + 3, *b"*");
        from += at + 1;
    }
}

fn contains_time(word: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'<', &word[from..]) {
        if word[from + at..].starts_with(TIME) {
            return true;
        }
        from += at + 1;
    }
    false
}

/// A word's parts from left to right, each replaced by what it is; `among` says which parts are looked for.
fn mask(spec: &Spec, machine: &mut Machine, word: &[u8], among: u32, out: &mut Vec<u8>) {
    let among = spec.possible_parts(word) & among;
    let mut at = 0;
    'parts: while at < word.len() {
        let mut here = among & spec.parts_here(&word[at..]);
        if !here.is_power_of_two() && here != 0 {
            let made = &mut machine.screens.parts;
            here = spec.screens.parts.possible(made, &word[at..], here);
        }
        while here != 0 {
            let part = &spec.parts[here.trailing_zeros() as usize];
            if let Some(end) = part.pattern.match_at(&spec.classes, machine, word, at) {
                mask_part(spec, machine, part.kind, &word[at..end], out);
                at = end;
                continue 'parts;
            }
            here &= here - 1;
        }
        out.push(word[at]);
        at += 1;
        while at < word.len() && word[at] & 0xc0 == 0x80 {
            out.push(word[at]);
            at += 1;
        }
    }
}

fn mask_part(spec: &Spec, machine: &mut Machine, kind: Kind, part: &[u8], out: &mut Vec<u8>) {
    match kind {
        Kind::Keep => out.extend_from_slice(part),
        Kind::Word => match mask_word(spec, machine, part) {
            Masked::Itself => out.extend_from_slice(part),
            Masked::Mark(mark) => out.extend_from_slice(mark),
            Masked::Numbered(letters) => {
                out.extend_from_slice(&part[..letters]);
                out.extend_from_slice(b"<NUM>");
            }
        },
        Kind::Url => mask_url(spec, machine, part, out),
        Kind::Run if is_key(spec, machine, part) => out.extend_from_slice(b"<KEY>"),
        Kind::Run => mask(spec, machine, part, spec.inner_parts, out),
        Kind::Pod => {
            out.push(b'-');
            out.extend_from_slice(b"<POD>");
        }
        Kind::Name(at) => out.extend_from_slice(&spec.marks[at]),
    }
}

fn mask_url(spec: &Spec, machine: &mut Machine, url: &[u8], out: &mut Vec<u8>) {
    let after = memchr::memmem::find(url, b"://").map_or(url.len(), |at| at + 3);
    let rest = &url[after..];
    let slash = memchr::memchr(b'/', rest).unwrap_or(rest.len());
    let host = &rest[..slash];
    let host = &host[..memchr::memchr(b'?', host).unwrap_or(host.len())];
    out.extend_from_slice(&url[..after]);
    mask(spec, machine, host, spec.inner_parts, out);
    mask_path(spec, machine, &rest[slash..], out);
}

/// Whether a long run holds a piece of capitals, small letters and digits together.
fn is_key(spec: &Spec, machine: &mut Machine, run: &[u8]) -> bool {
    let mut from = 0;
    while let Some((begin, end)) = spec
        .patterns
        .piece
        .search(&spec.classes, machine, run, from)
    {
        if spec
            .patterns
            .mixed
            .match_at(&spec.classes, machine, &run[begin..end], 0)
            .is_some()
        {
            return true;
        }
        from = end;
    }
    false
}

/// A date and a time, or a date in words, as one `<TIME>`.
fn join_times(spec: &Spec, machine: &mut Machine, row: &mut Row) {
    let text = Cow::Borrowed(&row.text[..]);
    let mut joined = mark(spec, machine, &spec.patterns.spoken_date, text, TIME);
    while contains(&joined, b"<TIME> <TIME>") {
        joined = Cow::Owned(halve(&joined));
    }
    if let Cow::Owned(text) = joined {
        row.text = text;
        row.ends.clear();
        row.ends
            .extend(memchr::memchr_iter(b' ', &row.text).map(|at| at as u32));
        row.ends.push(row.text.len() as u32);
    }
}

/// Each pair of times as one, from left to right.
fn halve(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text[from..], b"<TIME> <TIME>") {
        out.extend_from_slice(&text[from..from + at]);
        out.extend_from_slice(TIME);
        from += at + b"<TIME> <TIME>".len();
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// The beginning of a text, up to a space where there is one in its second half.
pub fn cut(text: &[u8], limit: usize) -> &[u8] {
    let end = place_of(text, limit);
    if end == text.len() {
        return text;
    }
    let middle = place_of(text, limit / 2);
    match memchr::memrchr(b' ', &text[middle..end]) {
        Some(at) if middle + at > 0 => &text[..middle + at],
        _ => &text[..end],
    }
}

/// Brackets within brackets emptied: `[trips: [Trip(id=1), Trip(id=2)]]` as `[trips: […]]`.
pub fn fold_nested<'a>(text: &'a [u8], out: &'a mut Vec<u8>) -> &'a [u8] {
    let (mut depth, mut start, mut folded) = (0usize, 0, false);
    let Some(first) = memchr::memchr3(b'[', b'(', b'{', text) else {
        return text;
    };
    out.clear();
    for (at, &byte) in text.iter().enumerate().skip(first) {
        match BRACKETS[byte as usize] {
            0 => {}
            1 => {
                depth += 1;
                if depth == 2 {
                    out.extend_from_slice(&text[start..=at]);
                    (start, folded) = (at + 1, true);
                }
            }
            _ if depth > 0 => {
                depth -= 1;
                if depth == 1 {
                    if at > start {
                        out.extend_from_slice(ELLIPSIS);
                    }
                    start = at;
                }
            }
            _ => {}
        }
    }
    if !folded {
        return text;
    }
    out.extend_from_slice(if depth >= 2 { ELLIPSIS } else { &text[start..] });
    out
}

const BRACKETS: [u8; 256] = {
    let mut table = [0; 256];
    table[b'[' as usize] = 1;
    table[b'(' as usize] = 1;
    table[b'{' as usize] = 1;
    table[b']' as usize] = 2;
    table[b')' as usize] = 2;
    table[b'}' as usize] = 2;
    table
};

/// A logger as one word, unmasked but for personal data.
pub fn one_word(space: &Class, text: &[u8], out: &mut Vec<u8>) {
    let mut rest = strip(text, space);
    while !rest.is_empty() {
        let mut at = 0;
        while at < rest.len() && space.step(rest, at) == 0 {
            at += decode(rest, at).1;
        }
        out.extend_from_slice(&rest[..at]);
        rest = strip_begin(&rest[at..], space);
        if !rest.is_empty() {
            out.push(b'_');
        }
    }
}
