//! By what a line is known again that was sent twice, as `ingest.kafka.duplicates`.

use std::hash::{BuildHasher, Hasher, RandomState};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::document::{Fields, Seen, member, text};
use super::json::{Scan, Text};

/// Host, path, inode, fingerprint, offset and time, as texts.
const PLACES: usize = 6;
const HOST: usize = 0;
const PATH: usize = 1;
const INODE: usize = 2;
const FINGERPRINT: usize = 3;
const OFFSET: usize = 4;
const TIME: usize = 5;
/// Longer numbers are left to Python.
const DIGITS: usize = 18;

/// What tells one line of a document from all others.
struct Line<'a> {
    places: [&'a str; PLACES],
    message: Text<'a>,
}

/// Numbers by which lines are known again, in this process.
#[pyclass(module = "drainwatch_native", frozen)]
pub struct Marks {
    state: RandomState,
    line_of: Py<PyAny>,
}

#[pymethods]
impl Marks {
    /// `line_of` gives of a document what `Line` holds, the message last, or None where it doesn't say which line it is.
    #[new]
    fn new(line_of: Py<PyAny>) -> Marks {
        Marks {
            state: RandomState::new(),
            line_of,
        }
    }

    fn of(&self, py: Python<'_>, documents: &Bound<'_, PyList>) -> PyResult<Vec<Option<u64>>> {
        let documents = documents
            .iter()
            .map(|it| Ok(it.cast_into::<PyBytes>()?))
            .collect::<PyResult<Vec<_>>>()?;
        let slices: Vec<&[u8]> = documents.iter().map(|it| it.as_bytes()).collect();
        py.detach(|| {
            let mut scratch = String::new();
            slices
                .into_iter()
                .map(|document| self.mark(document, &mut scratch))
                .collect()
        })
    }
}

impl Marks {
    fn mark(&self, document: &[u8], scratch: &mut String) -> PyResult<Option<u64>> {
        let Some(found) = std::str::from_utf8(document).ok().and_then(line) else {
            return self.asked(document);
        };
        let Some(Line { places, message }) = found else {
            return Ok(None);
        };
        if !message.escaped {
            return Ok(Some(self.hash(&places, message.raw)));
        }
        scratch.clear();
        message.unescape(scratch);
        Ok(Some(self.hash(&places, scratch)))
    }

    fn asked(&self, document: &[u8]) -> PyResult<Option<u64>> {
        let said: Option<Vec<String>> = Python::attach(|py| {
            let document = PyBytes::new(py, document);
            self.line_of.call1(py, (document,))?.extract(py)
        })?;
        Ok(said.and_then(|said| {
            let (message, rest) = said.split_last()?;
            let mut places = [""; PLACES];
            for (place, said) in places.iter_mut().zip(rest) {
                *place = said;
            }
            Some(self.hash(&places, message))
        }))
    }

    fn hash(&self, places: &[&str; PLACES], message: &str) -> u64 {
        let mut hasher = self.state.build_hasher();
        for text in places {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        hasher.write(message.as_bytes());
        hasher.finish()
    }
}

/// None where Python has to look; a line that can't be known again is none.
fn line(document: &str) -> Option<Option<Line<'_>>> {
    let mut scan = Scan::new(document);
    let mut own = Fields::<4>::new(); // "@timestamp", "stream", host.name, input.type
    let mut message = None;
    let mut file = None;
    let mut seen = Seen::default();
    scan.object(|scan, key| match key.plain()? {
        "@timestamp" => own.put(0, text(scan)?),
        "stream" => own.put(1, text(scan)?),
        "host" => own.put(2, member(scan, "name")?),
        "input" => own.put(3, member(scan, "type")?),
        "message" => {
            seen.once(0)?;
            message = Some(scan.string()?);
            Some(())
        }
        "log" => {
            seen.once(1)?;
            file = Some(log(scan)?);
            Some(())
        }
        _ => scan.skip(),
    })?;
    if !scan.is_done() {
        return None;
    }
    let Some(mut places) = file.flatten() else {
        return Some(None);
    };
    places[HOST] = own.get(2);
    if !own.get(1).is_empty() || own.get(3) == "container" {
        places[TIME] = own.get(0);
    }
    let message = message.unwrap_or(Text {
        raw: "",
        escaped: false,
    });
    Some(Some(Line { places, message }))
}

/// The places that `log` tells; none of them where it doesn't tell both file and offset.
fn log<'a>(scan: &mut Scan<'a>) -> Option<Option<[&'a str; PLACES]>> {
    let mut found = Fields::<PLACES>::new();
    let mut seen = Seen::default();
    scan.object(|scan, key| match key.plain()? {
        "offset" => found.put(OFFSET, digits(scan)?),
        "file" => {
            seen.once(0)?;
            scan.object(|scan, key| match key.plain()? {
                "path" => found.put(PATH, text(scan)?),
                "fingerprint" => found.put(FINGERPRINT, text(scan)?),
                "inode" => {
                    let inode = if scan.peek()? == b'"' {
                        text(scan)?
                    } else {
                        digits(scan)?
                    };
                    found.put(INODE, inode)
                }
                _ => scan.skip(),
            })
        }
        _ => scan.skip(),
    })?;
    let is_told = seen.has(0) && !found.get(OFFSET).is_empty();
    Some(is_told.then(|| std::array::from_fn(|place| found.get(place))))
}

/// A number that stands for itself: nothing but digits, not too many.
fn digits<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let number = scan.number()?;
    (number.len() <= DIGITS && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}
