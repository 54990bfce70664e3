"""Bytes to records, by the compiled core and by Python: equal in everything that anybody can see of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.accounting import DropReason, Tally
from ingest.batch import LogBatch, Origin
from ingest.bytefile import ByteFile
from ingest.feed import NEVER, Rules
from ingest.files import FileSource
from ingest.kafka.duplicates import marks_by
from ingest.linereader import Block, LineReader
from ingest.native import AnyFeed, open_feed
from ingest.settings import DAY, SECOND, ReadSettings
from ingest.sniff import Form
from tests.ingest.logs import NOON, beat, cri, docker
from tests.ingest.test_assemble import TRACES
from tests.native.odd_lines import ODD_LINES
from tests.servers.missing import skip

DATA = Path(__file__).parents[3] / "shared" / "data"
NOW = NOON + DAY // 2
ORIGIN = Origin("local", "file")
SMALL = ReadSettings(max_line_bytes=600, max_record_lines=5)
AT_LENGTH = os.environ.get("DRAINWATCH_AT_LENGTH") == "1"
EXAMPLES = 4_000 if AT_LENGTH else 150


def rows(batch: LogBatch) -> list[tuple[object, ...]]:
    owners = [batch.origins[number] for number in batch.origin.tolist()]
    places = [batch.partitions[number] for number in batch.partition.tolist()]
    times, positions = batch.time.tolist(), batch.position.tolist()
    return list(zip(times, positions, owners, places, batch.stream, batch.level, batch.message, strict=True))


def seen(feed: AnyFeed, tally: Tally) -> tuple[object, ...]:
    """All that a feed shows, now."""
    oldest = feed.oldest
    held = None if oldest is None else (oldest.position, oldest.time, oldest.drop)
    before = (feed.low, feed.high, feed.pending, held, deepcopy(tally))
    return (*before, rows(feed.take("p")), feed.pending, feed.take_refused(), feed.take_joined(), deepcopy(tally))


def rules(core: ModuleType | None, reading: ReadSettings, zone: ZoneInfo | None = None) -> Rules:
    return Rules(reading, 10 * SECOND, zone, core, collect_refused=True, collect_joined=True)


def blocks(data: bytes, chunk: int, limit: int) -> Iterator[Block]:
    reader = LineReader(ByteFile("-", BytesIO(data)), limit, chunk)
    while not reader.at_end:
        block = reader.next_block(final=True)
        if block is not None:
            yield block


def steps(
    core: ModuleType | None,
    form: Form,
    data: bytes,
    chunk: int = 700,
    *,
    zone: ZoneInfo | None = None,
    appended_from: int = NEVER,
    recalled: bytes = b"",
) -> list[tuple[object, ...]]:
    """What reading the data shows after each block, and at the end."""
    tally = Tally()
    feed = open_feed(form, ORIGIN, rules(core, SMALL, zone), tally)
    feed.recall(recalled.split(b"\n"), NOW)
    shown = []
    for block in blocks(data, chunk, 900):
        feed.push(block, NOW, appended_from)
        shown.append(seen(feed, tally))
    feed.flush()
    shown.append(seen(feed, tally))
    assert tally.balanced
    return shown


TEXTS = st.one_of(
    st.sampled_from(ODD_LINES),
    st.sampled_from([line for trace in TRACES.values() for line in trace.splitlines()]),
    st.text(max_size=30),
    st.text('0123456789-:/TZ.,[]{}"= +ts\x1bé', max_size=40),
)
MOMENTS = st.floats(0, 40) | st.integers(0, 3)
STREAMS = st.sampled_from(["stdout", "stdout", "stdout", "stderr", "", "ü"])
NOISE = st.binary(max_size=40)


def in_memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def one_line(text: str) -> str:
    return text.replace("\n", " ").encode("utf-8", "replace").decode()


@st.composite
def cri_lines(draw: st.DrawFn) -> bytes:
    tag = draw(st.sampled_from(["F", "F", "F", "F", "P", "P:x", "F:x", "X"]))
    line = cri(draw(MOMENTS), one_line(draw(TEXTS)), draw(STREAMS), tag).encode()[:-1]
    stamp, _, rest = line.partition(b" ")
    odd = draw(
        st.sampled_from([stamp] * 8 + [b"2026-03-02T13:00:00.5+01:00", b"2026-3-2T12:00:00Z", b"noon", b"\x002026"])
    )
    return odd + b" " + rest


@st.composite
def docker_lines(draw: st.DrawFn) -> bytes:
    text = draw(TEXTS) + draw(st.sampled_from(["\n", "\n", "\n", "", "\\n", "\r\n"]))
    fields: dict[str, object] = {"log": text, "stream": draw(STREAMS), "time": cri(draw(MOMENTS), "").split(" ")[0]}
    if draw(st.integers(0, 9)) == 0:
        fields[draw(st.sampled_from(["log", "time", "attrs", "stream", "x"]))] = draw(
            st.sampled_from([None, 7, {"a": [1.5e3, "q"]}, "noon", "\ud83d"])
        )
    return json.dumps(fields, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


NAMES = st.sampled_from(["web-7d9c5b6f4-x2x9p", "db-0", "", "ü", 'a"b', "kubernetes.x"])
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    named = {key: {"name": draw(NAMES)} for key in draw(st.sets(st.sampled_from(["pod", "container", "node", "job"])))}
    more: dict[str, object] = {
        "kubernetes": {"namespace": draw(NAMES), "labels": {"pod-template-hash": "7d9c5b6f4"}, **named},
        "container": {"image": {"name": draw(NAMES)}},
        "input": {"type": draw(st.sampled_from(["container", "log"]))},
        "stream": draw(STREAMS),
        "level": draw(st.sampled_from(["", "warn", "x" * 50])),
        "severity": "low",
        "log.level": "DEBUG",
        "agent": {"name": "n", "id": "7"},
        "app": {"msg": draw(TEXTS), "level": "warn", "ts": "2026-03-02T12:00:01Z"},
        "odd": draw(ODD),
    }
    kept = {key: more[key] for key in draw(st.sets(st.sampled_from(sorted(more)), max_size=6))}
    for key in draw(
        st.sets(st.sampled_from(["message", "@timestamp", "kubernetes", "log", "kubernetes.pod"]), max_size=1)
    ):
        if draw(st.integers(0, 4)) == 0:
            kept[key] = draw(ODD)
    path = draw(st.sampled_from(["a_b_c-" + "a" * 64 + ".log", "x.log"]))
    line = json.dumps({**json.loads(beat(draw(MOMENTS), draw(TEXTS), path)), **kept})
    if draw(st.integers(0, 9)) == 0:
        line = line.replace(
            draw(st.sampled_from(['"message"', '"stream": "stdout", ', "}", ":"])), draw(st.text(max_size=3)), 1
        )
    if draw(st.booleans()):
        line = json.dumps(json.loads(line), ensure_ascii=False) if is_json(line) else line
    return line.replace("\n", " ").encode("utf-8", "surrogatepass")


@st.composite
def sent_lines(draw: st.DrawFn) -> bytes:
    """Documents that differ in little: each value is one of a few, as it is or of another type, written in two ways."""
    few = st.sampled_from(["a", "b", "", "\u00e9\n", "\ud83d"])
    number = st.sampled_from([0, 7, "7", 7.0, -1, 10**25, None])
    file = {"path": draw(few), "inode": draw(number), "fingerprint": draw(few)}
    log: dict[str, object] = {
        "offset": draw(number),
        "file": {key: file[key] for key in draw(st.sets(st.sampled_from(sorted(file))))},
    }
    fields: dict[str, object] = {
        "@timestamp": draw(st.sampled_from(["2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z"])),
        "message": draw(few),
        "log": {key: log[key] for key in draw(st.sampled_from([["offset", "file"]] * 5 + [["file"], ["offset"]]))},
        "host": {"name": draw(few)},
        "stream": draw(STREAMS),
        "input": {"type": draw(st.sampled_from(["container", "log"]))},
        "agent": {"id": draw(few)},
    }
    for key in draw(st.sets(st.sampled_from(sorted(fields)), max_size=2)):
        fields[key] = fields.pop(key) if draw(st.integers(0, 3)) else draw(ODD)
    return json.dumps(fields, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


MEMBERS = [
    '"@timestamp":"2026-03-02T12:00:00.500Z"',
    '"@timestamp":"2026-03-02T12:00:01Z"',
    '"@timestamp": "2026-03-02T12:00:01+01:00"',
    '"@timestamp":"\\u0032026"',
    '"message":"INFO a"',
    '"message":"ERROR \\"kubernetes.b\\" \\u00e9\\n"',
    '"message" : "}{\\\\"',
    '"message":7',
    '"msg":"m"',
    '"msg":null',
    '"msg":{"a":1.50}',
    '"msg":7',
    '"text":"t\\u0000"',
    '"body":"b "',
    '"ts":"2026-03-02T12:00:07Z"',
    '"ts":1772452806.25',
    '"ts":1e9',
    '"ts":"\\u0032"',
    '"ts":true',
    '"time":"1970-01-01T00:00:00Z"',
    '"time":"yesterday"',
    '"timestamp":"2026-03-02T12:00:08.25+01:00"',
    '"t":null',
    '"severity":"low"',
    '"severity":3',
    '"log.level":""',
    '"log.level":"error"',
    '"app":{"msg":"inside","level":"debug","ts":"2026-03-02T12:00:09Z"}',
    '"app":{"message":null,"text":"t","level":30,"severity":"low"}',
    '"app":{"body":"b","severity":"\\u0041","@timestamp":"2026-03-02T12:00:03Z","t":7}',
    '"app":{"msg":"m","msg":null}',
    '"app":{"msg":"m","log":{"level":"warn"}}',
    '"app":{"msg":"m","log":"n","level":-7,"log.level":"warn"}',
    '"app":{"msg":{"a":1}}',
    '"app":{"log":"n","level":true}',
    '"app":{"a":1}',
    '"rule":"r"',
    '"reason":"x"',
    '"output_fields":{"a":1}',
    '"output_fields":null',
    '"output_fields":true',
    '"involvedObject":{"kind":"Pod","name":"p"}',
    '"app":{"message":"m","reason":"x","involvedObject":{"kind":"Pod","name":"p"}}',
    '"app":{"rule":"r","output_fields":{"a":1},"output":"o"}',
    '"app":{"verb":"ADDED","event":{"reason":"x","involvedObject":{"kind":"Pod","name":"p"}}}',
    '"app":{"msg":"m","event":"e"}',
    '"kubernetes":{"event":{"reason":"x","message":"m","involved_object":{"kind":"Pod","name":"p"}}}',
    '"app":null',
    '"json":{"msg":"other","level":"","time":1772452806}',
    '"event":{"original":"o"}',
    '"event.original":"p"',
    '"stream":"out"',
    '"kubernetes":{"namespace_name":"bank","pod_name":"web","host":"h","container":{"name":"c","image":"i:3"}}',
    '"kubernetes":{"namespace":"","namespace_uid":"7","node":{"name":"h"},"container":{"name":"c"}}',
    '"kubernetes":{"labels.pod-template-hash":"7","deployment":{"name":"d"},"job":{"name":"j"}}',
    '"container":{"image.name":"i:4"}',
    '"log":{"file.path":"/d.log"}',
    '"stream":"stdout"',
    '"stream":"stderr"',
    '"stream":null',
    '"level":"warn"',
    '"level":"warn\\t"',
    '"log":{"offset":1,"file":{"path":"/a_b_c.log"}}',
    '"log":{"offset":12,"file":{"path":"/a_b_c.log"}}',
    '"log":{"file":{"path":"/a_b_c.log","inode":"7"},"offset":12e1}',
    '"log":{"file":{"path":"/b.log"},"file":{"path":"/c.log"}}',
    '"log":{"file":{"path":"/a_b_c.log"},"level":"info"}',
    '"log":{ }',
    '"input":{"type":"container"}',
    '"input":{"type":"log"}',
    '"host":{"name":"n","ip":["::1", 1.5, {"a":[]}]}',
    '"host":{"name":"n","ip":["::1", 1.5, {"a":[]}',
    '"host":{"name":"kubernetes.n"}',
    '"tags":[true,false,null]',
    '"tags":[true,false,null,]',
    '"flag":true',
    '"flag":truer',
    '"flag":-0.5',
    '"flag":-00.5',
    '"flag":"-00.5',
    '"kubernetes":{"namespace":"shop","pod":{"name":"web-7d9c5b6f4-x2x9p"},"labels":{"pod-template-hash":"7d9c5b6f4"}}',
    '"kubernetes":{"pod":{"name":"web-7d9c5b6f4-x2x9p"},"labels":{"pod-template-hash":"7d9c5b6f4"},"namespace":"shop"}',
    '"kubernetes":{"pod":{"name":"web-7d9c5b6f4-x2x9p"},"namespace":"shop","namespace":"bank"}',
    '"kubernetes":{"pod":{"name":"web-7d9c5b6f4-x2x9p"},"namespace":"bank"}',
    '"kubernetes":{"pod":"web","namespace":"bank"}',
    '"kubernetes":{"pod":{"name":"\\u0077eb"},"namespace":"bank"}',
    '"kubernetes":{"pod.name":"web"}',
    '"container":{"image":{"name":"i:1"},"id":"7"}',
    '"container":{"id":"7","image":{"name":"i:2"}}',
    '"\\u0073tream":"stdout"',
    "",
]


@st.composite
def repeating_documents(draw: st.DrawFn) -> bytes:
    """Members of which each comes again and again, whole or broken, in any order and company."""
    members = draw(st.lists(st.sampled_from(MEMBERS), max_size=6))
    if draw(st.integers(0, 9)):
        members.append(draw(st.sampled_from(MEMBERS[:3])))
    if draw(st.booleans()):
        members.append(draw(st.sampled_from(MEMBERS[4:7])))
    between = draw(st.sampled_from([",", ",", ",", ", ", " ,\t", ";"]))
    text = "{" + between.join(draw(st.permutations(members))) + draw(st.sampled_from(["}", "}", "}", " } ", "}}", ""]))
    return text.encode()


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


plain_lines = st.builds(lambda text: one_line(text).encode(), TEXTS)
LINES = {Form.CRI: cri_lines(), Form.DOCKER: docker_lines(), Form.FILEBEAT: documents(), Form.PLAIN: plain_lines}


@st.composite
def files(draw: st.DrawFn) -> tuple[Form, bytes]:
    """A form, and a file in which most of the lines have it."""
    form = draw(st.sampled_from(sorted(LINES, key=lambda it: it.name)))
    lines = draw(st.lists(st.one_of(LINES[form], LINES[form], LINES[form], NOISE, *LINES.values()), max_size=25))
    ends = draw(st.lists(st.sampled_from([b"\n"] * 8 + [b"\r\n", b"\n\n"]), min_size=len(lines), max_size=len(lines)))
    data = draw(st.sampled_from([b"", b"", "\ufeff".encode(), b"\0\0"]))
    data += b"".join(line + end for line, end in zip(lines, ends, strict=True))
    return form, data if draw(st.booleans()) else data[:-1]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    file=files(),
    chunk=st.integers(1, 4_000),
    zone=st.booleans(),
    appended=st.sampled_from([NEVER, 0, 300]),
    recalled=TEXTS,
)
def test_any_file_in_any_pieces(
    file: tuple[Form, bytes], chunk: int, zone: bool, appended: int, recalled: str, core: ModuleType
) -> None:
    form, data = file
    said = {"zone": ZoneInfo("Europe/Berlin") if zone else None, "appended_from": appended}
    before = one_line(recalled).encode()
    expected = steps(None, form, data, chunk, recalled=before, **said)  # type: ignore[arg-type]
    assert steps(core, form, data, chunk, recalled=before, **said) == expected  # type: ignore[arg-type]


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(batches=st.lists(st.lists(documents() | NOISE | st.just(b'{"@timestamp":\n"x"}'), max_size=8), max_size=4))
def test_documents_that_come_one_by_one(batches: list[list[bytes]], core: ModuleType) -> None:
    shown = []
    for way in (None, core):
        tally, offset = Tally(), 0
        feed = open_feed(Form.FILEBEAT, ORIGIN, rules(way, SMALL), tally)
        one = []
        for batch in batches:
            feed.push_documents(batch, [offset + 3 * row for row in range(len(batch))], NOW)
            offset += 3 * len(batch) + 5
            one.append(seen(feed, tally))
        feed.flush()
        shown.append([*one, seen(feed, tally)])
    assert shown[0] == shown[1]


@settings(max_examples=EXAMPLES, deadline=None)
@given(lines=st.lists(repeating_documents(), min_size=5, max_size=40))
def test_documents_whose_members_were_met_before(lines: list[bytes], core: ModuleType) -> None:
    data = b"\n".join(lines)
    assert steps(core, Form.FILEBEAT, data, 100_000) == steps(None, Form.FILEBEAT, data, 100_000)


def test_fields_of_an_application_that_filebeat_decoded(core: ModuleType) -> None:
    common = {"@timestamp": "2026-03-02T12:00:05Z", "log": {"offset": 7, "file": {"path": "/x"}}}
    lines = [
        json.dumps({**common, "level": "info", "ts": "2026-03-02T12:00:04Z", "msg": "a b", "caller": "x.go:1", "n": 1}),
        json.dumps({**common, "severity": "WARN", "time": 1772452803.5, "text": "c", "context": {"msg": "not this"}}),
        json.dumps({**common, "input": {"type": "container"}, "body": "d", "t": "2026-03-02T12:00:04Z"}),
        json.dumps({**common, "level": "info", "app": {"msg": "e", "level": 30, "ts": "2026-03-02T12:00:03Z"}}),
        json.dumps({**common, "host": {"name": "n"}}),
    ]
    tally = Tally()
    feed = open_feed(Form.FILEBEAT, ORIGIN, rules(core, ReadSettings()), tally)
    feed.push_documents([line.encode() for line in lines], range(len(lines)), NOW)
    feed.flush()
    batch = feed.take("p")
    noon = 1772452800 * SECOND
    found = zip(batch.time.tolist(), batch.level, batch.message, strict=True)
    assert [(time - noon, level, text) for time, level, text in found] == [
        (4 * SECOND, "info", "a b"),
        (3.5 * SECOND, "WARN", "c"),
        (4 * SECOND, "", "d"),
        (3 * SECOND, "30", "e"),
    ]
    assert tally.dropped[DropReason.EMPTY] == 1


@pytest.mark.parametrize("form", [Form.CRI, Form.FILEBEAT], ids=lambda form: form.name)
def test_times_after_one_with_the_same_second(form: Form, core: ModuleType) -> None:
    second = "2026-03-02T12:00:01"
    stamps = [f"{second}.{'1234567891'[:count]}Z" for count in range(11)]
    stamps += [f"{second}{rest}" for rest in (".5Z", ".5z", "Z", ".5Zx", ".5 Z", ",5Z", ".5+01:00", ".٣Z", "", ".5Z ")]
    stamps += [f"2026/03/02T12:00:0{each}.5Z" for each in "12"] + [second.replace("T", " ") + ".5Z", "\0" * 19 + ".5Z"]
    stamps += [f"2026-02-30T12:00:01.{each}Z" for each in "56"]
    every = [stamp for other in stamps for stamp in (other, f"{second}.25Z")]
    if form is Form.CRI:
        lines = [f"{stamp} stdout F INFO {number}" for number, stamp in enumerate(every)]
    else:
        lines = [json.dumps({"@timestamp": stamp, "message": "INFO x"}, ensure_ascii=False) for stamp in every]
    data = "\n".join(lines).encode()
    assert steps(core, form, data, 100_000) == steps(None, form, data, 100_000)


@pytest.mark.parametrize("field", ["path", "host", "odd key", "kubernetes", "offset"])
def test_members_that_are_never_the_same(field: str, core: ModuleType) -> None:
    """More of them than are remembered, of a writer and of all; what came before still comes between them."""
    lines = []
    for number in range(12_000 if field == "path" else 500):
        usual = {"stream": "stdout", "host": {"name": "n"}, "kubernetes": {"namespace": "a", "pod": {"name": "p"}}}
        members: dict[str, dict[str, object]] = {
            "path": {"log": {"offset": 0, "file": {"path": f"/{number % 6_000}" + "x" * 3_000}}},
            "host": {"host": {"name": "n" * (number % 50), "id": number % 40}},
            "odd key": {f"{number:020}": "x"},
            "kubernetes": {"kubernetes": {"pod": {"name": f"p-{number % 30}"}, "namespace": f"n{number % 40}"}},
            "offset": {"log": {"file": {"path": "/x"}, "offset": 10 ** (number % 30)}},
        }
        said: dict[str, object] = {**usual, **(members[field] if number % 3 else {})}
        said |= {"@timestamp": f"2026-03-02T12:00:{number % 60:02}Z", "message": f"INFO {number}"}
        lines.append(json.dumps(dict(sorted(said.items())[:: 1 if number % 2 else -1])))
    data = "\n".join(lines).encode()
    assert steps(core, Form.FILEBEAT, data, 1_000_000) == steps(None, Form.FILEBEAT, data, 1_000_000)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(lines=st.lists(sent_lines() | documents() | NOISE, max_size=12))
def test_documents_that_are_there_twice(lines: list[bytes], core: ModuleType) -> None:
    shown = []
    for way in (None, core):
        marks = marks_by(way)(lines)
        shown.append([None if mark is None else marks.index(mark) for mark in marks])
    assert shown[0] == shown[1]


@pytest.mark.parametrize("form", LINES, ids=lambda form: form.name)
def test_streams_that_pause_and_records_that_hold_back_others(form: Form, core: ModuleType) -> None:
    def line(second: float, text: str, stream: str) -> str:
        match form:
            case Form.CRI:
                return cri(second, text, stream)
            case Form.DOCKER:
                return docker(second, text + "\n", stream)
            case Form.FILEBEAT:
                return beat(second, text, stream=stream)
            case _:
                return f"2026-03-02T12:{int(second) // 60:02}:{int(second) % 60:02}Z {text}\n"

    lines = []
    for number in range(4_000):
        pause = 3 if number % 500 < 20 else 0.001
        lines.append(line((number * 0.01 + number // 500 * pause) % 3_000, f"INFO {number}", "stdout"))
        if number % 7 == 0:
            lines.append(line(number * 0.01, "\tat a.B", "stderr"))
        if number % 300 == 0:
            lines.append(line(number * 0.01 - 8, "ERROR late", "stderr"))
    data = "".join(lines).encode()
    assert steps(core, form, data, 30_000) == steps(None, form, data, 30_000)


def test_lines_that_are_too_long_are_cut_alike(core: ModuleType) -> None:
    for text in ("x" * 1_000, "ż" * 1_000, "x" + "ż" * 1_000, "日" * 500, "😀" * 400, "x" * 5_000):
        for form, make in ((Form.CRI, cri), (Form.PLAIN, lambda _, text: text + "\n")):
            data = (make(0, "a") + make(1, text) + make(2, "b") + make(3, text)[:-1]).encode()
            for chunk in (64, 1_000, 100_000):
                assert steps(core, form, data, chunk) == steps(None, form, data, chunk)


def test_who_wrote_is_forgotten_where_it_is_much_and_told_all_the_same(core: ModuleType) -> None:
    lines = [beat(number / 50, f"m {number}", f"p-{number}_shop_c-{'a' * 64}.log") for number in range(70_000)]
    data = "".join(lines).encode()
    assert steps(core, Form.FILEBEAT, data, 1_000_000) == steps(None, Form.FILEBEAT, data, 1_000_000)


def test_batches_of_the_same_writers_share_what_tells_them(core: ModuleType) -> None:
    """In whatever order these write, so that joining the batches doesn't go through them each time."""
    feed = open_feed(Form.FILEBEAT, ORIGIN, rules(core, ReadSettings()), Tally())
    batches = []
    for turn, pods in enumerate(["abc", "cba", "bbacb", "ca", "ac", "abc"]):
        lines = [beat(10 * turn + at, pod, f"{pod}_shop_c-{'a' * 64}.log").encode() for at, pod in enumerate(pods)]
        feed.push_documents(lines, range(turn * 100, turn * 100 + len(lines)), NOW)
        feed.flush()
        batches.append(feed.take("p"))
        assert [batches[-1].origins[number].pod for number in batches[-1].origin] == list(pods)
    abc, cba, bbacb, ca, ac, again = [batch.origins for batch in batches]
    assert abc is cba is bbacb
    assert ca is ac
    assert again == abc
    assert [origin.pod for origin in ac] == ["a", "c"]


