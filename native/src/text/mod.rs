//! A record to the masked words that Drain sees: formats, masks and keys, as in `parsers`.

use pyo3::prelude::*;

pub fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
