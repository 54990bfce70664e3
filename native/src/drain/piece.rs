//! A piece of a batch on its way: messages to words by any thread, then words to templates, workload by workload.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::DefaultHashBuilder;

use super::workload::{Workload, split};
use crate::text::{Outcome, Reader, Scratch, Words};

/// Rows that a thread takes at a time.
const CHUNK: usize = 256;
/// Fewer rows aren't worth a thread.
const WORTH_A_THREAD: usize = 1_024;

/// What one thread reads with.
pub struct Hand {
    pub scratch: Scratch,
    pub words: Words,
}

/// The messages of a piece: row i is `data[rows[i]]`, the level that its source gave `levels[level[i]]`.
pub struct Messages<'a> {
    pub data: &'a [u8],
    pub rows: &'a [Range<usize>],
    pub levels: &'a [Vec<u8>],
    pub level: &'a [usize],
}

impl Messages<'_> {
    /// A row as an example of its template.
    pub fn example(&self, reader: &Reader, hand: &mut Hand, row: usize) -> Option<Vec<u8>> {
        let message = &self.data[self.rows[row].clone()];
        reader.example(&mut hand.scratch, message, &self.levels[self.level[row]])
    }
}

/// A row's words in its chunk's text.
#[derive(Clone, Default)]
struct Row {
    text: Range<usize>,
    words: usize,
    hash: u64,
    level: u8,
    asks: bool,
}

#[derive(Default)]
struct Chunk {
    text: Vec<u8>,
    rows: Vec<Row>,
}

/// The words of a piece's rows; kept from piece to piece for the sake of its buffers.
#[derive(Default)]
pub struct Piece {
    chunks: Vec<Mutex<Chunk>>,
    rows: usize,
    hasher: DefaultHashBuilder,
}

impl Piece {
    /// Reads the messages with as many threads as there are hands.
    pub fn read(&mut self, reader: &Reader, hands: &mut [Hand], messages: &Messages<'_>) {
        self.rows = messages.rows.len();
        let count = self.rows.div_ceil(CHUNK);
        if self.chunks.len() < count {
            self.chunks.resize_with(count, Mutex::default);
        }
        let (next, chunks, hasher) = (AtomicUsize::new(0), &self.chunks[..count], &self.hasher);
        on_threads(hands, self.rows, |hand| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(chunk) = chunks.get(index) else {
                    break;
                };
                let begin = index * CHUNK;
                let rows = begin..messages.rows.len().min(begin + CHUNK);
                read_chunk(&mut hold(chunk), rows, reader, hand, messages, hasher);
            }
        });
    }

    /// The rows for which Python must be asked.
    pub fn asking(&mut self) -> Vec<usize> {
        let chunks = self.chunks.iter_mut().map(|chunk| &reach(chunk).rows);
        let rows = chunks.flatten().take(self.rows).enumerate();
        rows.filter_map(|(index, row)| row.asks.then_some(index))
            .collect()
    }

    /// What Python says of such a row: its words, joined by single spaces, and its level.
    pub fn answer(&mut self, index: usize, words: &[u8], level: u8) {
        let Some(chunk) = self.chunks.get_mut(index / CHUNK) else {
            return;
        };
        let Chunk { text, rows } = reach(chunk);
        if let Some(row) = rows.get_mut(index % CHUNK) {
            let begin = text.len();
            text.extend_from_slice(words);
            *row = Row {
                text: begin..text.len(),
                words: split(words).count(),
                hash: self.hasher.hash_one(words),
                level,
                asks: false,
            };
        }
    }

    /// The levels of the rows.
    pub fn levels(&mut self, out: &mut Vec<u8>) {
        let chunks = self.chunks.iter_mut().map(|chunk| &reach(chunk).rows);
        out.extend(chunks.flatten().take(self.rows).map(|row| row.level));
    }

    /// Number of each row's template; the rows of a workload are gone through in their order.
    pub fn assign(
        &mut self,
        threads: usize,
        workloads: &mut [Mutex<Workload>],
        workload: &[usize],
    ) -> Vec<u32> {
        if threads > 1 && self.rows >= 2 * WORTH_A_THREAD {
            return self.assign_by_workload(threads, workloads, workload);
        }
        let mut numbers = Vec::with_capacity(self.rows);
        for (chunk, which) in self.chunks.iter_mut().zip(workload.chunks(CHUNK)) {
            let Chunk { text, rows } = reach(chunk);
            for (row, &which) in rows.iter().zip(which) {
                numbers.push(assign(reach(&mut workloads[which]), text, row));
            }
        }
        numbers
    }

    fn assign_by_workload(
        &mut self,
        threads: usize,
        workloads: &[Mutex<Workload>],
        workload: &[usize],
    ) -> Vec<u32> {
        let chunks: Vec<MutexGuard<'_, Chunk>> = self.chunks.iter().map(hold).collect();
        let chunks: Vec<&Chunk> = chunks.iter().map(|chunk| &**chunk).collect();
        let numbers: Vec<AtomicU32> = (0..self.rows).map(|_| AtomicU32::new(0)).collect();
        let groups = grouped(workload, workloads.len());
        let next = AtomicUsize::new(0);
        let mut hands = vec![(); threads.min(groups.len())];
        on_threads(&mut hands, self.rows, |()| {
            while let Some((which, rows)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut workload = hold(&workloads[*which]);
                for &index in rows {
                    let chunk = chunks[index / CHUNK];
                    let number = assign(&mut workload, &chunk.text, &chunk.rows[index % CHUNK]);
                    numbers[index].store(number, Ordering::Relaxed);
                }
            }
        });
        numbers.into_iter().map(AtomicU32::into_inner).collect()
    }
}

