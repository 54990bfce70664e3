//! The door to reading texts: for the engine in this crate, and for Python's tests.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use hashbrown::HashMap;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::class::strip;
use super::heads::Heads;
use super::mask::{Bytes, Masks, Row, cut, one_word, words};
use super::pattern::Machine;
use super::record::{Tools, read_record};
use super::redact::{Scan, mark, redact};
use super::spec::Spec;
use super::statement::{JOINER, SEPARATOR, Statement, normalise_level};

const LOGGERS: usize = 10_000;
const THROWN: &[u8] = "⏎".as_bytes();

/// Whether the words of a row are there, or Python's own functions must be asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Words,
    AskPython,
}

/// What `Keyer.words(read_record(message, level))` gives, without an object a word.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Index into `parsers.level.LEVELS` + 1; 0 where no level is known.
    pub level: u8,
    /// The words, joined by single spaces.
    pub text: Vec<u8>,
    /// The end of each word in `text`.
    pub ends: Vec<u32>,
}

impl Words {
    /// Each word by itself.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|&end| end as usize + 1));
        begins
            .zip(&self.ends)
            .map(|(begin, &end)| &self.text[begin..end as usize])
    }

    fn end(&mut self) {
        self.ends.push(self.text.len() as u32);
    }
}

struct Inner {
    spec: Spec,
    scan: Scan,
    bytes: Bytes,
}

/// Reads texts; cheap to clone, shared by threads.
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

/// What one thread works with: buffers and memos.
pub struct Scratch {
    machine: Machine,
    heads: Heads,
    masks: Masks,
    loggers: HashMap<Vec<u8>, Vec<u8>>,
}

impl Reader {
    /// From what `parsers.native_spec.text_spec` gives.
    pub fn new(spec: &Bound<'_, PyAny>) -> PyResult<Reader> {
        let spec = Spec::new(spec)?;
        let scan = Scan::new(&spec.secret_words, &spec.classes[spec.digits]);
        let scan = scan.ok_or_else(|| {
            PyValueError::new_err("more names of secrets than the core looks for at once")
        })?;
        let bytes = Bytes::new(&spec);
        Ok(Reader {
            inner: Arc::new(Inner { spec, scan, bytes }),
        })
    }

    pub fn scratch(&self) -> Scratch {
        Scratch {
            machine: Machine::new(),
            heads: Heads::new(),
            masks: Masks::new(),
            loggers: HashMap::new(),
        }
    }

    /// The words of one record (UTF-8, lone surrogates as three bytes); `out` is written over.
    pub fn read(
        &self,
        scratch: &mut Scratch,
        message: &[u8],
        level: &[u8],
        out: &mut Words,
    ) -> Outcome {
        out.level = 0;
        out.text.clear();
        out.ends.clear();
        let message = self.uncoloured(scratch, message);
        let Some(statement) = self.statement(scratch, &message, level) else {
            return Outcome::AskPython;
        };
        self.key(scratch, &statement, out);
        Outcome::Words
    }

    /// A record as a person reads it, without its head and with personal data masked: as much as an example may need
    /// (`parsers.naming`). None where Python must be asked.
    pub fn example(&self, scratch: &mut Scratch, message: &[u8], level: &[u8]) -> Option<Vec<u8>> {
        let message = self.uncoloured(scratch, message);
        let Statement { logger, text, .. } = self.statement(scratch, &message, level)?;
        let line = if logger.is_empty() {
            text
        } else {
            Cow::Owned([&*logger, b" ", &*text].concat())
        };
        let line = cut(&line, self.inner.spec.limits.max_example);
        Some(self.redacted(scratch, line).into_owned())
    }

