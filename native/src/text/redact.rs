//! Personal data and secrets; `parsers.redaction`.

use std::borrow::Cow;

use super::class::{Class, decode};
use super::pattern::{Machine, Pattern};
use super::spec::Spec;

/// A text in which something may have been replaced.
pub type Text<'a> = Cow<'a, [u8]>;

/// Each match replaced by what `with` appends; the same text where there is none.
pub fn substitute<'a>(
    spec: &Spec,
    machine: &mut Machine,
    pattern: &Pattern,
    text: Text<'a>,
    mut with: impl FnMut(&Machine, &[u8], (usize, usize), &mut Vec<u8>),
) -> Text<'a> {
    let mut found = pattern.search(&spec.classes, machine, &text, 0);
    if found.is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some((begin, end)) = found {
        out.extend_from_slice(&text[at..begin]);
        with(machine, &text, (begin, end), &mut out);
        at = end;
        found = pattern.search(&spec.classes, machine, &text, end);
    }
    out.extend_from_slice(&text[at..]);
    Cow::Owned(out)
}

/// Each match replaced by one mark.
pub fn mark<'a>(
    spec: &Spec,
    machine: &mut Machine,
    pattern: &Pattern,
    text: Text<'a>,
    mark: &[u8],
) -> Text<'a> {
    substitute(spec, machine, pattern, text, |_, _, _, out| {
        out.extend_from_slice(mark)
    })
}

/// Which parts of redaction a text may need, told in one pass over it.
#[derive(Clone, Copy, Default)]
struct Need {
    /// Where the first stem of a word that goes before secrets ends.
    named: Option<usize>,
    userinfo: bool,
    phone: bool,
    iban: bool,
    card: bool,
}

/// Beginnings of words and numbers, all looked for at once: a bit for each byte of each (Baeza-Yates and Gonnet, "A New
/// Approach to Text Searching", CACM 1992).
pub struct Scan {
    table: [u64; 256],
    begins: u64,
    /// Beginnings of words that go before secrets: the last bit and the word.
    named: Vec<(u64, Vec<u8>)>,
    stems: u64,
    phone: u64,
    iban: u64,
    card: u64,
}

/// Bytes that may stand at one place.
type Bytes = [bool; 256];

fn bytes(of: impl Fn(u8) -> bool) -> Bytes {
    std::array::from_fn(|byte| of(byte as u8))
}

/// The beginning of a word in either case.
fn stem(word: &[u8]) -> Vec<Bytes> {
    let letters = word.iter().take(STEM);
    letters
        .map(|&letter| bytes(|byte| byte.to_ascii_lowercase() == letter))
        .collect()
}

const STEM: usize = 3;
/// From so many names of secrets on, nobody looks for what may be behind each.
const MANY: usize = 16;
/// The shortest number of a card.
const CARD: usize = 13;

impl Scan {
    /// None where the words are too many for one pass.
    pub fn new(secret_words: &[Vec<u8>], digits: &Class) -> Option<Scan> {
        if STEM * (secret_words.len() + 2) + 6 + CARD > 64 {
            return None;
        }
        let mut scan = Scan {
            table: [0; 256],
            begins: 0,
            named: Vec::new(),
            stems: 0,
            phone: 0,
            iban: 0,
            card: 0,
        };
        let mut at = 0;
        let before: [&[u8]; 2] = [b"bearer ", b"basic "];
        for word in secret_words.iter().map(Vec::as_slice).chain(before) {
            let stem = stem(word);
            let same =
                |named: &&(u64, Vec<u8>)| named.1[..STEM.min(named.1.len())] == word[..stem.len()];
            let bit = match scan.named.iter().find(same) {
                Some((bit, _)) => *bit,
                None => scan.add(&mut at, &stem),
            };
            scan.named.push((bit, word.to_vec()));
            scan.stems |= bit;
        }
        let capital = bytes(|byte| byte.is_ascii_uppercase());
        let digit = bytes(|byte| digits.may_begin(byte) || byte >= 0x80);
        let spaced = bytes(|byte| digit[byte as usize] || byte == b' ' || byte == b'-');
        let first = bytes(|byte| (b'2'..=b'6').contains(&byte));
        scan.phone = scan.add(&mut at, &[bytes(|byte| byte == b'+'), digit]);
        scan.iban = scan.add(&mut at, &[capital, capital, digit, digit]);
        let card: Vec<Bytes> = std::iter::once(first).chain([spaced; CARD - 1]).collect();
        scan.card = scan.add(&mut at, &card);
        Some(scan)
    }

