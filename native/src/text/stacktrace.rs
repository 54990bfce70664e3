//! Stack traces: what was thrown and what caused it, without the frames; `parsers.formats.stacktrace`.

use super::class::{strip, strip_end};
use super::pattern::Machine;
use super::spec::Spec;
use super::statement::SEPARATOR;

const PYTHON: &[u8] = b"Traceback (most recent call last):";

/// The lines that name an exception, outermost first.
pub fn exception_heads<'a>(
    spec: &Spec,
    machine: &mut Machine,
    lines: impl Iterator<Item = &'a [u8]>,
) -> Vec<&'a [u8]> {
    let mut heads: Vec<&[u8]> = Vec::new();
    let mut in_python = false;
    for line in lines.take(spec.limits.max_lines) {
        if line.starts_with(PYTHON) {
            in_python = true;
        } else if in_python && !line.is_empty() && spec.space().step(line, 0) == 0 {
            if spec
                .patterns
                .python_head
                .match_at(&spec.classes, machine, line, 0)
                .is_some()
            {
                heads.push(line);
            }
            in_python = false;
        } else if spec
            .patterns
            .head
            .match_at(&spec.classes, machine, line, 0)
            .is_some()
        {
            heads.push(strip(line, spec.space()));
        }
    }
    let most = spec.limits.max_heads;
    if heads.len() > most {
        heads.drain(1..heads.len() + 1 - most);
    }
    heads
}

/// Whether a line goes on with the record before it.
pub fn is_frame(spec: &Spec, machine: &mut Machine, line: &[u8]) -> bool {
    spec.patterns
        .frame
        .match_at(&spec.classes, machine, line, 0)
        .is_some()
}

/// One line for a record of many: its first, and the exceptions that are named after it; None where there are none.
pub fn join_heads<'a>(
    spec: &Spec,
    machine: &mut Machine,
    first: &[u8],
    rest: impl Iterator<Item = &'a [u8]>,
) -> Option<Vec<u8>> {
    let first = strip_end(first, spec.space());
    let opening = first.ends_with(PYTHON).then_some(PYTHON);
    let heads = exception_heads(spec, machine, opening.into_iter().chain(rest));
    if heads.is_empty() {
        return None;
    }
    Some(joined(std::iter::once(first).chain(heads)))
}

/// Parts with the separator between them.
pub fn joined<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, part) in parts.enumerate() {
        if number > 0 {
            out.extend_from_slice(SEPARATOR);
        }
        out.extend_from_slice(part);
    }
    out
}
