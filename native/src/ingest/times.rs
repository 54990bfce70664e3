//! Times in texts, as in `ingest.timestamps`; microseconds since 1970, UTC.

pub const SECOND: i64 = 1_000_000;
pub const DAY: i64 = 86_400 * SECOND;
pub const EARLIEST: i64 = 946_684_800 * SECOND;

/// What an expression finds; `Unsure` where letters or digits of other scripts decide, as only Python knows them.
pub enum Found<T> {
    Yes(T),
    No,
    Unsure,
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let mut value = 0;
    for &byte in bytes.get(at..at + count)? {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(value)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, of the calendar as `datetime` has it: years counted from March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469
}

/// The microseconds of a date and a clock `07:09:29`; None where there is no such time. A leap second is the one after.
fn second(year: i64, month: i64, day: i64, clock: &[u8]) -> Option<i64> {
    let (hour, minute, seconds) = (
        digits(clock, 0, 2)?,
        digits(clock, 3, 2)?,
        digits(clock, 6, 2)?,
    );
    let is_date =
        year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= days_of_month(year, month);
    if !is_date || hour > 23 || minute > 59 || seconds > 60 {
        return None;
    }
    Some((days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + seconds) * SECOND)
}

/// `dddd?dd?dd?dd:dd:dd` at a place, less what stands between date parts.
fn second_at(bytes: &[u8], at: usize) -> Option<i64> {
    second(
        digits(bytes, at, 4)?,
        digits(bytes, at + 5, 2)?,
        digits(bytes, at + 8, 2)?,
        bytes.get(at + 11..at + 19)?,
    )
}

/// Digits after the point; those beyond microseconds are cut off.
fn fraction(bytes: &[u8]) -> i64 {
    let mut value = 0;
    for at in 0..6 {
        value = value * 10 + bytes.get(at).map_or(0, |byte| i64::from(byte - b'0'));
    }
    value
}

/// A runtime's stamp; `Unsure` where it isn't of the usual form, be it wrong or merely odd.
pub fn rfc3339(text: &str) -> Found<i64> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() > 19
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[10] == b'T'
        && bytes[13] == b':'
        && bytes[16] == b':';
    let Some(second) = (if shaped { second_at(bytes, 0) } else { None }) else {
        return Found::Unsure;
    };
    let mut end = 19;
    let mut micros = 0;
    if bytes[19] == b'.' {
        while bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        if end == 19 {
            return Found::Unsure;
        }
        micros = fraction(&bytes[20..=end]);
        end += 1;
    }
    match &bytes[end..] {
        b"Z" => Found::Yes(second + micros),
        [b'+' | b'-', rest @ ..] => match offset(&bytes[end..]) {
            Some(offset) if rest.len() >= 4 => Found::Yes(second + micros - offset),
            _ => Found::Unsure,
        },
        _ => Found::Unsure,
    }
}

/// The second that was read last, as it was written: the next line mostly tells the same one.
pub struct Clock {
    stamp: [u8; STAMP],
    second: i64,
}

impl Default for Clock {
    fn default() -> Clock {
        // No text has such bytes.
        Clock {
            stamp: [0xff; STAMP],
            second: 0,
        }
    }
}

/// Length of `2026-11-21T07:09:29`.
const STAMP: usize = 19;

impl Clock {
    /// The time of a stamp in UTC with a fraction, where its second is the one that is known.
    pub fn known(&self, text: &str) -> Option<i64> {
        let rest = text.as_bytes().strip_prefix(&self.stamp)?;
        Some(self.second + utc_fraction(rest)?)
    }

    /// Of a text that tells this time.
    pub fn learn(&mut self, text: &str, time: i64) {
        if let Some((stamp, rest)) = text.as_bytes().split_first_chunk() {
            if let Some(micros) = utc_fraction(rest) {
                (self.stamp, self.second) = (*stamp, time - micros);
            }
        }
    }

    /// As `rfc3339`.
    pub fn rfc3339(&mut self, text: &str) -> Found<i64> {
        if let Some(time) = self.known(text) {
            return Found::Yes(time);
        }
        let found = rfc3339(text);
        if let Found::Yes(time) = found {
            self.learn(text, time);
        }
        found
    }
}