    /// The bit that says that all of these stood one after the other.
    fn add(&mut self, at: &mut u32, steps: &[Bytes]) -> u64 {
        self.begins |= 1 << *at;
        for step in steps {
            for (bits, &may) in self.table.iter_mut().zip(step) {
                *bits |= (may as u64) << *at;
            }
            *at += 1;
        }
        1 << (*at - 1)
    }

    fn needs(&self, text: &[u8]) -> Need {
        let (mut state, mut met, mut named) = (0u64, 0u64, None);
        for (at, &byte) in text.iter().enumerate() {
            state = (state << 1 | self.begins) & self.table[byte as usize];
            met |= state;
            if state & self.stems != 0 && named.is_none() {
                named = Some(at);
            }
        }
        Need {
            named,
            userinfo: false,
            phone: met & self.phone != 0,
            iban: met & self.iban != 0,
            card: met & self.card != 0,
        }
    }

    /// Where words stand that go before secrets; the first stem of one ends at `first`.
    fn named<'t>(&'t self, text: &'t [u8], first: usize) -> impl Iterator<Item = usize> + 't {
        let stems = self.stems;
        let mut state = 0u64;
        let rest = text
            .iter()
            .enumerate()
            .skip((first + 1).saturating_sub(STEM));
        rest.filter_map(move |(at, &byte)| {
            state = (state << 1 | self.begins) & self.table[byte as usize];
            if state & stems == 0 {
                return None;
            }
            let stands = |(bit, word): &&(u64, Vec<u8>)| {
                let begin = at + 1 - STEM.min(word.len());
                let found = text.get(begin..begin + word.len());
                state & bit != 0 && found.is_some_and(|found| found.eq_ignore_ascii_case(word))
            };
            let (_, word) = self.named.iter().find(stands)?;
            Some(at + 1 - STEM.min(word.len()))
        })
    }

    /// Whether a secret may follow one of the words before secrets: its name begins with the word or with the letters,
    /// digits, `_` and `-` before it.
    fn is_told(&self, spec: &Spec, machine: &mut Machine, text: &[u8], first: usize) -> bool {
        let (mut before, mut last, mut told) = (usize::MAX, 0, 0);
        self.named(text, first).any(|at| {
            told += 1;
            let stretch = text[last..at].iter().rev();
            let within = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            let mut begin = at - stretch.take_while(within).count();
            if begin == last && before <= last {
                begin = before;
            }
            last = at;
            if told > MANY || (begin > 0 && text[begin - 1] >= 0x80) {
                return true;
            }
            let mut may_begin = |at: usize| {
                let made = &mut machine.screens.secrets;
                spec.screens.secrets.possible(made, &text[at..], u32::MAX) != 0
            };
            let met = std::mem::replace(&mut before, begin) == begin;
            may_begin(at) || (!met && begin < at && may_begin(begin))
        })
    }
}

/// Mask what only its surroundings give away or what holds spaces: secrets after their name, cards, IBANs, phones.
pub fn redact_spanning<'a>(
    spec: &Spec,
    scan: &Scan,
    machine: &mut Machine,
    text: Text<'a>,
) -> Text<'a> {
    let mut need = scan.needs(&text);
    let folding = !text.is_ascii() && spec.lowered.iter().any(|(from, _)| contains(&text, from));
    need.userinfo = memchr::memchr(b'@', &text).is_some() && contains(&text, b"://");
    if !(need.named.is_some() || need.userinfo || need.phone || need.iban || need.card || folding) {
        return text;
    }
    let mut text = text;
    let patterns = &spec.patterns;
    let told = |first| scan.is_told(spec, machine, &text, first);
    if folding || need.named.is_some_and(told) {
        let low = lower(spec, &text, folding);
        if spec.secret_words.iter().any(|word| contains(&low, word)) {
            text = hide_after(spec, machine, &patterns.secret, text, None);
        }
        if contains(&low, b"bearer ") || contains(&low, b"basic ") {
            text = hide_after(spec, machine, &patterns.bearer, text, None);
        }
    }
    if need.userinfo && memchr::memchr(b'@', &text).is_some() && contains(&text, b"://") {
        text = hide_after(spec, machine, &patterns.userinfo, text, Some(3));
    }
    // What was replaced above may have brought what stood apart together, but never a digit or a capital nearer.
    if need.phone {
        text = mark(spec, machine, &patterns.phone, text, b"<PHONE>");
    }
    if need.iban {
        text = checked(
            spec,
            machine,
            &patterns.iban,
            text,
            |number| iban(spec, number),
            b"<IBAN>",
        );
    }
    if need.card {
        text = checked(
            spec,
            machine,
            &patterns.card,
            text,
            |number| luhn(spec, number),
            b"<CARD>",
        );
    }
    text
}

