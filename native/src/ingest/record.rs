//! One record, while it may still go on and until it is handed over; as `ingest.assemble.Record`.

use super::chars;

/// What kind of lines may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    None,
    Python,
    PythonEnd,
    Go,
}

/// Why lines are in no count: places in `ingest.accounting.DropReason`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drop {
    Empty = 0,
    Binary = 1,
    Malformed = 2,
    NoTime = 3,
    ImplausibleTime = 4,
}

/// Places in `ingest.accounting.Remark`.
#[derive(Clone, Copy)]
pub enum Remark {
    Truncated = 0,
    Undecodable = 1,
    Unfinished = 2,
    WrongClock = 3,
}

/// What became of lines since it was last asked.
#[derive(Clone, Default)]
pub struct Tally {
    pub read: u64,
    pub records: u64,
    pub joined: u64,
    pub dropped: [u64; 5],
    pub remarks: [u64; 4],
}

impl Tally {
    pub fn drop(&mut self, reason: Drop, lines: u64) {
        self.dropped[reason as usize] += lines;
    }

    pub fn remark(&mut self, remark: Remark) {
        self.remarks[remark as usize] += 1;
    }

    pub fn lost(&self) -> u64 {
        self.dropped.iter().sum()
    }

    pub fn counts(&self) -> Vec<u64> {
        [
            &[self.read, self.records, self.joined],
            &self.dropped[..],
            &self.remarks[..],
        ]
        .concat()
    }
}

/// The text of a record that was joined: of one line it stands with those of all others, see `Assembler`.
pub struct Joined {
    pub text: String,
    /// Where the first line's text ends.
    pub first: usize,
    /// Where the last one's begins.
    pub last: usize,
    /// Characters.
    pub size: usize,
}

pub struct Record {
    pub position: i64,
    /// Event time.
    pub time: i64,
    /// The runtime's times of its first and its last line.
    pub first: i64,
    pub last: i64,
    pub stream: u32,
    pub level: u32,
    pub origin: u32,
    pub lines: u32,
    pub open: bool,
    pub partial: bool,
    pub truncated: bool,
    pub trace: Trace,
    pub drop: Option<Drop>,
    /// Where its first line's text stands among those of all records.
    pub begin: usize,
    pub end: usize,
    pub joined: Option<Box<Joined>>,
}

impl Record {
    pub fn new(position: i64, time: i64, last: i64) -> Record {
        Record {
            position,
            time,
            first: last,
            last,
            stream: 0,
            level: 0,
            origin: 0,
            lines: 1,
            open: true,
            partial: false,
            truncated: false,
            trace: Trace::None,
            drop: None,
            begin: 0,
            end: 0,
            joined: None,
        }
    }

    pub fn first_part<'a>(&'a self, texts: &'a str) -> &'a str {
        match &self.joined {
            Some(joined) => &joined.text[..joined.first],
            None => &texts[self.begin..self.end],
        }
    }

    pub fn last_part<'a>(&'a self, texts: &'a str) -> &'a str {
        match &self.joined {
            Some(joined) => &joined.text[joined.last..],
            None => &texts[self.begin..self.end],
        }
    }

    pub fn bytes(&self) -> usize {
        match &self.joined {
            Some(joined) => joined.text.len(),
            None => self.end - self.begin,
        }
    }

    /// In characters.
    pub fn size(&self, texts: &str) -> usize {
        match &self.joined {
            Some(joined) => joined.size,
            None => chars::length(&texts[self.begin..self.end]),
        }
    }

    /// Join a line, cut where the record gets longer than `limit` characters.
    pub fn append(&mut self, texts: &str, text: &str, limit: usize) {
        let own = &texts[self.begin..self.end];
        let joined = self.joined.get_or_insert_with(|| {
            let size = chars::length(own);
            Box::new(Joined {
                text: own.to_owned(),
                first: own.len(),
                last: 0,
                size,
            })
        });
        if !self.partial {
            joined.text.push('\n');
            joined.size += 1;
        }
        self.lines += 1;
        joined.last = joined.text.len();
        let room = limit.saturating_sub(joined.size);
        joined.size += chars::length(text);
        if joined.size > limit {
            joined.text.push_str(chars::prefix(text, room));
            joined.size = limit;
            self.truncated = true;
        } else {
            joined.text.push_str(text);
        }
    }
}
