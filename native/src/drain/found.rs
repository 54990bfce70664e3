//! What was found in a batch: a template for each row, and of each template how often and when.

/// "Not among them yet."
const NONE: u32 = u32::MAX;

/// Counts rows by template. A template has a *slot*, counted over all workloads: `parsers.native` keeps its list of
/// templates by slot.
#[derive(Default)]
pub struct Found {
    /// Of each row, the place of its template in the columns below.
    pub template: Vec<i32>,
    pub level: Vec<u8>,
    /// In the order in which they were met.
    pub slot: Vec<i32>,
    pub count: Vec<i64>,
    pub first: Vec<i64>,
    pub last: Vec<i64>,
    pub fresh: Vec<Fresh>,
    /// What the lines of `fresh` say, as far as that was asked for; None where Python must be.
    pub said: Vec<Option<Vec<u8>>>,
}

impl Found {
    /// Asks what the lines say that met a template first since this was done last; `example` is given a row.
    pub fn say(&mut self, mut example: impl FnMut(usize) -> Option<Vec<u8>>) {
        for fresh in &self.fresh[self.said.len()..] {
            self.said.push(example(fresh.row));
        }
    }
}

/// A template that was met for the first time, and where.
#[derive(Clone, Copy)]
pub struct Fresh {
    pub slot: u32,
    pub workload: usize,
    pub number: u32,
    pub row: usize,
}

/// Which slot each template of each workload has, and where it stands in the batch at hand.
#[derive(Default)]
pub struct Slots {
    by_workload: Vec<Vec<u32>>,
    place: Vec<u32>,
}

impl Slots {
    pub fn add_workload(&mut self) {
        self.by_workload.push(Vec::new());
    }

    /// New slots for a workload whose templates are told anew: of numbers 1 up to `templates`.
    pub fn renew(&mut self, workload: usize, templates: usize) -> Vec<u32> {
        let first = self.place.len() as u32;
        self.place.resize(self.place.len() + templates, NONE);
        let fresh: Vec<u32> = (first..self.place.len() as u32).collect();
        let mut slots = vec![NONE];
        slots.extend(&fresh);
        self.by_workload[workload] = slots;
        fresh
    }

    pub fn get(&self, workload: usize, number: u32) -> Option<u32> {
        let slot = *self.by_workload[workload].get(number as usize)?;
        (slot != NONE).then_some(slot)
    }

    /// Enters a row of a template.
    pub fn enter(&mut self, found: &mut Found, workload: usize, number: u32, time: i64) {
        let slot = self.slot(found, workload, number);
        let mut place = self.place[slot as usize];
        if place == NONE {
            place = found.slot.len() as u32;
            self.place[slot as usize] = place;
            found.slot.push(slot as i32);
            found.count.push(0);
            found.first.push(time);
            found.last.push(time);
        }
        found.template.push(place as i32);
        let place = place as usize;
        found.count[place] += 1;
        found.first[place] = found.first[place].min(time);
        found.last[place] = found.last[place].max(time);
    }

    /// Done with the batch.
    pub fn leave(&mut self, found: &Found) {
        for &slot in &found.slot {
            self.place[slot as usize] = NONE;
        }
    }

    fn slot(&mut self, found: &mut Found, workload: usize, number: u32) -> u32 {
        let slots = &mut self.by_workload[workload];
        let index = number as usize;
        if slots.len() <= index {
            slots.resize(index + 1, NONE);
        }
        if slots[index] == NONE {
            slots[index] = self.place.len() as u32;
            self.place.push(NONE);
            found.fresh.push(Fresh {
                slot: slots[index],
                workload,
                number,
                row: found.template.len(),
            });
        }
        slots[index]
    }
}
