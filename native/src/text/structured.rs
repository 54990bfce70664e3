//! Records that are data already: JSON lines and logfmt; `parsers.formats.structured`.

use std::borrow::Cow;

use super::access::request;
use super::class::{decode, place_of};
use super::json::{Not, Object, Str, Value, get, latest, number, object, write};
use super::mask::one_word;
use super::record::Tools;
use super::redact::contains;
use super::spec::Spec;
use super::stacktrace::{exception_heads, joined};
use super::statement::{Statement, by_number, normalise_level};
use super::timed::read_timed;

const MAX_DEPTH: usize = 2;
const MAX_THROWN: usize = 3;
/// The first that is there counts.
const WORDS_OF_ERRORS: [&str; 4] = ["msg", "message", "stack", "stack_trace"];
const KINDS_OF_ERRORS: [&str; 3] = ["type", "class", "exception_class"];

/// A JSON object on one or several lines.
pub fn read_json(tools: &mut Tools<'_>, text: &[u8]) -> Result<Statement<'static>, Not> {
    let fields = object(text)?;
    if may_be_event(&fields) {
        return Err(Not::Sure);
    }
    from_fields(tools, &fields, 0)
}

/// Whether Python must say what an event is about; `parsers.formats.events`.
fn may_be_event(fields: &Object<'_>) -> bool {
    let tells = |fields: &Object<'_>| get(fields, "involvedObject").is_some();
    get(fields, "output_fields").is_some()
        || tells(fields)
        || matches!(get(fields, "event"), Some(Value::Object(nested)) if tells(nested))
}

/// Pairs such as `level=info msg="it works"`; `Not::Json` with fewer than two, or with other text before them.
pub fn read_logfmt(tools: &mut Tools<'_>, text: &[u8]) -> Result<Statement<'static>, Not> {
    let spec = tools.spec;
    let pattern = &spec.patterns.pair;
    let mut next = pattern
        .match_at(&spec.classes, tools.machine, text, 0)
        .map(|end| (0, end));
    if next.is_none() {
        return Err(Not::Json);
    }
    let (mut fields, mut found) = (Object::with_capacity(8), 0);
    while let Some((_, end)) = next {
        let group = |number| {
            tools
                .machine
                .group(number)
                .map_or(&b""[..], |(begin, end)| &text[begin..end])
        };
        let (key, value) = (group(1), unquoted(group(2)));
        fields.push((Cow::Borrowed(key), Value::Str(value)));
        found += 1;
        next = pattern.search(&spec.classes, tools.machine, text, end);
    }
    let fields = latest(fields);
    let known = first(&fields, None, &spec.fields.message)
        .or_else(|| first(&fields, None, &spec.fields.level));
    if found < 2 || (known.is_none() && found < 3) {
        return Err(Not::Json);
    }
    from_fields(tools, &fields, 0)
}

fn unquoted(value: &[u8]) -> Str<'_> {
    if value.first() != Some(&b'"') {
        return Cow::Borrowed(value);
    }
    let inner = &value[1..value.len() - 1];
    if !inner.contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    // One after the other, as Python does it.
    let mut text = inner.to_vec();
    for (from, to) in [
        (b"\\\"", b'"'),
        (b"\\n", b'\n'),
        (b"\\t", b'\t'),
        (b"\\\\", b'\\'),
    ] {
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&text[at..], from) {
            out.extend_from_slice(&text[at..at + found]);
            out.push(to);
            at += found + 2;
        }
        out.extend_from_slice(&text[at..]);
        text = out;
    }
    Cow::Owned(text)
}

/// The first of some fields that says something; what `spread` holds stands behind the record's own fields.
fn first<'b, 'a>(
    fields: &'b Object<'a>,
    spread: Option<&'b Object<'a>>,
    keys: &[String],
) -> Option<&'b Value<'a>> {
    let value = |key: &String| get(fields, key).or_else(|| get(spread?, key));
    let says = |value: &&Value<'_>| {
        !matches!(value, Value::Null) && !matches!(value, Value::Str(text) if text.is_empty())
    };
    keys.iter().filter_map(value).find(says)
}

