//! Expressions as Python's parser has read them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::class::Class;
use super::pattern::{Greed, NO_BOUND, Place};

/// An expression as Python's parser has read it.
pub enum Tree {
    Literal(u32),
    Set(u32),
    Sequence(Vec<Tree>),
    Branch(Vec<Tree>),
    Repeat {
        greed: Greed,
        low: u32,
        high: u32,
        body: Box<Tree>,
    },
    Group(u32, Box<Tree>),
    Look {
        ahead: bool,
        negative: bool,
        width: u32,
        body: Box<Tree>,
    },
    Atomic(Box<Tree>),
    At(Place),
    Back(u32),
}

impl Tree {
    /// The fewest characters of a match.
    pub fn width(&self) -> usize {
        match self {
            Tree::Literal(_) | Tree::Set(_) => 1,
            Tree::Sequence(parts) => parts.iter().map(Tree::width).sum(),
            Tree::Branch(ways) => ways.iter().map(Tree::width).min().unwrap_or(0),
            Tree::Repeat { low, body, .. } => *low as usize * body.width(),
            Tree::Group(_, body) | Tree::Atomic(body) => body.width(),
            Tree::Look { .. } | Tree::At(_) | Tree::Back(_) => 0,
        }
    }

    /// Whether no part of it takes some ASCII digits and others not, or asks for the same again.
    pub fn takes_digits_alike(&self, classes: &[Class]) -> bool {
        match self {
            Tree::Literal(point) => !(u32::from(b'0')..=u32::from(b'9')).contains(point),
            Tree::Set(class) => {
                let digits = classes[*class as usize].ascii() >> b'0' & 0x3ff;
                digits == 0 || digits == 0x3ff
            }
            Tree::Sequence(parts) | Tree::Branch(parts) => {
                parts.iter().all(|part| part.takes_digits_alike(classes))
            }
            Tree::Repeat { body, .. }
            | Tree::Group(_, body)
            | Tree::Look { body, .. }
            | Tree::Atomic(body) => body.takes_digits_alike(classes),
            Tree::At(_) => true,
            Tree::Back(_) => false,
        }
    }
}

/// From a node as `parsers.native_tree` writes it; `words`: the classes of word characters, of all and of ASCII.
pub fn read(node: &Bound<'_, PyAny>, words: (u32, u32)) -> PyResult<Tree> {
    let kind: String = node.get_item(0)?.extract()?;
    let number = |at: usize| -> PyResult<u32> { node.get_item(at)?.extract() };
    let inner =
        |at: usize| -> PyResult<Box<Tree>> { Ok(Box::new(read(&node.get_item(at)?, words)?)) };
    let inners = || -> PyResult<Vec<Tree>> {
        node.get_item(1)?
            .try_iter()?
            .map(|each| read(&each?, words))
            .collect()
    };
    Ok(match kind.as_str() {
        "lit" => Tree::Literal(number(1)?),
        "set" => Tree::Set(number(1)?),
        "seq" => Tree::Sequence(inners()?),
        "alt" => Tree::Branch(inners()?),
        "rep" => {
            let greed = [Greed::Greedy, Greed::Lazy, Greed::Possessive][number(1)?.min(2) as usize];
            let high = u32::try_from(node.get_item(3)?.extract::<i64>()?).unwrap_or(NO_BOUND);
            Tree::Repeat {
                greed,
                low: number(2)?,
                high,
                body: inner(4)?,
            }
        }
        "group" => Tree::Group(number(1)?, inner(2)?),
        "look" => Tree::Look {
            ahead: node.get_item(1)?.extract()?,
            negative: node.get_item(2)?.extract()?,
            width: number(3)?,
            body: inner(4)?,
        },
        "atomic" => Tree::Atomic(inner(1)?),
        "at" => Tree::At(place(&node.get_item(1)?.extract::<String>()?, words)?),
        "ref" => Tree::Back(number(1)?),
        _ => {
            return Err(PyValueError::new_err(format!(
                "an expression holds {kind}, which the core doesn't know"
            )));
        }
    })
}

fn place(name: &str, (word, ascii_word): (u32, u32)) -> PyResult<Place> {
    Ok(match name {
        "beginning" | "beginning_string" => Place::Begin,
        "beginning_line" => Place::BeginLine,
        "end" => Place::End,
        "end_line" => Place::EndLine,
        "end_string" => Place::EndText,
        "boundary" => Place::Boundary(word),
        "non_boundary" => Place::Inside(word),
        "boundary_ascii" => Place::Boundary(ascii_word),
        "non_boundary_ascii" => Place::Inside(ascii_word),
        _ => {
            return Err(PyValueError::new_err(format!(
                "an expression holds {name}, which the core doesn't know"
            )));
        }
    })
}

/// Sets of ASCII bytes of which every match holds at least one, whole.
pub fn required(tree: &Tree) -> Vec<u128> {
    match tree {
        Tree::Literal(point) if *point < 128 => vec![1 << point],
        Tree::Sequence(parts) => parts.iter().map(required).fold(vec![0], both),
        Tree::Branch(branches) => branches.iter().flat_map(required).collect(),
        Tree::Repeat { low, body, .. } if *low > 0 => required(body),
        Tree::Group(_, body) | Tree::Atomic(body) => required(body),
        _ => vec![0],
    }
}

/// What two parts need together; of too many ways, only what they have in common.
fn both(first: Vec<u128>, second: Vec<u128>) -> Vec<u128> {
    let common =
        |ways: Vec<u128>| vec![ways.into_iter().reduce(|all, each| all & each).unwrap_or(0)];
    let (first, second) = if first.len() * second.len() > MAX_WAYS {
        (common(first), common(second))
    } else {
        (first, second)
    };
    first
        .iter()
        .flat_map(|one| second.iter().map(move |other| one | other))
        .collect()
}

const MAX_WAYS: usize = 8;