fn assign(workload: &mut Workload, text: &[u8], row: &Row) -> u32 {
    workload.assign(&text[row.text.clone()], row.words, row.hash)
}

fn read_chunk(
    chunk: &mut Chunk,
    rows: Range<usize>,
    reader: &Reader,
    hand: &mut Hand,
    messages: &Messages<'_>,
    hasher: &DefaultHashBuilder,
) {
    chunk.text.clear();
    chunk.rows.clear();
    let Hand { scratch, words } = hand;
    for index in rows {
        let message = &messages.data[messages.rows[index].clone()];
        let level = &messages.levels[messages.level[index]];
        let begin = chunk.text.len();
        chunk
            .rows
            .push(match reader.read(scratch, message, level, words) {
                Outcome::AskPython => Row {
                    asks: true,
                    ..Row::default()
                },
                Outcome::Words => {
                    chunk.text.extend_from_slice(&words.text);
                    Row {
                        text: begin..chunk.text.len(),
                        words: words.ends.len(),
                        hash: hasher.hash_one(&words.text[..]),
                        level: words.level,
                        asks: false,
                    }
                }
            });
    }
}

/// The rows of each workload, the fullest workload first, so that no thread is left with it at the end.
fn grouped(workload: &[usize], count: usize) -> Vec<(usize, Vec<usize>)> {
    let mut rows = vec![Vec::new(); count];
    for (index, &which) in workload.iter().enumerate() {
        rows[which].push(index);
    }
    let mut groups: Vec<_> = rows
        .into_iter()
        .enumerate()
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups
}

/// The same work for each hand, on threads where there is enough of it.
fn on_threads<H: Send>(hands: &mut [H], rows: usize, work: impl Fn(&mut H) + Sync) {
    let threads = hands.len().min(rows / WORTH_A_THREAD).max(1);
    let Some((mine, others)) = hands[..threads].split_first_mut() else {
        return;
    };
    std::thread::scope(|scope| {
        for hand in others {
            scope.spawn(|| work(hand));
        }
        work(mine);
    });
}

/// Nobody waits here: what is behind the lock is taken by one thread at a time as it is.
pub fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn reach<T>(lock: &mut Mutex<T>) -> &mut T {
    lock.get_mut().unwrap_or_else(PoisonError::into_inner)
}
