//! Lines of one file or topic to records, as `ingest.feed.Feed`.

use std::borrow::Cow;

use hashbrown::HashSet;
use pyo3::PyResult;

use super::ask::{Ask, Said};
use super::assembler::Assembler;
use super::chars::{self, Cleaned};
use super::document::{Document, Documents, Names};
use super::event::{self, Times};
use super::fields::Own;
use super::frames;
use super::json::Text;
use super::lines::{Block, Line};
use super::names::{Texts, Writers};
use super::record::{Drop, Record, Remark, Tally};
use super::times::{Clock, DAY, EARLIEST, Found};

/// As `ingest.sniff.Form`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Cri,
    Docker,
    Filebeat,
    Plain,
}

/// What holds for all lines.
pub struct Rules {
    pub form: Form,
    pub tolerance: i64,
    pub collect_refused: bool,
    pub collect_joined: bool,
}

pub struct Feed {
    rules: Rules,
    ask: Ask,
    pub assembler: Assembler,
    /// Of what lines tell by themselves, and of what plain lines tell, which may be in the zone of the settings.
    times: Times,
    plain: Times,
    /// The newest plain line's own time.
    last: Option<i64>,
    pub streams: Texts,
    pub levels: Texts,
    pub writers: Writers,
    documents: Documents,
    clock: Clock,
    now: i64,
    appended_from: i64,
    pub low: Option<i64>,
    pub high: i64,
    pub refused: Vec<(i64, u8)>,
    pub joined: Vec<(i64, i64)>,
    /// Positions of lines of which nothing is made: they were joined to records that aren't read again.
    pub passed: HashSet<i64>,
}

/// A document, whoever read it.
struct Read<'a> {
    time: Option<i64>,
    stamped: bool,
    stream: &'a str,
    level: &'a str,
    inner_time: Option<i64>,
    names: Names<'a>,
}

impl Feed {
    pub fn new(rules: Rules, ask: Ask, zoned: bool, max_lines: u32, max_size: usize) -> Feed {
        Feed {
            rules,
            ask,
            assembler: Assembler::new(max_lines, max_size),
            times: Times::new(false),
            plain: Times::new(zoned),
            last: None,
            streams: Texts::default(),
            levels: Texts::default(),
            writers: Writers::default(),
            documents: Documents::default(),
            clock: Clock::default(),
            now: 0,
            appended_from: i64::MAX,
            low: None,
            high: 0,
            refused: Vec::new(),
            joined: Vec::new(),
            passed: HashSet::new(),
        }
    }

    pub fn ask(&self) -> &Ask {
        &self.ask
    }

    /// Plain lines before the place where reading goes on.
    pub fn recall(&mut self, data: &[u8], now: i64) -> PyResult<()> {
        for line in data.split(|&byte| byte == b'\n') {
            self.stamp(chars::rstrip(&String::from_utf8_lossy(line)), now, false)?;
        }
        Ok(())
    }

    pub fn push(
        &mut self,
        block: &Block,
        now: i64,
        appended_from: i64,
        unfinished: bool,
    ) -> PyResult<()> {
        (self.now, self.appended_from) = (now, appended_from);
        let lost = self.assembler.tally.lost();
        let mut read = Tally::default();
        block.each(&mut read, |line| self.line(&line))?;
        self.entered(&read);
        if unfinished && self.assembler.tally.lost() == lost {
            self.assembler.tally.remark(Remark::Unfinished);
        }
        Ok(())
    }

    pub fn push_documents(
        &mut self,
        documents: &[&[u8]],
        positions: &[i64],
        now: i64,
    ) -> PyResult<()> {
        self.now = now;
        let mut read = Tally::default();
        for (row, (document, &position)) in documents.iter().zip(positions).enumerate() {
            let text = super::lines::decoded(document, &mut read);
            let text = super::lines::bare(text, row == 0 && position == 0, true);
            read.read += 1;
            self.document(&Line {
                text,
                position,
                cut: false,
                dirty: chars::has_controls(document),
            })?;
        }
        self.entered(&read);
        Ok(())
    }