/// The microseconds of `.123456789Z`, of one digit at least and nine at most.
fn utc_fraction(bytes: &[u8]) -> Option<i64> {
    let [b'.', digits @ .., b'Z'] = bytes else {
        return None;
    };
    let fits = (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    fits.then(|| fraction(digits))
}

/// How far `+02:00`, `-0530` or `+02`, whole, is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let hours = digits(zone, 1, 2)?;
    let minutes = match zone.len() {
        3 => 0,
        5 => digits(zone, 3, 2)?,
        6 if zone[3] == b':' => digits(zone, 4, 2)?,
        _ => return None,
    };
    let ahead = (hours * 60 + minutes) * 60 * SECOND;
    Some(if zone[0] == b'-' { -ahead } else { ahead })
}

/// A time with its date, perhaps without zone.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// None where the calendar or the clock has no such time.
    second: Option<i64>,
    micros: i64,
    offset: Option<i64>,
    stamp: &'a [u8],
}

/// Which bytes may be read as the reader's zone says.
pub enum Meant {
    Time(i64),
    Nothing,
    /// Date and clock of the zone of the settings, and the microseconds to add.
    Local([u8; 19], i64),
}

impl Moment<'_> {
    pub fn meant(&self, zoned: bool) -> Meant {
        match (self.offset, zoned) {
            (Some(offset), _) => self.second.map_or(Meant::Nothing, |second| {
                Meant::Time(second + self.micros - offset)
            }),
            (None, false) => Meant::Nothing,
            (None, true) => {
                let mut stamp = *b"0000-00-00T00:00:00";
                for (at, byte) in self
                    .stamp
                    .iter()
                    .enumerate()
                    .take(19)
                    .filter(|(at, _)| !matches!(at, 4 | 7 | 10))
                {
                    stamp[at] = *byte;
                }
                Meant::Local(stamp, self.micros)
            }
        }
    }
}

/// `_MOMENT` at the beginning of the bytes; with `whole` as `fullmatch`.
pub fn moment(bytes: &[u8], whole: bool) -> Found<Moment<'_>> {
    for at in 0..19 {
        let Some(&byte) = bytes.get(at) else {
            return Found::No;
        };
        let fits = match at {
            4 | 7 => byte == b'-' || byte == b'/',
            10 => byte == b'T' || byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        };
        if !fits {
            return if byte < 0x80 {
                Found::No
            } else {
                Found::Unsure
            };
        }
    }
    let stamp = &bytes[..19];
    let found = |micros, offset| Moment {
        second: second_at(stamp, 0),
        micros,
        offset,
        stamp,
    };
    if let Some(b'.' | b',') = bytes.get(19) {
        let count = bytes[20..]
            .iter()
            .take(9)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count > 0 {
            match zone(bytes, 20 + count, whole) {
                Found::Yes(offset) => {
                    return Found::Yes(found(fraction(&bytes[20..20 + count]), offset));
                }
                Found::Unsure => return Found::Unsure,
                Found::No => {}
            }
        } else if bytes.get(20).is_some_and(|byte| *byte >= 0x80) {
            return Found::Unsure;
        }
    }
    match zone(bytes, 19, whole) {
        Found::Yes(offset) => Found::Yes(found(0, offset)),
        Found::Unsure => Found::Unsure,
        Found::No => Found::No,
    }
}

