//! Heads that begin with a time; `parsers.formats.timed`.

use super::class::{before, strip};
use super::heads::{Found, Heads};
use super::pattern::Machine;
use super::spec::Spec;
use super::statement::{Statement, normalise_level};

const TAIL: usize = 160;

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
    let found = match heads.get(text, time) {
        Some(found) => found,
        None => {
            machine.watch();
            let found = match_heads(spec, machine, text, time);
            heads.put(text, time, machine, found);
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

/// The end of a time as most loggers write it, `2026-11-21 07:00:18,002` or `[2026/11/21T07:00:18Z`; None where the
/// expression has to tell.
fn usual_time(text: &[u8]) -> Option<usize> {
    let begin = usize::from(text.first() == Some(&b'['));
    let time = text.get(begin..begin + 19)?;
    let sign = time[4];
    for (at, &byte) in time.iter().enumerate() {
        let fits = match at {
            4 => matches!(sign, b'-' | b'/' | b'.'),
            7 => byte == sign,
            10 => byte == b' ' || byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        };
        if !fits {
            return None;
        }
    }
    let mut end = begin + 19;
    let at = |place: usize| text.get(place).copied().unwrap_or(0);
    if let b'.' | b',' | b':' = at(end) {
        let digits = text[end + 1..].iter().take(9);
        let count = digits.take_while(|byte| byte.is_ascii_digit()).count();
        if count < 9 && at(end + 1 + count) >= 0x80 {
            return None;
        }
        end += if count > 0 { 1 + count } else { 0 };
    }
    match (at(end), at(end + 1), at(end + 2)) {
        (b'Z', ..) => Some(end + 1),
        (b'+' | b'-', ..) | (b' ', b'Z' | b'+' | b'-', _) => None,
        (b' ', b'U' | b'G' | b'C' | b'E' | b'M' | b'P', b'T' | b'M' | b'E' | b'S' | b'D') => None,
        _ => Some(end),
    }
}

/// The first head that matches behind the time; places are counted from there.
fn match_heads(spec: &Spec, machine: &mut Machine, text: &[u8], time: usize) -> Option<Found> {
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
        let level = normalise_level(spec, &text[time + level.0..time + level.1]).unwrap_or(0);
        return Some(Found {
            end: end - time,
            level,
            logger,
            tail: head.tail,
        });
    }
    None
}

/// Kafka's logger, in brackets at the end: where what was said ends, and the name.
fn tail<'a>(spec: &Spec, machine: &mut Machine, rest: &'a [u8]) -> Option<(usize, &'a [u8])> {
    let mut from = rest.len();
    for _ in 0..TAIL {
        if from > 0 {
            from = before(rest, from);
        }
    }
    let end = &rest[from..];
    let (begin, stop) = spec
        .patterns
        .kafka_tail
        .search(&spec.classes, machine, end, 0)?;
    let name = machine.group(1)?;
    Some((rest.len() - (stop - begin), &end[name.0..name.1]))
}
