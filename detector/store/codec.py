"""What stands in a row's blob: a window's vector, packed; findings as JSON. Never pickle: a store may be foreign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from detector.alert import Alert
from detector.errors import StoreError
from detector.findings import Anomaly, Feedback, Incident, ModelCard, ModelChoice, NamespaceStatus, Reason, finding_id

Struct = TypeVar("Struct")
Integers = NDArray[np.int64]

_WIDTHS = tuple(np.dtype(kind) for kind in ("<u1", "<u2", "<u4", "<i8"))


def pack(numbers: Integers, counts: Integers) -> bytes:
    """A sparse vector: a byte for two widths, the numbers, the counts, both in the narrowest integer that holds all.

    Both of one length and at least 0. Two bytes an entry is the usual size.
    """
    wide, tall = _width(numbers), _width(counts)
    return bytes([wide << 4 | tall]) + numbers.astype(_WIDTHS[wide]).tobytes() + counts.astype(_WIDTHS[tall]).tobytes()


def unpack(blob: bytes) -> tuple[bytes, NDArray[np.integer], Integers]:
    """The numbers as they were packed (equal bytes mean equal numbers), the numbers, the counts.

    Raises `StoreError` where the blob is none that `pack` made.
    """
    try:
        number_type, count_type = _WIDTHS[blob[0] >> 4], _WIDTHS[blob[0] & 15]
        length, rest = divmod(len(blob) - 1, number_type.itemsize + count_type.itemsize)
    except IndexError:
        raise _damaged("a count vector") from None
    if rest:
        raise _damaged("a count vector")
    border = 1 + length * number_type.itemsize
    key = blob[:border]
    return (
        key,
        np.frombuffer(key, number_type, offset=1),
        np.frombuffer(blob, count_type, offset=border).astype(np.int64),
    )


def unpack_all(blobs: Sequence[bytes]) -> tuple[Integers, Integers, NDArray[np.unsignedinteger], NDArray[np.integer]]:
    """Many that `pack` made, in a few steps for all of them: where the entries of each begin and end; numbers, counts.

    The entries of those that are equally wide lie one after the other. Raises `StoreError` as `unpack`.
    """
    begin, end = np.zeros(len(blobs), np.int64), np.zeros(len(blobs), np.int64)
    heads = bytes(blob[0] if blob else 255 for blob in blobs)
    sizes = np.fromiter(map(len, blobs), np.int64, len(blobs))
    kinds = np.frombuffer(heads, np.uint8)
    numbers: list[NDArray[np.unsignedinteger]] = []
    counts: list[NDArray[np.integer]] = []
    total = 0
    for kind in sorted(set(heads)):
        if kind >> 4 > 3 or kind & 15 > 3:
            raise _damaged("a count vector")
        rows = np.flatnonzero(kinds == kind)
        wide, tall = _WIDTHS[kind >> 4], _WIDTHS[kind & 15]
        lengths, rest = np.divmod(sizes[rows] - 1, wide.itemsize + tall.itemsize)
        if rest.any():
            raise _damaged("a count vector")
        some = blobs if len(rows) == len(blobs) else [blobs[at] for at in rows.tolist()]
        # Slices of bytes are cheaper than any index over them.
        borders = (1 + lengths * wide.itemsize).tolist()
        front = b"".join([blob[1:border] for blob, border in zip(some, borders, strict=True)])
        back = b"".join([blob[border:] for blob, border in zip(some, borders, strict=True)])
        numbers.append(np.frombuffer(front, wide))
        counts.append(np.frombuffer(back, tall))
        end[rows] = total + np.cumsum(lengths)
        begin[rows] = end[rows] - lengths
        total += int(lengths.sum())
    if len(numbers) == 1:
        return begin, end, numbers[0], counts[0]
    none = np.zeros(0, np.uint8)
    return begin, end, np.concatenate(numbers or [none]), np.concatenate(counts or [none])


def pack_all(begin: Integers, end: Integers, numbers: NDArray[np.integer], counts: NDArray[np.integer]) -> list[bytes]:
    """What `pack` makes of each of these stretches of one or more entries; together they are all the entries."""
    if not len(begin):
        return []
    if (end <= begin).any():
        raise ValueError("A stretch without an entry can't be packed with others.")
    wide, wide_bytes = _widths(begin, numbers)
    tall, tall_bytes = _widths(begin, counts)
    heads = [bytes([head]) for head in range(64)]
    packed = []
    stretches = zip(begin.tolist(), end.tolist(), wide.tolist(), tall.tolist(), strict=True)
    for first, last, one, other in stretches:
        size, height = _WIDTHS[one].itemsize, _WIDTHS[other].itemsize
        front, back = wide_bytes[one][first * size : last * size], tall_bytes[other][first * height : last * height]
        packed.append(heads[one << 4 | other] + front + back)
    return packed


def _widths(begin: Integers, values: NDArray[np.integer]) -> tuple[NDArray[np.int64], dict[int, bytes]]:
    """The width of each stretch, and all values in each of the widths that occur."""
    order = np.argsort(begin, kind="stable")
    tops = np.empty(len(begin), np.int64)
    tops[order] = np.maximum.reduceat(values, begin[order])
    widths = (tops >= 1 << 8).astype(np.int64) + (tops >= 1 << 16) + (tops >= 1 << 32)
    return widths, {width: values.astype(_WIDTHS[width]).tobytes() for width in set(widths.tolist())}


def _width(values: Integers) -> int:
    top = int(values.max()) if len(values) else 0
    return 0 if top < 1 << 8 else 1 if top < 1 << 16 else 2 if top < 1 << 32 else 3


def add_up(numbers: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """The same vector with the numbers in ascending order, each once, the counts of equal numbers added up."""
    if len(numbers) > 1 and not (numbers[1:] > numbers[:-1]).all():
        distinct, place = np.unique(numbers, return_inverse=True)
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, place, counts)
        return distinct, sums
    return numbers, counts


def storable(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 file can hold (broken escapes in JSON logs make them)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def encode(value: object) -> bytes:
    """Plain data as JSON. Raises `ValueError` for numbers that JSON lacks (infinite, or none at all)."""
    if isinstance(value, Anomaly):
        check_finite(value.score, *value.scores.values())
    if isinstance(value, Anomaly | Incident):
        check_finite(value.score, *_numbers(value.reasons))
    if isinstance(value, Alert):
        check_finite(value.score)
    if isinstance(value, Feedback):
        check_finite(*_numbers(value.like))
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(storable_all(msgspec.to_builtins(value)))


def decode(blob: bytes, kind: type[Struct]) -> Struct:
    """What `encode` made. Raises `StoreError` where it is none."""
    try:
        return msgspec.json.decode(blob, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise _damaged(f"an entry ({kind.__name__})") from None


def decode_anomaly(blob: bytes) -> Anomaly:
    """One row of the table of anomalies."""
    return decode(blob, Anomaly)


class _Scores(msgspec.Struct):
    scores: dict[str, float]


def decode_scores(blob: bytes) -> dict[str, float]:
    """The scores by detector in a row of the table of anomalies: a tenth of the work of all of it."""
    return decode(blob, _Scores).scores


def decode_incident(blob: bytes) -> Incident:
    """One row of the table of incidents."""
    return decode(blob, Incident)


def decode_model(blob: bytes) -> ModelCard:
    """One row of the table of models."""
    return decode(blob, ModelCard)


def decode_status(blob: bytes) -> NamespaceStatus:
    """The status in a row of the table of namespaces."""
    return decode(blob, NamespaceStatus)


def decode_steps(text: str) -> tuple[tuple[int, int], ...]:
    """What is counted of a partition, see `Checkpoint.counted`; raises `StoreError` where it is damaged."""
    try:
        return msgspec.json.decode(text, type=tuple[tuple[int, int], ...])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _damaged("a checkpoint") from error


def check_told(anomaly: Anomaly) -> None:
    """Raises `ValueError` for an anomaly without a reason: nobody is to be told of what can't be shown."""
    if not anomaly.reasons:
        raise ValueError(
            f"The anomaly of {anomaly.namespace} in window {anomaly.window} has no reason; nothing was stored."
        )


def choice_id(choice: ModelChoice) -> str:
    """Under which id a choice is kept: another one for each that was ever made."""
    return finding_id("choice", choice.namespace, choice.time, choice.version, choice.author)


def _numbers(reasons: Iterable[Reason]) -> Iterable[float]:
    return (number for one in reasons for number in (one.expected_low, one.expected_high, one.share))


def check_finite(*numbers: float) -> None:
    """Raises `ValueError` for numbers that JSON lacks."""
    if not np.isfinite(numbers).all():
        raise ValueError("A finding holds a number that is infinite or none at all; it was not stored.")


def storable_all(value: object) -> object:
    """Plain data (as `msgspec.to_builtins` makes it) with all its texts storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_all(key): storable_all(entry) for key, entry in value.items()}
    return [storable_all(entry) for entry in value] if isinstance(value, list | tuple) else value


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"The store holds {what} that can't be read: it is damaged, or a newer drainwatch wrote it.",
        "Move the file away; a new one is made by reading the logs again.",
    )
