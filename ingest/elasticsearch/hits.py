"""Pages of hits, as they came over the wire, to columns.

Nearly all documents fit a typed struct. In it the objects that say who wrote a line stay raw bytes: they are equal in
all documents of a container, so they are decoded once. What doesn't fit goes the careful way, document by document
(`ingest.filebeat.look_through`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ingest.accounting import DropReason, Remark, Tally
from ingest.elasticsearch.columns import Columns
from ingest.elasticsearch.settings import FieldNames
from ingest.elasticsearch.stamps import times_of
from ingest.elasticsearch.writers import MANY, Writer, Writers
from ingest.filebeat import look_through, names_of, value_at
from ingest.identity import DocumentNames
from ingest.timestamps import moment_of, rfc3339

_UTC = ZoneInfo("UTC")
_NOTHING = msgspec.Raw(b"")
_DOTTED = (b'"kubernetes.', b'"container.', b'"log.', b'"host.', b'"pod.name')
"""Keys with dots in them, which the struct passes over."""


class _File(msgspec.Struct, frozen=True, gc=False):
    path: str = ""


class _Log(msgspec.Struct, frozen=True, gc=False):
    offset: int = -1
    file: _File = _File()
    level: str = ""


class _RawHit(msgspec.Struct, gc=False):
    source: msgspec.Raw = msgspec.field(name="_source", default=_NOTHING)
    id: str = msgspec.field(name="_id", default="")
    index: str = msgspec.field(name="_index", default="")
    fields: msgspec.Raw = _NOTHING


class _RawHits(msgspec.Struct):
    hits: list[_RawHit]


class _RawPage(msgspec.Struct):
    hits: _RawHits


def _decoders(time: str) -> tuple[msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    """Of a page, and of one document, whose time stands under this name."""
    log_level: str = msgspec.field(name="log.level", default="")
    involved: bool = msgspec.field(name="involvedObject", default=False)
    at: str = msgspec.field(name=time, default="")
    source = msgspec.defstruct(
        "Source",
        [
            ("message", str),
            ("at", str, at),
            ("stream", str, ""),
            ("log", _Log, _Log()),
            ("kubernetes", msgspec.Raw, _NOTHING),
            ("container", msgspec.Raw, _NOTHING),
            ("host", msgspec.Raw, _NOTHING),
            ("level", str, ""),
            ("log_level", str, log_level),
            ("severity", str, ""),
            # What a decoded event has as an object: it doesn't fit, and so goes the careful way.
            ("output_fields", bool, False),
            ("involved", bool, involved),
        ],
        frozen=True,
        gc=False,
    )
    inner: Any = msgspec.field(name="_source")
    id_: Any = msgspec.field(name="_id", default="")
    index: Any = msgspec.field(name="_index", default="")
    hit = msgspec.defstruct(
        "Hit",
        [("source", source, inner), ("id", str, id_), ("index", str, index), ("fields", msgspec.Raw, _NOTHING)],
        gc=False,
    )
    hits = msgspec.defstruct("Hits", [("hits", list[hit])])  # type: ignore[valid-type]
    page = msgspec.defstruct("Page", [("hits", hits)])
    return msgspec.json.Decoder(page), msgspec.json.Decoder(source)


class Reader:
    """Makes columns of pages. `namespace` is that of files whose path names none; of others only those `wanted` count.

    Not for several threads at once.
    """

    def __init__(
        self, names: FieldNames, namespace: str = "local", wanted: Iterable[str] = (), many: int = MANY
    ) -> None:
        self._names, self._writers = names, Writers(namespace, frozenset(wanted), many)
        self._page, self._document = _decoders(names.time)
        self._raw = msgspec.json.Decoder(_RawPage)
        self._any = msgspec.json.Decoder()
        plain = FieldNames(time=names.time, ingested=names.ingested)
        self._typed = names == plain and "." not in names.time
        """Whether documents are looked for where Filebeat puts things."""

    def begin(self) -> Columns:
        """Empty columns, for the pages of one range."""
        self._writers.forget_if_many()
        return Columns(origins=self._writers.origins, strands=self._writers.strands)

    def read(self, page: bytes, begin: int, end: int, into: Columns) -> None:
        """Add the hits of a page, whose times lie from `begin` to before `end` (microseconds UTC).

        Raises `ValueError` where the page is none.
        """
        before = len(into.message)
        hits = self._decode_page(page)
        if hits is not None:
            into.hits += len(hits)
            self._take(hits, begin, end, into)
        else:
            self._take_each(page, begin, end, into)
        into.settle(before, begin, end)

    def _decode_page(self, page: bytes) -> list[Any] | None:
        """The hits of a page on which all documents fit the struct, else None."""
        if not self._typed:
            return None
        try:
            hits: list[Any] = self._page.decode(page).hits.hits
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        return None if self._may_lack_something(hits) and _has_dots(page) else hits

    def _may_lack_something(self, hits: list[Any]) -> bool:
        """Whether a document may say in keys with dots what the struct doesn't find.

        To look for them in all of the page would cost more than decoding it.
        """
        return any(hit.source.kubernetes is _NOTHING or not hit.source.log.file.path for hit in hits)

    def _take(self, hits: list[Any], begin: int, end: int, into: Columns) -> None:
        """The hits that fit the struct, a column after the other: that is faster than one after the other."""
        writers = self._writers_of(hits)
        messages = [hit.source.message.rstrip() for hit in hits]
        asked = [not writer.left_out for writer in writers]
        into.tally.read += sum(asked)
        if not all(messages) or not all(asked):
            into.tally.dropped[DropReason.EMPTY] += sum(
                not it and wanted for it, wanted in zip(messages, asked, strict=True)
            )
            kept = [row for row, message in enumerate(messages) if message and asked[row]]
            hits, writers = [hits[row] for row in kept], [writers[row] for row in kept]
            messages = [messages[row] for row in kept]
        sources = [hit.source for hit in hits]
        times = self._times([source.at for source in sources])
        if times and (min(times) < begin or max(times) >= end):
            times = [self._settled([time], hit.fields, begin, end, into) for time, hit in zip(times, hits, strict=True)]
        into.time += times
        into.strand += [writer.strand for writer in writers]
        into.position += [
            log.offset if (log := hit.source.log).offset >= 0 and log.file.path else _digest(hit.id) for hit in hits
        ]
        into.writer += [writer.writer for writer in writers]
        into.stream += [source.stream for source in sources]
        into.level += [it.level or it.log_level or it.log.level or it.severity for it in sources]
        into.message += messages

    def _writers_of(self, hits: list[Any]) -> list[Writer]:
        recent, find = self._writers.recent, self._find
        writers = []
        for hit in hits:
            source = hit.source
            path = source.log.file.path
            known = recent.get(path) if path else None
            if (
                known is None
                or known.kubernetes != source.kubernetes
                or known.container != source.container
                or known.host != source.host
            ):
                known = find(path, source, hit.index)
            writers.append(known)
        return writers

    def _times(self, texts: list[str]) -> list[int]:
        """Microseconds UTC, or -1; nearly all are of the form that Filebeat writes, many of the same second."""
        times = times_of(texts)
        return [self._moment(at) for at in texts] if times is None else times

    def _find(self, path: str, source: Any, index: str) -> Writer:
        """Who wrote the document, where that isn't who wrote the one before it in the same file."""
        objects = (bytes(source.kubernetes), bytes(source.container), bytes(source.host))
        key = (path or index, bool(path), objects)
        known = self._writers.known.get(key)
        if known is None:
            kubernetes, container, host = objects
            names = names_of(kubernetes, container)
            if names is None:  # of other types than Filebeat's
                document = {"kubernetes": _any(self._any, kubernetes), "container": _any(self._any, container)}
                names = look_through(document, self._names).names
            known = self._writers.enter(key, names._replace(path=path), index, self._host(host), objects)
        if path:
            self._writers.recent[path] = known
        return known

    def _host(self, host: bytes) -> str:
        name = value_at({"host": _any(self._any, host)}, "host.name", str) if host else ""
        return name if isinstance(name, str) else ""

    def _moment(self, at: str) -> int:
        """The time in a text, or -1."""
        time = rfc3339(at)
        if time is None:
            time = moment_of(at, _UTC)
        return -1 if time is None else time

    def _settled(self, times: Sequence[int], fields: msgspec.Raw, begin: int, end: int, into: Columns) -> int:
        """The first of a document's times that lies in the range, or of those that were indexed, where they came."""
        for time in times:
            if begin <= time < end:
                return time
        for time in _indexed(fields, self._names.time):
            if begin <= time < end:
                into.foreign += 1
                return time
        into.untimed += 1
        return times[0] if times else -1

    def _take_each(self, page: bytes, begin: int, end: int, into: Columns) -> None:
        """Document by document: those that fit the struct by it, the others the careful way."""
        try:
            hits = self._raw.decode(page).hits.hits
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise ValueError(f"no page of hits: {error}") from error
        for hit in hits:
            if self._typed and not _has_dots(hit.source):
                try:
                    source = self._document.decode(hit.source)
                except (msgspec.DecodeError, UnicodeError, RecursionError):
                    pass
                else:
                    into.hits += 1
                    self._take([_Typed(source, hit)], begin, end, into)
                    continue
            self._look_through(hit, begin, end, into)

    def _look_through(self, hit: _RawHit, begin: int, end: int, into: Columns) -> None:
        into.hits += 1
        document = self._decode(bytes(hit.source), into.tally)
        if document is None:
            into.tally.read += 1
            into.tally.dropped[DropReason.MALFORMED] += 1
            return
        found = look_through(document, self._names)
        known = self._writer_of(document, found.names, hit.index)
        if known.left_out:
            return
        into.tally.read += 1
        message = (found.message or "").rstrip()
        if not message:
            into.tally.dropped[DropReason.EMPTY] += 1
            return
        told = value_at(document, self._names.time)
        times = [moment_of(each, _UTC) for each in (told if isinstance(told, list) else [told])]
        time = self._settled([each for each in times if each is not None], hit.fields, begin, end, into)
        offset = value_at(document, "log.offset")
        into.time.append(time)
        into.strand.append(known.strand)
        has_place = isinstance(offset, int) and offset >= 0 and found.names.path
        into.position.append(offset if has_place else _digest(hit.id))  # type: ignore[arg-type]
        into.writer.append(known.writer)
        into.stream.append(found.stream)
        into.level.append(found.level)
        if found.inner_time is not None:
            into.inner[len(into.message)] = found.inner_time
        into.message.append(message)

    def _writer_of(self, document: dict[str, Any], names: DocumentNames, index: str) -> Writer:
        host = value_at(document, "host.name", str)
        key = (names, index if not names.path else "", host)
        known = self._writers.known.get(key)
        if known is None:
            known = self._writers.enter(key, names, index, host if isinstance(host, str) else "")
        return known

    def _decode(self, source: bytes, tally: Tally) -> dict[str, Any] | None:
        """The document, with U+FFFD where its text is none; None where it is no object."""
        try:
            document = self._any.decode(source)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            try:
                document = self._any.decode(source.decode("utf-8", "replace"))
                tally.remarks[Remark.UNDECODABLE] += 1
            except (msgspec.DecodeError, UnicodeError, RecursionError):
                return None
        return document if isinstance(document, dict) else None


class _Typed:
    """A hit whose document fits the struct, on a page on which others don't."""

    __slots__ = ("fields", "id", "index", "source")

    def __init__(self, source: Any, hit: _RawHit) -> None:
        self.source, self.id, self.index, self.fields = source, hit.id, hit.index, hit.fields


def _any(decoder: msgspec.json.Decoder[Any], raw: bytes) -> object:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _indexed(fields: msgspec.Raw, name: str) -> list[int]:
    """The times (microseconds UTC) that Elasticsearch itself read, as it gives them: milliseconds, as text."""
    try:
        values = msgspec.json.decode(fields, type=dict[str, list[Any]]).get(name, [])
        return [int(Decimal(str(value)) * 1_000) for value in values]
    except (msgspec.DecodeError, UnicodeError, InvalidOperation, ValueError, OverflowError):
        return []


def _digest(id_: str) -> int:
    """63 bits that stand for a document which says no place in a file."""
    return int.from_bytes(hashlib.blake2b(id_.encode(errors="replace"), digest_size=8).digest()) >> 1


def _has_dots(json: bytes | msgspec.Raw) -> bool:
    """Whether there are keys with dots where objects should be."""
    raw = bytes(json)
    return any(key in raw for key in _DOTTED)
