//! A record to what it says: which format it is in is told from its beginning; `parsers.formats`.

use std::borrow::Cow;

use super::access::read_access;
use super::class::{place_of, strip, strip_end};
use super::heads::Heads;
use super::json::Not;
use super::pattern::Machine;
use super::spec::Spec;
use super::stacktrace::{is_frame, join_heads, joined};
use super::statement::{JOINER, Statement};
use super::structured::{read_json, read_logfmt};
use super::timed::read_timed;
use super::untimed::{read_klog, read_levelled, read_redis, read_syslog};

/// What reading works with.
pub struct Tools<'a> {
    pub spec: &'a Spec,
    pub machine: &'a mut Machine,
    pub heads: &'a mut Heads,
}

/// The statement in a record whose ends are stripped; None where Python must be asked.
pub fn read_record<'a>(tools: &mut Tools<'_>, text: &'a [u8]) -> Option<Statement<'a>> {
    let json = if text.starts_with(b"{") {
        read_json(tools, text)
    } else {
        Err(Not::Json)
    };
    let found = match json {
        Ok(found) => found,
        Err(Not::Sure) => return None,
        Err(Not::Json) => read_lines(tools, text)?,
    };
    if found.text.is_empty() && found.logger.is_empty() {
        return Some(Statement {
            text: Cow::Borrowed(text),
            ..found
        });
    }
    Some(found)
}

fn read_lines<'a>(tools: &mut Tools<'_>, text: &'a [u8]) -> Option<Statement<'a>> {
    let spec = tools.spec;
    let newline = memchr::memchr(b'\n', text);
    let first = &text[..newline.unwrap_or(text.len())];
    let first = strip_end(
        &first[..place_of(first, spec.limits.max_head)],
        spec.space(),
    );
    let mut found = read_line(tools, first)?;
    let Some(newline) = newline else {
        return Some(found);
    };
    let rest = &text[newline + 1..];
    let following = || rest.split(|&byte| byte == b'\n');
    let line = following().next().unwrap_or(b"");
    let second = strip(line, spec.space());
    let route = memchr::memmem::find(&found.logger, JOINER).is_some();
    if found.text.is_empty() && !route && !second.starts_with(b"at ") {
        found.text = Cow::Borrowed(second);
    }
    if let Some(joined) = join_heads(spec, tools.machine, &found.text, following()) {
        found.text = Cow::Owned(joined);
    } else if found.text.ends_with(b":")
        && !second.is_empty()
        && !is_frame(spec, tools.machine, line)
    {
        found.text = Cow::Owned(joined([&*found.text, second].into_iter()));
    }
    Some(found)
}

/// One line; None where Python must be asked.
fn read_line<'a>(tools: &mut Tools<'_>, text: &'a [u8]) -> Option<Statement<'a>> {
    let Tools {
        spec,
        machine,
        heads,
    } = tools;
    if text.starts_with(b"[GIN]") || quotes(text) {
        if let Some(found) = read_access(spec, machine, text) {
            return Some(found);
        }
    }
    let start = text.first().copied().unwrap_or(0);
    // `syslog_iso` has ten characters before its `T`.
    let iso = text.get(10) == Some(&b'T') || !text.get(..10).is_some_and(<[u8]>::is_ascii);
    if start == b'[' || spec.classes[spec.figures].step(text, 0) > 0 {
        if iso
            && spec
                .patterns
                .syslog_iso
                .match_at(&spec.classes, machine, text, 0)
                .is_some()
        {
            if let Some(found) = read_syslog(spec, machine, text) {
                return Some(found);
            }
        }
        return Some(
            read_timed(spec, machine, heads, text)
                .or_else(|| read_redis(spec, machine, text))
                .unwrap_or_else(|| read_levelled(spec, machine, text)),
        );
    }
    if matches!(start, b'I' | b'W' | b'E' | b'F') {
        if let Some(found) = read_klog(spec, machine, text) {
            return Some(found);
        }
    }
    if memchr::memchr(b'=', text).is_some() {
        match read_logfmt(tools, text) {
            Ok(found) => return Some(found),
            Err(Not::Sure) => return None,
            Err(Not::Json) => {}
        }
    }
    let Tools { spec, machine, .. } = tools;
    if spec
        .patterns
        .syslog_start
        .match_at(&spec.classes, machine, text, 0)
        .is_some()
    {
        if let Some(found) = read_syslog(spec, machine, text) {
            return Some(found);
        }
    }
    if start == b'{' {
        match read_json(tools, text) {
            Ok(found) => return Some(found),
            Err(Not::Sure) => return None,
            Err(Not::Json) => {}
        }
    }
    Some(read_levelled(tools.spec, tools.machine, text))
}

/// Whether a quotation ends before a space.
fn quotes(text: &[u8]) -> bool {
    memchr::memchr_iter(b'"', text).any(|at| text.get(at + 1) == Some(&b' '))
}
