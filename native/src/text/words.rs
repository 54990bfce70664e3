//! Which words are values and which are text; `parsers.words`.

use super::class::{characters, place_of};
use super::pattern::{Machine, Pattern};
use super::spec::Spec;

const MAX_TERM: usize = 32;

/// What becomes of a run of ASCII letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masked {
    Itself,
    Mark(&'static [u8]),
    /// So many letters, then `<NUM>`.
    Numbered(usize),
}

pub fn mask_word(spec: &Spec, machine: &mut Machine, word: &[u8]) -> Masked {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == word.len() {
        return Masked::Mark(b"<NUM>");
    }
    let mut is = |pattern: &Pattern| pattern.match_at(&spec.classes, machine, word, 0).is_some();
    if digits == 0 {
        let hex = word.len() >= spec.limits.min_letters_hex && is(&spec.patterns.hex);
        return if hex {
            Masked::Mark(b"<HEX>")
        } else {
            Masked::Itself
        };
    }
    if is_term(spec, word) || is(&spec.patterns.version) {
        return Masked::Itself;
    }
    if word.len() >= 8 && is(&spec.patterns.hex) {
        return Masked::Mark(b"<HEX>");
    }
    if word[0].is_ascii_digit() {
        return Masked::Mark(match () {
            () if is(&spec.patterns.quantity) => b"<DURATION>",
            () if is(&spec.patterns.size) => b"<SIZE>",
            () => b"<ID>",
        });
    }
    if is(&spec.patterns.named) {
        return Masked::Numbered(word.len() - digits);
    }
    if is(&spec.patterns.camel) {
        Masked::Itself
    } else {
        Masked::Mark(b"<ID>")
    }
}

pub fn is_term(spec: &Spec, word: &[u8]) -> bool {
    let mut low = [0; MAX_TERM];
    match low.get_mut(..word.len()) {
        None => false,
        Some(low) => {
            low.copy_from_slice(word);
            low.make_ascii_lowercase();
            spec.terms.contains(&low[..])
        }
    }
}

/// One segment of a path: whether it stays.
fn stays(spec: &Spec, machine: &mut Machine, segment: &[u8]) -> bool {
    let letters = &spec.classes[spec.letters];
    let mut at = 0;
    while at < segment.len() {
        match letters.step(segment, at) {
            0 => break,
            length => at += length,
        }
    }
    if at == segment.len() {
        return characters(segment) <= 64;
    }
    if spec
        .patterns
        .pairs
        .search(&spec.classes, machine, segment, 0)
        .is_some()
    {
        return false;
    }
    let pieces = segment
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|piece| !piece.is_empty());
    characters(segment) <= 64
        && pieces
            .into_iter()
            .all(|piece| mask_word(spec, machine, piece) == Masked::Itself)
}

/// A path with its ids masked, appended to `out`.
pub fn mask_path(spec: &Spec, machine: &mut Machine, path: &[u8], out: &mut Vec<u8>) {
    let end = path
        .iter()
        .position(|&byte| byte == b'?' || byte == b'#')
        .unwrap_or(path.len());
    let path = &path[..place_of(&path[..end], 1_000)];
    let begin = &path[..place_of(path, 16)];
    let mut route = path;
    let mut rooted = false;
    if memchr::memmem::find(begin, b"://").is_some() {
        let after = memchr::memmem::find(path, b"://").map_or(&path[..0], |at| &path[at + 3..]);
        route = memchr::memchr(b'/', after).map_or(&after[..0], |at| &after[at + 1..]);
        rooted = true;
    }
    let mut rest = Vec::new();
    if rooted {
        rest.push(b'/');
        rest.extend_from_slice(route);
        route = &rest;
    }
    if spec
        .patterns
        .grpc_path
        .match_at(&spec.classes, machine, route, 0)
        .is_some()
    {
        out.extend_from_slice(route);
        return;
    }
    for (number, segment) in route.split(|&byte| byte == b'/').enumerate() {
        if number > spec.limits.max_segments {
            out.extend_from_slice("/…".as_bytes());
            return;
        }
        if number > 0 {
            out.push(b'/');
        }
        out.extend_from_slice(if stays(spec, machine, segment) {
            segment
        } else {
            b"<ID>"
        });
    }
}
