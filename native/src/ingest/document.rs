//! Filebeat's documents, as the typed structs of `ingest.filebeat` take them; all others are left to Python.

use super::chars;
use super::fields::*;
use super::json::{Scan, Text};
use super::members::{self, Kind, Known, START, Writer};

/// The names in a document, in the order of `ingest.identity.DocumentNames`.
pub type Names<'a> = [&'a str; 10];

/// Characters that are kept of a level.
const LEVEL: usize = 40;

pub struct Document<'a> {
    /// `@timestamp`.
    pub at: &'a str,
    /// Whether that is the container runtime's time.
    pub stamped: bool,
    pub stream: &'a str,
    pub level: &'a str,
    /// None where the document has none.
    pub message: Option<Text<'a>>,
    /// The application's own times, of a document that says nothing under `message`.
    pub times: [Option<Own<'a>>; TIMES],
    pub names: Names<'a>,
}

/// Reads documents, and remembers of them what comes again.
#[derive(Default)]
pub struct Documents {
    known: Known,
}

impl Documents {
    pub fn parse<'a>(&mut self, line: &'a str) -> Option<Document<'a>> {
        let writer = self.known.writer(line.as_bytes())?;
        let mut reading = Reading {
            scan: Scan::new(line),
            values: Values {
                texts: [""; PLACES],
                said: 0,
                message: None,
                own: [None; OWN.len()],
                applications: 0,
                application: None,
            },
            writer,
        };
        reading.object(Level::Top)?;
        if reading.scan.dotted || !reading.scan.is_done() {
            return None;
        }
        if reading.values.has(MESSAGE) {
            document(&reading.values)
        } else {
            decoded(line, &reading.values)
        }
    }
}

fn document<'a>(values: &Values<'a>) -> Option<Document<'a>> {
    let at = values.has(AT).then_some(values.texts[AT])?;
    let stream = values.texts[STREAM];
    let levels = [OWN_LEVEL, DOTTED_LEVEL, LOG_LEVEL, SEVERITY];
    Some(Document {
        at,
        stamped: !stream.is_empty() || values.texts[INPUT] == "container",
        stream,
        level: chars::prefix(values.first(&levels), LEVEL),
        message: values.message,
        times: [None; TIMES],
        names: names(values),
    })
}

/// A document without a message, as `ingest.filebeat.look_through`: that of an empty line, or of the application's JSON
/// that Filebeat has decoded. None where only Python can say what it means.
fn decoded<'a>(line: &'a str, values: &Values<'a>) -> Option<Document<'a>> {
    if values.has(ODD) {
        return None;
    }
    let (message, source) = match first_of(&values.own[..OWN_TEXTS]) {
        Some(own) => (Some(own.text()?), None),
        None if values.has(ELSEWHERE) || values.applications > 1 => return None,
        None => match &values.application {
            None => (None, None),
            Some((begin, application)) => {
                let message = first_of(&application[..APPLICATION_TEXTS])
                    .map_or(Some(None), |own| own.text().map(Some))?;
                is_only(line, *begin)?;
                (message, message.map(|_| application))
            }
        },
    };
    let is_stream = matches!(values.texts[STREAM], "stdout" | "stderr");
    let log_level = if values.has(DOTTED_LEVEL) {
        DOTTED_LEVEL
    } else {
        LOG_LEVEL
    };
    let mut level = values.first(&[OWN_LEVEL, SEVERITY, log_level]);
    let mut times = [None; TIMES];
    if let Some(application) = source {
        if matches!(application[APPLICATION_LOG], Some(Own::Other)) {
            return None;
        }
        for own in application[APPLICATION_TEXTS..APPLICATION_TIMES]
            .iter()
            .rev()
            .flatten()
        {
            let told = own.scalar()?;
            level = if told.is_empty() { level } else { told };
        }
        times[..5].copy_from_slice(&application[APPLICATION_TIMES..]);
    }
    times[5..].copy_from_slice(&values.own[OWN_TEXTS..]);
    Some(Document {
        stamped: is_stream || values.texts[INPUT] == "container",
        stream: if is_stream { values.texts[STREAM] } else { "" },
        level: chars::prefix(level, LEVEL),
        message,
        times,
        ..document(values)?
    })
}

fn first_of<'a>(own: &[Option<Own<'a>>]) -> Option<Own<'a>> {
    own.iter().flatten().next().copied()
}

