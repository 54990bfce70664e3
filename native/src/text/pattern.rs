//! Python's regular expressions, matched as `re` matches them: leftmost, backtracking in the order in which they are
//! written. What `re` would try in vain is left out: places and branches that can't begin with the byte that is there,
//! and shorter repeats where what follows can't begin with what the repeat has taken.

use super::class::Class;
use super::matcher::Run;
use super::screen::States;

pub const MAX_GROUPS: usize = 8;
pub const NO_BOUND: u32 = u32::MAX;
/// Lines up to this length (bytes) are taken whole by whoever looks at their ends.
pub const WHOLE: usize = 8_000;
pub const UNSET: usize = usize::MAX;

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
    /// Up to so many characters to the end of the line, and the last one of them.
    Ends {
        high: u32,
        last: u8,
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
    pub(super) groups: [(usize, usize); MAX_GROUPS + 1],
    pub(super) loops: Vec<(u32, usize)>,
    /// Steps so far, all calls together: what shows that work is linear.
    pub steps: u64,
    /// The first byte that no match since `watch` looked at …
    pub seen: usize,
    /// … and the first one that one did.
    pub low: usize,
    /// Whether one looked at the last byte, of a line no longer than `WHOLE`.
    pub ends: bool,
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
            ends: false,
            screens: Screened::default(),
        }
    }

    /// Begin to note which part of the text is looked at.
    pub fn watch(&mut self) {
        self.seen = 0;
        self.low = UNSET;
        self.ends = false;
    }

    /// Begin and end of a group of the last match.
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        Some(self.groups[number]).filter(|&(begin, end)| begin != UNSET && end != UNSET)
    }
}

impl Pattern {
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
