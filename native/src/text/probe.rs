//! One expression by itself, for the tests that compare it with `re`.

use pyo3::prelude::*;

use super::class::Class;
use super::compile::compile;
use super::pattern::{Machine, Pattern};

type Span = Option<(usize, usize)>;

/// An expression, from what `parsers.native_tree` makes of it.
#[pyclass]
pub struct Expression {
    pattern: Pattern,
    classes: Vec<Class>,
    groups: usize,
}

#[pymethods]
impl Expression {
    #[new]
    fn new(
        tree: &Bound<'_, PyAny>,
        classes: Vec<(u64, u64, Vec<u32>)>,
        word: (u32, u32),
    ) -> PyResult<Expression> {
        let classes: Vec<Class> = classes
            .iter()
            .map(|(low, high, edges)| Class::new(*low, *high, edges))
            .collect();
        let pattern = compile(tree, &classes, word, true)?.pattern;
        let groups = tree.get_item("groups")?.extract()?;
        Ok(Expression {
            pattern,
            classes,
            groups,
        })
    }

    /// The spans of the match that begins at a place, and of its groups, in bytes; None where there is none.
    fn match_at(&self, text: &[u8], at: usize) -> Option<Vec<Span>> {
        let mut machine = Machine::new();
        let end = self
            .pattern
            .match_at(&self.classes, &mut machine, text, at)?;
        Some(self.spans(&machine, (at, end)))
    }

    /// Of the first match from a place on.
    fn search(&self, text: &[u8], start: usize) -> Option<Vec<Span>> {
        let mut machine = Machine::new();
        let found = self
            .pattern
            .search(&self.classes, &mut machine, text, start)?;
        Some(self.spans(&machine, found))
    }

    /// The steps of searching a text through.
    fn steps(&self, text: &[u8]) -> u64 {
        let mut machine = Machine::new();
        let mut from = 0;
        while let Some((begin, end)) = self.pattern.search(&self.classes, &mut machine, text, from)
        {
            from = end.max(begin + 1);
            if from > text.len() {
                break;
            }
        }
        machine.steps
    }
}

impl Expression {
    fn spans(&self, machine: &Machine, whole: (usize, usize)) -> Vec<Span> {
        let groups = (1..=self.groups).map(|number| machine.group(number));
        std::iter::once(Some(whole)).chain(groups).collect()
    }
}
