//! The engine as `parsers.native` drives it: columns in, templates out, and a short list of what is new.

use std::sync::Mutex;

use hashbrown::HashMap;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::columns::{Columns, bytes, indices, part};
use super::found::{Found, Slots};
use super::piece::{Hand, Messages, Piece, reach};
use super::tree::Limits;
use super::workload::{Progress, Workload};
use crate::text::{Reader, Words};

/// Rows that are gone through at a time, and bytes of messages: they bound what is held beside a batch.
pub const PIECE_ROWS: usize = 16_384;
pub const PIECE_BYTES: usize = 8 << 20;
/// Lines remembered of all workloads together (bytes); beyond it all are forgotten.
const REMEMBERED_BYTES: usize = 128 << 20;

/// See `parsers.settings.MiningSettings`.
struct Parameters {
    similarity: f64,
    depth: usize,
    max_children: usize,
    max_templates: usize,
}

impl Parameters {
    fn workload(&self) -> Workload {
        let limits = Limits {
            depth: self.depth,
            similarity: self.similarity,
            max_children: self.max_children,
            max_clusters: None,
        };
        Workload::new(limits, self.max_templates)
    }
}

#[pyclass]
pub struct Engine {
    reader: Reader,
    parameters: Parameters,
    hands: Vec<Hand>,
    piece: Piece,
    workloads: Vec<Mutex<Workload>>,
    slots: Slots,
}

/// Words that are new, by slot: of a template that was made, its birth's; of one that changed, today's. With the former
/// goes what the line said that made it; None where Python must be asked.
type Born<'py> = (
    u32,
    usize,
    u32,
    usize,
    Bound<'py, PyBytes>,
    Option<Bound<'py, PyBytes>>,
);
type Changed<'py> = (u32, Bound<'py, PyBytes>);

/// Lines, unmatched ones, lines of the block and new ones among them, whether templates grow without end.
type Saved = (u64, u64, u64, u64, bool);

#[pyclass(frozen, get_all)]
pub struct Parsed {
    template: Py<PyBytes>,
    level: Py<PyBytes>,
    slot: Py<PyBytes>,
    count: Py<PyBytes>,
    first: Py<PyBytes>,
    last: Py<PyBytes>,
    born: Py<PyAny>,
    changed: Py<PyAny>,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(
        spec: &Bound<'_, PyAny>,
        similarity: f64,
        depth: usize,
        max_children: usize,
        max_templates: usize,
        threads: usize,
    ) -> PyResult<Self> {
        check(depth, max_children)?;
        let reader = Reader::new(spec)?;
        let hands = (0..threads.max(1)).map(|_| Hand {
            scratch: reader.scratch(),
            words: Words::default(),
        });
        Ok(Self {
            hands: hands.collect(),
            reader,
            parameters: Parameters {
                similarity,
                depth,
                max_children,
                max_templates,
            },
            piece: Piece::default(),
            workloads: Vec::new(),
            slots: Slots::default(),
        })
    }

    /// One more workload; its number.
    fn add_workload(&mut self) -> usize {
        self.workloads.push(Mutex::new(self.parameters.workload()));
        self.slots.add_workload();
        self.workloads.len() - 1
    }

    /// Templates of all rows, in their order. `ask(rows)` gives level and words of rows that Python must read.
    #[allow(clippy::too_many_arguments)] // the columns of a batch
    fn parse<'py>(
        &mut self,
        py: Python<'py>,
        data: &Bound<'py, PyBytes>,
        begin: Bound<'py, PyAny>,
        end: Bound<'py, PyAny>,
        levels: Vec<Vec<u8>>,
        level: Bound<'py, PyAny>,
        workload: Bound<'py, PyAny>,
        time: Bound<'py, PyAny>,
        ask: &Bound<'py, PyAny>,
    ) -> PyResult<Parsed> {
        let data = data.as_bytes();
        let columns = Columns {
            data,
            begin,
            end,
            levels,
            level,
            workload,
            time,
        };
        let mut found = Found::default();
        let done = self.parse_all(py, &columns, ask, &mut found);
        self.slots.leave(&found);
        done?;
        self.told(py, found)
    }

    /// Begins a workload anew from what was saved: births, words of today and sizes of its templates, and how many
    /// lines it has had (`lines, unmatched, block_lines, block_new, growing`). Gives the slots of the templates.
    fn restore(
        &mut self,
        which: usize,
        templates: Vec<(Vec<u8>, Vec<u8>, u64)>,
        progress: Saved,
    ) -> PyResult<Vec<u32>> {
        let lock = self.workloads.get_mut(which).ok_or_else(unknown)?;
        let mut workload = self.parameters.workload();
        for (birth, now, size) in &templates {
            workload.restore(birth, now, *size);
        }
        let (lines, unmatched, block_lines, block_new, growing) = progress;
        workload.progress = Progress {
            lines,
            unmatched,
            block_lines,
            block_new,
            growing,
        };
        *reach(lock) = workload;
        Ok(self.slots.renew(which, templates.len()))
    }

    /// What there is to save of a workload beside its births: words of today and sizes, and its lines.
    fn state<'py>(
        &mut self,
        py: Python<'py>,
        which: usize,
    ) -> PyResult<(Vec<Bound<'py, PyBytes>>, Vec<u64>, Saved)> {
        let workload = reach(self.workloads.get_mut(which).ok_or_else(unknown)?);
        let numbers = 1..=workload.templates() as u32;
        let now = numbers
            .clone()
            .map(|number| PyBytes::new(py, &workload.template(number)));
        let sizes = numbers.map(|number| workload.size(number)).collect();
        Ok((now.collect(), sizes, saved(&workload.progress)))
    }

    /// How many lines a workload has had, as `restore` takes it.
    fn progress(&mut self, which: usize) -> PyResult<Saved> {
        let workload = reach(self.workloads.get_mut(which).ok_or_else(unknown)?);
        Ok(saved(&workload.progress))
    }
}