/// The zone that stands here, or none, so that what follows fits; tried in the order in which the expression does.
fn zone(bytes: &[u8], at: usize, whole: bool) -> Found<Option<i64>> {
    let mut tried: [(usize, Option<i64>); 5] = [(0, None); 5];
    let mut count = 0;
    let mut offer = |end: usize, offset: Option<i64>| {
        tried[count] = (end, offset);
        count += 1;
    };
    let rest = &bytes[at.min(bytes.len())..];
    if rest.iter().take(7).any(|byte| *byte >= 0x80) {
        return Found::Unsure;
    }
    let numbered = |from: usize, length: usize| rest.get(from..from + length).and_then(offset);
    match rest.first() {
        Some(b'Z') => offer(1, Some(0)),
        Some(b'+' | b'-') => {
            for length in [6, 5, 3] {
                if let Some(ahead) = numbered(0, length) {
                    offer(length, Some(ahead));
                }
            }
        }
        Some(b' ') => {
            let far = &rest[1..];
            if far.starts_with(b"UTC") || far.starts_with(b"GMT") {
                offer(4, Some(0));
            } else if far.starts_with(b"Z") {
                offer(2, Some(0));
            } else if let Some(b'+' | b'-') = far.first() {
                for length in [6, 5] {
                    if let Some(ahead) = numbered(1, length) {
                        offer(length + 1, Some(ahead));
                    }
                }
            }
        }
        _ => {}
    }
    offer(0, None);
    for &(end, offset) in &tried[..count] {
        let fits = match rest.get(end) {
            None => true,
            Some(_) if whole => false,
            Some(&byte) if byte >= 0x80 => return Found::Unsure,
            Some(&byte) => !(byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'),
        };
        if fits {
            return Found::Yes(offset);
        }
    }
    Found::No
}

/// `_epoch` of a whole number.
pub fn epoch(number: i64) -> Option<i64> {
    if number < 946_684_800 {
        None
    } else if number < 100_000_000_000 {
        Some(number * SECOND)
    } else if number < 100_000_000_000_000 {
        Some(number * 1_000)
    } else if number < 100_000_000_000_000_000 {
        Some(number)
    } else {
        Some(number / 1_000)
    }
}

/// `_epoch` of a number with a point.
pub fn epoch_of_float(number: f64) -> Option<i64> {
    if !(946_684_800.0..1e20).contains(&number) {
        None
    } else if number < 1e11 {
        Some((number * 1e6).round_ties_even() as i64)
    } else if number < 1e14 {
        Some((number * 1e3).round_ties_even() as i64)
    } else if number < 1e17 {
        Some(number as i64)
    } else {
        Some((number as i128).div_euclid(1_000) as i64)
    }
}

/// `moment_of` a text.
pub fn moment_of(text: &str) -> Found<Moment<'_>> {
    moment(super::chars::strip(text).as_bytes(), true)
}

/// `moment_of` a text that is no date: a number since 1970, of 9 to 19 digits.
pub fn number_of(text: &str) -> Found<i64> {
    let text = super::chars::strip(text);
    if !text.is_ascii() {
        return Found::Unsure;
    }
    let (whole, part) = text
        .split_once('.')
        .map_or((text, None), |(whole, part)| (whole, Some(part)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !(9..=19).contains(&whole.len()) || !is_digits(whole) {
        return Found::No;
    }
    let number = match part {
        None => match whole.parse::<i64>() {
            Ok(number) => epoch(number),
            Err(_) => return Found::Unsure,
        },
        Some(part) if is_digits(part) && part.len() <= 9 => {
            text.parse().ok().and_then(epoch_of_float)
        }
        Some(_) => return Found::No,
    };
    number.map_or(Found::No, Found::Yes)
}

const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

/// The time of an access log's bracket, which begins at `at`; None where there is none, `Some(None)` for an impossible one.
pub fn access(bytes: &[u8], at: usize) -> Option<Option<i64>> {
    let inside = bytes.get(at..at + 28)?;
    let shaped = inside[0] == b'['
        && inside[3] == b'/'
        && inside[7] == b'/'
        && [12, 15, 18].iter().all(|&colon| inside[colon] == b':')
        && inside[21] == b' '
        && matches!(inside[22], b'+' | b'-')
        && inside[27] == b']'
        && inside[4].is_ascii_uppercase()
        && inside[5..7].iter().all(u8::is_ascii_lowercase);
    let ahead = offset(&inside[22..27]);
    let day = digits(inside, 1, 2);
    let year = digits(inside, 8, 4);
    let clock = [13, 16, 19]
        .iter()
        .all(|&place| digits(inside, place, 2).is_some());
    let (true, true, Some(ahead), Some(day), Some(year)) = (shaped, clock, ahead, day, year) else {
        return None;
    };
    let Some(month) = MONTHS.chunks(3).position(|name| name == &inside[4..7]) else {
        return Some(None);
    };
    Some(second(year, month as i64 + 1, day, &inside[13..21]).map(|second| second - ahead))
}
