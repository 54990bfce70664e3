//! Members of documents that were met before: what they say is known without scanning them again.
//!
//! One container's documents repeat nearly all their members byte by byte, in an order that changes (Filebeat writes
//! them as Go goes through a map). A scanner that stands where a member begins, at the same level, passes over equal
//! bytes in the same way, so that a member which ends by itself, with a quote, a brace or a word, says the same as
//! when it was read. Numbers don't end by themselves; they are scanned each time, and so are messages and times.

use hashbrown::HashMap;
use memchr::memmem::Finder;

use super::fields::{Field, Level, Values};

/// Members with one key beyond which its values aren't kept, as they vary.
const VARIANTS: usize = 16;
/// Members of a level, and bytes of all members, that are kept of a writer.
const MEMBERS: usize = 96;
const BYTES: usize = 32_000;
/// What is kept in all; beyond it, all is learned anew.
const ALL_BYTES: usize = 16_000_000;
/// Bytes that are kept for a writer besides its members, about.
const ROOM: usize = 500;
/// Shorter members aren't kept.
const HEAD: usize = 8;
/// Longer paths aren't looked for.
const PATH: usize = 4_096;
/// What comes before the first member.
pub const START: usize = usize::MAX;

/// A text that a member says: whose, and where in the member it stands.
#[derive(Clone, Copy)]
pub struct Put {
    pub place: usize,
    pub begin: usize,
    pub end: usize,
}

pub enum Kind {
    /// The member is kept whole, and says this.
    Whole(Box<[Put]>),
    /// The key is kept, with what stands before the value, which is scanned.
    Key(Field),
}

struct Member {
    /// None where the member is no longer kept.
    bytes: Box<[u8]>,
    /// How many of them stand before the value.
    key: usize,
    kind: Kind,
    /// The member that came next, last time.
    next: usize,
}

#[derive(Default)]
struct Members {
    first: usize,
    /// The beginning of each member; 0 where it is no longer kept.
    heads: Vec<u64>,
    kept: Vec<Member>,
}

/// What is kept of the documents of one file, or of all that tell none.
#[derive(Default)]
pub struct Writer {
    levels: [Members; 3],
    bytes: usize,
}

impl Writer {
    /// The number of the kept member with which `rest` begins, its length and its kind.
    pub fn find(
        &mut self,
        level: Level,
        previous: usize,
        rest: &[u8],
    ) -> Option<(usize, usize, &Kind)> {
        let members = &mut self.levels[level as usize];
        let expected = match members.kept.get(previous) {
            Some(member) => member.next,
            None => members.first,
        };
        let found = if members.is_at(expected, rest) {
            expected
        } else {
            let found = members.search(rest)?;
            members.follow(previous, found);
            found
        };
        let member = members.kept.get(found)?;
        Some((found, member.bytes.len(), &member.kind))
    }

    /// Keep a member that was read, of which `key` bytes stand before the value; returned is its number.
    pub fn keep(
        &mut self,
        level: Level,
        previous: usize,
        (bytes, key): (&[u8], usize),
        field: Field,
        said: Option<Box<[Put]>>,
    ) -> usize {
        let members = &mut self.levels[level as usize];
        let said = said.filter(|_| {
            let freed = members.let_go(&bytes[..key]);
            self.bytes -= freed.unwrap_or(0);
            freed.is_none()
        });
        let bytes = if said.is_some() { bytes } else { &bytes[..key] };
        let place = members.heads.iter().position(|&head| head == 0);
        let place = place.unwrap_or(members.heads.len());
        let is_much = place >= MEMBERS || self.bytes + bytes.len() > BYTES;
        let (false, Some(head)) = (is_much, head(bytes)) else {
            return START;
        };
        self.bytes += bytes.len();
        let member = Member {
            bytes: bytes.into(),
            key,
            kind: said.map_or(Kind::Key(field), Kind::Whole),
            next: 0,
        };
        if place == members.heads.len() {
            members.heads.push(head);
            members.kept.push(member);
        } else {
            (members.heads[place], members.kept[place]) = (head, member);
        }
        members.follow(previous, place);
        place
    }
}

