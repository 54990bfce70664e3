//! What `parsers.native_spec` hands over, made ready: patterns, tables, limits.

use std::collections::HashMap as Table;

use hashbrown::{HashMap, HashSet};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::class::Class;
use super::compile::{Compiled, compile};
use super::pattern::Pattern;
use super::screen::Screen;
use super::tree::Tree;

/// How far screens look; beyond it every expression that is still possible is tried.
const PART_REACH: usize = 64;
const HEAD_REACH: usize = 256;
/// Lengths of words by which parts are told apart.
const MEASURED: usize = 64;

macro_rules! named {
    ($kind:ident of $type:ty: $($name:ident),* $(,)?) => {
        pub struct $kind { $(pub $name: $type,)* }
        impl $kind {
            fn fill(mut of: impl FnMut(&str) -> PyResult<$type>) -> PyResult<$kind> {
                Ok($kind { $($name: of(stringify!($name))?,)* })
            }
        }
    };
}

named!(Patterns of Pattern:
    ansi, syslog_start, syslog_iso, time, kafka_tail, klog, redis, syslog, alarms, quoted, gin, head, frame,
    python_head, pair, exception, secret, bearer, userinfo, phone, iban, card, mail, jwt, known_key, ipv6, ipv4, list,
    spoken_date, mixed, piece, version, quantity, size, named, camel, hex, pairs, grpc_path);

named!(Limits of usize:
    max_chars, max_words, max_example, max_head, max_heads, max_lines, max_logger, max_error, max_fields, max_segments,
    min_letters_hex, short);

named!(Fields of Vec<String>: message, level, logger, thrown, method, path, status);

/// The head of a logger's lines, and which of its groups say what.
pub struct Head {
    pub pattern: Pattern,
    pub level: Option<usize>,
    pub logger: Option<usize>,
    pub name: Option<usize>,
    /// Whether the logger stands at the end of the line.
    pub tail: bool,
}

/// What becomes of a part of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Keep,
    Url,
    Run,
    Pod,
    Name(usize),
}

pub struct Part {
    pub kind: Kind,
    pub pattern: Pattern,
}

/// Which expressions are worth trying.
pub struct Screens {
    /// `parts`, at a place of a word.
    pub parts: Screen,
    /// `timed_heads`, behind a time.
    pub timed: Screen,
    /// `untimed_heads`, and behind them `alarms`.
    pub untimed: Screen,
    /// `secret` and `bearer`, at the beginning of a name.
    pub secrets: Screen,
}

pub struct Spec {
    pub classes: Vec<Class>,
    pub patterns: Patterns,
    pub limits: Limits,
    pub fields: Fields,
    pub timed_heads: Vec<Head>,
    pub untimed_heads: Vec<Head>,
    /// Whether no head behind a time tells one ASCII digit from another.
    pub digits_alike: bool,
    pub parts: Vec<Part>,
    /// `<TIME>` and so on, by `Kind::Name`.
    pub marks: Vec<Vec<u8>>,
    /// By first byte, one bit a part.
    parts_by_byte: Box<[u32; 256]>,
    /// Parts that may be in any word …
    any_parts: u32,
    /// … and those that a byte, which every match of them holds, lets be in a word.
    parts_by_need: Box<[u32; 256]>,
    /// Parts that so many bytes may hold.
    parts_by_length: [u32; MEASURED],
    /// Without what can't lie within a URL or a long run.
    pub inner_parts: u32,
    pub screens: Screens,
    /// The reader's own masks.
    pub own: Vec<(Vec<u8>, Pattern)>,
    pub spaces: usize,
    pub digits: usize,
    pub figures: usize,
    pub letters: usize,
    /// Characters beyond ASCII whose lower case has ASCII in it.
    pub lowered: Vec<(Vec<u8>, Vec<u8>)>,
    pub terms: HashSet<Vec<u8>>,
    /// Whether a term could be taken for a long hexadecimal number.
    pub hex_terms: bool,
    pub secret_words: Vec<Vec<u8>>,
    /// Upper case, by number; the first stands for none.
    pub levels: Vec<Vec<u8>>,
    pub level_words: HashMap<Vec<u8>, u8>,
    pub level_letters: HashMap<Vec<u8>, u8>,
    pub syslog_levels: Vec<u8>,
    pub redis_levels: HashMap<u8, u8>,
    /// Groups of `alarms`.
    pub alarm_levels: Vec<(usize, u8)>,
    pub syslog_priority: usize,
    pub syslog_logger: usize,
}