    fn entered(&mut self, read: &Tally) {
        self.assembler.tally.read += read.read;
        for (sum, more) in self.assembler.tally.remarks.iter_mut().zip(read.remarks) {
            *sum += more;
        }
    }

    fn line(&mut self, line: &Line) -> PyResult<()> {
        match self.rules.form {
            Form::Plain => self.plain(line),
            Form::Filebeat => self.document(line),
            Form::Cri | Form::Docker => self.stamped(line),
        }
    }

    fn stamped(&mut self, line: &Line) -> PyResult<()> {
        let framed = if self.rules.form == Form::Cri {
            frames::cri(&line.text, &mut self.clock)
        } else {
            frames::docker(&line.text, &mut self.clock)
        };
        if let Some(frame) = framed {
            let mut scratch = String::new();
            let (text, escaped_controls) = unescaped(frame.text, &mut scratch);
            return self.framed(
                line,
                frame.time,
                frame.stream,
                frame.partial,
                text,
                escaped_controls,
            );
        }
        if line.text.is_empty() {
            self.refuse(line.position, Drop::Empty);
            return Ok(());
        }
        match self.ask.frame(&line.text)? {
            Some((time, stream, partial, text)) => {
                self.framed(line, time, &stream, partial, &text, true)
            }
            None => {
                self.refuse_unread(line);
                Ok(())
            }
        }
    }

    fn framed(
        &mut self,
        line: &Line,
        time: i64,
        stream: &str,
        partial: bool,
        text: &str,
        escaped_controls: bool,
    ) -> PyResult<()> {
        let message = if partial { text } else { chars::rstrip(text) };
        let Some(message) = self.cleaned(line, message, line.dirty || escaped_controls) else {
            return Ok(());
        };
        let stream = self.streams.number(stream);
        let key = u64::from(stream);
        if message.is_empty() && !self.assembler.awaits(key) {
            self.refuse(line.position, Drop::Empty);
            return Ok(());
        }
        if time >= EARLIEST {
            self.low = Some(time);
        }
        if self
            .assembler
            .join(key, time, &message, partial, &self.ask)?
        {
            self.follow(key, line.position);
            return Ok(());
        }
        if self.passed.contains(&line.position) {
            return Ok(());
        }
        if message.is_empty() {
            self.refuse(line.position, Drop::Empty); // the end of a partial line that came too late for it
            return Ok(());
        }
        let settled = self.settle(&message, time, None)?;
        let mut record = Record::new(line.position, settled, time);
        record.stream = stream;
        self.begin(key, record, Some(time), line.cut, &message, partial);
        Ok(())
    }

    fn plain(&mut self, line: &Line) -> PyResult<()> {
        let message = chars::rstrip(&line.text);
        if message.is_empty() {
            self.refuse(line.position, Drop::Empty);
            return Ok(());
        }
        let Some(message) = self.cleaned(line, message, line.dirty) else {
            return Ok(());
        };
        if self
            .assembler
            .join(0, self.last.unwrap_or(0), &message, false, &self.ask)?
        {
            self.follow(0, line.position);
            return Ok(());
        }
        let time = self.stamp(&message, self.now, line.position >= self.appended_from)?;
        if time.is_some() {
            self.low = self.last;
        }
        let mut record = Record::new(line.position, time.unwrap_or(0), self.last.unwrap_or(0));
        if time.is_none() {
            record.drop = Some(Drop::NoTime);
        }
        self.begin(0, record, time, line.cut, &message, false);
        Ok(())
    }

