//! Python's regular expressions, matched as `re` matches them: leftmost, backtracking in the order in which they are
//! written. What `re` would try in vain is left out: places and branches that can't begin with the byte that is there,
//! and shorter repeats where what follows can't begin with what the repeat has taken.

use super::class::{Class, before};
use super::screen::States;

pub const MAX_GROUPS: usize = 8;
pub const NO_BOUND: u32 = u32::MAX;
const UNSET: usize = usize::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Begin,
    BeginLine,
    End,
    EndLine,
    EndText,
    Boundary(u32),
    Inside(u32),
}

#[derive(Debug)]
pub enum Op {
    Byte(u8),
    Literal(Box<[u8]>),
    Set(u32),
    /// A repeat of single characters.
    Run {
        class: u32,
        low: u32,
        high: u32,
        greed: Greed,
    },
    Branch(Box<Dispatch>),
    Open(u32),
    Close(u32),
    /// A repeat of more than single characters; its body ends in `Again`.
    Loop {
        slot: u32,
        body: u32,
    },
    Again {
        slot: u32,
        low: u32,
        high: u32,
        greed: Greed,
        body: u32,
    },
    /// The same without a way back; its body ends in `Accept`.
    Possess {
        low: u32,
        high: u32,
        body: u32,
    },
    Look {
        ahead: bool,
        negative: bool,
        width: u32,
        body: u32,
    },
    Atomic(u32),
    At(Place),
    Back(u32),
    Accept,
}

#[derive(Debug)]
pub struct Node {
    pub op: Op,
    pub next: u32,
}

/// Which branches are worth trying, by the byte that is there.
#[derive(Debug)]
pub struct Dispatch {
    pub by_byte: [u8; 256],
    pub at_end: u8,
    pub groups: Vec<Box<[u32]>>,
}

/// With what a match can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First {
    pub bytes: [u64; 4],
    pub end: bool,
}

impl First {
    #[inline(always)]
    pub fn allows(&self, text: &[u8], at: usize) -> bool {
        match text.get(at) {
            Some(&byte) => self.bytes[(byte >> 6) as usize] >> (byte & 63) & 1 != 0,
            None => self.end,
        }
    }
}

/// An expression, ready to match.
#[derive(Debug)]
pub struct Pattern {
    pub nodes: Vec<Node>,
    pub firsts: Vec<First>,
    pub start: u32,
    pub slots: usize,
    /// Whether it has groups.
    pub noting: bool,
    /// Whether it is one repeat of single characters and nothing else.
    pub alone: bool,
    /// Sets of ASCII bytes; without all of one of them nothing matches.
    pub required: Vec<u128>,
}

/// What matching leaves behind, and works with.
pub struct Machine {
    groups: [(usize, usize); MAX_GROUPS + 1],
    loops: Vec<(u32, usize)>,
    /// Steps so far, all calls together: what shows that work is linear.
    pub steps: u64,
    /// The first byte that no match since `watch` looked at …
    pub seen: usize,
    /// … and the first one that one did.
    pub low: usize,
    pub screens: Screened,
}

/// What was made so far of the screens of `Spec`.
#[derive(Default)]
pub struct Screened {
    pub parts: States,
    pub timed: States,
    pub untimed: States,
    pub secrets: States,
}

impl Machine {
    pub fn new() -> Machine {
        Machine {
            groups: [(UNSET, UNSET); MAX_GROUPS + 1],
            loops: Vec::new(),
            steps: 0,
            seen: 0,
            low: UNSET,
            screens: Screened::default(),
        }
    }

    /// Begin to note which part of the text is looked at.
    pub fn watch(&mut self) {
        self.seen = 0;
        self.low = UNSET;
    }

    /// Begin and end of a group of the last match.
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        Some(self.groups[number]).filter(|&(begin, end)| begin != UNSET && end != UNSET)
    }
}

impl Pattern {
    /// Whether a text holds the bytes that a match needs (`present`: which ASCII bytes it holds).
    #[inline]
    pub fn possible(&self, present: u128) -> bool {
        self.required.iter().any(|needed| needed & !present == 0)
    }

