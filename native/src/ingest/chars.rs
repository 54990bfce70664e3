//! Text as Python's `str` sees it: what is white space, how long a text is, and what a line is cleaned of.

/// `str.isspace` for one character.
fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..=' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}')
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        )
}

/// `str.rstrip()`.
pub fn rstrip(text: &str) -> &str {
    match text.as_bytes().last() {
        Some(b'!'..=b'~') => text,
        _ => text.trim_end_matches(is_space),
    }
}

/// `str.lstrip()`.
pub fn lstrip(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    rstrip(lstrip(text))
}

/// `text[:chars]`.
pub fn prefix(text: &str, chars: usize) -> &str {
    if text.len() <= chars {
        return text;
    }
    if text.as_bytes()[..chars].is_ascii() {
        return &text[..chars];
    }
    match text.char_indices().nth(chars) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// `len(text)`.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// A control character that no line of text has; tabs, line ends and the escape of colours are none.
pub fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b)) || byte == 0x7f
}

/// Whether there is any; all bytes are looked at, so that the compiler can do many at once.
pub fn has_controls(data: &[u8]) -> bool {
    data.chunks(4_096).any(|chunk| {
        chunk.iter().fold(0u8, |found, &byte| {
            let low = u8::from(byte < 0x20)
                & u8::from(byte != b'\t')
                & u8::from(byte != b'\n')
                & u8::from(byte != b'\r')
                & u8::from(byte != 0x1b);
            found | low | u8::from(byte == 0x7f)
        }) != 0
    })
}

/// As `ingest.lines.clean`.
pub enum Cleaned {
    Same,
    Binary,
    Replaced(String),
}

pub fn clean(message: &str) -> Cleaned {
    let controls = message.bytes().filter(|&byte| is_control(byte)).count();
    if controls == 0 {
        Cleaned::Same
    } else if controls * 2 > length(message) {
        Cleaned::Binary
    } else if message.contains('\0') {
        Cleaned::Replaced(message.replace('\0', "\u{fffd}"))
    } else {
        Cleaned::Same
    }
}
