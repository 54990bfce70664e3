//! Which line goes on with which record's stack trace, as `ingest.assemble._continues`.

use pyo3::prelude::*;

use super::ask::Ask;
use super::chars;
use super::record::{Record, Trace};

pub const PYTHON: &str = "Traceback (most recent call last):";
const FOLLOWS: [&str; 5] = ["Caused by: ", "Suppressed: ", "--- End of ", "... ", "^"];
const CHAINED: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];
const EXCEPTIONS: [&str; 6] = [
    "Exception",
    "Error",
    "Throwable",
    "Interrupt",
    "Exit",
    "Warning",
];

/// Whether a line that begins with this byte continues nothing, unless a traceback or a partial line is open.
pub fn is_starting(first: u8) -> bool {
    first.is_ascii_digit() || b"[{<(\"/|*#=".contains(&first)
}

/// Whether the text goes on with the record's stack trace; notes on the record what may follow next.
pub fn continues(record: &mut Record, texts: &str, text: &str, ask: &Ask) -> PyResult<bool> {
    let Some(&first) = text.as_bytes().first() else {
        return Ok(false);
    };
    if first == b' ' || first == b'\t' {
        return Ok(!is_stamped(chars::lstrip(text), ask)?);
    }
    if b"CS-.^".contains(&first) && FOLLOWS.iter().any(|start| text.starts_with(start)) {
        return if text.starts_with("... ") {
            is_ellipsis(text, ask)
        } else {
            Ok(true)
        };
    }
    match record.trace {
        Trace::Python => {
            record.trace = Trace::PythonEnd;
            Ok(is_python_exception(text, ask)? && !is_stamped(text, ask)?)
        }
        Trace::PythonEnd => {
            let chained = |text: &str| CHAINED.iter().any(|start| text.starts_with(start));
            if !text.starts_with(PYTHON) {
                return Ok(chained(text));
            }
            let again = chained(record.last_part(texts));
            record.trace = if again {
                Trace::Python
            } else {
                Trace::PythonEnd
            };
            Ok(again)
        }
        Trace::Go => is_go(text, ask),
        Trace::None if first == b'}' => {
            Ok(record.lines > 1 && text.bytes().all(|byte| b"}]);, ".contains(&byte)))
        }
        Trace::None => {
            let last = record.last_part(texts);
            if record.lines > 1 && !last.starts_with('^') && !chars::rstrip(last).ends_with('^') {
                return Ok(false);
            }
            begins_trace(record, texts, text, ask)
        }
    }
}

/// Whether an exception's first line belongs to the line before it, in which a logger announced it.
fn begins_trace(record: &mut Record, texts: &str, text: &str, ask: &Ask) -> PyResult<bool> {
    let python = text.starts_with(PYTHON);
    if !python && !is_exception(chars::prefix(text, 300), ask)? {
        return Ok(false);
    }
    let head = chars::prefix(record.first_part(texts), 300);
    if !ask.announces(head, record.lines as usize, python)? {
        return Ok(false);
    }
    if python {
        record.trace = Trace::Python;
    }
    Ok(true)
}

/// `_STAMPED`.
pub fn is_stamped(text: &str, ask: &Ask) -> PyResult<bool> {
    let near = chars::prefix(text, 21);
    if !near.is_ascii() {
        return ask.matches("stamped", text);
    }
    let fits = |bytes: &[u8], form: &[u8]| {
        bytes.len() >= form.len()
            && bytes.iter().zip(form).all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                b'-' => matches!(byte, b'-' | b'/'),
                b'T' => matches!(byte, b'T' | b' '),
                b'I' => matches!(byte, b'I' | b'W' | b'E' | b'F'),
                other => byte == other,
            })
    };
    let bytes = near.as_bytes();
    let inside = bytes.strip_prefix(b"[").unwrap_or(bytes);
    Ok(fits(inside, b"dd:dd:dd")
        || fits(inside, b"dddd-dd-ddTdd:dd:dd")
        || fits(bytes, b"Idddd dd:"))
}

/// `_ELLIPSIS`, of a text that begins with `... `.
fn is_ellipsis(text: &str, ask: &Ask) -> PyResult<bool> {
    let rest = &text[4..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = &rest[digits..];
    if after.starts_with(|c: char| !c.is_ascii()) {
        return ask.matches("ellipsis", text);
    }
    Ok(digits > 0 && (after.starts_with(" more") || after.starts_with(" common frames")))
}

/// `_PYTHON_EXCEPTION`.
fn is_python_exception(text: &str, ask: &Ask) -> PyResult<bool> {
    let bytes = text.as_bytes();
    if !bytes
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
    {
        return Ok(false);
    }
    let name = bytes
        .iter()
        .take_while(|byte| is_word(**byte) || **byte == b'.')
        .count();
    match bytes.get(name) {
        None | Some(b':') => Ok(true),
        Some(&byte) if byte >= 0x80 || (byte == b'\n' && name + 1 == bytes.len()) => {
            ask.matches("python exception", text)
        }
        Some(_) => Ok(false),
    }
}

/// `_EXCEPTION`, of the beginning of a text.
fn is_exception(head: &str, ask: &Ask) -> PyResult<bool> {
    let bytes = head.as_bytes();
    let is_part =
        |byte: &&u8| is_word(**byte) || **byte == b'$' || **byte == b'.' || **byte >= 0x80;
    let name = bytes.iter().take_while(is_part).count();
    if !bytes[..name].is_ascii() {
        return ask.matches("exception", head);
    }
    let after = &head[name..];
    if !after.starts_with(':') && !chars::lstrip(after).is_empty() {
        return Ok(false);
    }
    let name_text = &head[..name];
    Ok(EXCEPTIONS.iter().any(|end| name_text.ends_with(end))
        && !name_text.split('.').any(str::is_empty))
}

/// `_GO`.
fn is_go(text: &str, ask: &Ask) -> PyResult<bool> {
    if text.len() >= 500 && chars::length(text) >= 500 {
        return Ok(false);
    }
    let starts = ["created by ", "[signal ", "[recovered]", "panic: "];
    if starts.iter().any(|start| text.starts_with(start)) {
        return Ok(true);
    }
    if !text.is_ascii() {
        return ask.matches("go", text);
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(rest) = text.strip_prefix("goroutine ") {
        let count = digits(rest);
        let after = &rest[count..];
        if count > 0 && (after.starts_with(" [") || after.starts_with(" gp=0x")) {
            return Ok(true);
        }
    }
    if text
        .strip_prefix("exit status ")
        .is_some_and(|rest| digits(rest) > 0)
    {
        return Ok(true);
    }
    let bytes = text.as_bytes();
    let is_part = |byte: &&u8| is_word(**byte) || b"./*()[]{}-".contains(*byte);
    let run = bytes.iter().take_while(is_part).count();
    let last = bytes.len() - 1;
    let opened = bytes
        .get(1..run.min(last))
        .is_some_and(|name| name.contains(&b'('));
    Ok(opened && bytes[last] == b')' && memchr::memchr(b'\n', bytes).is_none())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
