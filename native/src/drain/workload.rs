//! One workload's Drain: which template a line belongs to, and when learning stops because it would never end. As
//! `parsers.workload.WorkloadMiner`, which says why.

use memchr::memchr_iter;

use super::memory::Memory;
use super::tree::{Change, Cluster, Drain, Limits};
use super::words::{Token, UNKNOWN, Vocabulary};

/// Lines over which growth is measured.
pub const BLOCK: u64 = 200;
/// A block of which more than a half is new is growth …
const GROWING: f64 = 0.5;
/// … and one of which less than a tenth is new is its end.
const SETTLED: f64 = 0.1;

/// Number of the catch-all template.
pub const OTHER: u32 = 0;

/// What `parsers.state` saves beside the templates.
#[derive(Clone, Copy, Default)]
pub struct Progress {
    pub lines: u64,
    pub unmatched: u64,
    pub block_lines: u64,
    pub block_new: u64,
    pub growing: bool,
}

pub struct Workload {
    pub progress: Progress,
    drain: Drain,
    vocabulary: Vocabulary,
    memory: Memory,
    max_templates: usize,
    line: Vec<Token>,
    /// Number and words of templates made since `take_born`.
    born: Vec<(u32, Vec<u8>)>,
    changed: Vec<u32>,
}

impl Workload {
    pub fn new(limits: Limits, max_templates: usize) -> Self {
        Self {
            progress: Progress::default(),
            drain: Drain::new(limits),
            vocabulary: Vocabulary::new(),
            memory: Memory::default(),
            max_templates,
            line: Vec::new(),
            born: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// Number of the template of a line: its words joined by single spaces, how many they are, and the text's hash.
    pub fn assign(&mut self, text: &[u8], words: usize, hash: u64) -> u32 {
        if let Some(known) = self.memory.find(hash, text, words) {
            if let Some(cluster) = self.drain.cluster_mut(known) {
                cluster.size += 1;
            }
            self.count(false);
            return known;
        }
        self.search(text, words, hash)
    }

    fn search(&mut self, text: &[u8], words: usize, hash: u64) -> u32 {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.extend(split(text).map(|word| self.vocabulary.find(word)));
        let (number, new) = match self.drain.search(&line) {
            Some(found) => {
                match self.drain.merge(found, &line) {
                    Change::Changed => {
                        self.memory.forget(words);
                        self.changed.push(found);
                    }
                    Change::None => self.memory.keep(hash, text, words, found),
                }
                (found, false)
            }
            None if self.overflowing() => {
                self.progress.unmatched += 1;
                (OTHER, true)
            }
            None => {
                self.memory.forget(words);
                for (token, word) in line.iter_mut().zip(split(text)) {
                    if *token == UNKNOWN {
                        *token = self.vocabulary.number(word);
                    }
                }
                let number = self.drain.create(&line);
                self.born.push((number, text.to_vec()));
                (number, true)
            }
        };
        self.count(new);
        self.line = line;
        number
    }

    fn overflowing(&self) -> bool {
        self.progress.growing || self.drain.len() >= self.max_templates
    }

    fn count(&mut self, new: bool) {
        let progress = &mut self.progress;
        progress.lines += 1;
        progress.block_lines += 1;
        progress.block_new += u64::from(new);
        if progress.block_lines == BLOCK {
            let share = progress.block_new as f64 / BLOCK as f64;
            if progress.lines > BLOCK && share > GROWING {
                progress.growing = true;
            } else if share <= SETTLED {
                progress.growing = false;
            }
            progress.block_lines = 0;
            progress.block_new = 0;
        }
    }

    pub fn templates(&self) -> usize {
        self.drain.len()
    }

    pub fn size(&self, number: u32) -> u64 {
        self.drain.cluster(number).map_or(0, |cluster| cluster.size)
    }

    /// The words of a template as they are now, joined by single spaces.
    pub fn template(&self, number: u32) -> Vec<u8> {
        let tokens = self.drain.cluster(number).map(|cluster| &*cluster.tokens);
        self.vocabulary.join(tokens.unwrap_or_default())
    }

    /// Number and words at birth of the templates made since the last call, in the order of their numbers.
    pub fn take_born(&mut self) -> Vec<(u32, Vec<u8>)> {
        std::mem::take(&mut self.born)
    }

    /// Templates that changed since the last call, each once, in the order of their numbers.
    pub fn take_changed(&mut self) -> Vec<u32> {
        self.changed.sort_unstable();
        self.changed.dedup();
        std::mem::take(&mut self.changed)
    }

    /// Enters a template as it was saved: the words of its birth, of today, and its lines.
    pub fn restore(&mut self, birth: &[u8], now: &[u8], size: u64) {
        let tokens = self.numbers(birth);
        let number = self.drain.create(&tokens);
        let tokens = self.numbers(now).into();
        if let Some(cluster) = self.drain.cluster_mut(number) {
            *cluster = Cluster { tokens, size };
        }
    }

    pub fn remembered_bytes(&self) -> usize {
        self.memory.bytes()
    }

    pub fn forget(&mut self) {
        self.memory.clear();
    }

    fn numbers(&mut self, text: &[u8]) -> Vec<Token> {
        split(text)
            .map(|word| self.vocabulary.number(word))
            .collect()
    }
}

/// The words of a line, which single spaces separate; none of an empty line.
pub fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr_iter(b' ', text).chain((!text.is_empty()).then_some(text.len()));
    ends.scan(0, |begin, end| {
        let word = &text[*begin..end];
        *begin = end + 1;
        Some(word)
    })
}
