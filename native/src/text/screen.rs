//! Which of several expressions are worth trying on a text, told in one pass over it.
//!
//! Each expression is loosened to what a finite automaton can follow: what looks around and places are left out, long
//! repeats have no upper bound, nothing is possessive. What the automaton refuses, the expression refuses, too; what it
//! lets through is for the matcher to judge. The automaton's states are made when they are first needed (Thompson,
//! "Regular Expression Search Algorithm", CACM 1968) and are bounded in number; beyond, and where characters beyond
//! ASCII begin, every expression that is still possible is let through.

use hashbrown::HashMap;

use super::class::Class;

use super::pattern::NO_BOUND;
use super::tree::Tree;

/// Made states of an automaton.
const MAX_STATES: usize = 2_048;
/// Repeats up to here are counted: of single characters, and of more.
const COUNTED: [u32; 2] = [40, 12];
/// Differences of bounds up to here are counted.
const SPREAD: [u32; 2] = [10, 4];

enum Step {
    /// One of these ASCII characters, then on to the next step.
    Take(u128, u32),
    Split(Vec<u32>),
    Accept,
}

/// Loosened expressions; their number is at most 32, a bit each.
pub struct Screen {
    steps: Vec<Step>,
    /// To which expression each step belongs.
    owner: Vec<u32>,
    begins: Vec<u32>,
    /// Characters that no step tells apart have the same number.
    kinds: [u8; 256],
    /// One character of each kind.
    examples: Vec<u8>,
    /// How far a text is looked at.
    reach: usize,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Expressions that may match whatever follows …
    passed: u32,
    /// … and those that may yet do so.
    open: u32,
}

const UNMADE: u16 = 0;
/// The kind of what is beyond ASCII.
const BEYOND: u8 = u8::MAX;

/// The states made so far; each thread has its own.
#[derive(Default)]
pub struct States {
    known: HashMap<(Box<[u32]>, u32), u16>,
    /// The steps each state is at; the first one stands for none.
    steps: Vec<Box<[u32]>>,
    states: Vec<State>,
    next: Vec<u16>,
    /// How much of the last text decided: bytes, and one more where its end did.
    pub seen: usize,
}

impl Screen {
    pub fn new<'a>(
        trees: impl Iterator<Item = &'a Tree>,
        classes: &[Class],
        reach: usize,
    ) -> Screen {
        let mut screen = Screen {
            steps: Vec::new(),
            owner: Vec::new(),
            begins: Vec::new(),
            kinds: [BEYOND; 256],
            examples: Vec::new(),
            reach,
        };
        for (number, tree) in trees.enumerate() {
            let accept = screen.push(Step::Accept, number as u32);
            let mut maker = Maker {
                screen: &mut screen,
                classes,
                number: number as u32,
                accept,
            };
            let begin = maker.emit(tree, accept);
            screen.begins.push(begin);
        }
        screen.tell_apart();
        screen
    }

    fn push(&mut self, step: Step, number: u32) -> u32 {
        self.steps.push(step);
        self.owner.push(number);
        self.steps.len() as u32 - 1
    }

    fn tell_apart(&mut self) {
        let mut rows: HashMap<Vec<bool>, u8> = HashMap::new();
        let mut sets: Vec<u128> = self
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Take(members, _) => Some(*members),
                _ => None,
            })
            .collect();
        sets.sort_unstable();
        sets.dedup();
        for byte in 0..128u8 {
            let row = sets.iter().map(|set| set >> byte & 1 != 0).collect();
            let kind = *rows.entry(row).or_insert_with(|| {
                self.examples.push(byte);
                self.examples.len() as u8 - 1
            });
            self.kinds[byte as usize] = kind;
        }
    }

    /// Those of the wanted expressions (a bit each) that may match a text from its beginning on.
    #[inline]
    pub fn possible(&self, made: &mut States, text: &[u8], wanted: u32) -> u32 {
        if made.states.is_empty() {
            made.begin(self);
        }
        let kinds = self.examples.len();
        let text = if text.len() > self.reach {
            &text[..self.reach + 1]
        } else {
            text
        };
        let mut at = 1;
        for (place, &byte) in text.iter().enumerate() {
            let State { passed, open } = made.states[at];
            if open & wanted == 0 {
                made.seen = place;
                return passed & wanted;
            }
            let kind = self.kinds[byte as usize];
            if kind == BEYOND || place == self.reach {
                made.seen = place + 1;
                return (passed | open) & wanted;
            }
            let mut next = made.next[at * kinds + kind as usize];
            if next == UNMADE {
                next = made.make(self, at as u16, kind);
                if next == UNMADE {
                    made.seen = place + 1;
                    return (passed | open) & wanted;
                }
            }
            at = next as usize;
        }
        made.seen = text.len() + 1;
        made.states[at].passed & wanted
    }
}