/// Whether the key of the member whose value begins there comes once: of several values the last one counts.
fn is_only(line: &str, begin: usize) -> Option<()> {
    let mut keys = Vec::new();
    let mut wanted = "";
    Scan::new(line).object(|scan, key| {
        scan.peek()?;
        if scan.at() == begin {
            wanted = key.raw;
        }
        keys.push(key.raw);
        scan.skip()
    })?;
    (keys.into_iter().filter(|key| *key == wanted).count() == 1).then_some(())
}

fn names<'a>(values: &Values<'a>) -> Names<'a> {
    [
        values.texts[PATH],
        values.texts[NAMESPACE],
        values.texts[POD],
        values.texts[CONTAINER],
        values.texts[NODE],
        values.texts[IMAGE],
        values.texts[TEMPLATE_HASH],
        values.first(&[DEPLOYMENT, STATEFULSET, DAEMONSET, CRONJOB]),
        values.texts[JOB],
        values.texts[REPLICASET],
    ]
}

struct Reading<'a, 'w> {
    scan: Scan<'a>,
    values: Values<'a>,
    writer: &'w mut Writer,
}

impl<'a> Reading<'a, '_> {
    fn object(&mut self, level: Level) -> Option<()> {
        self.scan.expect(b'{')?;
        if self.scan.peek()? == b'}' {
            return self.scan.expect(b'}');
        }
        let mut previous = START;
        loop {
            if self.scan.peek()? != b'"' {
                return None;
            }
            previous = match self.known_member(level, previous)? {
                Some(number) => number,
                None => self.new_member(level, previous)?,
            };
            match self.scan.peek()? {
                b',' => self.scan.expect(b',')?,
                _ => return self.scan.expect(b'}'),
            }
        }
    }

    /// Pass over a member that was met before; `Some(None)` where it wasn't.
    fn known_member(&mut self, level: Level, previous: usize) -> Option<Option<usize>> {
        let rest = self.scan.rest();
        let Some((number, length, kind)) = self.writer.find(level, previous, rest.as_bytes())
        else {
            return Some(None);
        };
        match kind {
            Kind::Whole(said) => {
                for put in said {
                    self.values.put(put.place, rest.get(put.begin..put.end)?)?;
                }
                self.scan.pass(length);
            }
            &Kind::Key(field) => {
                self.scan.pass(length);
                self.value(field)?;
            }
        }
        Some(Some(number))
    }

    fn new_member(&mut self, level: Level, previous: usize) -> Option<usize> {
        let member = self.scan.rest();
        let (text, begin) = (self.scan.text(), self.scan.at());
        let before = std::mem::take(&mut self.values.said);
        let applications = self.values.applications;
        let field = Field::of(level, self.scan.string()?.plain()?);
        self.scan.expect(b':')?;
        let first = self.scan.peek()?;
        let key = self.scan.at() - begin;
        self.value(field)?;
        let is_whole = applications == self.values.applications
            && field.is_steady()
            && matches!(first, b'"' | b'{' | b'[' | b't' | b'f' | b'n');
        let said = is_whole.then(|| members::said(&self.values, text, begin));
        self.values.join(before)?;
        if self.scan.dotted {
            return Some(START);
        }
        let bytes = &member.as_bytes()[..self.scan.at() - begin];
        Some(self.writer.keep(level, previous, (bytes, key), field, said))
    }

    fn value(&mut self, field: Field) -> Option<()> {
        match field {
            Field::Text(place) => {
                let value = text(&mut self.scan)?;
                self.values.put(place, value)
            }
            Field::Member(place, name) => {
                let value = member(&mut self.scan, name)?;
                self.values.put(place, value)
            }
            Field::Image => {
                let (name, is_odd) = container(&mut self.scan)?;
                self.odd(is_odd)?;
                self.values.put(IMAGE, name)
            }
            Field::Container => {
                let (name, is_odd) = named(&mut self.scan)?;
                self.odd(is_odd)?;
                self.values.put(CONTAINER, name)
            }
            Field::Own(place) => {
                let value = own(&mut self.scan)?;
                let known = &mut self.values.own[place];
                *known = if known.is_some() {
                    Some(Own::Other)
                } else {
                    value
                };
                Some(())
            }
            Field::Unknown => {
                if self.scan.peek()? != b'{' {
                    return self.scan.skip();
                }
                let begin = self.scan.at();
                let (application, is_odd) = application(&mut self.scan)?;
                if is_odd || first_of(&application[..APPLICATION_TEXTS]).is_some() {
                    self.values.applications += 1 + u32::from(is_odd);
                    self.values.application = Some((begin, application));
                }
                Some(())
            }
            Field::Elsewhere => {
                self.values.put(ELSEWHERE, "")?;
                self.scan.skip()
            }
            Field::Odd => {
                self.odd(true)?;
                self.scan.skip()
            }
            Field::Event => None,
            Field::Message => {
                self.values.put(MESSAGE, "")?;
                self.values.message = Some(self.scan.string()?);
                Some(())
            }
            Field::Log => {
                self.values.put(LOG, "")?;
                self.object(Level::Log)
            }
            Field::Kubernetes => {
                self.values.put(KUBERNETES, "")?;
                self.object(Level::Kubernetes)
            }
            Field::Other => self.scan.skip(),
        }
    }

    fn odd(&mut self, is_odd: bool) -> Option<()> {
        if is_odd {
            self.values.put(ODD, "")
        } else {
            Some(())
        }
    }
}