    /// The end of the match that begins here.
    #[inline]
    pub fn match_at(
        &self,
        classes: &[Class],
        machine: &mut Machine,
        text: &[u8],
        at: usize,
    ) -> Option<usize> {
        if !self.firsts[self.start as usize].allows(text, at) {
            machine.seen = machine.seen.max(at + 1);
            return None;
        }
        if let Op::Run {
            class,
            low,
            high,
            greed: Greed::Greedy | Greed::Possessive,
        } = self.nodes[self.start as usize].op
        {
            if self.alone {
                let mut run = Run {
                    pattern: self,
                    classes,
                    machine,
                    text,
                };
                let (end, count) = run.stretch(class, high, at);
                return (count >= low).then_some(end);
            }
        }
        if self.noting {
            machine.groups = [(UNSET, UNSET); MAX_GROUPS + 1];
        }
        if machine.loops.len() < self.slots {
            machine.loops.resize(self.slots, (0, UNSET));
        }
        Run {
            pattern: self,
            classes,
            machine,
            text,
        }
        .run(self.start, at)
    }

    /// Begin and end of the first match from a place on.
    pub fn search(
        &self,
        classes: &[Class],
        machine: &mut Machine,
        text: &[u8],
        from: usize,
    ) -> Option<(usize, usize)> {
        let first = &self.firsts[self.start as usize];
        for at in from..=text.len() {
            if first.allows(text, at) && text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80) {
                if let Some(end) = self.match_at(classes, machine, text, at) {
                    return Some((at, end));
                }
            }
        }
        None
    }
}

struct Run<'a> {
    pattern: &'a Pattern,
    classes: &'a [Class],
    machine: &'a mut Machine,
    text: &'a [u8],
}

