//! The trees of `parsers.native_tree` made into what `pattern` runs.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::class::{Class, encode};
use super::pattern::{Dispatch, First, Greed, MAX_GROUPS, NO_BOUND, Node, Op, Pattern};
use super::tree::{Tree, read, required};

const ANYTHING: First = First {
    bytes: [u64::MAX; 4],
    end: true,
};
const NOTHING: First = First {
    bytes: [0; 4],
    end: false,
};

/// A pattern, and the numbers of its named groups.
pub struct Compiled {
    pub pattern: Pattern,
    pub tree: Tree,
    pub names: Vec<(String, usize)>,
}

/// `spec` is what `Trees.of` gives; `word` the class of word characters; groups are noted where `groups` says so.
pub fn compile(
    spec: &Bound<'_, PyAny>,
    classes: &[Class],
    words: (u32, u32),
    groups: bool,
) -> PyResult<Compiled> {
    let tree = read(&spec.get_item("tree")?, words)?;
    if groups && spec.get_item("groups")?.extract::<usize>()? > MAX_GROUPS {
        return Err(PyValueError::new_err(
            "an expression has more groups than the core notes",
        ));
    }
    let named: std::collections::BTreeMap<String, usize> = spec.get_item("names")?.extract()?;
    let mut compiler = Compiler {
        classes,
        nodes: Vec::new(),
        slots: 0,
        groups,
    };
    let accept = compiler.push(Op::Accept, 0);
    let start = compiler.emit(&tree, accept);
    let mut required = required(&tree);
    required.sort_unstable();
    required.dedup();
    let Compiler { nodes, slots, .. } = compiler;
    let noting = nodes.iter().any(|node| matches!(node.op, Op::Open(_)));
    let Node { op, next } = &nodes[start as usize];
    let alone = matches!(op, Op::Run { .. }) && matches!(nodes[*next as usize].op, Op::Accept);
    let mut pattern = Pattern {
        nodes,
        firsts: Vec::new(),
        start,
        slots,
        noting,
        alone,
        required,
    };
    pattern.firsts = firsts(&pattern.nodes, classes);
    hold_on(&mut pattern, classes);
    dispatch(&mut pattern);
    Ok(Compiled {
        pattern,
        tree,
        names: named.into_iter().collect(),
    })
}

struct Compiler<'a> {
    classes: &'a [Class],
    nodes: Vec<Node>,
    slots: usize,
    groups: bool,
}