fn from_fields(
    tools: &mut Tools<'_>,
    fields: &Object<'_>,
    depth: usize,
) -> Result<Statement<'static>, Not> {
    let spec = tools.spec;
    let nested = match get(fields, "log") {
        Some(Value::Object(nested)) => Some(nested),
        _ => None,
    };
    let level =
        first(fields, nested, &spec.fields.level).map_or(Ok(0), |value| level_of(spec, value))?;
    let name = match first(fields, nested, &spec.fields.logger) {
        Some(Value::Str(name)) => word_of(spec, name),
        _ => Vec::new(),
    };
    let message = match first(fields, None, &spec.fields.message) {
        Some(Value::Object(inner)) if depth < MAX_DEPTH => {
            return Ok(within(from_fields(tools, inner, depth + 1)?, level, name));
        }
        Some(Value::Str(message)) => message,
        _ => return without_message(tools, fields, level, name),
    };
    if message.starts_with(b"{") && depth < MAX_DEPTH {
        match object(message) {
            Ok(inner) => return Ok(within(from_fields(tools, &inner, depth + 1)?, level, name)),
            Err(Not::Sure) => return Err(Not::Sure),
            Err(Not::Json) => {}
        }
    }
    if get(fields, "rule").is_some() {
        if let Some(event) = read_timed(spec, tools.machine, tools.heads, message) {
            let level = if level > 0 { level } else { event.level };
            return Ok(Statement {
                level,
                logger: Cow::Owned(name),
                text: Cow::Owned(event.text.into_owned()),
            });
        }
    }
    let thrown = thrown(tools, fields);
    let new = thrown
        .iter()
        .filter(|head| !contains(message, head))
        .map(Vec::as_slice);
    let text = joined(std::iter::once(&message[..]).chain(new));
    Ok(Statement {
        level,
        logger: Cow::Owned(name),
        text: Cow::Owned(text),
    })
}

