//! Lines of one file to records, as `ingest.assemble.Assembler`.

use std::collections::VecDeque;

use hashbrown::HashMap;
use pyo3::prelude::*;

use super::ask::Ask;
use super::chars;
use super::follow;
use super::record::{Record, Remark, Tally, Trace};
use super::times::SECOND;

const GAP: i64 = 5 * SECOND;
const LONGEST: i64 = 30 * SECOND;
const REACH: u64 = 1_000;

/// Records are numbered from 1 in the order in which they begin, and leave in that order.
pub struct Assembler {
    max_lines: u32,
    max_size: usize,
    /// By stream and container, the number of the record that was last begun.
    open: HashMap<u64, u64>,
    queue: VecDeque<Record>,
    /// The texts of the records in the queue, one behind the other.
    texts: String,
    /// Numbers up to this one were handed over.
    taken: u64,
    /// The time of the last line.
    swept: i64,
    /// No open record's first and last line came earlier than these.
    earliest: (i64, i64),
    pub pending: u64,
    pub tally: Tally,
}

impl Assembler {
    pub fn new(max_lines: u32, max_size: usize) -> Assembler {
        Assembler {
            max_lines,
            max_size,
            open: HashMap::new(),
            queue: VecDeque::new(),
            texts: String::new(),
            taken: 0,
            swept: 0,
            earliest: (i64::MAX, i64::MAX),
            pending: 0,
            tally: Tally::default(),
        }
    }

    pub fn oldest(&self) -> Option<&Record> {
        self.queue.front()
    }

    pub fn queue(&mut self) -> &mut VecDeque<Record> {
        &mut self.queue
    }

    /// The keys of records that may be open.
    pub fn keys(&self) -> impl Iterator<Item = u64> {
        self.open.keys().copied()
    }

    fn place(&self, key: u64) -> Option<usize> {
        let number = *self.open.get(&key)?;
        (number > self.taken).then(|| (number - self.taken - 1) as usize)
    }

    /// The record to which the last line of the key belongs, if it wasn't handed over yet.
    pub fn record(&self, key: u64) -> Option<&Record> {
        self.queue.get(self.place(key)?)
    }

    /// Whether other records have begun since the last one of the key did.
    pub fn is_crossed(&self, key: u64) -> bool {
        let count = self.taken + self.queue.len() as u64;
        self.open.get(&key).is_some_and(|&number| number < count)
    }

    pub fn awaits(&self, key: u64) -> bool {
        self.record(key)
            .is_some_and(|record| record.open && record.partial)
    }

    pub fn join(
        &mut self,
        key: u64,
        time: i64,
        text: &str,
        partial: bool,
        ask: &Ask,
    ) -> PyResult<bool> {
        if time.div_euclid(SECOND) != self.swept.div_euclid(SECOND) {
            self.sweep(time);
        }
        self.swept = time;
        let count = self.taken + self.queue.len() as u64;
        let Some(place) = self.place(key) else {
            return Ok(false);
        };
        let age = count - (self.taken + place as u64 + 1);
        let Some(record) = self.queue.get_mut(place) else {
            return Ok(false);
        };
        let is_starting = text
            .as_bytes()
            .first()
            .is_some_and(|&first| follow::is_starting(first));
        if !record.partial && record.trace == Trace::None && is_starting {
            record.open = false;
            return Ok(false);
        }
        let limits = (self.max_lines, self.max_size);
        if !(age <= REACH && goes_on(record, &self.texts, time, text, limits, ask)?) {
            close(record, &mut self.tally);
            return Ok(false);
        }
        record.append(&self.texts, text, self.max_size);
        record.partial = partial;
        record.last = record.last.max(time);
        self.pending += 1;
        Ok(true)
    }

