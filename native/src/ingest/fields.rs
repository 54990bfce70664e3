//! Which members of Filebeat's documents count, and what they said.

use super::json::Text;

/// Places of `Values`.
pub const PLACES: usize = 25;
pub const AT: usize = 0;
pub const STREAM: usize = 1;
pub const OWN_LEVEL: usize = 2;
pub const DOTTED_LEVEL: usize = 3;
pub const LOG_LEVEL: usize = 4;
pub const SEVERITY: usize = 5;
pub const INPUT: usize = 6;
pub const LOG: usize = 7;
pub const PATH: usize = 8;
pub const KUBERNETES: usize = 9;
pub const NAMESPACE: usize = 10;
pub const TEMPLATE_HASH: usize = 11;
pub const POD: usize = 12;
pub const CONTAINER: usize = 13;
pub const NODE: usize = 14;
pub const DEPLOYMENT: usize = 15;
pub const STATEFULSET: usize = 16;
pub const DAEMONSET: usize = 17;
pub const CRONJOB: usize = 18;
pub const JOB: usize = 19;
pub const REPLICASET: usize = 20;
pub const IMAGE: usize = 21;
pub const MESSAGE: usize = 22;
/// Something that counts where there is no message, and of which only Python knows how.
pub const ODD: usize = 23;
/// Something that may hold the message where there is none at the top.
pub const ELSEWHERE: usize = 24;
/// These may be put more than once.
const REPEATED: u32 = 1 << ODD | 1 << ELSEWHERE;

/// Objects that aren't the application's: `ingest.filebeat._METADATA`, less `event`, which may hold a message.
const METADATA: [&str; 28] = [
    "@metadata",
    "agent",
    "aws",
    "azure",
    "beat",
    "cloud",
    "container",
    "data_stream",
    "docker",
    "ecs",
    "error",
    "fields",
    "file",
    "gcp",
    "geo",
    "host",
    "input",
    "kubernetes",
    "labels",
    "log",
    "offset",
    "orchestrator",
    "process",
    "prospector",
    "service",
    "source",
    "tags",
    "user",
];
/// Keys of `kubernetes` that say nothing of who wrote a document.
const ABOUT: [&str; 4] = [
    "namespace_uid",
    "namespace_labels",
    "namespace_annotations",
    "annotations",
];
/// Keys of what applications log as JSON, which Filebeat may have decoded: `msg`, `text`, `body`, then those of times
/// in the order of `ingest.timestamps.TIME_KEYS`.
pub const OWN: [&str; 7] = ["msg", "text", "body", "ts", "time", "timestamp", "t"];
pub const OWN_TEXTS: usize = 3;
/// Keys of what Filebeat has decoded into an object of its own: messages, levels, and times.
pub const APPLICATION: [&str; 12] = [
    "message",
    "msg",
    "log",
    "text",
    "body",
    "level",
    "severity",
    "ts",
    "time",
    "timestamp",
    "@timestamp",
    "t",
];
pub const APPLICATION_LOG: usize = 2;
pub const APPLICATION_TEXTS: usize = 5;
pub const APPLICATION_TIMES: usize = 7;
/// The application's own times: those in its object, then those among the document's fields.
pub const TIMES: usize = 9;
/// An object of the application's.
pub type Application<'a> = [Option<Own<'a>>; APPLICATION.len()];

/// A value of the application's own.
#[derive(Clone, Copy)]
pub enum Own<'a> {
    Text(Text<'a>),
    Number(&'a str),
    /// An object, an array, true or false, or a second value of the same key.
    Other,
}

impl<'a> Own<'a> {
    /// A message; all but texts only Python writes as it does.
    pub fn text(self) -> Option<Text<'a>> {
        match self {
            Own::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A level: a text, or a whole number.
    pub fn scalar(self) -> Option<&'a str> {
        match self {
            Own::Text(text) => text.plain(),
            Own::Number(number) => (number.len() <= 18
                && number.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(number),
            Own::Other => None,
        }
    }
}

/// What the fields of a document say, by their places; a second one of the same key fails, because the last one counts.
pub struct Values<'a> {
    pub texts: [&'a str; PLACES],
    pub said: u32,
    pub message: Option<Text<'a>>,
    pub own: [Option<Own<'a>>; OWN.len()],
    /// Objects that may hold a message: how many there are, where the value of the first begins, and what it says.
    pub applications: u32,
    pub application: Option<(usize, Application<'a>)>,
}

impl<'a> Values<'a> {
    pub fn put(&mut self, place: usize, value: &'a str) -> Option<()> {
        let bit = 1 << place;
        let is_new = self.said & bit & !REPEATED == 0;
        self.said |= bit;
        self.texts[place] = value;
        is_new.then_some(())
    }

    pub fn has(&self, place: usize) -> bool {
        self.said & 1 << place != 0
    }

    /// Add what is known to be said before it; no place may be put twice, but the one that says nothing more.
    pub fn join(&mut self, before: u32) -> Option<()> {
        let both = self.said & before & !REPEATED;
        self.said |= before;
        (both == 0).then_some(())
    }

    /// The places that were put, with their texts.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        (0..PLACES)
            .filter(|&place| self.has(place))
            .map(|place| (place, self.texts[place]))
    }

    /// The first of these that says something.
    pub fn first(&self, places: &[usize]) -> &'a str {
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
    /// `kubernetes.container`.
    Container,
    /// A value of the application's own, by its place among them.
    Own(usize),
    /// What isn't known by its key: an object is the application's.
    Unknown,
    Elsewhere,
    Odd,
    /// What only events have, which Python reads.
    Event,
    Other,
}

impl Field {
    pub fn of(level: Level, key: &str) -> Field {
        match level {
            Level::Top => Field::of_document(key),
            Level::Log => match key {
                "file" => Field::Member(PATH, "path"),
                "level" => Field::Text(LOG_LEVEL),
                _ if key.contains('.') => Field::Odd,
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
            "event" | "event.original" => Field::Elsewhere,
            "output_fields" | "involvedObject" => Field::Event,
            _ => match OWN.iter().position(|own| *own == key) {
                Some(place) => Field::Own(place),
                None if METADATA.contains(&key) => Field::Other,
                None => Field::Unknown,
            },
        }
    }

    fn of_kubernetes(key: &str) -> Field {
        let place = match key {
            "namespace" => return Field::Text(NAMESPACE),
            "labels" => return Field::Member(TEMPLATE_HASH, "pod-template-hash"),
            "pod" => POD,
            "container" => return Field::Container,
            "node" => NODE,
            "deployment" => DEPLOYMENT,
            "statefulset" => STATEFULSET,
            "daemonset" => DAEMONSET,
            "cronjob" => CRONJOB,
            "job" => JOB,
            "replicaset" => REPLICASET,
            _ if ABOUT.contains(&key) => return Field::Other,
            _ => return Field::Odd,
        };
        Field::Member(place, "name")
    }

    /// Whether the value may be the same in many documents.
    pub fn is_steady(self) -> bool {
        !matches!(
            self,
            Field::Text(AT) | Field::Message | Field::Log | Field::Own(_)
        )
    }
}
