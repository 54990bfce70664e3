//! What was found behind the time of a line, remembered by the part of the text that was looked at to find it: most
//! statements of a program come again with the same level and logger, and twenty expressions needn't be tried then.

use super::memo::hash;
use super::pattern::Machine;

const SLOTS: usize = 2048;
const LONGEST: usize = 120;

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
    found: Option<Found>,
}

pub struct Heads(Vec<Slot>);

impl Heads {
    pub fn new() -> Heads {
        Heads(vec![
            Slot {
                seen: [0; LONGEST],
                length: 0,
                found: None
            };
            SLOTS
        ])
    }

    /// What was found behind a time before, where all that was looked at then is the same here.
    pub fn get(&self, text: &[u8], time: usize) -> Option<Option<Found>> {
        let behind = &text[time..];
        for end in extents(behind) {
            let slot = &self.0[hash(&behind[..end]) as usize % SLOTS];
            let length = slot.length as usize;
            if length > 0 && behind.len() >= length && behind[..length] == slot.seen[..length] {
                return Some(slot.found);
            }
        }
        None
    }

    /// Remember; only where all that was looked at lies behind the time and before the end of the text.
    pub fn put(&mut self, text: &[u8], time: usize, machine: &Machine, found: Option<Found>) {
        if machine.low < time || machine.seen > text.len() || machine.seen < time + 1 {
            return;
        }
        let seen = &text[time..machine.seen];
        if seen.len() > LONGEST || found.is_some_and(|found| found.end > seen.len()) {
            return;
        }
        let Some(end) = extents(&text[time..])
            .into_iter()
            .rev()
            .find(|&end| end <= seen.len())
        else {
            return;
        };
        let slot = &mut self.0[hash(&seen[..end]) as usize % SLOTS];
        slot.seen[..seen.len()].copy_from_slice(seen);
        (slot.length, slot.found) = (seen.len() as u8, found);
    }
}

/// Where the second, fourth and sixth word behind a time end: by which beginning an answer is filed depends on how far
/// the expressions looked.
fn extents(behind: &[u8]) -> [usize; 3] {
    let mut ends = [usize::MAX; 3];
    let (mut words, mut within) = (0, false);
    for (at, &byte) in behind.iter().take(LONGEST).enumerate() {
        let space = byte == b' ' || byte == b'\t';
        if space && within {
            words += 1;
            if words % 2 == 0 && words <= 6 {
                ends[words / 2 - 1] = at;
                if words == 6 {
                    break;
                }
            }
        }
        within = !space;
    }
    let whole = behind.len().min(LONGEST);
    ends.map(|end| end.min(whole))
}