@pytest.mark.parametrize("field", ["stream", "level"])
def test_what_is_never_the_same_takes_no_more_and_no_more_memory(field: str, core: ModuleType) -> None:
    """In 120 MB of documents; what is kept of them is far less."""
    feed = open_feed(Form.FILEBEAT, ORIGIN, rules(core, ReadSettings()), Tally())
    resident = 0
    for turn in range(16):
        said = {"@timestamp": f"2026-03-02T12:{turn:02}:01Z", "message": "x"}
        names = [f"{turn}-{number}-" + "x" * 5_000 for number in range(1_500)]
        documents = [json.dumps({**said, field: name}).encode() for name in names]
        feed.push_documents(documents, range(turn * 1_500, turn * 1_500 + 1_500), NOW)
        feed.take("p")
        if turn == 1:
            resident = in_memory()
    assert in_memory() - resident < 60_000_000


def test_python_forgets_as_well_who_wrote(core: ModuleType) -> None:
    feed = open_feed(Form.FILEBEAT, ORIGIN, rules(None, ReadSettings()), Tally())
    most = 0
    for turn in range(70):
        lines = [beat(turn, f"m {one}", f"p{turn}-{one}_shop_c-{'a' * 64}.log").encode() for one in range(1_000)]
        feed.push_documents(lines, range(turn * 1_000, turn * 1_000 + 1_000), NOW)
        batch = feed.take("p")
        most = max(most, len(batch.origins))
        for message, origin, position in zip(batch.message, batch.origin, batch.position, strict=True):
            assert batch.origins[origin].pod == f"p{position // 1_000}-{message[2:]}"
    assert 60_000 < most < 67_000


