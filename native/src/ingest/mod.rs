//! Bytes of container logs and Filebeat documents to records, as in `ingest`.
//!
//! `feed` is the way of a line: `lines` cuts it out of its block, `frames` or `document` says what it holds (`json` scans
//! both, `members` knows what was scanned before), `event` and `times` when it was logged, and the `assembler` what it goes on with (`follow`). Where this side
//! isn't sure of a line it has Python's functions look at it (`ask`), so that both give the same in every case.

mod ask;
mod assembler;
mod chars;
mod document;
mod event;
mod feed;
mod fields;
mod follow;
mod frames;
mod json;
mod lines;
mod marks;
mod members;
mod names;
mod python;
mod record;
mod times;

use pyo3::prelude::*;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<marks::Marks>()?;
    module.add_class::<python::Feed>()
}
