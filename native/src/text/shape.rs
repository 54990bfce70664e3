//! Words that differ in digits alone and are masked alike: what becomes of one holds for all of them.
//!
//! A run of letters and digits that begins with a digit is masked by its length and its letters, whatever its digits are
//! (`parsers.masking`, `parsers.words`), but for these, whose digits count: a term (`2fa`), `0x…`, what `KEPT` keeps
//! (`HTTP/1.1`, `UTF-8`, `x86_64`), and `POD`, which has letters and digits of its own (a run has only those, or not).
//! A UUID that stands apart (`request=1b4e28ba-…`) is one whatever its digits and letters are.
//! Where it is not as simple as that (URLs, mail addresses, what looks like a key, anything beyond ASCII) a word has no
//! shape.

use super::spec::Spec;
use super::words::is_term;

pub const LONGEST: usize = 46;
/// Stand for a digit, of a run that might be an ending of a pod's name and of one that can't.
const POD: u8 = 0x80;
const OTHER: u8 = 0x81;
/// Stands for a whole UUID.
const UUID: u8 = 0x82;
const UUID_LENGTH: usize = 36;
const MAX_POD: usize = 10;

/// The shape of a word into `out`, and its length; 0 where it has none.
pub fn shape(spec: &Spec, word: &[u8], out: &mut [u8; LONGEST]) -> usize {
    let (mut at, mut to, mut changed) = (0, 0, false);
    while let Some(&byte) = word.get(at) {
        let mut end = at + 1;
        let mut mark = byte;
        match byte {
            b'@' | 128.. => return 0,
            b':' if word[at..].starts_with(b"://") => return 0,
            b'0'..=b'9' | b'a'..=b'f' if is_uuid(word, at) => {
                (mark, end, changed) = (UUID, at + UUID_LENGTH, true);
            }
            b'0'..=b'9' => {
                end = at + alphanumeric(&word[at..]);
                let run = &word[at..end];
                if counts(spec, &word[..at], run) {
                    return 0;
                }
                mark = if is_pod(run) { POD } else { OTHER };
                let Some(out) = out.get_mut(to..to + run.len()) else {
                    return 0;
                };
                for (out, byte) in out.iter_mut().zip(run) {
                    *out = if byte.is_ascii_digit() { mark } else { *byte };
                }
                (at, to, changed) = (end, to + run.len(), true);
                continue;
            }
            b'A'..=b'Z' | b'a'..=b'z' => {
                end = at + alphanumeric(&word[at..]);
                let run = &word[at..end];
                if run.starts_with(b"AIza") || run.starts_with(b"eyJ") {
                    return 0;
                }
                let Some(out) = out.get_mut(to..to + run.len()) else {
                    return 0;
                };
                out.copy_from_slice(run);
                (at, to) = (end, to + run.len());
                continue;
            }
            _ => {}
        }
        let Some(out) = out.get_mut(to) else {
            return 0;
        };
        *out = mark;
        (at, to) = (end, to + 1);
    }
    if changed { to } else { 0 }
}

/// Whether a UUID in small letters begins here that no part before it can reach into: what stands before it belongs to
/// no number, date, name or long run, and without a colon there is no address of IPv6 whose prefix length might be read.
fn is_uuid(word: &[u8], at: usize) -> bool {
    let Some(text) = word.get(at..at + UUID_LENGTH) else {
        return false;
    };
    if text[8] != b'-' || text[13] != b'-' || text[18] != b'-' || text[23] != b'-' {
        return false;
    }
    let open = at == 0 || matches!(word[at - 1], b'/' | b'=' | b'[' | b'(' | b'"' | b'\'');
    let closed = !word
        .get(at + UUID_LENGTH)
        .is_some_and(u8::is_ascii_alphanumeric);
    let fits = |(place, byte): (usize, &u8)| {
        matches!(place, 8 | 13 | 18 | 23) || matches!(byte, b'0'..=b'9' | b'a'..=b'f')
    };
    open && closed && !word[..at].contains(&b':') && text.iter().enumerate().all(fits)
}

fn alphanumeric(text: &[u8]) -> usize {
    let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric());
    end.unwrap_or(text.len())
}

/// Whether it matters which digits a run has; `before` is what stands before it in the word.
fn counts(spec: &Spec, before: &[u8], run: &[u8]) -> bool {
    matches!(
        before,
        [.., b'f' | b'F' | b'a' | b'A' | b'S', b'-'] | [.., b'P', b'/'] | [.., b'6', b'_']
    ) || matches!(run, [b'0', b'x' | b'X', ..])
        || (run.iter().any(u8::is_ascii_alphabetic) && is_term(spec, run))
}

/// Whether a run has nothing but what Kubernetes makes endings of names from.
fn is_pod(run: &[u8]) -> bool {
    let may = |byte: &u8| match byte {
        b'0' | b'1' | b'3' | b'a' | b'e' | b'i' | b'o' | b'u' | b'y' => false,
        byte => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
    };
    (5..=MAX_POD).contains(&run.len()) && run.iter().all(may)
}