impl Compiler<'_> {
    fn push(&mut self, op: Op, next: u32) -> u32 {
        self.nodes.push(Node { op, next });
        self.nodes.len() as u32 - 1
    }

    /// The node with which this part of an expression begins, and that goes on to `next`.
    fn emit(&mut self, tree: &Tree, next: u32) -> u32 {
        match tree {
            Tree::Literal(point) if *point < 128 => self.push(Op::Byte(*point as u8), next),
            Tree::Literal(point) => self.push(Op::Literal(encode(*point)), next),
            Tree::Set(class) => self.push(Op::Set(*class), next),
            Tree::Sequence(parts) => parts
                .iter()
                .rev()
                .fold(next, |next, part| self.emit(part, next)),
            Tree::Branch(branches) => {
                let begins: Vec<u32> = branches
                    .iter()
                    .map(|branch| self.emit(branch, next))
                    .collect();
                let all = Dispatch {
                    by_byte: [0; 256],
                    at_end: 0,
                    groups: vec![begins.into()],
                };
                self.push(Op::Branch(Box::new(all)), next)
            }
            Tree::Repeat {
                greed,
                low,
                high,
                body,
            } => self.emit_repeat(*greed, *low, *high, body, next),
            Tree::Group(_, body) if !self.groups => self.emit(body, next),
            Tree::Group(number, body) => {
                let close = self.push(Op::Close(*number), next);
                let begin = self.emit(body, close);
                self.push(Op::Open(*number), begin)
            }
            Tree::Look {
                ahead,
                negative,
                width,
                body,
            } => {
                if let (true, false, Some(op)) = (*ahead, *negative, self.ends(body)) {
                    return self.push(op, next);
                }
                let body = self.emit_apart(body);
                self.push(
                    Op::Look {
                        ahead: *ahead,
                        negative: *negative,
                        width: *width,
                        body,
                    },
                    next,
                )
            }
            Tree::Atomic(body) => {
                let body = self.emit_apart(body);
                self.push(Op::Atomic(body), next)
            }
            Tree::At(place) => self.push(Op::At(*place), next),
            Tree::Back(group) => self.push(Op::Back(*group), next),
        }
    }

    fn emit_apart(&mut self, body: &Tree) -> u32 {
        let accept = self.push(Op::Accept, 0);
        self.emit(body, accept)
    }

    /// The branches of what is repeated without end or a way back: where single characters are tried first, as many as
    /// there are can be taken at once.
    fn emit_ways(&mut self, ways: &[Tree]) -> u32 {
        let accept = self.push(Op::Accept, 0);
        let begins = ways.iter().enumerate().map(|(number, way)| match way {
            Tree::Set(class) if number == 0 => self.push(
                Op::Run {
                    class: *class,
                    low: 1,
                    high: NO_BOUND,
                    greed: Greed::Possessive,
                },
                accept,
            ),
            _ => self.emit(way, accept),
        });
        let all = Dispatch {
            by_byte: [0; 256],
            at_end: 0,
            groups: vec![begins.collect()],
        };
        self.push(Op::Branch(Box::new(all)), accept)
    }

    /// `(?=[^\n]{1,9}+(?<=x))`, with which a line's end is looked at, as one step.
    fn ends(&self, body: &Tree) -> Option<Op> {
        let Tree::Sequence(parts) = body else {
            return None;
        };
        let [
            Tree::Repeat {
                greed: Greed::Possessive,
                low: 1,
                high,
                body: any,
            },
            Tree::Look {
                ahead: false,
                negative: false,
                width: 1,
                body: last,
            },
        ] = &parts[..]
        else {
            return None;
        };
        let (Tree::Set(class), Tree::Literal(last)) = (&**any, &**last) else {
            return None;
        };
        let last = u8::try_from(*last).ok().filter(u8::is_ascii)?;
        self.classes[*class as usize]
            .is_any_but(b'\n')
            .then_some(Op::Ends { high: *high, last })
    }

    fn emit_repeat(&mut self, greed: Greed, low: u32, high: u32, body: &Tree, next: u32) -> u32 {
        if let Tree::Set(class) = body {
            return self.push(
                Op::Run {
                    class: *class,
                    low,
                    high,
                    greed,
                },
                next,
            );
        }
        if greed == Greed::Possessive {
            let body = match body {
                Tree::Branch(ways) if low <= 1 && high == NO_BOUND => self.emit_ways(ways),
                _ => self.emit_apart(body),
            };
            return self.push(Op::Possess { low, high, body }, next);
        }
        if low == 0 && high == 1 && greed == Greed::Greedy {
            let begin = self.emit(body, next);
            let both = Dispatch {
                by_byte: [0; 256],
                at_end: 0,
                groups: vec![[begin, next].into()],
            };
            return self.push(Op::Branch(Box::new(both)), next);
        }
        let slot = self.slots as u32;
        self.slots += 1;
        let again = self.push(Op::Accept, next);
        let body = self.emit(body, again);
        self.nodes[again as usize].op = Op::Again {
            slot,
            low,
            high,
            greed,
            body,
        };
        self.push(Op::Loop { slot, body: again }, next)
    }
}

/// With what a match from each node on can begin; rather too much than too little.
fn firsts(nodes: &[Node], classes: &[Class]) -> Vec<First> {
    let mut found = vec![None; nodes.len()];
    let mut open = vec![false; nodes.len()];
    for pc in 0..nodes.len() {
        first(nodes, classes, pc as u32, &mut found, &mut open);
    }
    found
        .into_iter()
        .map(|each| each.unwrap_or(ANYTHING))
        .collect()
}

