//! Requests: one statement for each method, route and status; `parsers.formats.access`.

use std::borrow::Cow;

use super::class::{decode, place_of};
use super::pattern::Machine;
use super::spec::Spec;
use super::statement::{JOINER, Statement, level_of_status};
use super::words::mask_path;

/// A line of an access log; None where it is none.
pub fn read_access(spec: &Spec, machine: &mut Machine, text: &[u8]) -> Option<Statement<'static>> {
    if quoted(spec, machine, text) {
        let group = |number| {
            machine
                .group(number)
                .map_or(&b""[..], |(begin, end)| &text[begin..end])
        };
        let (method, target, status, flags) = (group(1), group(2), group(3), group(4));
        return Some(request(
            spec,
            machine,
            method,
            target,
            number(spec, status),
            flags,
        ));
    }
    if text.starts_with(b"[GIN]") {
        spec.patterns
            .gin
            .match_at(&spec.classes, machine, text, 0)?;
        let group = |number| {
            machine
                .group(number)
                .map_or(&b""[..], |(begin, end)| &text[begin..end])
        };
        let (status, method, target) = (group(1), group(2), group(3));
        return Some(request(
            spec,
            machine,
            method,
            target,
            number(spec, status),
            b"",
        ));
    }
    None
}

fn quoted(spec: &Spec, machine: &mut Machine, text: &[u8]) -> bool {
    let pattern = &spec.patterns.quoted;
    memchr::memchr_iter(b'"', text).any(|at| {
        text.get(at + 1).is_some_and(u8::is_ascii_uppercase)
            && pattern.match_at(&spec.classes, machine, text, at).is_some()
    })
}

/// Three decimal digits, of whichever script.
fn number(spec: &Spec, status: &[u8]) -> u32 {
    let (mut at, mut sum) = (0, 0);
    while at < status.len() {
        let (point, length) = decode(status, at);
        sum = 10 * sum + spec.classes[spec.digits].offset(point) % 10;
        at += length;
    }
    sum
}

/// The statement of an answered request.
pub fn request(
    spec: &Spec,
    machine: &mut Machine,
    method: &[u8],
    target: &[u8],
    status: u32,
    flags: &[u8],
) -> Statement<'static> {
    let mut logger = Vec::with_capacity(64);
    logger.extend_from_slice(&method[..place_of(method, 16)]);
    logger.extend_from_slice(JOINER);
    mask_path(spec, machine, target, &mut logger);
    logger.extend_from_slice(JOINER);
    logger.extend_from_slice(status.to_string().as_bytes());
    if !flags.is_empty() && flags != b"OK" {
        logger.extend_from_slice(JOINER);
        logger.extend_from_slice(flags);
    }
    Statement {
        level: level_of_status(status),
        logger: Cow::Owned(logger),
        text: Cow::Borrowed(b""),
    }
}
