"""What is read back from a store, be it damaged or written by somebody else: templates, models, counts, findings."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from itertools import count

import msgspec

from detector.errors import StoreError, UsageError
from detector.models.saved import dump, dump_detector, load, load_detector
from detector.store import codec
from detector.store.cursor import decode_cursor, encode_cursor
from detector.store.elasticsearch.paging import position as position_in_the_cluster
from detector.store.paging import position
from ingest.kafka.place import Place
from ingest.rereading import parted
from parsers.engine import EngineState, TemplateEngine
from parsers.miner import DrainEngine
from parsers.native import NativeEngine
from parsers.settings import MiningSettings
from tests.fuzz import seeds
from tests.fuzz.target import Target, text_of
from tests.native.installed import installed
from tests.parsers.batches import batch_of

_LINES = ["INFO order 17 placed", "a b c", "a INFO order x", "", "a b d"]


def templates(data: bytes) -> None:
    """The state of a workload, its checksum right: both engines go on from it alike, or refuse it with a sentence."""
    sealed = msgspec.json.encode({"checksum": hashlib.blake2b(data, digest_size=16).hexdigest(), "state": None})
    sealed = sealed.replace(b'"state":null', b'"state":' + (data or b"null"))
    said = []
    for engine, name in _engines():
        try:
            engine.restore(EngineState(1, {("shop", name): sealed}), [])
        except ValueError as error:
            said.append(str(error))
            continue
        parsed = engine.parse(batch_of(_LINES, workload=name))
        said.append(str([parsed.templates[one] for one in parsed.template.tolist()]))
    assert said[0] == said[1]


_MADE: list[TemplateEngine] = []
_WORKLOADS = count()


def _engines() -> list[tuple[TemplateEngine, str]]:
    """Both, and a workload that they don't know yet: to make a core takes a hundred times as long as to ask it."""
    number = next(_WORKLOADS)
    if number % 2_000 == 0:
        _MADE[:] = [DrainEngine(MiningSettings()), NativeEngine(installed(), MiningSettings())]
    return [(engine, f"w{number}") for engine in _MADE]


@cache
def _models() -> tuple[bytes, bytes]:
    from tests.models.test_saved import detector, saved

    return saved(), detector()


def _sealed(rest: bytes, first: bytes) -> bytes:
    return first + hashlib.blake2b(rest, digest_size=16).digest() + rest


def model(data: bytes) -> None:
    """Bytes put into a saved model, its checksum right: read, or refused; what is read can be saved again."""
    if len(data) < 4:
        return
    whole = _models()[data[0] & 1]
    first, rest = whole[: whole.index(b"\n") + 1], bytearray(whole[whole.index(b"\n") + 17 :])
    size = 8 + int.from_bytes(rest[:8], "little")
    at = int.from_bytes(data[1:4], "little") % (size if data[0] & 2 else len(rest))
    rest[at : at + (0 if data[0] & 4 else len(data) - 4)] = data[4:]
    if data[0] & 8:
        rest[:8] = (size - 8 + (len(data) - 4 if data[0] & 4 else 0)).to_bytes(8, "little")
    forged = _sealed(bytes(rest), first)
    for read, write in ((load, dump), (load_detector, dump_detector)):
        try:
            found = read(forged)
        except StoreError:
            continue
        assert read(write(found)) is not None  # type: ignore[arg-type]


def entries(data: bytes) -> None:
    """Rows of the embedded store, and what checkpoints say: read, or called damaged."""
    for read in (
        codec.unpack,
        codec.decode_anomaly,
        codec.decode_scores,
        codec.decode_incident,
        codec.decode_model,
        codec.decode_status,
    ):
        try:
            read(data)
        except StoreError as error:
            assert error.problem  # noqa: PT017
    half = len(data) // 2
    with suppress(StoreError):
        codec.unpack_all([data[:half], data[half:]])
    text = text_of(data)
    with suppress(StoreError):
        codec.decode_steps(text)
    parted(text)
    Place.of(text)


def cursor(data: bytes) -> None:
    """Cursors come back from strangers, as they were given or not; and as what they were made of."""
    text = text_of(data)
    for kind in ("anomalies", "templates"):
        made = encode_cursor(kind, len(data), text)
        assert decode_cursor(kind, made) == (len(data), text)
        for given in (text, made[:-1]):
            for read in (decode_cursor, position, position_in_the_cluster):
                try:
                    read(kind, given)
                except UsageError as error:
                    assert error.advice  # noqa: PT017


TARGETS = (
    Target(
        "templates",
        "saved templates",
        templates,
        seeds.STATES,
        [b'"births":', b'"now":', b'"sizes":', b'"growing":', b'"<other>"', b'"<*>"', b"null"],
    ),
    Target(
        "model",
        "saved models",
        model,
        [b"\0\0\0\0x", b"\x03\x20\0\0{", b"\x0e\x40\0\0[[]]"],
        [b"null", b"-1", b'"<f8"', b"[0]", b"1e999", b"NaN"],
        64,
    ),
    Target("entries", "rows of the store and checkpoints", entries, seeds.ENTRIES, seeds.JSON_WORDS),
    Target("cursor", "cursors", cursor, seeds.CURSORS),
)
