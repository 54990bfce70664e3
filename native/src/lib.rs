//! The hot step of drainwatch, compiled. Python has all of it as well (`ingest`, `parsers`), and both give the same.

mod drain;
mod ingest;
mod text;

use pyo3::prelude::*;

/// Of the interface with Python; raised, here and in ingest/core.py, whenever it changes.
const VERSION: u32 = 6;

#[pymodule]
fn drainwatch_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", VERSION)?;
    module.add("RELEASE", env!("CARGO_PKG_VERSION"))?;
    text::register(module)?;
    ingest::register(module)?;
    drain::register(module)
}
