//! Drain (He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017), with the results of
//! Drain3's `Drain` where `parametrize_numeric_tokens` is off: the same choice among equals, the same `<*>` children
//! where a node is full, the same templates after each line, the same eviction.

use hashbrown::HashMap;

use super::recency::Recency;
use super::words::{PARAM, Token};

pub struct Limits {
    /// As Drain3 counts: root, number of words and leaf are levels, too; at least 3.
    pub depth: usize,
    pub similarity: f64,
    pub max_children: usize,
    /// How many templates are kept before the least recently used goes; None: all.
    pub max_clusters: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Change {
    None,
    Changed,
}

pub struct Cluster {
    pub tokens: Box<[Token]>,
    pub size: u64,
}

#[derive(Default)]
struct Node {
    children: usize,
    /// Numbers of clusters; among them, until the next one is added, such as were evicted.
    clusters: Vec<u32>,
}

pub struct Drain {
    limits: Limits,
    nodes: Vec<Node>,
    by_count: HashMap<usize, u32>,
    by_token: HashMap<(u32, Token), u32>,
    /// Number 1 is at index 0; None where it was evicted.
    clusters: Vec<Option<Cluster>>,
    recency: Option<Recency>,
}

impl Drain {
    pub fn new(limits: Limits) -> Self {
        let recency = limits.max_clusters.map(Recency::new);
        Self {
            limits,
            nodes: Vec::new(),
            by_count: HashMap::new(),
            by_token: HashMap::new(),
            clusters: Vec::new(),
            recency,
        }
    }

    pub fn len(&self) -> usize {
        self.clusters.len()
    }

    pub fn cluster(&self, number: u32) -> Option<&Cluster> {
        self.clusters
            .get((number as usize).checked_sub(1)?)?
            .as_ref()
    }

    pub fn cluster_mut(&mut self, number: u32) -> Option<&mut Cluster> {
        self.clusters
            .get_mut((number as usize).checked_sub(1)?)?
            .as_mut()
    }

    /// The cluster that a line of these words belongs to.
    pub fn search(&self, tokens: &[Token]) -> Option<u32> {
        let mut node = *self.by_count.get(&tokens.len())?;
        if tokens.is_empty() {
            let only = *self.nodes[node as usize].clusters.first()?;
            return self.cluster(only).map(|_| only);
        }
        for &token in &tokens[..self.path_length(tokens.len())] {
            let exact = self.by_token.get(&(node, token));
            node = *exact.or_else(|| self.by_token.get(&(node, PARAM)))?;
        }
        self.most_similar(&self.nodes[node as usize].clusters, tokens)
    }

    /// Takes a line of these words into a cluster that `search` found.
    pub fn merge(&mut self, number: u32, tokens: &[Token]) -> Change {
        if let Some(recency) = &mut self.recency {
            recency.touch(number);
        }
        let Some(cluster) = self.cluster_mut(number) else {
            return Change::None;
        };
        cluster.size += 1;
        let mut change = Change::None;
        for (mine, &theirs) in cluster.tokens.iter_mut().zip(tokens) {
            if *mine != theirs && *mine != PARAM {
                *mine = PARAM;
                change = Change::Changed;
            }
        }
        change
    }

    /// A new cluster of these words, none of which may be unknown; its number.
    pub fn create(&mut self, tokens: &[Token]) -> u32 {
        self.clusters.push(Some(Cluster {
            tokens: tokens.into(),
            size: 1,
        }));
        let number = self.clusters.len() as u32;
        if let Some(gone) = self
            .recency
            .as_mut()
            .and_then(|recency| recency.add(number))
        {
            self.clusters[gone as usize - 1] = None;
        }
        self.file(number, tokens);
        number
    }

    /// How many of a line's first words lead through the tree: the last one never does.
    fn path_length(&self, count: usize) -> usize {
        (self.limits.depth - 3).min(count - 1)
    }

    /// The cluster with most equal words, of those alike the one with most `<*>`, of those alike the oldest.
    fn most_similar(&self, candidates: &[u32], tokens: &[Token]) -> Option<u32> {
        let mut best: Option<(u32, u32, u32)> = None;
        for &number in candidates {
            let Some(cluster) = self.cluster(number) else {
                continue;
            };
            let (mut equal, mut parameters) = (0u32, 0u32);
            for (&mine, &theirs) in cluster.tokens.iter().zip(tokens) {
                parameters += u32::from(mine == PARAM);
                equal += u32::from(mine == theirs && mine != PARAM);
            }
            if best.is_none_or(|(most, wild, _)| (equal, parameters) > (most, wild)) {
                best = Some((equal, parameters, number));
            }
        }
        let (equal, _, number) = best?;
        (f64::from(equal) / tokens.len() as f64 >= self.limits.similarity).then_some(number)
    }

    /// Enters a cluster where lines with the words of its birth will look for it.
    fn file(&mut self, number: u32, tokens: &[Token]) {
        let mut node = match self.by_count.get(&tokens.len()) {
            Some(&node) => node,
            None => {
                let fresh = self.new_node();
                self.by_count.insert(tokens.len(), fresh);
                fresh
            }
        };
        if tokens.is_empty() {
            self.nodes[node as usize].clusters = vec![number];
            return;
        }
        for &token in &tokens[..self.path_length(tokens.len())] {
            node = self.child(node, token);
        }
        let clusters = &self.clusters;
        let filed = &mut self.nodes[node as usize].clusters;
        filed.retain(|&other| clusters[other as usize - 1].is_some());
        filed.push(number);
    }

    /// The child for a word: its own, or `<*>` where there is no room for another.
    fn child(&mut self, node: u32, token: Token) -> u32 {
        if let Some(&known) = self.by_token.get(&(node, token)) {
            return known;
        }
        let count = self.nodes[node as usize].children;
        let shared = self.by_token.get(&(node, PARAM)).copied();
        let key = match shared {
            Some(shared) if count >= self.limits.max_children => return shared,
            Some(_) => token,
            None if count + 1 < self.limits.max_children => token,
            None => PARAM,
        };
        let fresh = self.new_node();
        self.by_token.insert((node, key), fresh);
        self.nodes[node as usize].children += 1;
        fresh
    }

    fn new_node(&mut self) -> u32 {
        self.nodes.push(Node::default());
        self.nodes.len() as u32 - 1
    }
}
