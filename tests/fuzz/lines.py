"""Lines of files and messages of topics: to records by Python and by the core, and what records say."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import BytesIO

from ingest.accounting import Tally
from ingest.bytefile import ByteFile
from ingest.feed import NEVER
from ingest.identity import generation, origin_of_path, owner_of_pod, without_rotation
from ingest.kafka.duplicates import marks_by
from ingest.native import open_feed
from ingest.sniff import Form, first_time, foreign_compression, is_binary, sniff
from parsers.masking import Masker
from parsers.usermasks import compile_masks
from tests.fuzz import seeds
from tests.fuzz.target import Target, text_of
from tests.native.installed import installed
from tests.native.test_pattern import Pair
from tests.native.test_records import NOW, ORIGIN, SMALL, rules, seen, steps
from tests.native.test_text import Both

_BEYOND = re.compile(rb"[eE]\+?\d{3}")
"""Numbers beyond all that a float holds: where a document has one and no message, Python calls it malformed, the core
empty. It is dropped and counted by both."""
LEVELS = ("", "info", "30", "W", "nonsense")


def file_in(form: Form) -> Callable[[bytes], None]:
    """The first two bytes say how the rest of a file comes in blocks; read by both, all that shows is equal."""

    def run(data: bytes) -> None:
        if form is Form.FILEBEAT and _BEYOND.search(data):
            return
        how, rest = data[:2].ljust(2, b"\0"), data[2:]
        chunk, appended = 1 + how[0] * 8, NEVER if how[1] & 1 else 40
        said = steps(None, form, rest, chunk, appended_from=appended)
        assert steps(installed(), form, rest, chunk, appended_from=appended) == said

    return run


def messages_of_a_topic(data: bytes) -> None:
    """Values one by one, apart by a NUL; both make the same of them, and know the same ones again."""
    values = data.split(b"\0")[:20]
    shown = []
    for core in (None, installed()):
        tally = Tally()
        feed = open_feed(Form.FILEBEAT, ORIGIN, rules(core, SMALL), tally)
        feed.push_documents(values, list(range(len(values))), NOW)
        said = [seen(feed, tally)]
        feed.flush()
        shown.append([*said, seen(feed, tally)])
        assert tally.balanced
    assert shown[0] == shown[1]
    twice = [
        [None if mark is None else marks.index(mark) for mark in marks]
        for marks in (_marks(values), _marks_of_core(values))
    ]
    assert twice[0] == twice[1]


def _marks(values: list[bytes]) -> list[int | None]:
    return marks_by(None)(values)


def _marks_of_core(values: list[bytes]) -> list[int | None]:
    return marks_by(installed())(values)


def first_lines(data: bytes) -> None:
    """Whatever a file begins with, it has a form; who wrote it is told by its name, whatever that is."""
    lines = data.split(b"\n")
    first_time(sniff(lines), lines)
    foreign_compression(data)
    is_binary(data)
    name = text_of(data)
    origin_of_path(name, "local")
    owner_of_pod(name)
    generation(name)
    assert without_rotation(without_rotation(name)) or not name


def gzipped(data: bytes) -> None:
    """A file of any bytes, read in pieces of two sizes: the same, in pieces that are bounded, and what zlib reads."""
    size = 2 + data[0] if data else 2
    file, whole = ByteFile("-", BytesIO(data[1:])), ByteFile("-", BytesIO(data[1:]))
    pieces = []
    while piece := file.read(size):
        assert len(piece) <= size
        pieces.append(piece)
    parts = []
    while part := whole.read(1 << 16):
        parts.append(part)
    read, again = b"".join(pieces), b"".join(parts)
    assert file.damage == whole.damage
    # The byte before the damage comes with it, or doesn't.
    assert read == again or (file.damage and (read[:-1] == again or read == again[:-1]))
    with suppress(OSError, EOFError, zlib.error):
        _refuse_reserved(data[1:])
        assert read == gzip.decompress(data[1:]) or not file.compressed


def _refuse_reserved(data: bytes) -> None:
    """As zlib and gzip(1) do at flags that mean nothing yet; Python's own module passes over them."""
    while data:
        member = zlib.decompressobj(31)
        member.decompress(data)
        if not member.eof:
            raise EOFError
        data = member.unused_data.lstrip(b"\0")


@cache
def _both() -> Both:
    return Both(installed())


@cache
def _masker() -> Masker:
    return Masker()


def record(data: bytes) -> None:
    """One record: words, level and sample are the same natively; masked twice, the sample has nothing left to mask.

    Once isn't enough for a name before another one: `token:Bearer x` is `token:Bearer <SECRET>`, then
    `token:<SECRET> <SECRET>`. What is secret is gone the first time.
    """
    level, text = (LEVELS[data[0] % len(LEVELS)] if data else ""), text_of(data[1:])
    _both().agree(text, level)
    masked = _masker().redact(_masker().redact(text))
    assert _masker().redact(masked) == masked


def own_mask(data: bytes) -> None:
    """An expression of the user's and a text, apart by a NUL: refused with a sentence, or the same by both."""
    pattern, _, text = text_of(data).partition("\0")
    try:
        (mask,) = compile_masks({"OWN": pattern})
    except ValueError as error:
        assert "OWN" in str(error)  # noqa: PT017
        return
    Pair(installed(), mask.pattern).agree(text * 3)
    mask.apply(text * 20)


_FILE = b"\x40\x01"
TARGETS = (
    Target(
        "cri",
        "container logs of the runtime interface",
        file_in(Form.CRI),
        [_FILE + one for one in seeds.CRI],
        seeds.WORDS,
    ),
    Target(
        "docker",
        "Docker's json-file logs",
        file_in(Form.DOCKER),
        [_FILE + one for one in seeds.DOCKER],
        seeds.JSON_WORDS,
    ),
    Target(
        "ndjson",
        "Filebeat's documents in files",
        file_in(Form.FILEBEAT),
        [_FILE + one for one in seeds.BEATS],
        seeds.JSON_WORDS,
    ),
    Target(
        "plain", "lines as programs write them", file_in(Form.PLAIN), [_FILE + one for one in seeds.PLAIN], seeds.WORDS
    ),
    Target(
        "kafka",
        "values of messages of a topic",
        messages_of_a_topic,
        [*seeds.BEATS, b"\0".join(seeds.BEATS)],
        seeds.JSON_WORDS,
    ),
    Target(
        "first-lines",
        "how a file begins and is called",
        first_lines,
        [*seeds.CRI, *seeds.DOCKER, *seeds.BEATS, *seeds.NAMES],
    ),
    Target("gzip", "files, gzipped or not", gzipped, [b"\x07" + one for one in seeds.GZIPPED]),
    Target(
        "record",
        "JSON, logfmt, klog, access, Falco, events, syslog, stack traces",
        record,
        [b"\0" + one for one in (*seeds.RECORDS, *seeds.PLAIN)],
        (*seeds.WORDS, *seeds.JSON_WORDS),
    ),
    Target(
        "mask",
        "masks of the user's own",
        own_mask,
        seeds.MASKS,
        [rb"\d", b"[a-z]", b"(?:", b"{1,8}", b"+", b"|", b"(?<=", rb"\b", b"(?i)"],
        200,
    ),
)
