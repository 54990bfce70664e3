//! Words as numbers: only those that stand in a template get one, so that lines alone never make this grow.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

pub type Token = u32;

/// Drain's sign for a word that differs.
pub const PARAM: Token = 0;
/// A word that stands in no template, and so is equal to none of theirs.
pub const UNKNOWN: Token = Token::MAX;

pub struct Vocabulary {
    numbers: HashTable<Token>,
    hasher: DefaultHashBuilder,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Vocabulary {
    pub fn new() -> Self {
        let mut fresh = Self {
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            text: Vec::new(),
            ends: Vec::new(),
        };
        fresh.number(b"<*>");
        fresh
    }

    /// The word's number, or `UNKNOWN`.
    pub fn find(&self, word: &[u8]) -> Token {
        let hash = self.hasher.hash_one(word);
        let found = self.numbers.find(hash, |&token| self.word(token) == word);
        found.copied().unwrap_or(UNKNOWN)
    }

    /// The word's number, a new one where it had none.
    pub fn number(&mut self, word: &[u8]) -> Token {
        let known = self.find(word);
        if known != UNKNOWN {
            return known;
        }
        let token = self.ends.len() as Token;
        self.text.extend_from_slice(word);
        self.ends.push(self.text.len());
        let (hasher, text, ends) = (&self.hasher, &self.text, &self.ends);
        let hash = hasher.hash_one(word);
        self.numbers
            .insert_unique(hash, token, |&it| hasher.hash_one(span(text, ends, it)));
        token
    }

    pub fn word(&self, token: Token) -> &[u8] {
        span(&self.text, &self.ends, token)
    }

    /// Words joined by single spaces.
    pub fn join(&self, tokens: &[Token]) -> Vec<u8> {
        let mut joined = Vec::new();
        for (index, &token) in tokens.iter().enumerate() {
            if index > 0 {
                joined.push(b' ');
            }
            joined.extend_from_slice(self.word(token));
        }
        joined
    }
}

fn span<'a>(text: &'a [u8], ends: &[usize], token: Token) -> &'a [u8] {
    let index = token as usize;
    let begin = if index == 0 { 0 } else { ends[index - 1] };
    &text[begin..ends[index]]
}
