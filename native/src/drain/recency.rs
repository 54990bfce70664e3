//! Which template was used least recently, as Drain3's `LogClusterCache` (an LRU cache of cachetools) has it: to be
//! found for a line, or made, counts as use; to be compared with one doesn't.

use std::collections::BTreeMap;

use hashbrown::HashMap;

pub struct Recency {
    limit: usize,
    clock: u64,
    used: HashMap<u32, u64>,
    by_use: BTreeMap<u64, u32>,
}

impl Recency {
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            clock: 0,
            used: HashMap::new(),
            by_use: BTreeMap::new(),
        }
    }

    /// A new template; the one that has to go for it, if any.
    pub fn add(&mut self, number: u32) -> Option<u32> {
        let gone = (self.used.len() >= self.limit)
            .then(|| self.by_use.pop_first().map(|(_, oldest)| oldest))
            .flatten();
        if let Some(gone) = gone {
            self.used.remove(&gone);
        }
        self.stamp(number);
        gone
    }

    pub fn touch(&mut self, number: u32) {
        if let Some(before) = self.used.get(&number) {
            self.by_use.remove(before);
            self.stamp(number);
        }
    }

    fn stamp(&mut self, number: u32) {
        self.clock += 1;
        self.used.insert(number, self.clock);
        self.by_use.insert(self.clock, number);
    }
}
