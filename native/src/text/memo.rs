//! Answers remembered: a table of fixed size, in which what comes later takes the place of what came before.

const SLOTS: usize = 4096;
const LONGEST: usize = 64;

#[derive(Clone)]
struct Slot {
    word: [u8; LONGEST],
    masked: [u8; LONGEST],
    word_length: u8,
    masked_length: u8,
}

/// What becomes of words, by the word.
pub struct Memo(Vec<Slot>);

impl Memo {
    pub fn new() -> Memo {
        let empty = Slot {
            word: [0; LONGEST],
            masked: [0; LONGEST],
            word_length: 0,
            masked_length: 0,
        };
        Memo(vec![empty; SLOTS])
    }

    /// Append what becomes of a word, where that is known.
    #[inline]
    pub fn get(&self, word: &[u8], out: &mut Vec<u8>) -> bool {
        if word.len() > LONGEST {
            return false;
        }
        let slot = &self.0[hash(word) as usize % SLOTS];
        if slot.word_length as usize != word.len() || &slot.word[..word.len()] != word {
            return false;
        }
        out.extend_from_slice(&slot.masked[..slot.masked_length as usize]);
        true
    }

    pub fn put(&mut self, word: &[u8], masked: &[u8]) {
        if word.len() > LONGEST || masked.len() > LONGEST {
            return;
        }
        let slot = &mut self.0[hash(word) as usize % SLOTS];
        slot.word[..word.len()].copy_from_slice(word);
        slot.masked[..masked.len()].copy_from_slice(masked);
        (slot.word_length, slot.masked_length) = (word.len() as u8, masked.len() as u8);
    }
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
