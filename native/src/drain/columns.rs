//! NumPy's arrays in and out: as buffers in, a part at a time, and as bytes out.

use std::ops::Range;

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PySlice};

use super::engine::{PIECE_BYTES, PIECE_ROWS};

/// A batch: message i is `data[begin[i]..end[i]]`, its given level `levels[level[i]]`, its workload's number
/// `workload[i]`, its time `time[i]` (microseconds UTC). Columns are NumPy's arrays.
pub struct Columns<'py> {
    pub data: &'py [u8],
    pub begin: Bound<'py, PyAny>,
    pub end: Bound<'py, PyAny>,
    pub levels: Vec<Vec<u8>>,
    pub level: Bound<'py, PyAny>,
    pub workload: Bound<'py, PyAny>,
    pub time: Bound<'py, PyAny>,
}

impl Columns<'_> {
    /// The messages of the piece that begins at a row: at least one.
    pub fn rows(&self, at: usize) -> PyResult<Vec<Range<usize>>> {
        let count = PIECE_ROWS.min(self.begin.len()? - at);
        let begin: Vec<i64> = part(&self.begin, at, count)?;
        let end: Vec<i64> = part(&self.end, at, count)?;
        let (mut rows, mut bytes) = (Vec::with_capacity(count), 0);
        for (begin, end) in begin.into_iter().zip(end) {
            let row = begin as usize..end as usize;
            if begin < 0 || begin > end || row.end > self.data.len() {
                return Err(PyValueError::new_err(
                    "A message lies outside of its buffer.",
                ));
            }
            bytes += row.len();
            if bytes > PIECE_BYTES && !rows.is_empty() {
                break;
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Some values of a column; copied, so that nobody changes them meanwhile.
pub fn part<T: Element>(column: &Bound<'_, PyAny>, at: usize, count: usize) -> PyResult<Vec<T>> {
    let rows = PySlice::new(column.py(), at as isize, (at + count) as isize, 1);
    let values = PyBuffer::<T>::get(&column.get_item(rows)?)?.to_vec(column.py())?;
    if values.len() != count {
        return Err(PyValueError::new_err("A column is shorter than the batch."));
    }
    Ok(values)
}

/// Some values of a column that are indices, each below `limit`.
pub fn indices(
    column: &Bound<'_, PyAny>,
    at: usize,
    count: usize,
    limit: usize,
) -> PyResult<Vec<usize>> {
    let values: Vec<i32> = part(column, at, count)?;
    let checked = values.into_iter().map(|value| {
        let index = usize::try_from(value).ok().filter(|&index| index < limit);
        index.ok_or_else(|| PyValueError::new_err("An index points beyond its values."))
    });
    checked.collect()
}

pub fn bytes<T: Copy, const N: usize>(
    py: Python<'_>,
    values: &[T],
    raw: fn(T) -> [u8; N],
) -> Py<PyBytes> {
    let joined: Vec<u8> = values.iter().flat_map(|&value| raw(value)).collect();
    PyBytes::new(py, &joined).unbind()
}
