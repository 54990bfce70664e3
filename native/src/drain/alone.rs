//! Drain by itself, for whoever wants to compare it with Drain3's.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::engine::check;
use super::tree::{self, Change, Limits};
use super::words::Vocabulary;

/// As Drain3's `Drain(parametrize_numeric_tokens=False)`; words are UTF-8 (lone surrogates as three bytes).
#[pyclass]
pub struct Drain {
    tree: tree::Drain,
    vocabulary: Vocabulary,
}

#[pymethods]
impl Drain {
    #[new]
    #[pyo3(signature = (depth=4, similarity=0.4, max_children=100, max_clusters=None))]
    fn new(
        depth: usize,
        similarity: f64,
        max_children: usize,
        max_clusters: Option<usize>,
    ) -> PyResult<Self> {
        check(depth, max_children)?;
        if max_clusters == Some(0) {
            return Err(PyValueError::new_err("Drain needs room for a template."));
        }
        let limits = Limits {
            depth,
            similarity,
            max_children,
            max_clusters,
        };
        Ok(Self {
            tree: tree::Drain::new(limits),
            vocabulary: Vocabulary::new(),
        })
    }

    /// The number of the line's template, and `none`, `cluster_created` or `cluster_template_changed`.
    fn add(&mut self, words: Vec<Vec<u8>>) -> (u32, &'static str) {
        let mut line: Vec<_> = words
            .iter()
            .map(|word| self.vocabulary.find(word))
            .collect();
        let Some(found) = self.tree.search(&line) else {
            for (token, word) in line.iter_mut().zip(&words) {
                *token = self.vocabulary.number(word);
            }
            return (self.tree.create(&line), "cluster_created");
        };
        match self.tree.merge(found, &line) {
            Change::Changed => (found, "cluster_template_changed"),
            Change::None => (found, "none"),
        }
    }

    /// The words of a template as they are now; None where it was evicted or never was.
    fn template<'py>(&self, py: Python<'py>, number: u32) -> Option<Vec<Bound<'py, PyBytes>>> {
        let words = &self.tree.cluster(number)?.tokens;
        Some(
            words
                .iter()
                .map(|&token| PyBytes::new(py, self.vocabulary.word(token)))
                .collect(),
        )
    }

    /// How many lines a template has had.
    fn size(&self, number: u32) -> Option<u64> {
        self.tree.cluster(number).map(|cluster| cluster.size)
    }
}
