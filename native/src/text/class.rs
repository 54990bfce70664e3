//! Sets of characters, and characters in UTF-8 as Python's `surrogatepass` writes it.

/// A set of code points; what is beyond ASCII is looked up in ranges.
#[derive(Debug)]
pub struct Class {
    /// By first byte: 0 not in the set, `YES` a member of one byte, `ASK` to be decoded.
    table: [u8; 256],
    ranges: Box<[(u32, u32)]>,
    /// A bit for each code point below `PLANE`, where the ranges are many.
    plane: Box<[u64]>,
}

const YES: u8 = 1;
const ASK: u8 = 2;
const PLANE: u32 = 0x10000;
const MANY: usize = 8;

impl Class {
    /// From the bits of ASCII (0 to 63, 64 to 127) and ranges beyond, both ends included, in order.
    pub fn new(low: u64, high: u64, edges: &[u32]) -> Class {
        let ranges: Vec<_> = edges
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect();
        let mut table = std::array::from_fn(|byte| match byte {
            0..64 => (low >> byte & 1) as u8,
            64..128 => (high >> (byte - 64) & 1) as u8,
            // Bytes that begin no character are taken for one of their own.
            0x80..0xc0 | 0xf8.. => ASK,
            _ => 0,
        });
        for &(begin, end) in &ranges {
            table[lead(begin)..=lead(end)].fill(ASK);
        }
        let mut plane = vec![
            0u64;
            if ranges.len() > MANY {
                PLANE as usize / 64
            } else {
                0
            }
        ];
        if !plane.is_empty() {
            for point in ranges
                .iter()
                .flat_map(|&(begin, end)| begin..=end.min(PLANE - 1))
            {
                plane[point as usize / 64] |= 1 << (point % 64);
            }
        }
        let plane = plane.into_boxed_slice();
        Class {
            table,
            ranges: ranges.into(),
            plane,
        }
    }

    pub fn has(&self, point: u32) -> bool {
        if point < 128 {
            return self.table[point as usize] == YES;
        }
        if point < PLANE && !self.plane.is_empty() {
            return self.plane[point as usize / 64] >> (point % 64) & 1 != 0;
        }
        let after = self.ranges.partition_point(|&(low, _)| low <= point);
        after > 0 && point <= self.ranges[after - 1].1
    }

    /// Whether it has all characters but this one of ASCII.
    pub fn is_any_but(&self, byte: u8) -> bool {
        *self.ranges == [(128, 0x10ffff)] && self.ascii() == !(1 << byte)
    }

    /// Its members in ASCII, a bit each.
    pub fn ascii(&self) -> u128 {
        let members = (0..128).filter(|&byte| self.table[byte] == YES);
        members.fold(0, |all, byte| all | 1 << byte)
    }

    /// How far into its run of members a member stands; of decimal digits, that is their value and some tens.
    pub fn offset(&self, point: u32) -> u32 {
        if point < 128 {
            return (0..point)
                .rev()
                .take_while(|&byte| self.table[byte as usize] == YES)
                .count() as u32;
        }
        let after = self.ranges.partition_point(|&(low, _)| low <= point);
        point - self.ranges[after.saturating_sub(1)].0.min(point)
    }

    /// Whether a member may begin with this byte.
    pub fn may_begin(&self, byte: u8) -> bool {
        self.table[byte as usize] != 0
    }

    /// Bytes of the character at a place where it is in the set, else 0; also at the end.
    #[inline(always)]
    pub fn step(&self, text: &[u8], at: usize) -> usize {
        match text.get(at) {
            None => 0,
            Some(&byte) => match self.table[byte as usize] {
                ASK => self.decoded(text, at),
                found => found as usize,
            },
        }
    }

    #[inline(never)]
    fn decoded(&self, text: &[u8], at: usize) -> usize {
        let (point, length) = decode(text, at);
        if self.has(point) { length } else { 0 }
    }
}

/// The code point at a place and its length in bytes; a stray byte is taken for a character of its own.
pub fn decode(text: &[u8], at: usize) -> (u32, usize) {
    let first = text[at] as u32;
    let tail = |n: usize| text.get(at + n).map_or(0, |&byte| byte as u32 & 0x3f);
    let (point, length) = match first {
        0..0xc0 => (first, 1),
        0xc0..0xe0 => ((first & 0x1f) << 6 | tail(1), 2),
        0xe0..0xf0 => ((first & 0x0f) << 12 | tail(1) << 6 | tail(2), 3),
        _ => (
            (first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3),
            4,
        ),
    };
    (point, length.min(text.len() - at))
}

/// The first byte of a character beyond ASCII.
fn lead(point: u32) -> usize {
    match point {
        0..0x800 => 0xc0 | (point >> 6) as usize,
        0x800..0x10000 => 0xe0 | (point >> 12) as usize,
        _ => 0xf0 | (point >> 18) as usize,
    }
}

/// UTF-8, and surrogates in the same way.
pub fn encode(point: u32) -> Box<[u8]> {
    let tail = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
    match point {
        0..0x80 => [point as u8].into(),
        0x80..0x800 => [0xc0 | (point >> 6) as u8, tail(0)].into(),
        0x800..0x10000 => [0xe0 | (point >> 12) as u8, tail(6), tail(0)].into(),
        _ => [0xf0 | (point >> 18) as u8, tail(12), tail(6), tail(0)].into(),
    }
}

/// Where the character before a place begins; a place is never 0.
#[inline]
pub fn before(text: &[u8], mut at: usize) -> usize {
    at -= 1;
    while at > 0 && text[at] & 0xc0 == 0x80 {
        at -= 1;
    }
    at
}

/// Number of characters.
pub fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// Where the character with this number begins; the end of the text where it has fewer.
pub fn place_of(text: &[u8], number: usize) -> usize {
    if text.len() <= number {
        return text.len();
    }
    let mut begins = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte & 0xc0 != 0x80);
    begins.nth(number).map_or(text.len(), |(at, _)| at)
}

/// `str.strip` with the members of a set.
pub fn strip<'a>(text: &'a [u8], class: &Class) -> &'a [u8] {
    strip_end(strip_begin(text, class), class)
}

/// `str.lstrip` with the members of a set.
pub fn strip_begin<'a>(text: &'a [u8], class: &Class) -> &'a [u8] {
    let mut at = 0;
    loop {
        match class.step(text, at) {
            0 => return &text[at..],
            length => at += length,
        }
    }
}

/// `str.rstrip` with the members of a set.
pub fn strip_end<'a>(text: &'a [u8], class: &Class) -> &'a [u8] {
    let mut end = text.len();
    while end > 0 {
        let at = before(text, end);
        if class.step(text, at) != end - at {
            break;
        }
        end = at;
    }
    &text[..end]
}