fn within(inner: Statement<'static>, level: u8, name: Vec<u8>) -> Statement<'static> {
    Statement {
        level: if inner.level > 0 { inner.level } else { level },
        logger: if inner.logger.is_empty() {
            Cow::Owned(name)
        } else {
            inner.logger
        },
        text: inner.text,
    }
}

fn level_of(spec: &Spec, value: &Value<'_>) -> Result<u8, Not> {
    match value {
        Value::Str(text) => normalise_level(spec, text).ok_or(Not::Sure),
        Value::Int(raw) | Value::Float(raw) => {
            let value = number(raw).trunc();
            Ok(if (0.0..1e6).contains(&value) {
                by_number(value as u32)
            } else {
                0
            })
        }
        _ => Ok(0),
    }
}

/// A logger's name as one word.
fn word_of(spec: &Spec, name: &[u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(name.len());
    one_word(spec.space(), name, &mut word);
    word.truncate(place_of(&word, spec.limits.max_logger));
    word
}

fn without_message(
    tools: &mut Tools<'_>,
    fields: &Object<'_>,
    level: u8,
    name: Vec<u8>,
) -> Result<Statement<'static>, Not> {
    let spec = tools.spec;
    let field = |keys: &[String]| first(fields, None, keys);
    if let (Some(Value::Str(method)), Some(Value::Str(path)), Some(status)) = (
        field(&spec.fields.method),
        field(&spec.fields.path),
        field(&spec.fields.status),
    ) {
        if let Some(status) = status_of(spec, status) {
            let flags = match get(fields, "response_flags") {
                Some(Value::Str(flags)) => word_of(spec, trim(flags)),
                Some(value) if is_true(value) => return Err(Not::Sure),
                _ => Vec::new(),
            };
            let asked = request(
                spec,
                tools.machine,
                &word_of(spec, method),
                path,
                status,
                &flags,
            );
            return Ok(Statement {
                level: if level > 0 { level } else { asked.level },
                ..asked
            });
        }
    }
    let thrown = thrown(tools, fields);
    let mut described: Vec<&(Str<'_>, Value<'_>)> = fields.iter().collect();
    described.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = Vec::new();
    let said = |key: &[u8]| {
        let is = |names: &[String]| names.iter().any(|name| name.as_bytes() == key);
        is(&spec.fields.level) || is(&spec.fields.thrown)
    };
    for (key, value) in described
        .into_iter()
        .take(spec.limits.max_fields)
        .filter(|(key, _)| !said(key))
    {
        if !text.is_empty() {
            text.push(b' ');
        }
        text.extend_from_slice(key);
        text.push(b'=');
        match value {
            Value::Str(value) => text.extend_from_slice(value),
            value => write(value, &mut text)?,
        }
    }
    let parts = std::iter::once(text.as_slice()).chain(thrown.iter().map(Vec::as_slice));
    let text = joined(parts.filter(|part| !part.is_empty()));
    Ok(Statement {
        level,
        logger: Cow::Owned(name),
        text: Cow::Owned(text),
    })
}

/// A status of three decimal digits.
fn status_of(spec: &Spec, value: &Value<'_>) -> Option<u32> {
    let text = match value {
        Value::Str(text) => &text[..],
        Value::Int(raw) => raw,
        _ => return None,
    };
    let digits = &spec.classes[spec.digits];
    let (mut at, mut count, mut sum) = (0, 0, 0);
    while at < text.len() {
        let length = digits.step(text, at);
        if length == 0 || count == 3 {
            return None;
        }
        sum = 10 * sum + digits.offset(decode(text, at).0) % 10;
        (at, count) = (at + length, count + 1);
    }
    (count == 3).then_some(sum)
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [b'-', rest @ ..] | [rest @ .., b'-'] = text {
        text = rest;
    }
    text
}

fn is_true(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Int(raw) | Value::Float(raw) => number(raw) != 0.0,
        Value::Str(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// The exceptions that a record carries in a field of its own, or the text of its error.
fn thrown(tools: &mut Tools<'_>, fields: &Object<'_>) -> Vec<Vec<u8>> {
    let spec = tools.spec;
    let mut heads: Vec<Vec<u8>> = Vec::new();
    for key in &spec.fields.thrown {
        let Some(text) = get(fields, key).and_then(error_text) else {
            continue;
        };
        let mut lines = text.split(|&byte| byte == b'\n');
        let mut found: Vec<Vec<u8>> = exception_heads(spec, tools.machine, lines.clone())
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect();
        if found.is_empty() {
            let line = lines.next().unwrap_or(b"");
            let alone = lines.next().is_none();
            found.push(
                if alone {
                    &line[..place_of(line, spec.limits.max_error)]
                } else {
                    line
                }
                .to_vec(),
            );
        }
        for head in found {
            if !heads.contains(&head) {
                heads.push(head);
            }
        }
    }
    heads.truncate(MAX_THROWN);
    heads
}

fn error_text<'b>(value: &'b Value<'_>) -> Option<Cow<'b, [u8]>> {
    let string = |value: &'b Value<'_>| match value {
        Value::Str(text) => Some(&text[..]),
        _ => None,
    };
    match value {
        Value::Str(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
        Value::Object(fields) => {
            let mut named = WORDS_OF_ERRORS
                .iter()
                .filter_map(|key| get(fields, key).and_then(string));
            let message = named.next().unwrap_or(b"");
            let kind = KINDS_OF_ERRORS
                .iter()
                .filter_map(|key| get(fields, key))
                .find(|value| is_true(value));
            match kind.and_then(string) {
                Some(kind) if message.is_empty() => Some(Cow::Borrowed(kind)),
                Some(kind) => Some(Cow::Owned([kind, b": ", message].concat())),
                None => (!message.is_empty()).then_some(Cow::Borrowed(message)),
            }
        }
        _ => None,
    }
}
