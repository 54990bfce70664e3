//! What was found behind the time of a line, remembered by the part of the text that was looked at to find it: most
//! statements of a program come again with the same level and logger, and twenty expressions needn't be tried then.
//!
//! Where no expression tells one digit from another (`Spec::digits_alike`), neither does the memory: process ids and
//! numbers of threads vary. The one that looks at the end of a line, Kafka's, sees of it the last byte only.

use super::memo::hash;
use super::pattern::{Machine, WHOLE};
use super::spec::Spec;

const SLOTS: usize = 2048;
const LONGEST: usize = 120;
/// What is looked at is filed by as much of its beginning as is a multiple of this.
const STEP: usize = 8;

/// A head that matched; places are counted from the end of the time.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub end: usize,
    pub level: u8,
    pub logger: (usize, usize),
    pub tail: bool,
}

#[derive(Clone)]
struct Slot {
    seen: [u8; LONGEST],
    length: u8,
    /// The line's last byte, where that was looked at.
    last: Option<u8>,
    found: Option<Found>,
}

/// The bytes behind a time, digits made one where they are alike, and how many there are of them.
type Behind = ([u8; LONGEST], usize);

pub struct Heads {
    slots: Vec<Slot>,
    /// Of each slot, what is filed there; nought where nothing is.
    tags: Vec<u32>,
}

impl Heads {
    pub fn new() -> Heads {
        let empty = Slot {
            seen: [0; LONGEST],
            length: 0,
            last: None,
            found: None,
        };
        Heads {
            slots: vec![empty; SLOTS],
            tags: vec![0; SLOTS],
        }
    }

    /// What was found behind a time before, where all that was looked at then is the same here.
    pub fn get(&self, spec: &Spec, text: &[u8], time: usize) -> Option<Option<Found>> {
        let (behind, length) = behind(spec, text, time);
        let behind = &behind[..length];
        let mut sum = 0;
        for (number, chunk) in behind.chunks_exact(STEP).enumerate() {
            sum = filed(sum, chunk);
            let (at, tag) = place(sum);
            if self.tags[at] != tag {
                continue;
            }
            let slot = &self.slots[at];
            let length = slot.length as usize;
            let same =
                length / STEP == number + 1 && behind.get(..length) == Some(&slot.seen[..length]);
            if same && slot.last.is_none_or(|last| ends_alike(text, last)) {
                return Some(slot.found);
            }
        }
        None
    }

    /// Remember; only where all that was looked at lies behind the time and before the end of the text, and what was
    /// found holds no digit that says something.
    pub fn put(
        &mut self,
        spec: &Spec,
        text: &[u8],
        time: usize,
        machine: &Machine,
        found: Option<Found>,
    ) {
        if machine.low < time || machine.seen > text.len() || machine.seen < time + STEP {
            return;
        }
        let length = machine.seen - time;
        let last = text.last().copied().filter(|_| machine.ends);
        if length > LONGEST
            || found.is_some_and(|found| found.end > length)
            || last.is_some_and(|last| !ends_alike(text, last))
        {
            return;
        }
        let (seen, _) = behind(spec, text, time);
        let chunks = seen[..length].chunks_exact(STEP);
        let (at, tag) = place(chunks.fold(0, filed));
        self.tags[at] = tag;
        self.slots[at] = Slot {
            seen,
            length: length as u8,
            last,
            found,
        };
    }
}

fn behind(spec: &Spec, text: &[u8], time: usize) -> Behind {
    let mut behind = [0; LONGEST];
    let length = LONGEST.min(text.len() - time);
    behind[..length].copy_from_slice(&text[time..time + length]);
    if spec.digits_alike {
        for byte in &mut behind {
            *byte = if byte.is_ascii_digit() { b'0' } else { *byte };
        }
    }
    (behind, length)
}

fn filed(sum: u64, chunk: &[u8]) -> u64 {
    (sum ^ hash(chunk)).rotate_left(5)
}

/// The slot and the tag of a sum.
fn place(sum: u64) -> (usize, u32) {
    (sum as usize % SLOTS, (sum >> 32) as u32 | 1)
}

/// Whether a line ends in this byte and is such that whoever looks at its end sees nothing else.
fn ends_alike(text: &[u8], last: u8) -> bool {
    text.len() <= WHOLE && text.last() == Some(&last) && memchr::memchr(b'\n', text).is_none()
}