/// What an object says that may be the application's, and whether only Python knows the rest of it.
fn application<'a>(scan: &mut Scan<'a>) -> Option<(Application<'a>, bool)> {
    let mut found: Application = [None; APPLICATION.len()];
    let mut is_odd = false;
    scan.object(|scan, key| {
        let key = key.plain()?;
        let Some(place) = APPLICATION.iter().position(|name| *name == key) else {
            is_odd |= matches!(
                key,
                "log.level" | "output_fields" | "involvedObject" | "event"
            );
            return scan.skip();
        };
        let value = own(scan)?;
        found[place] = if found[place].is_some() {
            Some(Own::Other)
        } else {
            value
        };
        Some(())
    })?;
    Some((found, is_odd))
}

/// A value of the application's own; none where it is null.
fn own<'a>(scan: &mut Scan<'a>) -> Option<Option<Own<'a>>> {
    Some(match scan.peek()? {
        b'"' => Some(Own::Text(scan.string()?)),
        b'n' => {
            scan.skip()?;
            None
        }
        b'-' | b'0'..=b'9' => Some(Own::Number(scan.number()?)),
        _ => {
            scan.skip()?;
            Some(Own::Other)
        }
    })
}

/// Values of the fields of one object by their place; a second one of the same key fails, because the last one counts.
pub struct Fields<'a, const N: usize> {
    values: [Option<&'a str>; N],
}

impl<'a, const N: usize> Fields<'a, N> {
    pub fn new() -> Self {
        Fields { values: [None; N] }
    }

    pub fn put(&mut self, place: usize, value: &'a str) -> Option<()> {
        self.values[place].replace(value).is_none().then_some(())
    }

    pub fn get(&self, place: usize) -> &'a str {
        self.values[place].unwrap_or("")
    }
}

/// Which keys of an object were met.
#[derive(Default)]
pub struct Seen(u32);

impl Seen {
    pub fn once(&mut self, place: u32) -> Option<()> {
        let bit = 1 << place;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }

    pub fn has(&self, place: u32) -> bool {
        self.0 & 1 << place != 0
    }
}

pub fn text<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    scan.string()?.plain()
}

/// The text under the one key of an object that counts; empty where it isn't there.
pub fn member<'a>(scan: &mut Scan<'a>, name: &str) -> Option<&'a str> {
    let mut found = None;
    scan.object(|scan, key| {
        if key.plain()? != name {
            return scan.skip();
        }
        found.replace(text(scan)?).is_none().then_some(())
    })?;
    Some(found.unwrap_or(""))
}

/// `container.image.name`, and whether there is a key of which only Python knows whether it counts.
fn container<'a>(scan: &mut Scan<'a>) -> Option<(&'a str, bool)> {
    let mut found = None;
    let mut is_odd = false;
    scan.object(|scan, key| {
        let key = key.plain()?;
        if key != "image" {
            is_odd |= key.contains('.');
            return scan.skip();
        }
        found.replace(member(scan, "name")?).is_none().then_some(())
    })?;
    Some((found.unwrap_or(""), is_odd))
}

/// `kubernetes.container.name`, and whether an image stands beside it, which counts where there is no other.
fn named<'a>(scan: &mut Scan<'a>) -> Option<(&'a str, bool)> {
    let mut found = None;
    let mut is_odd = false;
    scan.object(|scan, key| {
        let key = key.plain()?;
        if key != "name" {
            is_odd |= key == "image";
            return scan.skip();
        }
        found.replace(text(scan)?).is_none().then_some(())
    })?;
    Some((found.unwrap_or(""), is_odd))
}
