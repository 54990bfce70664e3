//! Heads that begin with a level, a letter or a priority; `parsers.formats.untimed`.

use super::class::strip;
use super::pattern::Machine;
use super::spec::Spec;
use super::statement::{Statement, normalise_level};

fn group<'a>(machine: &Machine, text: &'a [u8], number: usize) -> &'a [u8] {
    machine
        .group(number)
        .map_or(&b""[..], |(begin, end)| &text[begin..end])
}

pub fn read_klog<'a>(spec: &Spec, machine: &mut Machine, text: &'a [u8]) -> Option<Statement<'a>> {
    let end = spec
        .patterns
        .klog
        .match_at(&spec.classes, machine, text, 0)?;
    let level = normalise_level(spec, group(machine, text, 1))?;
    Some(Statement::new(level, group(machine, text, 2), &text[end..]))
}

pub fn read_redis<'a>(spec: &Spec, machine: &mut Machine, text: &'a [u8]) -> Option<Statement<'a>> {
    let end = spec
        .patterns
        .redis
        .match_at(&spec.classes, machine, text, 0)?;
    let sign = group(machine, text, 1).first()?;
    Some(Statement::new(
        spec.redis_levels.get(sign).copied().unwrap_or(0),
        b"",
        &text[end..],
    ))
}

/// RFC 3164 and RFC 5424 heads; the program is the logger.
pub fn read_syslog<'a>(
    spec: &Spec,
    machine: &mut Machine,
    text: &'a [u8],
) -> Option<Statement<'a>> {
    let end = spec
        .patterns
        .syslog
        .match_at(&spec.classes, machine, text, 0)?;
    let digits = &spec.classes[spec.digits];
    let priority = group(machine, text, spec.syslog_priority);
    let logger = group(machine, text, spec.syslog_logger);
    let mut number = 0;
    let mut at = 0;
    while at < priority.len() {
        let (point, length) = super::class::decode(priority, at);
        number = 10 * number + digits.offset(point) % 10;
        at += length;
    }
    let level = if priority.is_empty() {
        0
    } else {
        spec.syslog_levels[number as usize % spec.syslog_levels.len().max(1)]
    };
    let inner = read_levelled(spec, machine, &text[end..]);
    Some(Statement {
        level: if inner.level > 0 { inner.level } else { level },
        logger: logger.into(),
        text: inner.text,
    })
}

/// A level at the very beginning, or words that nobody writes on a quiet day; else the text as it is.
pub fn read_levelled<'a>(spec: &Spec, machine: &mut Machine, text: &'a [u8]) -> Statement<'a> {
    let made = &mut machine.screens.untimed;
    let possible = spec.screens.untimed.possible(made, text, u32::MAX);
    if possible == 0 {
        return Statement::new(0, b"", text);
    }
    if possible >> spec.untimed_heads.len() & 1 != 0
        && spec
            .patterns
            .alarms
            .match_at(&spec.classes, machine, text, 0)
            .is_some()
    {
        let level = spec
            .alarm_levels
            .iter()
            .find(|(number, _)| machine.group(*number).is_some());
        return Statement::new(level.map_or(0, |(_, level)| *level), b"", text);
    }
    for (number, head) in spec.untimed_heads.iter().enumerate() {
        if possible >> number & 1 == 0 {
            continue;
        }
        if let Some(end) = head.pattern.match_at(&spec.classes, machine, text, 0) {
            let level = head
                .level
                .map_or(&b""[..], |number| group(machine, text, number));
            let logger = head
                .logger
                .map_or(&b""[..], |number| group(machine, text, number));
            let level = normalise_level(spec, level).unwrap_or(0);
            return Statement::new(level, logger, strip(&text[end..], spec.space()));
        }
    }
    Statement::new(0, b"", text)
}
