//! Answers remembered: a table of fixed size, in which what comes later takes the place of what came before.

const SLOTS: usize = 4096;
/// A word and what becomes of it, together; so that a slot is one line of the processor's cache.
const ROOM: usize = 62;
const LONGEST: usize = 46;
/// Says that there is a time in what becomes of a word.
const TIME: u8 = 0x80;

#[derive(Clone)]
#[repr(align(64))]
struct Slot {
    word: u8,
    /// Its length, and `TIME`.
    masked: u8,
    text: [u8; ROOM],
}

/// What becomes of words, by the word.
pub struct Memo(Vec<Slot>);

impl Memo {
    pub fn new() -> Memo {
        let empty = Slot {
            word: 0,
            masked: 0,
            text: [0; ROOM],
        };
        Memo(vec![empty; SLOTS])
    }

    /// Append what becomes of a word, where that is known, and say whether a time is in it.
    #[inline]
    pub fn get(&self, word: &[u8], out: &mut Vec<u8>) -> Option<bool> {
        if word.len() > LONGEST {
            return None;
        }
        let slot = &self.0[hash(word) as usize % SLOTS];
        if slot.word as usize != word.len() || !equal(&slot.text[..word.len()], word) {
            return None;
        }
        let end = word.len() + (slot.masked & !TIME) as usize;
        out.extend_from_slice(&slot.text[word.len()..end]);
        Some(slot.masked & TIME != 0)
    }

    pub fn put(&mut self, word: &[u8], masked: &[u8], time: bool) {
        let end = word.len() + masked.len();
        if word.len() > LONGEST || end > ROOM {
            return;
        }
        let slot = &mut self.0[hash(word) as usize % SLOTS];
        slot.text[..word.len()].copy_from_slice(word);
        slot.text[word.len()..end].copy_from_slice(masked);
        let time = if time { TIME } else { 0 };
        (slot.word, slot.masked) = (word.len() as u8, masked.len() as u8 | time);
    }
}

/// Short texts of the same length compared without a call.
#[inline]
fn equal(one: &[u8], other: &[u8]) -> bool {
    let mut both = (one, other);
    while let (Some((a, ones)), Some((b, others))) = (
        both.0.split_first_chunk::<8>(),
        both.1.split_first_chunk::<8>(),
    ) {
        if u64::from_le_bytes(*a) != u64::from_le_bytes(*b) {
            return false;
        }
        both = (ones, others);
    }
    both.0.iter().zip(both.1).all(|(a, b)| a == b)
}

/// Eight bytes at a time, each multiplied into the rest; good enough for a table that may forget.
#[inline]
pub fn hash(text: &[u8]) -> u64 {
    const BY: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sum = text.len() as u64;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        sum = (sum ^ u64::from_le_bytes(eight))
            .wrapping_mul(BY)
            .rotate_left(29);
    }
    let mut rest = [0; 8];
    rest[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    sum = (sum ^ u64::from_le_bytes(rest)).wrapping_mul(BY);
    sum ^ sum >> 32
}
