//! The feed as Python sees it; see `ingest.native`.

use hashbrown::HashSet;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::ask::Ask;
use super::feed::{self, Form, Rules};
use super::lines::Block;
use super::names::coded;

/// The columns of the records that are complete: text with begins and ends, times, positions, then origins, streams
/// and levels, each as its different values and each row's place among them.
type Taken<'py> = (
    Bound<'py, PyBytes>,
    [Bound<'py, PyBytes>; 4],
    (Vec<u32>, Bound<'py, PyBytes>),
    (Vec<String>, Bound<'py, PyBytes>),
    (Vec<String>, Bound<'py, PyBytes>),
);

#[pyclass(module = "drainwatch_native")]
pub struct Feed {
    feed: feed::Feed,
}

#[pymethods]
impl Feed {
    #[new]
    #[pyo3(signature = (form, functions, *, max_lines, max_size, tolerance, zoned, collect_refused, collect_joined))]
    #[expect(clippy::too_many_arguments, reason = "settings, each by its name")]
    fn new(
        form: &str,
        functions: Py<PyAny>,
        max_lines: u32,
        max_size: usize,
        tolerance: i64,
        zoned: bool,
        collect_refused: bool,
        collect_joined: bool,
    ) -> PyResult<Feed> {
        let form = match form {
            "CRI" => Form::Cri,
            "DOCKER" => Form::Docker,
            "FILEBEAT" => Form::Filebeat,
            "PLAIN" => Form::Plain,
            _ => return Err(PyValueError::new_err(format!("no such form: {form}"))),
        };
        let rules = Rules {
            form,
            tolerance,
            collect_refused,
            collect_joined,
        };
        Ok(Feed {
            feed: feed::Feed::new(rules, Ask::new(functions), zoned, max_lines, max_size),
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a block")]
    fn push(
        &mut self,
        py: Python<'_>,
        data: &[u8],
        end: usize,
        position: i64,
        limit: usize,
        cut: bool,
        unfinished: bool,
        now: i64,
        appended_from: i64,
    ) -> PyResult<()> {
        let block = Block {
            data: &data[..end.min(data.len())],
            position,
            limit,
            cut,
        };
        py.detach(|| self.feed.push(&block, now, appended_from, unfinished))
    }

    fn push_documents(
        &mut self,
        py: Python<'_>,
        documents: &Bound<'_, PyList>,
        positions: PyBuffer<i64>,
        now: i64,
    ) -> PyResult<()> {
        let documents = documents
            .iter()
            .map(|it| Ok(it.cast_into::<PyBytes>()?))
            .collect::<PyResult<Vec<_>>>()?;
        let slices: Vec<&[u8]> = documents
            .iter()
            .map(|document| document.as_bytes())
            .collect();
        let positions = positions.to_vec(py)?;
        if positions.len() != slices.len() {
            return Err(PyValueError::new_err(
                "as many positions as documents are needed",
            ));
        }
        py.detach(|| self.feed.push_documents(&slices, &positions, now))
    }

    fn recall(&mut self, py: Python<'_>, data: &[u8], now: i64) -> PyResult<()> {
        py.detach(|| self.feed.recall(data, now))
    }

    fn flush(&mut self) {
        self.feed.assembler.flush();
    }

    /// None where no record is complete.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Taken<'py>>> {
        self.tidy(py)?;
        let count = self.feed.assembler.complete();
        if count == 0 {
            return Ok(None);
        }
        let taken = self.columns(py, count)?;
        self.feed.assembler.forget(count);
        Ok(Some(taken))
    }

    /// What became of lines since the last call, in the order of `ingest.accounting`.
    fn take_tally(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.feed.assembler.tally).counts()
    }

    fn take_refused(&mut self) -> Vec<(i64, u8)> {
        std::mem::take(&mut self.feed.refused)
    }

    fn pass_over(&mut self, positions: Vec<i64>) {
        self.feed.passed = positions.into_iter().collect();
    }

    fn take_joined(&mut self) -> Vec<(i64, i64)> {
        std::mem::take(&mut self.feed.joined)
    }

    #[getter]
    fn pending(&self) -> u64 {
        self.feed.assembler.pending
    }

    /// Position, time and reason to be dropped of the first record that was not handed over.
    #[getter]
    fn oldest(&self) -> Option<(i64, i64, Option<u8>)> {
        let record = self.feed.assembler.oldest()?;
        Some((
            record.position,
            record.time,
            record.drop.map(|reason| reason as u8),
        ))
    }

    #[getter]
    fn low(&self) -> Option<i64> {
        self.feed.low
    }

    #[setter]
    fn set_low(&mut self, low: Option<i64>) {
        self.feed.low = low;
    }

    #[getter]
    fn high(&self) -> i64 {
        self.feed.high
    }
}

impl Feed {
    fn columns<'py>(&self, py: Python<'py>, count: usize) -> PyResult<Taken<'py>> {
        let kept = || {
            self.feed
                .assembler
                .first(count)
                .0
                .filter(|record| record.drop.is_none())
        };
        let texts = self.feed.assembler.first(count).1;
        let plain = kept().map(|record| record.end).max().unwrap_or(0);
        let more: usize = kept()
            .filter_map(|record| record.joined.as_ref())
            .map(|joined| joined.text.len())
            .sum();
        let rows = count * 8;
        let mut begins = Vec::with_capacity(rows);
        let mut ends = Vec::with_capacity(rows);
        let data = PyBytes::new_with(py, plain + more, |data| {
            data[..plain].copy_from_slice(&texts.as_bytes()[..plain]);
            let mut at = plain;
            for record in kept() {
                let (begin, end) = match &record.joined {
                    None => (record.begin, record.end),
                    Some(joined) => {
                        let begin = at;
                        at += joined.text.len();
                        data[begin..at].copy_from_slice(joined.text.as_bytes());
                        (begin, at)
                    }
                };
                begins.extend_from_slice(&(begin as i64).to_ne_bytes());
                ends.extend_from_slice(&(end as i64).to_ne_bytes());
            }
            Ok(())
        })?;
        let column = |value: fn(&super::record::Record) -> i64| {
            let bytes: Vec<u8> = kept()
                .flat_map(|record| value(record).to_ne_bytes())
                .collect();
            PyBytes::new(py, &bytes)
        };
        let (origins, origin) = coded(kept().map(|record| record.origin));
        let (streams, stream) = coded(kept().map(|record| record.stream));
        let (levels, level) = coded(kept().map(|record| record.level));
        let named = |numbers: Vec<u32>, of: &super::names::Texts| {
            numbers
                .into_iter()
                .map(|number| of.text(number).to_owned())
                .collect::<Vec<_>>()
        };
        Ok((
            data,
            [
                PyBytes::new(py, &begins),
                PyBytes::new(py, &ends),
                column(|record| record.time),
                column(|record| record.position),
            ],
            (origins, PyBytes::new(py, &origin)),
            (
                named(streams, &self.feed.streams),
                PyBytes::new(py, &stream),
            ),
            (named(levels, &self.feed.levels), PyBytes::new(py, &level)),
        ))
    }

    /// Forget the names of containers that are gone, and have Python number the origins anew.
    fn tidy(&mut self, py: Python<'_>) -> PyResult<()> {
        self.tidy_texts();
        if !self.feed.writers.is_full() {
            return Ok(());
        }
        let open: HashSet<u32> = self
            .feed
            .assembler
            .keys()
            .map(|key| (key >> 32) as u32)
            .collect();
        self.feed.writers.tidy(|group| open.contains(&group));
        let queue = self.feed.assembler.queue();
        let used: Vec<u32> = queue.iter().map(|record| record.origin).collect();
        let numbers = py.detach(|| self.feed.ask().keep(&used))?;
        for (record, number) in self.feed.assembler.queue().iter_mut().zip(numbers) {
            record.origin = number;
        }
        Ok(())
    }

    /// Forget streams and levels that no record has.
    fn tidy_texts(&mut self) {
        let feed = &mut self.feed;
        if feed.streams.is_full() {
            let open = feed.assembler.keys().map(|key| key as u32);
            let mut used: HashSet<u32> = open.collect();
            used.extend(feed.assembler.queue().iter().map(|record| record.stream));
            feed.streams.tidy(|number| used.contains(&number));
        }
        if feed.levels.is_full() {
            let queue = feed.assembler.queue();
            let used: HashSet<u32> = queue.iter().map(|record| record.level).collect();
            feed.levels.tidy(|number| used.contains(&number));
        }
    }
}
