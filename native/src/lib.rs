//! The hot step of drainwatch, compiled. Python has all of it as well (`ingest`, `parsers`), and both give the same.

mod drain;
mod ingest;
mod text;

use pyo3::prelude::*;

#[pymodule]
fn drainwatch_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    text::register(module)?;
    ingest::register(module)?;
    drain::register(module)
}
