//! A record to the masked words that Drain sees: formats, masks and keys, as in `parsers`.
//!
//! `Reader` holds what `parsers.native_spec` hands over (the same patterns, tables and limits that Python uses) and is
//! shared by threads; each brings a `Scratch` of its own. What isn't covered here comes back as `Outcome::AskPython`.

mod access;
mod class;
mod compile;
mod heads;
mod json;
mod mask;
mod matcher;
mod memo;
mod pattern;
mod probe;
mod reader;
mod record;
mod redact;
mod screen;
mod shape;
mod spec;
mod stacktrace;
mod statement;
mod structured;
mod timed;
mod tree;
mod untimed;
mod words;

use pyo3::prelude::*;
#[allow(unused_imports)] // for the engine
pub use reader::{Outcome, Reader, Scratch, Words};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<probe::Expression>()?;
    module.add_class::<reader::Text>()
}