/// `redact`: what `redact_spanning` masks, and mail addresses, tokens, keys and addresses of machines.
pub fn redact<'a>(spec: &Spec, scan: &Scan, machine: &mut Machine, text: Text<'a>) -> Text<'a> {
    let patterns = &spec.patterns;
    let mut text = redact_spanning(spec, scan, machine, text);
    if memchr::memchr(b'@', &text).is_some() {
        text = mark(spec, machine, &patterns.mail, text, b"<EMAIL>");
    }
    if contains(&text, b"eyJ") {
        text = mark(spec, machine, &patterns.jwt, text, b"<TOKEN>");
    }
    text = mark(spec, machine, &patterns.known_key, text, b"<SECRET>");
    if memchr::memchr(b':', &text).is_some() {
        text = mark(spec, machine, &patterns.ipv6, text, b"<IP>");
    }
    if memchr::memchr(b'.', &text).is_some() {
        text = mark(spec, machine, &patterns.ipv4, text, b"<IP>");
    }
    text
}

fn checked<'a>(
    spec: &Spec,
    machine: &mut Machine,
    pattern: &Pattern,
    text: Text<'a>,
    check: impl Fn(&[u8]) -> bool,
    mask: &[u8],
) -> Text<'a> {
    substitute(
        spec,
        machine,
        pattern,
        text,
        |_, text, (begin, end), out| {
            let found = &text[begin..end];
            out.extend_from_slice(if check(found) { mask } else { found });
        },
    )
}

/// What follows the first group is hidden, up to the group `until`, if that is kept as well.
fn hide_after<'a>(
    spec: &Spec,
    machine: &mut Machine,
    pattern: &Pattern,
    text: Text<'a>,
    until: Option<usize>,
) -> Text<'a> {
    substitute(spec, machine, pattern, text, |machine, text, _, out| {
        keep(machine, text, 1, out);
        out.extend_from_slice(b"<SECRET>");
        if let Some(group) = until {
            keep(machine, text, group, out);
        }
    })
}

fn keep(machine: &Machine, text: &[u8], group: usize, out: &mut Vec<u8>) {
    if let Some((begin, end)) = machine.group(group) {
        out.extend_from_slice(&text[begin..end]);
    }
}

pub fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// `str.lower`, as far as words in ASCII can tell.
fn lower(spec: &Spec, text: &[u8], folding: bool) -> Vec<u8> {
    let mut low = text.to_ascii_lowercase();
    if folding {
        for (from, to) in &spec.lowered {
            while let Some(at) = memchr::memmem::find(&low, from) {
                low.splice(at..at + from.len(), to.iter().copied());
            }
        }
    }
    low
}

/// Whether the digits of a number pass the check of payment cards (Luhn, ISO/IEC 7812-1).
fn luhn(spec: &Spec, number: &[u8]) -> bool {
    let digits = &spec.classes[spec.digits];
    let mut values = Vec::with_capacity(24);
    let mut at = 0;
    while at < number.len() {
        let (point, length) = decode(number, at);
        if digits.has(point) {
            values.push(digits.offset(point) % 10);
        }
        at += length;
    }
    let plain: u32 = values.iter().rev().step_by(2).sum();
    let doubled = values
        .iter()
        .rev()
        .skip(1)
        .step_by(2)
        .map(|digit| 2 * digit / 10 + 2 * digit % 10);
    (plain + doubled.sum::<u32>()) % 10 == 0
}

/// Whether letters and digits pass the check of bank account numbers (mod 97, ISO 13616).
fn iban(spec: &Spec, number: &[u8]) -> bool {
    let digits = &spec.classes[spec.digits];
    let mut values = Vec::with_capacity(40);
    let mut at = 0;
    while at < number.len() {
        let (point, length) = decode(number, at);
        at += length;
        if digits.has(point) {
            values.push(digits.offset(point) % 10);
        } else if point != 32 {
            values.push(
                char::from_u32(point)
                    .and_then(|letter| letter.to_digit(36))
                    .unwrap_or(0),
            );
        }
    }
    let head = 4.min(values.len());
    values.rotate_left(head);
    let join = |rest: u32, value: &u32| (rest * if *value < 10 { 10 } else { 100 } + value) % 97;
    values.iter().fold(0, join) == 1
}
