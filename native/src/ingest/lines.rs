//! Lines out of blocks of bytes, before anybody looks at what they say; as `ingest.rows` and `ingest.linereader`.

use std::borrow::Cow;

use super::chars;
use super::record::{Remark, Tally};

/// One line as text, and where it stands.
pub struct Line<'a> {
    pub text: Cow<'a, str>,
    pub position: i64,
    /// Whether only its beginning is there.
    pub cut: bool,
    /// Whether there may be control characters in it, as they are.
    pub dirty: bool,
}

/// Lines that follow one another in a file.
pub struct Block<'a> {
    pub data: &'a [u8],
    pub position: i64,
    pub limit: usize,
    pub cut: bool,
}

impl Block<'_> {
    /// Each line in turn.
    pub fn each<E>(
        &self,
        tally: &mut Tally,
        mut take: impl FnMut(Line) -> Result<(), E>,
    ) -> Result<(), E> {
        let whole = std::str::from_utf8(self.data).ok();
        let dirty = chars::has_controls(self.data);
        let odd = dirty || memchr::memchr(b'\r', self.data).is_some();
        let mut begin = 0;
        loop {
            let end = memchr::memchr(b'\n', &self.data[begin..])
                .map_or(self.data.len(), |found| begin + found);
            let kept = kept(&self.data[begin..end], self.limit);
            let text = match whole.and_then(|whole| whole.get(begin..begin + kept)) {
                Some(text) => Cow::Borrowed(text),
                None => decoded(&self.data[begin..begin + kept], tally),
            };
            let position = self.position + begin as i64;
            let cut = self.cut || end - begin > self.limit;
            tally.read += 1;
            take(Line {
                text: bare(text, position == 0, odd),
                position,
                cut,
                dirty,
            })?;
            if end == self.data.len() {
                return Ok(());
            }
            begin = end + 1;
        }
    }
}

/// How much of a line is kept: where it is cut, less the character that the cut went through or stands behind.
fn kept(line: &[u8], limit: usize) -> usize {
    if line.len() <= limit {
        return line.len();
    }
    let mut end = limit;
    while end > limit.saturating_sub(3) && end > 0 && line[end - 1] & 0xc0 == 0x80 {
        end -= 1;
    }
    if end > 0 && line[end - 1] >= 0xc0 {
        end - 1
    } else {
        limit
    }
}

/// What is no UTF-8 becomes U+FFFD.
pub fn decoded<'a>(line: &'a [u8], tally: &mut Tally) -> Cow<'a, str> {
    if let Ok(text) = std::str::from_utf8(line) {
        return Cow::Borrowed(text);
    }
    tally.remark(Remark::Undecodable);
    String::from_utf8_lossy(line)
}

/// The text without a byte order mark, NULs before it and a carriage return after it.
pub fn bare(text: Cow<'_, str>, is_first: bool, odd: bool) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(bare_of(text, is_first, odd)),
        Cow::Owned(text) => Cow::Owned(bare_of(&text, is_first, odd).to_owned()),
    }
}

fn bare_of(text: &str, is_first: bool, odd: bool) -> &str {
    let text = if is_first {
        text.strip_prefix('\u{feff}').unwrap_or(text)
    } else {
        text
    };
    if !odd {
        return text;
    }
    let text = text.trim_start_matches('\0');
    text.strip_suffix('\r').unwrap_or(text)
}
