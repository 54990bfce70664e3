//! Words to templates: Drain, as Drain3 has it, one tree for each workload; as in `parsers.workload`.
//!
//! `engine` takes batches; `piece` reads their messages by `text` and hands the words to each `workload`, whose `tree`
//! is Drain itself.

mod alone;
mod columns;
mod engine;
mod found;
mod memory;
mod piece;
mod recency;
mod tree;
mod words;
mod workload;

use pyo3::prelude::*;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<alone::Drain>()?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<engine::Parsed>()
}