def test_a_level_is_shortened_alike_wherever_it_stands(core: ModuleType) -> None:
    given = [
        '{"@timestamp":"2026-03-02T12:00:01Z","message":"x","level":"LEVELS"}',
        '{"@timestamp":"2026-03-02T12:00:03Z","message":"x","level":"LEVELS","kubernetes.pod.name":"p"}',
    ]
    for one in (core, None):
        feed = open_feed(Form.FILEBEAT, ORIGIN, rules(one, ReadSettings()), Tally())
        feed.push_documents([text.replace("LEVELS", "ż" * 50).encode() for text in given], [0, 1], NOW)
        feed.flush()
        assert list(feed.take("p").level) == ["ż" * 40] * 2


@pytest.mark.parametrize(
    "name", ["filebeat/container-input.ndjson", "filebeat/filestream-autodiscover.ndjson", "train-ticket/containers"]
)
def test_real_logs(name: str, core: ModuleType) -> None:
    path = DATA / name
    if not path.exists():
        skip(f"{path} is missing: these tests need the real logs beside the project")
    shown = []
    for way in (None, core):
        source = FileSource([path], ReadSettings(), follow=False, clock=lambda: NOW, core=way)
        found = []
        while not source.exhausted:
            found += rows(source.poll())
        source.close()
        shown.append((found, source.tally))
    assert shown[0] == shown[1]
