//! Heads that begin with a time; `parsers.formats.timed`.

use super::class::{before, strip};
use super::heads::{Found, Heads};
use super::pattern::Machine;
use super::spec::Spec;
use super::statement::{Statement, normalise_level};

const TAIL: usize = 160;
const LONGEST_CHARACTER: usize = 4;

/// The statement behind a time; None where the text doesn't begin with one.
pub fn read_timed<'a>(
    spec: &Spec,
    machine: &mut Machine,
    heads: &mut Heads,
    text: &'a [u8],
) -> Option<Statement<'a>> {
    let time = match usual_time(text) {
        Some(end) => end,
        None => spec
            .patterns
            .time
            .match_at(&spec.classes, machine, text, 0)?,
    };
    let found = match heads.get(spec, text, time) {
        Some(found) => found,
        None => {
            machine.watch();
            let found = match_heads(spec, machine, text, time);
            let digits = found.is_some_and(|(_, digits)| digits);
            let found = found.map(|(found, _)| found);
            if !digits {
                heads.put(spec, text, time, machine, found);
            }
            found
        }
    };
    let Some(found) = found else {
        let mut rest = &text[time..];
        while let [b']' | b' ' | b'\t' | b':' | b'|' | b'-' | b',', after @ ..] = rest {
            rest = after;
        }
        return Some(Statement::new(0, b"", rest));
    };
    let rest = strip(&text[time + found.end..], spec.space());
    let logger = &text[time + found.logger.0..time + found.logger.1];
    if found.tail {
        if let Some((begin, name)) = tail(spec, machine, rest) {
            return Some(Statement::new(found.level, name, &rest[..begin]));
        }
    }
    Some(Statement::new(found.level, logger, rest))
}

/// The end of a time as most loggers write it, `2026-11-21 07:00:18,002`, `[2026/11/21T07:00:18Z` or `07:00:18.002`;
/// None where the expression has to tell.
fn usual_time(text: &[u8]) -> Option<usize> {
    let begin = usize::from(text.first() == Some(&b'['));
    let rest = &text[begin..];
    if fits(rest, b"00:00:00") {
        let end = fraction(text, begin + 8, b".,")?;
        let end = end + usize::from(text.get(end) == Some(&b'Z'));
        let after = text.get(end).copied().unwrap_or(0);
        return (!after.is_ascii_digit() && after < 0x80).then_some(end);
    }
    let sign = *rest.get(4)?;
    if !matches!(sign, b'-' | b'/' | b'.') || rest.get(7) != Some(&sign) {
        return None;
    }
    let apart = matches!(rest.get(10), Some(b' ' | b'T'));
    if !(apart && fits(rest, b"0000") && fits(&rest[5..], b"00") && fits(&rest[8..], b"00")) {
        return None;
    }
    if !fits(&rest[11..], b"00:00:00") {
        return None;
    }
    let end = fraction(text, begin + 19, b".,:")?;
    let at = |place: usize| text.get(place).copied().unwrap_or(0);
    match (at(end), at(end + 1), at(end + 2)) {
        (b'Z', ..) => Some(end + 1),
        (b' ', b'U', b'T') => {
            let after = at(end + 4);
            let whole = at(end + 3) == b'C' && after < 0x80;
            (whole && !after.is_ascii_alphanumeric() && after != b'_').then_some(end + 4)
        }
        (b'+' | b'-', ..) | (b' ', b'Z' | b'+' | b'-', _) => None,
        (b' ', b'U' | b'G' | b'C' | b'E' | b'M' | b'P', b'T' | b'M' | b'E' | b'S' | b'D') => None,
        _ => Some(end),
    }
}

/// Whether a text begins with a digit for each `0` of a form, and with the form's other bytes.
#[inline(always)]
fn fits(text: &[u8], form: &[u8]) -> bool {
    text.len() >= form.len()
        && form.iter().zip(text).all(|(&form, byte)| match form {
            b'0' => byte.is_ascii_digit(),
            _ => *byte == form,
        })
}

/// Behind up to nine digits and the sign before them, where there are such; None where they may go on beyond ASCII.
fn fraction(text: &[u8], end: usize, signs: &[u8]) -> Option<usize> {
    if !text.get(end).is_some_and(|sign| signs.contains(sign)) {
        return Some(end);
    }
    let digits = text[end + 1..].iter().take(9);
    let count = digits.take_while(|byte| byte.is_ascii_digit()).count();
    if count < 9 && text.get(end + 1 + count).is_some_and(|&byte| byte >= 0x80) {
        return None;
    }
    Some(if count > 0 { end + 1 + count } else { end })
}

/// The first head that matches behind the time; places are counted from there. And whether its level has a digit.
fn match_heads(
    spec: &Spec,
    machine: &mut Machine,
    text: &[u8],
    time: usize,
) -> Option<(Found, bool)> {
    let made = &mut machine.screens.timed;
    let possible = spec.screens.timed.possible(made, &text[time..], u32::MAX);
    machine.seen = machine.seen.max(time + made.seen);
    for (number, head) in spec.timed_heads.iter().enumerate() {
        if possible >> number & 1 == 0 {
            continue;
        }
        let Some(end) = head.pattern.match_at(&spec.classes, machine, text, time) else {
            continue;
        };
        let group = |number: Option<usize>| {
            let (begin, end) = number
                .and_then(|number| machine.group(number))
                .unwrap_or((time, time));
            (begin - time, end - time)
        };
        let level = group(head.level);
        let mut logger = group(head.logger);
        if logger.0 == logger.1 {
            logger = group(head.name);
        }
        let level = &text[time + level.0..time + level.1];
        let found = Found {
            end: end - time,
            level: normalise_level(spec, level).unwrap_or(0),
            logger,
            tail: head.tail,
        };
        return Some((found, level.iter().any(u8::is_ascii_digit)));
    }
    None
}

/// Kafka's logger, in brackets at the end: where what was said ends, and the name.
fn tail<'a>(spec: &Spec, machine: &mut Machine, rest: &'a [u8]) -> Option<(usize, &'a [u8])> {
    let mut from = rest.len().saturating_sub(TAIL);
    if !rest[from..].is_ascii() {
        from = rest.len();
        for _ in 0..TAIL {
            if from > 0 {
                from = before(rest, from);
            }
        }
    }
    let end = &rest[from..];
    // The name holds no bracket of this kind, and before it is one character.
    let bracket = memchr::memrchr(b'(', end).filter(|_| end.ends_with(b")"))?;
    let start = bracket.saturating_sub(LONGEST_CHARACTER);
    let (begin, stop) = spec
        .patterns
        .kafka_tail
        .search(&spec.classes, machine, end, start)?;
    let name = machine.group(1)?;
    Some((rest.len() - (stop - begin), &end[name.0..name.1]))
}
