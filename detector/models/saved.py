r"""Models as data: a header in JSON and plain arrays, written and read without pickle.

    drainwatch model 2\n       16 bytes of BLAKE2b over the rest      length of the header, 8 bytes, little-endian
    header                    {"kind", "method", "arrays": [[dtype, shape, order], …], "value": {…}}
    the arrays, one after the other, little-endian

What can be in a file follows from the fields of our own frozen dataclasses and their type hints: `NamespaceModel`, what
is registered in `detector.models.registry`, and what they are made of. A file names nothing else, so reading one runs
no code but the constructors of these. The checksum tells damage, not forgery; so every value is checked against its
hint, every size against the bytes that are there, and what was read must be able to score.
"""

from __future__ import annotations

import hashlib
import json
import math
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.errors import StoreError, StoreVersionError
from detector.models.ensemble import METHOD, NamespaceModel
from detector.models.fields import Fields, NotThisError
from detector.models.port import Detector
from detector.models.registry import DETECTORS
from detector.rarity import DAY
from detector.vectors import CountMatrix

_FORMAT = 2
_NAME = b"drainwatch model "
_DIGEST = 16
_DTYPES = frozenset({"<f8", "<f4", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1"})
_MOST_DIMENSIONS = 4
_LONGEST_EMPTY = 1 << 20
"""Of an array without elements, how long another dimension may be: nothing in the file would vouch for it."""
_MADE_WITH = version("scipy"), version("scikit-learn")
"""Versions, told without importing them: that takes a second, which only who makes a model has to wait."""
_AGAIN = "Let it be made again from the counts, which are all that it needs."
_UNFIT = (ArithmeticError, AttributeError, IndexError, KeyError, MemoryError, TypeError, ValueError)

Found = list[np.ndarray[Any, Any]]


def dump(model: NamespaceModel) -> bytes:
    """A namespace's model as bytes; the same model gives the same bytes."""
    return _pack(model, "model")


def load(data: bytes) -> NamespaceModel:
    """The model, whose scores are the same to the last bit.

    Raises `StoreVersionError` where it is of another way of learning or of a newer format, and `StoreError` where it is
    damaged or no model.
    """
    model: NamespaceModel = _unpack(data, NamespaceModel, "model")
    if not 0 < model.span < DAY:
        raise StoreError(f"The saved model has windows of {model.span} microseconds.", _AGAIN)
    _try(lambda windows: model.score(windows).score, model.span)
    return model


def digest_of(history: CountMatrix, begin: NDArray[np.int64], trees: int, seed: int) -> str:
    """What stands for all that `NamespaceModel.fit` makes a model of, and for the versions of what it makes it with.

    Where the digest is the same, the model is the same to the last bit, and needn't be made again.
    """
    made_with = (METHOD, _FORMAT, np.__version__, *_MADE_WITH, trees, seed)
    columns = [(one.template, one.workload, one.level) for one in history.columns]
    described = json.dumps([made_with, history.start, history.span, history.counts.shape, columns])
    digest = hashlib.blake2b(described.encode(errors="surrogatepass"), digest_size=_DIGEST)
    for part in (begin, history.counts):
        digest.update(np.ascontiguousarray(part, "<i8").data)
    return digest.hexdigest()


def dump_detector(detector: Detector) -> bytes:
    """A registered detector as bytes; the same detector gives the same bytes."""
    if type(detector) not in DETECTORS.values():
        raise TypeError(f"{type(detector).__name__} is no registered detector.")
    return _pack(detector, "detector")


def load_detector(data: bytes) -> Detector:
    """The detector; raises as `load` does."""
    detector: Detector = _unpack(data, Detector, "detector")
    _try(lambda windows: detector.score(windows).raw, 60_000_000)
    return detector


def _fields() -> Fields:
    return Fields((NamespaceModel,), {Detector: tuple(DETECTORS.values())})


def _pack(value: object, kind: str) -> bytes:
    arrays: Found = []
    encoded = _fields().encode(value, arrays)
    described, buffers = [], []
    for one in arrays:
        # The order of the axes in memory changes the last bit of matrix products.
        order = "F" if one.flags.f_contiguous and not one.flags.c_contiguous else "C"
        plain = one.astype(one.dtype.newbyteorder("<"), copy=False)
        if plain.dtype.str not in _DTYPES:
            raise TypeError(f"Arrays of {one.dtype} can't be saved.")
        described.append([plain.dtype.str, list(plain.shape), order])
        buffers.append(plain.tobytes(order))  # type: ignore[arg-type]
    header = {"kind": kind, "method": METHOD, "arrays": described, "value": encoded}
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    rest = len(text).to_bytes(8, "little") + text + b"".join(buffers)
    return _NAME + str(_FORMAT).encode() + b"\n" + _digest(rest) + rest


def _unpack(data: bytes, hint: Any, kind: str) -> Any:
    header, begin = _header(data)
    if header.get("kind") != kind:
        raise StoreError(f"This is no saved {kind} but something else.", _AGAIN)
    if header.get("method") != METHOD:
        raise StoreVersionError(
            f"This {kind} was learned by method {header.get('method')!r:.20}, and this drainwatch learns by {METHOD}.",
            _AGAIN,
        )
    try:
        return _fields().decode(header.get("value"), hint, _arrays(header.get("arrays"), data, begin))
    except (NotThisError, *_UNFIT) as error:
        raise StoreError(f"The saved {kind} is not what one is made of: {error!s:.200}", _AGAIN) from None


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header of a file, and where its arrays begin."""
    first = data[:40].partition(b"\n")[0]
    version = first.removeprefix(_NAME)
    if not first.startswith(_NAME) or not version.isdigit():
        raise StoreError("This is no saved model: its first line says something else.", _AGAIN)
    if int(version) != _FORMAT:
        raise StoreVersionError(
            f"This model was saved in format {int(version)}, and this drainwatch reads {_FORMAT}.", _AGAIN
        )
    begin = len(first) + 1 + _DIGEST
    if len(data) < begin + 8 or _digest(data[begin:]) != data[len(first) + 1 : begin]:
        raise StoreError("The saved model is damaged: its checksum is another one.", _AGAIN)
    end = begin + 8 + int.from_bytes(data[begin : begin + 8], "little")
    try:
        header = json.loads(data[begin + 8 : end])
    except (ValueError, RecursionError):
        header = None
    if end > len(data) or not isinstance(header, dict):
        raise StoreError("The saved model is damaged: its header can't be read.", _AGAIN)
    return header, end


def _arrays(described: Any, data: bytes, begin: int) -> Found:
    """The arrays, copied out of the data; nothing is allocated that the data doesn't hold."""
    if not isinstance(described, list):
        raise NotThisError("no list of arrays")
    found: Found = []
    for one in described:
        if not (isinstance(one, list) and len(one) == 3 and isinstance(one[0], str) and one[0] in _DTYPES):
            raise NotThisError("an array of an unknown kind")
        dtype, shape, order = np.dtype(one[0]), one[1], one[2]
        if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS or order not in ("C", "F"):
            raise NotThisError("an array of an unknown shape")
        if not all(type(length) is int and length >= 0 for length in shape):
            raise NotThisError("an array of an unknown shape")
        elements = math.prod(shape)
        if begin + elements * dtype.itemsize > len(data) or (not elements and max(shape) > _LONGEST_EMPTY):
            raise NotThisError("an array larger than the file")
        flat = np.frombuffer(data, dtype, elements, begin)
        found.append(flat.reshape(shape, order=order).astype(dtype.newbyteorder("="), order=order))
        found[-1].flags.writeable = False
        begin += elements * dtype.itemsize
    if begin != len(data):
        raise NotThisError("more bytes than arrays")
    return found


def _try(score: Any, span: int) -> None:
    """Have it score two windows without a line: parts that don't fit together show here, not at night."""
    try:
        with np.errstate(all="ignore"):
            fit = np.isfinite(score(CountMatrix(0, span, (), np.zeros((2, 0), np.int64)))).all()
    except _UNFIT as error:
        raise StoreError(f"The parts of the saved model don't fit together: {error!s:.200}", _AGAIN) from None
    if not fit:
        raise StoreError("The saved model gives scores that are no numbers.", _AGAIN)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()