    fn uncoloured<'a>(&self, scratch: &mut Scratch, message: &'a [u8]) -> Cow<'a, [u8]> {
        let (spec, message) = (&self.inner.spec, Cow::Borrowed(message));
        if memchr::memchr(0x1b, &message).is_none() {
            return message;
        }
        let machine = &mut scratch.machine;
        mark(spec, machine, &spec.patterns.ansi, message, b"")
    }

    /// What a record says, its level being that which its source gave, if it gave one.
    #[inline]
    fn statement<'a>(
        &self,
        scratch: &mut Scratch,
        message: &'a [u8],
        level: &[u8],
    ) -> Option<Statement<'a>> {
        let Inner { spec, .. } = &*self.inner;
        let given = if level.is_empty() {
            0
        } else {
            normalise_level(spec, level)?
        };
        let text = strip(message, spec.space());
        let mut tools = Tools {
            spec,
            machine: &mut scratch.machine,
            heads: &mut scratch.heads,
        };
        let mut statement = read_record(&mut tools, text)?;
        if given > 0 {
            statement.level = given;
        }
        Some(statement)
    }

    /// Personal data and what the reader's own masks name masked, all else readable.
    fn redacted<'a>(&self, scratch: &mut Scratch, text: &'a [u8]) -> Cow<'a, [u8]> {
        let Inner { spec, scan, .. } = &*self.inner;
        let mut text = Cow::Borrowed(text);
        for (name, pattern) in &spec.own {
            text = mark(spec, &mut scratch.machine, pattern, text, name);
        }
        redact(spec, scan, &mut scratch.machine, text)
    }

    /// `[LEVEL, logger␣first, word, …]`; `parsers.keys`.
    fn key(&self, scratch: &mut Scratch, statement: &Statement<'_>, out: &mut Words) {
        let Inner { spec, scan, bytes } = &*self.inner;
        words(
            spec,
            scan,
            bytes,
            &mut scratch.machine,
            &mut scratch.masks,
            &statement.text,
        );
        out.level = statement.level;
        out.text
            .extend_from_slice(&spec.levels[statement.level as usize]);
        out.end();
        out.text.push(b' ');
        let begin = out.text.len();
        if !statement.logger.is_empty() {
            self.logger(scratch, &statement.logger, &mut out.text);
        }
        let Row { text, ends } = &scratch.masks.row;
        let short = ends.len() <= spec.limits.short;
        let in_key = if short { ends.len() } else { 1 };
        let mut from = 0;
        for (number, &end) in ends[..in_key].iter().enumerate() {
            if number > 0 || !statement.logger.is_empty() {
                out.text.extend_from_slice(JOINER);
            }
            out.text.extend_from_slice(&text[from..end as usize]);
            from = end as usize + 1;
        }
        let thrown = memchr::memchr(SEPARATOR[1], &statement.text)
            .and_then(|_| memchr::memmem::rfind(&statement.text, SEPARATOR));
        if let Some(at) = thrown {
            let thrown = &statement.text[at + SEPARATOR.len()..];
            if spec
                .patterns
                .exception
                .match_at(&spec.classes, &mut scratch.machine, thrown, 0)
                .is_some()
            {
                if let Some((begin, end)) = scratch.machine.group(1) {
                    out.text.extend_from_slice(THROWN);
                    out.text.extend_from_slice(&thrown[begin..end]);
                }
            }
        }
        if out.text.len() == begin {
            out.text.extend_from_slice(JOINER);
        }
        out.end();
        if short {
            out.text.push(b' ');
            out.text.extend_from_slice(JOINER);
            out.end();
            return;
        }
        // What is left of the row is taken over as it is, from the space before its second word on.
        let first = ends[0] as usize;
        let begin = out.text.len();
        out.text.extend_from_slice(&text[first..]);
        out.ends.extend(
            ends[1..]
                .iter()
                .map(|&end| (begin + end as usize - first) as u32),
        );
    }

    /// The logger as one word, unmasked but for personal data.
    fn logger(&self, scratch: &mut Scratch, logger: &[u8], out: &mut Vec<u8>) {
        if let Some(known) = scratch.loggers.get(logger) {
            out.extend_from_slice(known);
            return;
        }
        let text = self.redacted(scratch, logger);
        let mut word = Vec::new();
        one_word(self.inner.spec.space(), &text, &mut word);
        out.extend_from_slice(&word);
        if scratch.loggers.len() >= LOGGERS {
            scratch.loggers.clear();
        }
        scratch.loggers.insert(logger.to_vec(), word);
    }
}

/// The reader as Python sees it.
#[pyclass]
pub struct Text {
    reader: Reader,
    scratch: Mutex<(Scratch, Words)>,
}

#[pymethods]
impl Text {
    #[new]
    fn new(spec: &Bound<'_, PyAny>) -> PyResult<Text> {
        let reader = Reader::new(spec)?;
        let scratch = Mutex::new((reader.scratch(), Words::default()));
        Ok(Text { reader, scratch })
    }

    /// The words of a record and its level; None where Python must be asked.
    fn words(&self, message: &[u8], level: &[u8]) -> Option<(Vec<Vec<u8>>, u8)> {
        let mut held = self
            .scratch
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let (scratch, words) = &mut *held;
        match self.reader.read(scratch, message, level, words) {
            Outcome::AskPython => None,
            Outcome::Words => Some((words.iter().map(<[u8]>::to_vec).collect(), words.level)),
        }
    }

    /// A record as an example of its template has it, but for its length; None where Python must be asked.
    fn example(&self, message: &[u8], level: &[u8]) -> Option<Vec<u8>> {
        let mut held = self
            .scratch
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        self.reader.example(&mut held.0, message, level)
    }

    /// Read many records and keep nothing of them: how many Python must be asked for, the bytes of all words, and the
    /// steps that matching took.
    fn measure(&self, py: Python<'_>, messages: Vec<Vec<u8>>) -> (usize, usize, u64) {
        py.detach(|| {
            let mut held = self
                .scratch
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            let (scratch, words) = &mut *held;
            let (mut asked, mut bytes, before) = (0, 0, scratch.machine.steps);
            for message in &messages {
                asked +=
                    (self.reader.read(scratch, message, b"", words) == Outcome::AskPython) as usize;
                bytes += words.text.len();
            }
            (asked, bytes, scratch.machine.steps - before)
        })
    }
}