impl Engine {
    fn parse_all(
        &mut self,
        py: Python<'_>,
        columns: &Columns<'_>,
        ask: &Bound<'_, PyAny>,
        found: &mut Found,
    ) -> PyResult<()> {
        let (mut at, total) = (0, columns.begin.len()?);
        while at < total {
            let rows = columns.rows(at)?;
            let level = indices(&columns.level, at, rows.len(), columns.levels.len())?;
            let mut workload = indices(&columns.workload, at, rows.len(), self.workloads.len())?;
            let time: Vec<i64> = part(&columns.time, at, rows.len())?;
            let messages = Messages {
                data: columns.data,
                rows: &rows,
                levels: &columns.levels,
                level: &level,
            };
            let (piece, hands, reader) = (&mut self.piece, &mut self.hands[..], &self.reader);
            py.detach(|| piece.read(reader, hands, &messages));
            self.answered(at, &mut workload, ask)?;
            let (piece, threads, workloads) =
                (&mut self.piece, self.hands.len(), &mut self.workloads[..]);
            let numbers = py.detach(|| piece.assign(threads, workloads, &workload));
            piece.levels(&mut found.level);
            for ((&number, &which), &time) in numbers.iter().zip(&workload).zip(&time) {
                self.slots.enter(found, which, number, time);
            }
            if let Some(hand) = self.hands.first_mut() {
                found.say(|row| messages.example(&self.reader, hand, row - at));
            }
            self.forget();
            at += rows.len();
        }
        Ok(())
    }

    /// Lets Python read what can't be read here; an event counts for the workload that it is about.
    fn answered(
        &mut self,
        at: usize,
        workload: &mut [usize],
        ask: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let asking = self.piece.asking();
        if asking.is_empty() {
            return Ok(());
        }
        let rows: Vec<usize> = asking.iter().map(|row| row + at).collect();
        let answers: Vec<(u8, Bound<'_, PyBytes>, isize)> = ask.call1((rows,))?.extract()?;
        if answers.len() != asking.len() {
            return Err(PyValueError::new_err(
                "As many answers are needed as rows were asked for.",
            ));
        }
        for (row, (level, words, about)) in asking.into_iter().zip(&answers) {
            self.piece.answer(row, words.as_bytes(), *level);
            if let Ok(about) = usize::try_from(*about) {
                if about == self.workloads.len() {
                    self.add_workload();
                }
                if about >= self.workloads.len() {
                    return Err(unknown());
                }
                workload[row] = about;
            }
        }
        Ok(())
    }

    /// The batch for Python, with the words of what is new in it.
    fn told<'py>(&mut self, py: Python<'py>, found: Found) -> PyResult<Parsed> {
        let mut births: HashMap<(usize, u32), Vec<u8>> = HashMap::new();
        let mut changed: Vec<Changed<'_>> = Vec::new();
        for (which, lock) in self.workloads.iter_mut().enumerate() {
            let workload = reach(lock);
            births.extend(
                workload
                    .take_born()
                    .into_iter()
                    .map(|(number, words)| ((which, number), words)),
            );
            for number in workload.take_changed() {
                if let Some(slot) = self.slots.get(which, number) {
                    changed.push((slot, PyBytes::new(py, &workload.template(number))));
                }
            }
        }
        let born = found
            .fresh
            .iter()
            .zip(&found.said)
            .map(|(it, said)| -> Born<'_> {
                let words = births.remove(&(it.workload, it.number)).unwrap_or_default();
                (
                    it.slot,
                    it.workload,
                    it.number,
                    it.row,
                    PyBytes::new(py, &words),
                    said.as_ref().map(|said| PyBytes::new(py, said)),
                )
            });
        Ok(Parsed {
            born: born.collect::<Vec<_>>().into_pyobject(py)?.unbind(),
            changed: changed.into_pyobject(py)?.unbind(),
            template: bytes(py, &found.template, i32::to_ne_bytes),
            level: PyBytes::new(py, &found.level).unbind(),
            slot: bytes(py, &found.slot, i32::to_ne_bytes),
            count: bytes(py, &found.count, i64::to_ne_bytes),
            first: bytes(py, &found.first, i64::to_ne_bytes),
            last: bytes(py, &found.last, i64::to_ne_bytes),
        })
    }

    /// Keeps what is remembered within its bound.
    fn forget(&mut self) {
        let held: usize = self
            .workloads
            .iter_mut()
            .map(|it| reach(it).remembered_bytes())
            .sum();
        if held > REMEMBERED_BYTES {
            self.workloads.iter_mut().for_each(|it| reach(it).forget());
        }
    }
}

fn saved(progress: &Progress) -> Saved {
    (
        progress.lines,
        progress.unmatched,
        progress.block_lines,
        progress.block_new,
        progress.growing,
    )
}

fn unknown() -> PyErr {
    PyValueError::new_err("There is no such workload.")
}

/// Refuses what Drain3 would stumble over later.
pub fn check(depth: usize, max_children: usize) -> PyResult<()> {
    if depth < 3 || max_children < 1 {
        return Err(PyValueError::new_err(
            "Drain needs a depth of 3 or more, and room for a child.",
        ));
    }
    Ok(())
}
