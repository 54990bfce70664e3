//! Words to templates: Drain, as Drain3 has it, one tree for each workload; as in `parsers.workload`.

use pyo3::prelude::*;

pub fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
