//! Bytes of container logs and Filebeat documents to records, as in `ingest`.

use pyo3::prelude::*;

pub fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
