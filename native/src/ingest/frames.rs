//! Lines out of the frames that container runtimes put around them, as `ingest.cri` and `ingest.docker_json`.

use super::json::{Scan, Text};
use super::times::{Clock, Found};

/// What a frame says; the text of a CRI line stands there as it is.
pub struct Frame<'a> {
    pub time: i64,
    pub stream: &'a str,
    pub partial: bool,
    pub text: Text<'a>,
}

/// None where only Python can say whether it is a CRI line.
pub fn cri<'a>(line: &'a str, clock: &mut Clock) -> Option<Frame<'a>> {
    let at = memchr::memchr(b' ', line.as_bytes())?;
    let (stamp, rest) = (&line[..at], &line[at + 1..]);
    for (head, stream) in [("stdout F ", "stdout"), ("stderr F ", "stderr")] {
        if let Some(raw) = rest.strip_prefix(head) {
            let Found::Yes(time) = clock.rfc3339(stamp) else {
                return None;
            };
            return Some(Frame {
                time,
                stream,
                partial: false,
                text: Text {
                    raw,
                    escaped: false,
                },
            });
        }
    }
    seldom(line, clock)
}

/// A line that isn't whole, or has no text.
fn seldom<'a>(line: &'a str, clock: &mut Clock) -> Option<Frame<'a>> {
    let mut parts = line.splitn(4, ' ');
    let (stamp, stream, tags) = (parts.next()?, parts.next()?, parts.next()?);
    let partial = match tags {
        "F" => false,
        "P" => true,
        _ => return None,
    };
    if stream != "stdout" && stream != "stderr" {
        return None;
    }
    let Found::Yes(time) = clock.rfc3339(stamp) else {
        return None;
    };
    let text = Text {
        raw: parts.next().unwrap_or(""),
        escaped: false,
    };
    Some(Frame {
        time,
        stream,
        partial,
        text,
    })
}

/// None where only Python can say whether it is a line of Docker's.
pub fn docker<'a>(line: &'a str, clock: &mut Clock) -> Option<Frame<'a>> {
    let mut scan = Scan::new(line);
    let (mut log, mut stream, mut time) = (None, None, None);
    scan.object(|scan, key| match key.plain()? {
        "log" => log.replace(scan.string()?).is_none().then_some(()),
        "stream" => stream
            .replace(scan.string()?.plain()?)
            .is_none()
            .then_some(()),
        "time" => time
            .replace(scan.string()?.plain()?)
            .is_none()
            .then_some(()),
        _ => scan.skip(),
    })?;
    if !scan.is_done() {
        return None;
    }
    let Found::Yes(time) = clock.rfc3339(time?) else {
        return None;
    };
    Some(framed(time, stream.unwrap_or(""), log?))
}

/// A piece that goes on in the next line lacks the newline at its end.
fn framed<'a>(time: i64, stream: &'a str, log: Text<'a>) -> Frame<'a> {
    let newline = if log.escaped {
        escaped_newline(log.raw)
    } else {
        None
    };
    match newline {
        Some(raw) => {
            let text = Text {
                raw,
                escaped: memchr::memchr(b'\\', raw.as_bytes()).is_some(),
            };
            Frame {
                time,
                stream,
                partial: false,
                text,
            }
        }
        None => Frame {
            time,
            stream,
            partial: true,
            text: log,
        },
    }
}

/// What comes before `\n` (or `\u000a`), where the text ends with one that is an escape of its own.
fn escaped_newline(raw: &str) -> Option<&str> {
    let before = raw.strip_suffix("\\n").or_else(|| {
        let digits = raw.len().checked_sub(6)?;
        let last = raw.get(digits..)?;
        last.eq_ignore_ascii_case("\\u000a").then(|| &raw[..digits])
    })?;
    let slashes = before
        .bytes()
        .rev()
        .take_while(|&byte| byte == b'\\')
        .count();
    (slashes % 2 == 0).then_some(before)
}