fn first(
    nodes: &[Node],
    classes: &[Class],
    pc: u32,
    found: &mut [Option<First>],
    open: &mut [bool],
) -> First {
    let at = pc as usize;
    if let Some(known) = found[at] {
        return known;
    }
    if std::mem::replace(&mut open[at], true) {
        return ANYTHING;
    }
    let next = nodes[at].next;
    let mut of = |pc: u32| first(nodes, classes, pc, found, open);
    let result = match &nodes[at].op {
        Op::Byte(byte) => only(*byte),
        Op::Literal(bytes) => only(bytes[0]),
        Op::Set(class) => begins(&classes[*class as usize]),
        Op::Run { class, low: 0, .. } => join(begins(&classes[*class as usize]), of(next)),
        Op::Run { class, .. } => begins(&classes[*class as usize]),
        Op::Branch(dispatch) => dispatch.groups[0]
            .iter()
            .fold(NOTHING, |all, &branch| join(all, of(branch))),
        Op::Open(_) | Op::Close(_) | Op::At(_) | Op::Back(_) | Op::Ends { .. } => of(next),
        Op::Loop { body, .. } => of(*body),
        Op::Again { low, body, .. } | Op::Possess { low, body, .. } => {
            let inside = of(*body);
            // On the way out as well: a loop may be at its end whenever this node is reached.
            let again = matches!(nodes[at].op, Op::Again { .. });
            if *low == 0 || again {
                join(inside, of(next))
            } else {
                inside
            }
        }
        Op::Look {
            ahead: true,
            negative: false,
            body,
            ..
        } => meet(of(*body), of(next)),
        Op::Look { .. } => of(next),
        Op::Atomic(body) => of(*body),
        Op::Accept => ANYTHING,
    };
    open[at] = false;
    found[at] = Some(result);
    result
}

fn only(byte: u8) -> First {
    let mut first = NOTHING;
    first.bytes[(byte >> 6) as usize] |= 1 << (byte & 63);
    first
}

fn begins(class: &Class) -> First {
    let members = (0..=255).filter(|&byte| class.may_begin(byte));
    members.fold(NOTHING, |all, byte| join(all, only(byte)))
}

fn join(a: First, b: First) -> First {
    First {
        bytes: std::array::from_fn(|at| a.bytes[at] | b.bytes[at]),
        end: a.end || b.end,
    }
}

fn meet(a: First, b: First) -> First {
    First {
        bytes: std::array::from_fn(|at| a.bytes[at] & b.bytes[at]),
        end: a.end && b.end,
    }
}

/// Repeats that needn't give back: what follows them can't begin with any character that they took.
fn hold_on(pattern: &mut Pattern, classes: &[Class]) {
    for node in &mut pattern.nodes {
        if let Op::Run {
            class,
            greed: greed @ Greed::Greedy,
            ..
        } = &mut node.op
        {
            let both = meet(
                begins(&classes[*class as usize]),
                pattern.firsts[node.next as usize],
            );
            if both.bytes == [0; 4] {
                *greed = Greed::Possessive;
            }
        }
    }
}

/// For each branching, the branches that can begin with a byte; in their order.
fn dispatch(pattern: &mut Pattern) {
    for node in &mut pattern.nodes {
        let Op::Branch(dispatch) = &mut node.op else {
            continue;
        };
        let all = std::mem::take(&mut dispatch.groups).remove(0);
        let mut group = |wanted: &dyn Fn(&First) -> bool| -> u8 {
            let chosen: Vec<u32> = all
                .iter()
                .copied()
                .filter(|&pc| wanted(&pattern.firsts[pc as usize]))
                .collect();
            if let Some(known) = dispatch.groups.iter().position(|group| **group == *chosen) {
                return known as u8;
            }
            dispatch.groups.push(chosen.into());
            (dispatch.groups.len() - 1) as u8
        };
        dispatch.at_end = group(&|first| first.end);
        dispatch.by_byte = std::array::from_fn(|byte| {
            group(&|first| first.bytes[byte >> 6] >> (byte & 63) & 1 != 0)
        });
    }
}