impl Spec {
    pub fn new(spec: &Bound<'_, PyAny>) -> PyResult<Spec> {
        let rows: Vec<(u64, u64, Vec<u32>)> = spec.get_item("classes")?.extract()?;
        let classes: Vec<Class> = rows
            .iter()
            .map(|(low, high, edges)| Class::new(*low, *high, edges))
            .collect();
        let word: (u32, u32) = spec.get_item("word")?.extract()?;
        let made = |tree: &Bound<'_, PyAny>, groups: bool| compile(tree, &classes, word, groups);
        let trees = spec.get_item("patterns")?;
        let patterns = Patterns::fill(|name| Ok(made(&trees.get_item(name)?, true)?.pattern))?;
        let limits = spec.get_item("limits")?;
        let fields = spec.get_item("fields")?;
        let heads = |name: &str| -> PyResult<(Vec<Head>, Vec<Tree>)> {
            let list = spec.get_item("lists")?.get_item(name)?;
            let pairs: PyResult<Vec<_>> = list
                .try_iter()?
                .map(|tree| Ok(head(made(&tree?, true)?)))
                .collect();
            Ok(pairs?.into_iter().unzip())
        };
        let (timed_heads, timed_trees) = heads("timed_heads")?;
        let (untimed_heads, mut untimed_trees) = heads("untimed_heads")?;
        untimed_trees.push(made(&trees.get_item("alarms")?, true)?.tree);
        let secret_trees = [
            made(&trees.get_item("secret")?, true)?.tree,
            made(&trees.get_item("bearer")?, true)?.tree,
        ];
        let (parts, marks, part_trees) = parts(&spec.get_item("parts")?, &made)?;
        let (any_parts, parts_by_need) = by_need(&parts);
        let outer: Vec<String> = spec.get_item("outer_parts")?.extract()?;
        let names: Vec<String> = spec
            .get_item("parts")?
            .try_iter()?
            .map(|part| part?.get_item(0)?.extract())
            .collect::<PyResult<_>>()?;
        let inner = names
            .iter()
            .enumerate()
            .filter(|(_, name)| !outer.contains(name));
        let levels: Vec<String> = spec.get_item("levels")?.extract()?;
        let level = |name: &str| {
            levels
                .iter()
                .position(|each| each == name)
                .map_or(0, |at| at as u8 + 1)
        };
        let table = |name: &str| -> PyResult<HashMap<Vec<u8>, u8>> {
            let table: Table<String, String> = spec.get_item(name)?.extract()?;
            Ok(table
                .into_iter()
                .map(|(word, name)| (word.into_bytes(), level(&name)))
                .collect())
        };
        let own = spec.get_item("own")?;
        let own = own.try_iter()?.map(|mask| {
            let mask = mask?;
            let name: String = mask.get_item(0)?.extract()?;
            Ok((
                format!("<{name}>").into_bytes(),
                made(&mask.get_item(1)?, false)?.pattern,
            ))
        });
        let alarms = made(&trees.get_item("alarms")?, true)?.names;
        let syslog = made(&trees.get_item("syslog")?, true)?.names;
        let group = |names: &[(String, usize)], wanted: &str| -> PyResult<usize> {
            let found = names.iter().find(|(name, _)| name == wanted);
            found
                .map(|(_, number)| *number)
                .ok_or_else(|| PyValueError::new_err(format!("no group {wanted}")))
        };
        let bytes = |name: &str| -> PyResult<Vec<Vec<u8>>> {
            let texts: Vec<String> = spec.get_item(name)?.extract()?;
            Ok(texts.into_iter().map(String::into_bytes).collect())
        };
        let lowered: Table<String, String> = spec.get_item("lowered")?.extract()?;
        let index = |name: &str| -> PyResult<usize> { spec.get_item(name)?.extract() };
        Ok(Spec {
            patterns,
            limits: Limits::fill(|name| limits.get_item(name)?.extract())?,
            fields: Fields::fill(|name| fields.get_item(name)?.extract())?,
            screens: Screens {
                parts: Screen::new(part_trees.iter(), &classes, PART_REACH),
                timed: Screen::new(timed_trees.iter(), &classes, HEAD_REACH),
                untimed: Screen::new(untimed_trees.iter(), &classes, HEAD_REACH),
                secrets: Screen::new(secret_trees.iter(), &classes, HEAD_REACH),
            },
            digits_alike: timed_trees
                .iter()
                .all(|tree| tree.takes_digits_alike(&classes)),
            timed_heads,
            untimed_heads,
            parts_by_byte: by_byte(&parts),
            any_parts,
            parts_by_need,
            parts_by_length: by_length(&part_trees),
            parts,
            marks,
            inner_parts: inner.fold(0, |all, (at, _)| all | 1 << at),
            own: own.collect::<PyResult<_>>()?,
            spaces: index("spaces")?,
            digits: index("digits")?,
            figures: index("figures")?,
            letters: index("letters")?,
            lowered: lowered
                .into_iter()
                .map(|(from, to)| (from.into_bytes(), to.into_bytes()))
                .collect(),
            hex_terms: bytes("terms")?.iter().any(|term| term.len() >= 16),
            terms: bytes("terms")?.into_iter().collect(),
            secret_words: bytes("secret_words")?,
            level_words: table("level_words")?,
            level_letters: table("level_letters")?,
            syslog_levels: spec
                .get_item("syslog_levels")?
                .extract::<Vec<String>>()?
                .iter()
                .map(|name| level(name))
                .collect(),
            redis_levels: table("redis_levels")?
                .into_iter()
                .map(|(sign, level)| (sign[0], level))
                .collect(),
            alarm_levels: alarms
                .iter()
                .map(|(name, number)| (*number, level(name)))
                .collect(),
            syslog_priority: group(&syslog, "priority")?,
            syslog_logger: group(&syslog, "logger")?,
            levels: std::iter::once("-".to_owned())
                .chain(levels.iter().map(|name| name.to_uppercase()))
                .map(String::into_bytes)
                .collect(),
            classes,
        })
    }