    pub fn begin(&mut self, key: u64, mut record: Record, text: &str, partial: bool) {
        record.partial = partial;
        if text.starts_with(follow::PYTHON) {
            record.trace = Trace::Python;
        } else if text.starts_with("panic: ") || text.starts_with("fatal error: ") {
            record.trace = Trace::Go;
        }
        let kept = chars::prefix(text, self.max_size);
        record.truncated |= kept.len() < text.len();
        record.begin = self.texts.len();
        self.texts.push_str(kept);
        record.end = self.texts.len();
        self.earliest.0 = self.earliest.0.min(record.first);
        self.earliest.1 = self.earliest.1.min(record.last);
        self.queue.push_back(record);
        self.open.insert(key, self.taken + self.queue.len() as u64);
        self.pending += 1;
    }

    /// How many records are complete, from the first on; they are entered into the tally.
    pub fn complete(&mut self) -> usize {
        let count = self.queue.len() as u64;
        let mut done = 0;
        while let Some(record) = self.queue.get_mut(done) {
            if record.open && count - (done as u64 + 1) <= REACH {
                break;
            }
            if record.open {
                close(record, &mut self.tally);
            }
            done += 1;
            let lines = u64::from(record.lines);
            self.pending -= lines;
            if let Some(reason) = record.drop {
                self.tally.drop(reason, lines);
                continue;
            }
            self.tally.records += 1;
            self.tally.joined += lines - 1;
            if record.truncated {
                self.tally.remark(Remark::Truncated);
            }
        }
        done
    }

    /// The first records of the queue, and the texts among which theirs stand.
    pub fn first(&self, count: usize) -> (impl Iterator<Item = &Record>, &str) {
        (self.queue.range(..count), &self.texts)
    }

    /// The first records were handed over.
    pub fn forget(&mut self, count: usize) {
        self.queue.drain(..count);
        self.taken += count as u64;
        let used = self
            .queue
            .front()
            .map_or(self.texts.len(), |record| record.begin);
        self.texts.drain(..used);
        for record in &mut self.queue {
            record.begin -= used;
            record.end -= used;
        }
    }

    pub fn flush(&mut self) {
        for record in &mut self.queue {
            if record.open {
                close(record, &mut self.tally);
            }
        }
        self.open.clear();
        self.earliest = (i64::MAX, i64::MAX);
    }

    /// Close what has had no line for too long. Nothing is looked through while nothing can be that old.
    fn sweep(&mut self, time: i64) {
        if time.saturating_sub(self.earliest.1) <= GAP
            && time.saturating_sub(self.earliest.0) <= LONGEST
        {
            return;
        }
        let (taken, queue, tally) = (self.taken, &mut self.queue, &mut self.tally);
        let mut earliest = (i64::MAX, i64::MAX);
        self.open.retain(|_, number| {
            if *number <= taken {
                return false;
            }
            let Some(record) = queue.get_mut((*number - taken - 1) as usize) else {
                return false;
            };
            if time - record.last > GAP || time - record.first > LONGEST || !record.open {
                close(record, tally);
                return false;
            }
            earliest = (earliest.0.min(record.first), earliest.1.min(record.last));
            true
        });
        self.earliest = earliest;
    }
}

fn close(record: &mut Record, tally: &mut Tally) {
    record.open = false;
    if record.partial {
        record.partial = false;
        tally.remark(Remark::Unfinished);
    }
}

fn goes_on(
    record: &mut Record,
    texts: &str,
    time: i64,
    text: &str,
    (max_lines, max_size): (u32, usize),
    ask: &Ask,
) -> PyResult<bool> {
    if !record.open || (time - record.last).abs() > GAP {
        return Ok(false);
    }
    if record.lines >= max_lines || time - record.first > LONGEST {
        return Ok(false);
    }
    if record.partial {
        // Where the rest of a partial line is missing, the next one begins as this one did: with a time.
        return Ok(
            !(follow::is_stamped(text, ask)? && follow::is_stamped(record.first_part(texts), ask)?)
        );
    }
    // In bytes it is no shorter than in characters, and these have to be counted.
    let is_short = record.bytes() + text.len() <= max_size;
    if !is_short && record.size(texts) + chars::length(text) > max_size {
        return Ok(false);
    }
    follow::continues(record, texts, text, ask)
}
