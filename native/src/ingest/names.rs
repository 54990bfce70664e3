//! Small numbers for what repeats: streams, levels, and who wrote a document.

use hashbrown::HashMap;
use pyo3::prelude::*;

use super::ask::Ask;
use super::document::Names;

/// Beyond so many, or so many bytes of them, names that are in no use are forgotten.
const KEPT: usize = 65_536;
const KEPT_BYTES: usize = 16_000_000;

/// Texts by number; a number is never given to another text, and 0 is that of none.
#[derive(Default)]
pub struct Texts {
    numbers: HashMap<String, u32>,
    texts: HashMap<u32, String>,
    last: u32,
    bytes: usize,
}

impl Texts {
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        if text.is_empty() {
            return 0;
        }
        self.last += 1;
        self.bytes += text.len();
        self.texts.insert(self.last, text.to_owned());
        self.numbers.insert(text.to_owned(), self.last);
        self.last
    }

    pub fn text(&self, number: u32) -> &str {
        self.texts.get(&number).map_or("", String::as_str)
    }

    pub fn is_full(&self) -> bool {
        self.texts.len() >= KEPT || self.bytes >= KEPT_BYTES
    }

    /// Forgets what is in no use.
    pub fn tidy(&mut self, is_used: impl Fn(u32) -> bool) {
        self.numbers.retain(|_, number| is_used(*number));
        self.texts.retain(|number, _| is_used(*number));
        self.bytes = self.texts.values().map(String::len).sum();
    }
}

/// Who wrote documents: by all their names the origin, and what tells their records from those of others.
#[derive(Default)]
pub struct Writers {
    known: HashMap<Vec<u8>, (u32, u32)>,
    groups: HashMap<Vec<u8>, u32>,
    next: u32,
    key: Vec<u8>,
    bytes: usize,
}

impl Writers {
    /// The number of the origin, and that of the file or container whose lines belong together.
    pub fn number(&mut self, names: &Names, ask: &Ask) -> PyResult<(u32, u32)> {
        self.key.clear();
        for name in names {
            self.key
                .extend_from_slice(&(name.len() as u32).to_le_bytes());
            self.key.extend_from_slice(name.as_bytes());
        }
        if let Some(&found) = self.known.get(&self.key) {
            return Ok(found);
        }
        let origin = ask.origin(names)?;
        let group_key = if names[0].is_empty() {
            self.key.clone()
        } else {
            names[0].as_bytes().to_vec()
        };
        let group = *self.groups.entry(group_key).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.bytes += self.key.len();
        self.known.insert(self.key.clone(), (origin, group));
        Ok((origin, group))
    }

    pub fn is_full(&self) -> bool {
        self.known.len() >= KEPT || self.bytes >= KEPT_BYTES
    }

    /// Forgets what is in no use; the origins may be numbered anew then.
    pub fn tidy(&mut self, is_used: impl Fn(u32) -> bool) {
        self.known.clear();
        self.bytes = 0;
        self.groups.retain(|_, group| is_used(*group));
    }
}

/// The different values of a column in their order, and each row's place among them.
pub fn coded(numbers: impl Iterator<Item = u32>) -> (Vec<u32>, Vec<u8>) {
    let mut places: HashMap<u32, usize> = HashMap::new();
    let (mut values, mut found) = (Vec::new(), Vec::new());
    let mut last = (u32::MAX, 0);
    for number in numbers {
        if number != last.0 || values.is_empty() {
            let place = *places.entry(number).or_insert_with(|| {
                values.push(number);
                values.len() - 1
            });
            last = (number, place);
        }
        found.push(last.1);
    }
    // In one order, batches of the same writers have the same values.
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by_key(|&place| values[place]);
    let mut codes = vec![0i32; values.len()];
    for (code, &place) in order.iter().enumerate() {
        codes[place] = code as i32;
    }
    let column = found.iter().flat_map(|&place| codes[place].to_ne_bytes());
    let column = column.collect();
    values.sort_unstable();
    (values, column)
}
