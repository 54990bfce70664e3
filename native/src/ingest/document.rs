//! Filebeat's documents, as the typed structs of `ingest.filebeat` take them; all others are left to Python.

use super::chars;
use super::json::{Scan, Text};

/// The names in a document, in the order of `ingest.identity.DocumentNames`.
pub type Names<'a> = [&'a str; 10];

/// Characters that are kept of a level.
const LEVEL: usize = 40;

const PATH: usize = 0;
const NAMESPACE: usize = 1;
const POD: usize = 2;
const CONTAINER: usize = 3;
const NODE: usize = 4;
const IMAGE: usize = 5;
const TEMPLATE_HASH: usize = 6;
const OWNER: usize = 7;
const JOB: usize = 8;
const REPLICASET: usize = 9;

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

    /// The first of these that says something.
    fn first(&self, places: &[usize]) -> &'a str {
        places
            .iter()
            .map(|&place| self.get(place))
            .find(|value| !value.is_empty())
            .unwrap_or("")
    }
}

pub fn parse(line: &str) -> Option<Document<'_>> {
    let mut scan = Scan::new(line);
    // "@timestamp", "stream", "level", "log.level", "severity", and from the objects log.level and input.type.
    let mut own = Fields::<7>::new();
    let mut message = None;
    let mut names: Names = [""; 10];
    let mut seen = Seen::default();
    scan.object(|scan, key| match key.plain()? {
        "@timestamp" => own.put(0, text(scan)?),
        "message" => {
            seen.once(0)?;
            message = Some(scan.string()?);
            Some(())
        }
        "stream" => own.put(1, text(scan)?),
        "level" => own.put(2, text(scan)?),
        "log.level" => own.put(3, text(scan)?),
        "severity" => own.put(4, text(scan)?),
        "log" => {
            seen.once(1)?;
            let (path, level) = log(scan)?;
            names[PATH] = path;
            own.put(5, level)
        }
        "input" => {
            seen.once(2)?;
            own.put(6, member(scan, "type")?)
        }
        "kubernetes" => {
            seen.once(3)?;
            kubernetes(scan, &mut names)
        }
        "container" => {
            seen.once(4)?;
            names[IMAGE] = container(scan)?;
            Some(())
        }
        _ => scan.skip(),
    })?;
    let message = message?;
    if scan.dotted || !scan.is_done() {
        return None;
    }
    let stream = own.get(1);
    Some(Document {
        at: own.values[0]?,
        stamped: !stream.is_empty() || own.get(6) == "container",
        stream,
        level: chars::prefix(own.first(&[2, 3, 5, 4]), LEVEL),
        message,
        names,
    })
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

/// `log.file.path` and `log.level`.
fn log<'a>(scan: &mut Scan<'a>) -> Option<(&'a str, &'a str)> {
    let mut found = Fields::<2>::new();
    scan.object(|scan, key| match key.plain()? {
        "file" => {
            let path = member(scan, "path")?;
            found.put(0, path)
        }
        "level" => found.put(1, text(scan)?),
        _ => scan.skip(),
    })?;
    Some((found.get(0), found.get(1)))
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

fn kubernetes<'a>(scan: &mut Scan<'a>, names: &mut Names<'a>) -> Option<()> {
    let mut found = Fields::<11>::new();
    scan.object(|scan, key| {
        let place = match key.plain()? {
            "namespace" => return found.put(0, text(scan)?),
            "labels" => return found.put(1, member(scan, "pod-template-hash")?),
            "pod" => 2,
            "container" => 3,
            "node" => 4,
            "deployment" => 5,
            "statefulset" => 6,
            "daemonset" => 7,
            "cronjob" => 8,
            "job" => 9,
            "replicaset" => 10,
            _ => return scan.skip(),
        };
        found.put(place, member(scan, "name")?)
    })?;
    names[NAMESPACE] = found.get(0);
    names[TEMPLATE_HASH] = found.get(1);
    names[POD] = found.get(2);
    names[CONTAINER] = found.get(3);
    names[NODE] = found.get(4);
    names[OWNER] = found.first(&[5, 6, 7, 8]);
    names[JOB] = found.get(9);
    names[REPLICASET] = found.get(10);
    Some(())
}