    /// As `ingest.plain.PlainTimes.stamp`.
    fn stamp(&mut self, text: &str, now: i64, appended: bool) -> PyResult<Option<i64>> {
        let own = self.plain.tell(text, &self.ask)?;
        if let Some(own) = own {
            if (EARLIEST..=now + DAY).contains(&own) {
                self.last = Some(own);
            }
            return Ok(Some(own));
        }
        Ok(self.last.or(if appended { Some(now) } else { None }))
    }

    fn document(&mut self, line: &Line) -> PyResult<()> {
        let Some(found) = self.documents.parse(&line.text) else {
            return self.asked_document(line);
        };
        let Some(inner_time) = self.inner_time(&found)? else {
            return self.asked_document(line);
        };
        let time = match self.times.moment_of(found.at, &self.ask)? {
            Found::Yes(time) => time,
            Found::No => None,
            Found::Unsure => self.ask.moment(found.at)?,
        };
        let mut scratch = String::new();
        let message = found.message.unwrap_or_default();
        let (text, controls) = unescaped(message, &mut scratch);
        let read = Read {
            time,
            stamped: found.stamped,
            stream: found.stream,
            level: found.level,
            inner_time,
            names: found.names,
        };
        self.message(line, &read, text, controls)
    }

    /// The first of the application's own times that tells one; `None` where only Python can say.
    fn inner_time(&mut self, document: &Document) -> PyResult<Option<Option<i64>>> {
        for own in document.times.iter().flatten() {
            let told = match own {
                Own::Text(text) => match text.plain() {
                    Some(text) => self.times.moment_of(text, &self.ask)?,
                    None => return Ok(None),
                },
                Own::Number(text) => event::number(text),
                Own::Other => return Ok(None),
            };
            match told {
                Found::Yes(Some(0)) | Found::Yes(None) | Found::No => {}
                Found::Yes(time) => return Ok(Some(time)),
                Found::Unsure => return Ok(None),
            }
        }
        Ok(Some(None))
    }

    fn asked_document(&mut self, line: &Line) -> PyResult<()> {
        let said = if line.text.is_empty() {
            None
        } else {
            self.ask.document(&line.text)?
        };
        let Some(Said {
            time,
            stamped,
            stream,
            level,
            message,
            inner_time,
            names,
        }) = said
        else {
            self.refuse_unread(line);
            return Ok(());
        };
        let mut ten = [""; 10];
        for (name, said) in ten.iter_mut().zip(&names) {
            *name = said;
        }
        let read = Read {
            time,
            stamped,
            stream: &stream,
            level: &level,
            inner_time,
            names: ten,
        };
        self.message(line, &read, message.as_deref().unwrap_or(""), true)
    }

    fn message(&mut self, line: &Line, read: &Read, text: &str, controls: bool) -> PyResult<()> {
        let message = chars::rstrip(text);
        if message.is_empty() {
            self.refuse(line.position, Drop::Empty);
            return Ok(());
        }
        let Some(message) = self.cleaned(line, message, line.dirty || controls) else {
            return Ok(());
        };
        let written = read.time.or(read.inner_time);
        if let Some(time) = written.filter(|time| self.is_plausible(*time)) {
            self.low = Some(time);
        }
        let (origin, group) = self.writers.number(&read.names, &self.ask)?;
        let stream = self.streams.number(read.stream);
        let key = u64::from(group) << 32 | u64::from(stream);
        let nearest = written.or(self.low).unwrap_or(0);
        if self
            .assembler
            .join(key, nearest, &message, false, &self.ask)?
        {
            self.follow(key, line.position);
            return Ok(());
        }
        if self.passed.contains(&line.position) {
            return Ok(()); // its time was taken note of all the same
        }
        let time = self.document_time(read, &message)?;
        let mut record = Record::new(line.position, time.unwrap_or(0), written.unwrap_or(0));
        (record.stream, record.level, record.origin) =
            (stream, self.levels.number(read.level), origin);
        if time.is_none() {
            record.drop = Some(Drop::NoTime);
        }
        // Nothing goes on with what has no time; what closes it would depend on where reading began.
        record.open = written.is_some();
        self.begin(key, record, time, line.cut, &message, false);
        Ok(())
    }