impl States {
    fn begin(&mut self, screen: &Screen) {
        self.add(screen, Box::new([]), 0);
        // `UNMADE` is no state that a character may lead to, not even where all expressions are refused.
        self.known.clear();
        let (steps, passed) = closure(screen, screen.begins.iter().copied(), 0);
        self.add(screen, steps, passed);
    }

    fn add(&mut self, screen: &Screen, steps: Box<[u32]>, passed: u32) -> u16 {
        let number = self.states.len() as u16;
        let owners = steps.iter().map(|&step| screen.owner[step as usize]);
        let open = owners.fold(0, |all, owner| all | 1 << owner);
        self.states.push(State { passed, open });
        self.next
            .resize(self.next.len() + screen.examples.len(), UNMADE);
        self.steps.push(steps.clone());
        self.known.insert((steps, passed), number);
        number
    }

    /// Where a character leads; `UNMADE` where there are too many states.
    #[cold]
    fn make(&mut self, screen: &Screen, from: u16, kind: u8) -> u16 {
        let byte = screen.examples[kind as usize];
        let taken = self.steps[from as usize].iter().filter_map(|&step| {
            match screen.steps[step as usize] {
                Step::Take(members, next) if members >> byte & 1 != 0 => Some(next),
                _ => None,
            }
        });
        let (steps, passed) = closure(screen, taken, self.states[from as usize].passed);
        let key = (steps, passed);
        let number = match self.known.get(&key) {
            Some(&known) => known,
            None if self.states.len() >= MAX_STATES => return UNMADE,
            None => self.add(screen, key.0, key.1),
        };
        self.next[from as usize * screen.examples.len() + kind as usize] = number;
        number
    }
}

/// All steps that take a character and are reached without one, of expressions that haven't passed, and which have.
fn closure(
    screen: &Screen,
    begins: impl Iterator<Item = u32>,
    mut passed: u32,
) -> (Box<[u32]>, u32) {
    let mut met = vec![false; screen.steps.len()];
    let mut stack: Vec<u32> = begins.collect();
    let mut found = Vec::new();
    while let Some(at) = stack.pop() {
        if std::mem::replace(&mut met[at as usize], true) {
            continue;
        }
        match &screen.steps[at as usize] {
            Step::Take(..) => found.push(at),
            Step::Split(ways) => stack.extend(ways),
            Step::Accept => passed |= 1 << screen.owner[at as usize],
        }
    }
    found.retain(|&step| passed >> screen.owner[step as usize] & 1 == 0);
    found.sort_unstable();
    (found.into(), passed)
}

struct Maker<'a> {
    screen: &'a mut Screen,
    classes: &'a [Class],
    number: u32,
    accept: u32,
}

impl Maker<'_> {
    fn push(&mut self, step: Step) -> u32 {
        self.screen.push(step, self.number)
    }

    fn star(&mut self, next: u32, body: impl Fn(&mut Self, u32) -> u32) -> u32 {
        let split = self.push(Step::Split(Vec::new()));
        let again = body(self, split);
        self.screen.steps[split as usize] = Step::Split(vec![again, next]);
        split
    }

    fn emit(&mut self, tree: &Tree, next: u32) -> u32 {
        match tree {
            // What takes none of ASCII stays, so that its expression is known to be possible still.
            Tree::Literal(point) => {
                let members = if *point < 128 { 1 << point } else { 0 };
                self.push(Step::Take(members, next))
            }
            Tree::Set(class) => {
                let members = self.classes[*class as usize].ascii();
                self.push(Step::Take(members, next))
            }
            Tree::Sequence(parts) => parts
                .iter()
                .rev()
                .fold(next, |next, part| self.emit(part, next)),
            Tree::Branch(branches) => {
                let ways = branches.iter().map(|branch| self.emit(branch, next));
                let ways = ways.collect();
                self.push(Step::Split(ways))
            }
            Tree::Repeat {
                low, high, body, ..
            } => self.repeat(*low, *high, body, next),
            Tree::Group(_, body) | Tree::Atomic(body) => self.emit(body, next),
            Tree::Look { .. } | Tree::At(_) => next,
            Tree::Back(_) => self.accept,
        }
    }

    fn repeat(&mut self, low: u32, high: u32, body: &Tree, next: u32) -> u32 {
        let kind = usize::from(!matches!(body, Tree::Set(_)));
        let counted = low.min(COUNTED[kind]);
        let bounded = high != NO_BOUND && high - low <= SPREAD[kind] && counted == low;
        let mut begin = next;
        if bounded {
            for _ in low..high {
                let once = self.emit(body, begin);
                begin = self.push(Step::Split(vec![once, next]));
            }
        } else {
            begin = self.star(next, |maker, next| maker.emit(body, next));
        }
        (0..counted).fold(begin, |next, _| self.emit(body, next))
    }
}
