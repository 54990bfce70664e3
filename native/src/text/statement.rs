//! What a record says once the head of its logger is taken off; `parsers.formats.statement` and `parsers.level`.

use std::borrow::Cow;

use super::class::strip;
use super::spec::Spec;

/// Stands for a space within a word that Drain shall take as one.
pub const JOINER: &[u8] = "␣".as_bytes();
pub const SEPARATOR: &[u8] = " ⏎ ".as_bytes();

#[derive(Clone, Debug, Default)]
pub struct Statement<'a> {
    /// Index into `parsers.level.LEVELS` + 1; 0 where none is known.
    pub level: u8,
    pub logger: Cow<'a, [u8]>,
    pub text: Cow<'a, [u8]>,
}

impl<'a> Statement<'a> {
    pub fn new(level: u8, logger: &'a [u8], text: &'a [u8]) -> Statement<'a> {
        Statement {
            level,
            logger: Cow::Borrowed(logger),
            text: Cow::Borrowed(text),
        }
    }
}

/// A level as any logger writes it on the one scale; None where only Python can tell, as letters beyond ASCII may turn
/// into ASCII in lower case.
pub fn normalise_level(spec: &Spec, raw: &[u8]) -> Option<u8> {
    let word = strip(raw, spec.space());
    if !word.is_ascii() {
        let turning = spec
            .lowered
            .iter()
            .any(|(from, _)| memchr::memmem::find(word, from).is_some());
        return if turning { None } else { Some(0) };
    }
    if word.len() <= 3 && !word.is_empty() && word.iter().all(u8::is_ascii_digit) {
        return Some(by_number(
            word.iter()
                .fold(0, |sum, byte| 10 * sum + (byte - b'0') as u32),
        ));
    }
    let mut low = [0; 16];
    let Some(low) = low.get_mut(..word.len()) else {
        return Some(0);
    };
    low.copy_from_slice(word);
    low.make_ascii_lowercase();
    let table = if low.len() == 1 {
        &spec.level_letters
    } else {
        &spec.level_words
    };
    Some(table.get(&low[..]).copied().unwrap_or(0))
}

/// Pino, bunyan and Python count in tens from 10.
pub fn by_number(number: u32) -> u8 {
    if (10..=60).contains(&number) && number % 10 == 0 {
        (number / 10) as u8
    } else {
        0
    }
}

/// Level of an answered HTTP request.
pub fn level_of_status(status: u32) -> u8 {
    match status {
        500.. => 5,
        400.. => 4,
        _ => 3,
    }
}