    fn document_time(&mut self, read: &Read, message: &str) -> PyResult<Option<i64>> {
        if let (true, Some(time)) = (read.stamped, read.time) {
            return self.settle(message, time, read.inner_time).map(Some);
        }
        let inner = match read.inner_time {
            Some(time) => Some(time),
            None => self.times.tell(message, &self.ask)?,
        };
        Ok(inner
            .filter(|&time| read.time.is_none() || self.is_plausible(time))
            .or(read.time))
    }

    fn is_plausible(&self, time: i64) -> bool {
        (EARLIEST..=self.now.saturating_add(DAY)).contains(&time)
    }

    /// As `ingest.lines.settle`.
    fn settle(&mut self, message: &str, runtime: i64, inner: Option<i64>) -> PyResult<i64> {
        let inner = match inner {
            Some(time) => Some(time),
            None => self.times.tell(message, &self.ask)?,
        };
        let Some(inner) = inner.filter(|&inner| inner != runtime) else {
            return Ok(runtime);
        };
        if (inner - runtime).abs() <= self.rules.tolerance {
            return Ok(inner);
        }
        self.assembler.tally.remark(Remark::WrongClock);
        Ok(runtime)
    }

    fn begin(
        &mut self,
        key: u64,
        mut record: Record,
        time: Option<i64>,
        cut: bool,
        message: &str,
        partial: bool,
    ) {
        if let Some(time) = time {
            if !self.is_plausible(time) {
                record.drop = Some(Drop::ImplausibleTime);
            } else if time > self.high {
                self.high = time;
            }
        }
        record.truncated = cut;
        if let (true, Some(reason)) = (self.rules.collect_refused, record.drop) {
            self.refused.push((record.position, reason as u8));
        }
        self.assembler.begin(key, record, message, partial);
    }

    /// A line was joined to the record before it, and is refused where that is.
    fn follow(&mut self, key: u64, position: i64) {
        if !self.rules.collect_refused && !self.rules.collect_joined {
            return;
        }
        let Some(record) = self.assembler.record(key) else {
            return;
        };
        if let (true, Some(reason)) = (self.rules.collect_refused, record.drop) {
            self.refused.push((position, reason as u8));
        }
        let begin = record.position;
        if self.rules.collect_joined
            && (self.rules.collect_refused || self.assembler.is_crossed(key))
        {
            self.joined.push((begin, position));
        }
    }

    /// The message without NULs; None where it is no text.
    fn cleaned<'a>(&mut self, line: &Line, message: &'a str, dirty: bool) -> Option<Cow<'a, str>> {
        match if dirty {
            chars::clean(message)
        } else {
            Cleaned::Same
        } {
            Cleaned::Same => Some(Cow::Borrowed(message)),
            Cleaned::Replaced(message) => {
                self.assembler.tally.remark(Remark::Undecodable);
                Some(Cow::Owned(message))
            }
            Cleaned::Binary => {
                self.refuse(line.position, Drop::Binary);
                None
            }
        }
    }

    fn refuse_unread(&mut self, line: &Line) {
        let blank = chars::strip(&line.text).is_empty();
        self.refuse(
            line.position,
            if blank { Drop::Empty } else { Drop::Malformed },
        );
    }

    fn refuse(&mut self, position: i64, reason: Drop) {
        self.assembler.tally.drop(reason, 1);
        if self.rules.collect_refused && reason != Drop::Empty {
            self.refused.push((position, reason as u8));
        }
    }
}

/// The text, and whether an escape in it meant a control character.
fn unescaped<'a>(text: Text<'a>, scratch: &'a mut String) -> (&'a str, bool) {
    if !text.escaped {
        return (text.raw, false);
    }
    scratch.reserve(text.raw.len());
    let controls = text.unescape(scratch);
    (scratch, controls)
}
