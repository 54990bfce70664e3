//! The door to reading texts: for the engine in this crate, and for Python's tests.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;

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
}

struct Inner {}

/// Reads texts; cheap to clone, shared by threads.
#[derive(Clone)]
pub struct Reader {
    _inner: Arc<Inner>,
}

/// What one thread works with: buffers and memos.
pub struct Scratch {}

impl Reader {
    /// From what `parsers.native_spec.text_spec` gives.
    pub fn new(_spec: &Bound<'_, PyAny>) -> PyResult<Reader> {
        Ok(Reader {
            _inner: Arc::new(Inner {}),
        })
    }

    pub fn scratch(&self) -> Scratch {
        Scratch {}
    }

    /// The words of one record (UTF-8, lone surrogates as three bytes); `out` is written over.
    pub fn read(
        &self,
        _scratch: &mut Scratch,
        _message: &[u8],
        _level: &[u8],
        out: &mut Words,
    ) -> Outcome {
        out.level = 0;
        out.text.clear();
        out.ends.clear();
        Outcome::AskPython
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
}