impl Members {
    fn follow(&mut self, previous: usize, number: usize) {
        match self.kept.get_mut(previous) {
            Some(member) => member.next = number,
            None => self.first = number,
        }
    }

    fn is_at(&self, place: usize, rest: &[u8]) -> bool {
        let member = self.kept.get(place).map(|member| &*member.bytes);
        member.is_some_and(|bytes| !bytes.is_empty() && rest.starts_with(bytes))
    }

    fn search(&self, rest: &[u8]) -> Option<usize> {
        let wanted = head(rest)?;
        let mut heads = self.heads.iter().enumerate();
        heads
            .find_map(|(place, &head)| (head == wanted && self.is_at(place, rest)).then_some(place))
    }

    /// Lets go of the members with this key, where they are so many that its values aren't worth keeping; returned is
    /// how many bytes they had.
    fn let_go(&mut self, key: &[u8]) -> Option<usize> {
        let is_same = |member: &Member| member.key == key.len() && member.bytes.starts_with(key);
        if self.kept.iter().filter(|member| is_same(member)).count() < VARIANTS {
            return None;
        }
        let mut freed = 0;
        for (head, member) in self.heads.iter_mut().zip(&mut self.kept) {
            if is_same(member) {
                freed += member.bytes.len();
                (*head, member.bytes) = (0, Box::default());
            }
        }
        Some(freed)
    }
}

fn head(bytes: &[u8]) -> Option<u64> {
    let head = <[u8; HEAD]>::try_from(bytes.get(..HEAD)?).ok()?;
    Some(u64::from_le_bytes(head))
}

/// The writers of documents, each known by the path in them.
pub struct Known {
    /// In a place of its own: it has to stand on a round address, and Python's objects needn't.
    path: Box<Finder<'static>>,
    places: HashMap<Box<[u8]>, usize>,
    writers: Vec<Writer>,
    bytes: usize,
    /// The writer of the last document, and how much was kept of it.
    last: (usize, usize),
}

impl Default for Known {
    fn default() -> Known {
        Known {
            path: Box::new(Finder::new(br#""path":"#)),
            places: HashMap::new(),
            writers: Vec::new(),
            bytes: 0,
            last: (0, 0),
        }
    }
}

impl Known {
    /// Who may have written the document: no more than a guess, which makes reading fast.
    pub fn writer(&mut self, document: &[u8]) -> Option<&mut Writer> {
        let (place, before) = self.last;
        self.bytes += self
            .writers
            .get(place)
            .map_or(0, |last| last.bytes - before);
        if self.bytes > ALL_BYTES {
            self.places.clear();
            self.writers.clear();
            self.bytes = 0;
        }
        let path = self.path_in(document);
        let place = match self.places.get(path) {
            Some(&place) => place,
            None => {
                self.places.insert(path.into(), self.writers.len());
                self.writers.push(Writer::default());
                self.bytes += path.len() + ROOM;
                self.writers.len() - 1
            }
        };
        let writer = self.writers.get_mut(place)?;
        self.last = (place, writer.bytes);
        Some(writer)
    }

    fn path_in<'a>(&self, document: &'a [u8]) -> &'a [u8] {
        let Some(found) = self.path.find(document) else {
            return b"";
        };
        let rest = &document[found + self.path.needle().len()..];
        let rest = &rest[..rest.len().min(PATH)];
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let inside = rest.strip_prefix(b"\"").unwrap_or(rest);
        memchr::memchr(b'"', inside).map_or(b"", |end| &inside[..end])
    }
}

/// What is said by the fields that were put, and stands in the member that begins at `begin`.
pub fn said(values: &Values, text: &str, begin: usize) -> Box<[Put]> {
    let member = text.as_ptr() as usize + begin;
    values
        .iter()
        .map(|(place, value)| {
            let begin = match value.is_empty() {
                true => 0,
                false => value.as_ptr() as usize - member,
            };
            Put {
                place,
                begin,
                end: begin + value.len(),
            }
        })
        .collect()
}
