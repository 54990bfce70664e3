//! Lines that came before and changed nothing, by their number of words. The memory is exact (see
//! `parsers.workload`): whoever makes or changes a template has all lines of as many words forgotten.

use hashbrown::HashTable;

/// Lines remembered of a workload.
const MAX_LINES: usize = 10_000;
/// Longer lines hardly come twice (bytes).
const MAX_LENGTH: usize = 2_000;
/// Lines of more words have been cut by masking already.
const MAX_WORDS: usize = 128;

#[derive(Default)]
struct Shelf {
    lines: HashTable<Line>,
    text: Vec<u8>,
}

struct Line {
    hash: u64,
    begin: u32,
    length: u32,
    cluster: u32,
}

#[derive(Default)]
pub struct Memory {
    shelves: Vec<Shelf>,
    lines: usize,
    bytes: usize,
}

impl Memory {
    pub fn find(&self, hash: u64, text: &[u8], words: usize) -> Option<u32> {
        let shelf = self.shelves.get(words)?;
        let found = shelf.lines.find(hash, |line| {
            line.hash == hash
                && shelf
                    .text
                    .get(line.begin as usize..(line.begin + line.length) as usize)
                    == Some(text)
        });
        found.map(|line| line.cluster)
    }

    pub fn keep(&mut self, hash: u64, text: &[u8], words: usize, cluster: u32) {
        if text.len() > MAX_LENGTH || words > MAX_WORDS {
            return;
        }
        if self.lines >= MAX_LINES {
            self.clear();
        }
        if self.shelves.len() <= words {
            self.shelves.resize_with(words + 1, Shelf::default);
        }
        let shelf = &mut self.shelves[words];
        let line = Line {
            hash,
            begin: shelf.text.len() as u32,
            length: text.len() as u32,
            cluster,
        };
        shelf.text.extend_from_slice(text);
        shelf.lines.insert_unique(hash, line, |line| line.hash);
        self.lines += 1;
        self.bytes += text.len() + size_of::<Line>();
    }

    /// Forget lines of so many words.
    pub fn forget(&mut self, words: usize) {
        if let Some(shelf) = self.shelves.get_mut(words) {
            self.lines -= shelf.lines.len();
            self.bytes -= shelf.text.len() + shelf.lines.len() * size_of::<Line>();
            shelf.lines.clear();
            shelf.text.clear();
        }
    }

    /// Forget all, and give the room back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