    pub fn space(&self) -> &Class {
        &self.classes[self.spaces]
    }

    /// Parts that may begin with a byte and be no longer than what is left of a word.
    #[inline]
    pub fn parts_here(&self, rest: &[u8]) -> u32 {
        let byte = rest.first().copied().unwrap_or(0);
        self.parts_by_byte[byte as usize] & self.parts_by_length[rest.len().min(MEASURED - 1)]
    }

    /// Parts of which a word has a byte that each of them needs.
    #[inline]
    pub fn possible_parts(&self, word: &[u8]) -> u32 {
        let needed = |all, &byte: &u8| all | self.parts_by_need[byte as usize];
        word.iter().fold(self.any_parts, needed)
    }
}

fn head(compiled: Compiled) -> (Head, Tree) {
    let Compiled {
        pattern,
        tree,
        names,
    } = compiled;
    let group = |wanted: &str| {
        names
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, number)| *number)
    };
    let head = Head {
        pattern,
        level: group("level"),
        logger: group("logger"),
        name: group("name"),
        tail: group("tail").is_some(),
    };
    (head, tree)
}

type Make<'a> = dyn Fn(&Bound<'_, PyAny>, bool) -> PyResult<Compiled> + 'a;

type Parts = (Vec<Part>, Vec<Vec<u8>>, Vec<Tree>);

fn parts(list: &Bound<'_, PyAny>, made: &Make<'_>) -> PyResult<Parts> {
    let (mut parts, mut marks, mut trees) = (Vec::new(), Vec::new(), Vec::new());
    for part in list.try_iter()? {
        let part = part?;
        let name: String = part.get_item(0)?.extract()?;
        let kind = match name.as_str() {
            "WORD" => Kind::Word,
            "MASKED" | "KEPT" => Kind::Keep,
            "URL" => Kind::Url,
            "RUN" => Kind::Run,
            "POD" => Kind::Pod,
            _ => Kind::Name(marks.len()),
        };
        marks.push(format!("<{name}>").into_bytes());
        let kind = if let Kind::Name(_) = kind {
            Kind::Name(marks.len() - 1)
        } else {
            kind
        };
        let Compiled { pattern, tree, .. } = made(&part.get_item(1)?, false)?;
        parts.push(Part { kind, pattern });
        trees.push(tree);
    }
    if parts.len() > 32 {
        return Err(PyValueError::new_err("more than 32 kinds of parts"));
    }
    Ok((parts, marks, trees))
}

fn by_byte(parts: &[Part]) -> Box<[u32; 256]> {
    let mut table = Box::new([0; 256]);
    for (byte, bits) in table.iter_mut().enumerate() {
        for (at, part) in parts.iter().enumerate() {
            let first = &part.pattern.firsts[part.pattern.start as usize];
            *bits |= ((first.bytes[byte >> 6] >> (byte & 63) & 1) as u32) << at;
        }
    }
    table
}

fn by_length(trees: &[Tree]) -> [u32; MEASURED] {
    std::array::from_fn(|length| {
        let fit = trees
            .iter()
            .enumerate()
            .filter(|(_, tree)| tree.width().min(MEASURED - 1) <= length);
        fit.fold(0, |all, (at, _)| all | 1 << at)
    })
}

/// Of each way in which a part may match, one byte that it needs: a sign rather than a letter or digit.
fn by_need(parts: &[Part]) -> (u32, Box<[u32; 256]>) {
    let (mut any, mut table) = (0, Box::new([0; 256]));
    for (at, part) in parts.iter().enumerate() {
        for needed in &part.pattern.required {
            let bytes = || (0..128u8).filter(|&byte| needed >> byte & 1 != 0);
            let sign = bytes().find(|byte| !byte.is_ascii_alphanumeric());
            match sign.or_else(|| bytes().next()) {
                Some(byte) => table[byte as usize] |= 1 << at,
                None => any |= 1 << at,
            }
        }
    }
    (any, table)
}
