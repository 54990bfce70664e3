//! Goes through a text step by step, as an expression says.

use super::class::{Class, before, place_of};
use super::pattern::{Greed, Machine, Op, Pattern, Place, UNSET, WHOLE};

/// One match under way.
pub struct Run<'a> {
    pub pattern: &'a Pattern,
    pub classes: &'a [Class],
    pub machine: &'a mut Machine,
    pub text: &'a [u8],
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
    pub fn run(&mut self, mut pc: u32, mut at: usize) -> Option<usize> {
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
                Op::Ends { high, last } => {
                    if !self.ends(*high, *last, at) {
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
    pub fn stretch(&mut self, class: u32, high: u32, mut at: usize) -> (usize, u32) {
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

    /// Whether the last character of the line is this one; noted apart from what else is looked at.
    fn ends(&mut self, high: u32, last: u8, at: usize) -> bool {
        let end = memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |end| at + end);
        let end = at + place_of(&self.text[at..end], high as usize);
        self.machine.steps += (end - at) as u64;
        if end == self.text.len() && end <= WHOLE && WHOLE < high as usize {
            self.see(at + 1);
            self.machine.ends = true;
        } else {
            self.see(end + 1);
        }
        end > at && self.text[end - 1] == last
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
