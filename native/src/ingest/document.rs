//! Filebeat's documents, as the typed structs of `ingest.filebeat` take them; all others are left to Python.

use super::chars;
use super::json::{Scan, Text};
use super::members::{self, Kind, Known, START, Writer};

/// The names in a document, in the order of `ingest.identity.DocumentNames`.
pub type Names<'a> = [&'a str; 10];

/// Characters that are kept of a level.
const LEVEL: usize = 40;

/// Places of `Values`.
const PLACES: usize = 23;
const AT: usize = 0;
const STREAM: usize = 1;
const OWN_LEVEL: usize = 2;
const DOTTED_LEVEL: usize = 3;
const LOG_LEVEL: usize = 4;
const SEVERITY: usize = 5;
const INPUT: usize = 6;
const LOG: usize = 7;
const PATH: usize = 8;
const KUBERNETES: usize = 9;
const NAMESPACE: usize = 10;
const TEMPLATE_HASH: usize = 11;
const POD: usize = 12;
const CONTAINER: usize = 13;
const NODE: usize = 14;
const DEPLOYMENT: usize = 15;
const STATEFULSET: usize = 16;
const DAEMONSET: usize = 17;
const CRONJOB: usize = 18;
const JOB: usize = 19;
const REPLICASET: usize = 20;
const IMAGE: usize = 21;
const MESSAGE: usize = 22;

pub struct Document<'a> {
    /// `@timestamp`.
    pub at: &'a str,
    /// Whether that is the container runtime's time.
    pub stamped: bool,
    pub stream: &'a str,
    pub level: &'a str,
    pub message: Text<'a>,
    pub names: Names<'a>,
}

/// What the fields of a document say, by their places; a second one of the same key fails, because the last one counts.
pub struct Values<'a> {
    texts: [&'a str; PLACES],
    said: u32,
    message: Option<Text<'a>>,
}

impl<'a> Values<'a> {
    fn put(&mut self, place: usize, value: &'a str) -> Option<()> {
        let bit = 1 << place;
        let is_new = self.said & bit == 0;
        self.said |= bit;
        self.texts[place] = value;
        is_new.then_some(())
    }

    /// The places that were put since then, with their texts.
    pub fn since(&self, before: u32) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        let new = self.said & !before;
        (0..PLACES)
            .filter(move |place| new & 1 << place != 0)
            .map(|place| (place, self.texts[place]))
    }

    /// The first of these that says something.
    fn first(&self, places: &[usize]) -> &'a str {
        let texts = places.iter().map(|&place| self.texts[place]);
        texts
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or("")
    }
}

/// The objects whose members are looked at one by one.
#[derive(Clone, Copy)]
pub enum Level {
    Top = 0,
    Log = 1,
    Kubernetes = 2,
}

/// How the value under a key is read.
#[derive(Clone, Copy)]
pub enum Field {
    Text(usize),
    /// The text under one key of an object.
    Member(usize, &'static str),
    Image,
    Message,
    Log,
    Kubernetes,
    Other,
}

impl Field {
    fn of(level: Level, key: &str) -> Field {
        match level {
            Level::Top => Field::of_document(key),
            Level::Log => match key {
                "file" => Field::Member(PATH, "path"),
                "level" => Field::Text(LOG_LEVEL),
                _ => Field::Other,
            },
            Level::Kubernetes => Field::of_kubernetes(key),
        }
    }

    fn of_document(key: &str) -> Field {
        match key {
            "@timestamp" => Field::Text(AT),
            "message" => Field::Message,
            "stream" => Field::Text(STREAM),
            "level" => Field::Text(OWN_LEVEL),
            "log.level" => Field::Text(DOTTED_LEVEL),
            "severity" => Field::Text(SEVERITY),
            "log" => Field::Log,
            "input" => Field::Member(INPUT, "type"),
            "kubernetes" => Field::Kubernetes,
            "container" => Field::Image,
            _ => Field::Other,
        }
    }

    fn of_kubernetes(key: &str) -> Field {
        let place = match key {
            "namespace" => return Field::Text(NAMESPACE),
            "labels" => return Field::Member(TEMPLATE_HASH, "pod-template-hash"),
            "pod" => POD,
            "container" => CONTAINER,
            "node" => NODE,
            "deployment" => DEPLOYMENT,
            "statefulset" => STATEFULSET,
            "daemonset" => DAEMONSET,
            "cronjob" => CRONJOB,
            "job" => JOB,
            "replicaset" => REPLICASET,
            _ => return Field::Other,
        };
        Field::Member(place, "name")
    }

    /// Whether the value may be the same in many documents.
    fn is_steady(self) -> bool {
        !matches!(self, Field::Text(AT) | Field::Message | Field::Log)
    }
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
            },
            writer,
        };
        reading.object(Level::Top)?;
        if reading.scan.dotted || !reading.scan.is_done() {
            return None;
        }
        document(&reading.values)
    }
}

fn document<'a>(values: &Values<'a>) -> Option<Document<'a>> {
    let message = values.message?;
    let at = (values.said & 1 << AT != 0).then_some(values.texts[AT])?;
    let stream = values.texts[STREAM];
    let levels = [OWN_LEVEL, DOTTED_LEVEL, LOG_LEVEL, SEVERITY];
    Some(Document {
        at,
        stamped: !stream.is_empty() || values.texts[INPUT] == "container",
        stream,
        level: chars::prefix(values.first(&levels), LEVEL),
        message,
        names: [
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
        ],
    })
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
        let before = self.values.said;
        let field = Field::of(level, self.scan.string()?.plain()?);
        self.scan.expect(b':')?;
        let first = self.scan.peek()?;
        let key = self.scan.at() - begin;
        self.value(field)?;
        if self.scan.dotted {
            return Some(START);
        }
        let is_whole =
            field.is_steady() && matches!(first, b'"' | b'{' | b'[' | b't' | b'f' | b'n');
        let said = is_whole.then(|| members::said(&self.values, before, text, begin));
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
                let name = container(&mut self.scan)?;
                self.values.put(IMAGE, name)
            }
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

/// `container.image.name`.
fn container<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let mut found = Fields::<1>::new();
    scan.object(|scan, key| {
        if key.plain()? != "image" {
            return scan.skip();
        }
        let name = member(scan, "name")?;
        found.put(0, name)
    })?;
    Some(found.get(0))
}
