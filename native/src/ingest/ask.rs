//! Python's own functions, for the few lines of which this side isn't sure; each answer depends on the line alone.

use pyo3::prelude::*;

pub struct Ask {
    functions: Py<PyAny>,
}

/// A document as `ingest.filebeat.parse` gives it.
pub struct Said {
    pub time: Option<i64>,
    pub stamped: bool,
    pub stream: String,
    pub level: String,
    pub message: Option<String>,
    pub inner_time: Option<i64>,
    pub names: Vec<String>,
}

/// A line out of its frame: time, stream, whether it goes on, text.
pub type Framed = (i64, String, bool, String);

type Parsed = (
    Option<i64>,
    bool,
    String,
    String,
    Option<String>,
    Option<i64>,
    Vec<String>,
);

impl Ask {
    pub fn new(functions: Py<PyAny>) -> Ask {
        Ask { functions }
    }

    /// The event time that a line tells, where one of another script's digits or letters stands in it.
    pub fn event_time(&self, text: &str, zoned: bool) -> PyResult<Option<i64>> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "event_time", (text, zoned))?
                .extract(py)
        })
    }

    /// The microseconds of `2026-11-21T07:00:00` in the zone of the settings.
    pub fn second(&self, text: &str) -> PyResult<Option<i64>> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "second", (text,))?
                .extract(py)
        })
    }

    pub fn moment(&self, text: &str) -> PyResult<Option<i64>> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "moment", (text,))?
                .extract(py)
        })
    }

    pub fn frame(&self, text: &str) -> PyResult<Option<Framed>> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "frame", (text,))?
                .extract(py)
        })
    }

    pub fn document(&self, text: &str) -> PyResult<Option<Said>> {
        let parsed: Option<Parsed> = Python::attach(|py| {
            self.functions
                .call_method1(py, "document", (text,))?
                .extract(py)
        })?;
        Ok(parsed.map(
            |(time, stamped, stream, level, message, inner_time, names)| Said {
                time,
                stamped,
                stream,
                level,
                message,
                inner_time,
                names,
            },
        ))
    }

    /// The number of the origin that these ten names mean.
    pub fn origin(&self, names: &[&str]) -> PyResult<u32> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "origin", (names.to_vec(),))?
                .extract(py)
        })
    }

    /// Forget all origins but these, which get numbers anew.
    pub fn keep(&self, origins: &[u32]) -> PyResult<Vec<u32>> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "keep", (origins.to_vec(),))?
                .extract(py)
        })
    }

    /// Whether one of `ingest.assemble`'s expressions matches at the beginning of a text.
    pub fn matches(&self, expression: &str, text: &str) -> PyResult<bool> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "matches", (expression, text))?
                .extract(py)
        })
    }

    /// Whether a record that begins so may be what an exception's first line goes on with.
    pub fn announces(&self, head: &str, lines: usize, python: bool) -> PyResult<bool> {
        Python::attach(|py| {
            self.functions
                .call_method1(py, "announces", (head, lines, python))?
                .extract(py)
        })
    }
}