impl Run<'_> {
    fn see(&mut self, end: usize) {
        self.machine.seen = self.machine.seen.max(end);
    }

    fn step(&mut self, class: u32, at: usize) -> usize {
        let length = self.classes[class as usize].step(self.text, at);
        self.see(at + length.max(1));
        length
    }

    /// From a node on to `Accept`, or None after all ways were tried.
    fn run(&mut self, mut pc: u32, mut at: usize) -> Option<usize> {
        let pattern = self.pattern;
        loop {
            self.machine.steps += 1;
            let node = &pattern.nodes[pc as usize];
            match &node.op {
                Op::Byte(byte) => {
                    self.see(at + 1);
                    if self.text.get(at) != Some(byte) {
                        return None;
                    }
                    at += 1;
                }
                Op::Literal(bytes) => {
                    self.see(at + bytes.len());
                    if !self.text[at..].starts_with(bytes) {
                        return None;
                    }
                    at += bytes.len();
                }
                Op::Set(class) => match self.step(*class, at) {
                    0 => return None,
                    length => at += length,
                },
                Op::Run {
                    class,
                    low,
                    high,
                    greed,
                } => match greed {
                    Greed::Lazy => match self.lazy(*class, *low, *high, node.next, at) {
                        (true, end) => return end,
                        (false, end) => at = end?,
                    },
                    _ => {
                        let (end, count) = self.stretch(*class, *high, at);
                        if count < *low {
                            return None;
                        }
                        at = end;
                        if *greed == Greed::Greedy {
                            match self.shorter(node.next, at, count - *low) {
                                (true, end) => return end,
                                (false, end) => at = end?,
                            }
                        }
                    }
                },
                Op::Branch(dispatch) => {
                    self.see(at + 1);
                    let group = self
                        .text
                        .get(at)
                        .map_or(dispatch.at_end, |&byte| dispatch.by_byte[byte as usize]);
                    let (last, others) = dispatch.groups[group as usize].split_last()?;
                    for &branch in others {
                        if let Some(end) = self.run(branch, at) {
                            return Some(end);
                        }
                    }
                    pc = *last;
                    continue;
                }
                Op::Open(_) | Op::Close(_) => return self.mark(&node.op, node.next, at),
                Op::Loop { slot, body } => {
                    let outer =
                        std::mem::replace(&mut self.machine.loops[*slot as usize], (0, UNSET));
                    let found = self.run(*body, at);
                    if found.is_none() {
                        self.machine.loops[*slot as usize] = outer;
                    }
                    return found;
                }
                Op::Again { .. } => return self.again(&node.op, node.next, at),
                Op::Possess { low, high, body } => at = self.possess(*low, *high, *body, at)?,
                Op::Look {
                    ahead,
                    negative,
                    width,
                    body,
                } => {
                    let from = if *ahead {
                        Some(at)
                    } else {
                        self.back(at, *width)
                    };
                    let found = from.is_some_and(|from| self.run(*body, from).is_some());
                    if found == *negative {
                        return None;
                    }
                }
                Op::Atomic(body) => at = self.run(*body, at)?,
                Op::At(place) => {
                    if !self.is_at(*place, at) {
                        return None;
                    }
                }
                Op::Back(group) => {
                    let (begin, end) = self.machine.group(*group as usize)?;
                    self.see(at + end - begin);
                    if !self.text[at..].starts_with(&self.text[begin..end]) {
                        return None;
                    }
                    at += end - begin;
                }
                Op::Accept => return Some(at),
            }
            pc = node.next;
        }
    }

    /// As many characters of a class as there are, up to a bound: the end and their number.
    #[inline]
    fn stretch(&mut self, class: u32, high: u32, mut at: usize) -> (usize, u32) {
        let class = &self.classes[class as usize];
        let mut count = 0;
        while count < high {
            match class.step(self.text, at) {
                0 => break,
                length => at += length,
            }
            count += 1;
        }
        self.machine.steps += count as u64;
        self.see(at + 1);
        (at, count)
    }

    /// A greedy repeat gives back one by one. The last way is left to the caller (false), who needn't come back.
    fn shorter(&mut self, next: u32, mut at: usize, spare: u32) -> (bool, Option<usize>) {
        let first = &self.pattern.firsts[next as usize];
        for _ in 0..spare {
            self.machine.steps += 1;
            if first.allows(self.text, at) {
                if let Some(end) = self.run(next, at) {
                    return (true, Some(end));
                }
            }
            at = before(self.text, at);
        }
        (false, Some(at))
    }

    fn lazy(
        &mut self,
        class: u32,
        low: u32,
        high: u32,
        next: u32,
        at: usize,
    ) -> (bool, Option<usize>) {
        let (mut at, count) = self.stretch(class, low, at);
        if count < low {
            return (false, None);
        }
        for _ in low..high {
            if let Some(end) = self.run(next, at) {
                return (true, Some(end));
            }
            match self.step(class, at) {
                0 => return (true, None),
                length => at += length,
            }
        }
        (false, Some(at))
    }

    fn mark(&mut self, op: &Op, next: u32, at: usize) -> Option<usize> {
        let (Op::Open(group) | Op::Close(group)) = op else {
            return None;
        };
        let old = self.machine.groups[*group as usize];
        self.machine.groups[*group as usize] = if matches!(op, Op::Open(_)) {
            (at, UNSET)
        } else {
            (old.0, at)
        };
        let found = self.run(next, at);
        if found.is_none() {
            self.machine.groups[*group as usize] = old;
        }
        found
    }

    /// At the end of a repeat's body, or before its first time: once more, or on.
    fn again(&mut self, op: &Op, next: u32, at: usize) -> Option<usize> {
        let Op::Again {
            slot,
            low,
            high,
            greed,
            body,
        } = op
        else {
            return None;
        };
        let slot = *slot as usize;
        let held = self.machine.loops[slot];
        let (count, last) = held;
        if count >= *low && *greed == Greed::Lazy {
            if let Some(end) = self.run(next, at) {
                return Some(end);
            }
        }
        if count < *low || (count < *high && at != last) {
            self.machine.loops[slot] = (count + 1, at);
            if let Some(end) = self.run(*body, at) {
                return Some(end);
            }
            self.machine.loops[slot] = held;
        }
        if count >= *low && *greed != Greed::Lazy {
            self.run(next, at)
        } else {
            None
        }
    }

    fn possess(&mut self, low: u32, high: u32, body: u32, mut at: usize) -> Option<usize> {
        let mut count = 0;
        while count < high {
            match self.run(body, at) {
                None if count < low => return None,
                None => break,
                Some(end) if end == at && count >= low => break,
                Some(end) => at = end,
            }
            count += 1;
        }
        Some(at)
    }

    fn back(&mut self, mut at: usize, width: u32) -> Option<usize> {
        for _ in 0..width {
            if at == 0 {
                return None;
            }
            at = before(self.text, at);
        }
        self.machine.low = self.machine.low.min(at);
        Some(at)
    }

    fn is_at(&mut self, place: Place, at: usize) -> bool {
        self.see(at + 1);
        self.machine.low = self.machine.low.min(at.saturating_sub(1));
        let length = self.text.len();
        match place {
            Place::Begin => at == 0,
            Place::BeginLine => at == 0 || self.text[at - 1] == b'\n',
            Place::End => {
                self.see(at + 2);
                at == length || (at + 1 == length && self.text[at] == b'\n')
            }
            Place::EndLine => at == length || self.text[at] == b'\n',
            Place::EndText => at == length,
            Place::Boundary(word) | Place::Inside(word) => {
                let word = &self.classes[word as usize];
                let here = word.step(self.text, at) > 0;
                let there = at > 0 && word.step(self.text, before(self.text, at)) > 0;
                length > 0 && (here != there) == matches!(place, Place::Boundary(_))
            }
        }
    }
}
