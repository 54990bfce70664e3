//! Words that differ in digits alone and are masked alike: what becomes of one holds for all of them.
//!
//! A run of letters and digits that begins with a digit is masked by its length and its letters, whatever its digits are
//! (`parsers.masking`, `parsers.words`), but for these, whose digits count: a term (`2fa`), `0x…`, what `KEPT` keeps
//! (`HTTP/1.1`, `UTF-8`, `x86_64`), and `POD`, which has letters and digits of its own (a run has only those, or not).
//! Where it is not as simple as that (URLs, mail addresses, what looks like a key, anything beyond ASCII) a word has no
//! shape.

use super::spec::Spec;
use super::words::is_term;

pub const LONGEST: usize = 46;
/// Stand for a digit, of a run that might be an ending of a pod's name and of one that can't.
const POD: u8 = 0x80;
const OTHER: u8 = 0x81;
const MAX_POD: usize = 10;

/// The shape of a word into `out`; false where it has none.
pub fn shape(spec: &Spec, word: &[u8], out: &mut [u8; LONGEST]) -> bool {
    let Some(out) = out.get_mut(..word.len()) else {
        return false;
    };
    out.copy_from_slice(word);
    let (mut at, mut changed) = (0, false);
    while let Some(&byte) = word.get(at) {
        match byte {
            b'0'..=b'9' => {
                let end = at + alphanumeric(&word[at..]);
                if counts(spec, &word[..at], &word[at..end]) {
                    return false;
                }
                let mark = if is_pod(&word[at..end]) { POD } else { OTHER };
                let digits = out[at..end].iter_mut().filter(|byte| byte.is_ascii_digit());
                digits.for_each(|byte| *byte = mark);
                (at, changed) = (end, true);
            }
            b'A'..=b'Z' | b'a'..=b'z' => {
                let end = at + alphanumeric(&word[at..]);
                if word[at..end].starts_with(b"AIza") || word[at..end].starts_with(b"eyJ") {
                    return false;
                }
                at = end;
            }
            b'@' | 128.. => return false,
            b':' if word[at..].starts_with(b"://") => return false,
            _ => at += 1,
        }
    }
    changed
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
