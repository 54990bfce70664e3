"""Columns of text, many rows in a few buffers: what a batch holds instead of an object a line.

A `Texts` is read like a sequence of `str`, row by row; whoever is fast reads its buffers, which are much like Arrow's
(https://arrow.apache.org/docs/format/Columnar.html). A plain tuple of `str` may stand wherever one of these may.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

TextColumn: TypeAlias = Sequence[str]
"""A tuple, `Texts` or `Coded`."""

_SPARSE = 4
"""A buffer of which less than one part in so many is still in use is let go of when rows are taken."""
_OBJECT = 57
"""Bytes of a `str` without its characters, and of the reference to it."""


class Texts(Sequence[str]):
    """Texts in one buffer: row i is `data[begin[i]:end[i]]`, UTF-8; rows may overlap and stand in any order.

    Lone surrogates are kept as three bytes (`surrogatepass`), so that every `str` comes back as it was.
    """

    __slots__ = ("begin", "data", "end")

    def __init__(self, data: bytes, begin: NDArray[np.int64], end: NDArray[np.int64]) -> None:
        self.data, self.begin, self.end = data, begin, end

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """A column of these texts; itself where it is one already."""
        if isinstance(texts, Texts):
            return texts
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        end = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), dtype=np.int64)
        begin = np.concatenate([np.zeros(min(1, len(end)), np.int64), end[:-1]])
        return cls(b"".join(encoded), begin, end)

    def __len__(self) -> int:
        return len(self.begin)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Texts: ...
    def __getitem__(self, row: int | slice) -> str | Texts:
        if isinstance(row, slice):
            return Texts(self.data, self.begin[row], self.end[row])
        return self.data[self.begin[row] : self.end[row]].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        data, rows = self.data, zip(self.begin.tolist(), self.end.tolist(), strict=True)
        return (data[begin:end].decode("utf-8", "surrogatepass") for begin, end in rows)

    @property
    def size(self) -> int:
        """Bytes of the rows; the buffer may hold more."""
        return int((self.end - self.begin).sum())

    def take(self, rows: NDArray[np.intp]) -> Texts:
        """The named rows, in the order in which they are named."""
        taken = Texts(self.data, self.begin[rows], self.end[rows])
        return taken.packed() if taken.size * _SPARSE < len(self.data) else taken

    def packed(self) -> Texts:
        """The same texts, in a buffer that holds nothing else."""
        # Rows that adjoin are copied together.
        edges = np.flatnonzero(self.begin[1:] != self.end[:-1]) + 1
        begins = self.begin[np.concatenate([np.zeros(min(1, len(self)), np.intp), edges])].tolist()
        ends = self.end[np.concatenate([edges - 1, np.full(min(1, len(self)), len(self) - 1)])].tolist()
        data = b"".join([self.data[b:e] for b, e in zip(begins, ends, strict=True)])
        end = np.cumsum(self.end - self.begin, dtype=np.int64)
        return Texts(data, end - (self.end - self.begin), end)


class Coded(Sequence[str]):
    """Texts of which there are few different ones: row i is `values[codes[i]]`."""

    __slots__ = ("codes", "values")

    def __init__(self, values: tuple[str, ...], codes: NDArray[np.integer]) -> None:
        self.values, self.codes = values, codes

    @classmethod
    def of(cls, texts: Sequence[str]) -> Coded:
        """A column of these texts; itself where it is one already."""
        if isinstance(texts, Coded):
            return texts
        values: dict[str, int] = {}
        codes = np.fromiter((values.setdefault(text, len(values)) for text in texts), np.int32, len(texts))
        return cls(tuple(values), codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return map(self.values.__getitem__, self.codes.tolist())

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Coded: ...
    def __getitem__(self, row: int | slice) -> str | Coded:
        if isinstance(row, slice):
            return Coded(self.values, self.codes[row])
        return self.values[int(self.codes[row])]

    def take(self, rows: NDArray[np.intp]) -> Coded:
        """The named rows, in the order in which they are named."""
        return Coded(self.values, self.codes[rows])


def sizes(column: TextColumn) -> NDArray[np.int64]:
    """About how many bytes each row takes, its share of the buffer or its object."""
    if isinstance(column, Texts):
        return column.end - column.begin
    return np.fromiter(map(len, column), np.int64, len(column)) + _OBJECT


def take(column: TextColumn, rows: NDArray[np.intp]) -> TextColumn:
    """The named rows of a column of any kind."""
    if isinstance(column, Texts | Coded):
        return column.take(rows)
    return tuple([column[row] for row in rows.tolist()])


def concat(columns: Sequence[TextColumn]) -> TextColumn:
    """One column of all rows, in the order of the columns; of the same kind where all are of one."""
    full = [column for column in columns if len(column)]
    if len(full) == 1:
        return full[0]
    if full and all(isinstance(column, Texts) for column in full):
        return _joined_texts([column for column in full if isinstance(column, Texts)])
    if full and all(isinstance(column, Coded) for column in full):
        return _joined_codes([column for column in full if isinstance(column, Coded)])
    return tuple([text for column in full for text in column])


def _joined_texts(columns: Sequence[Texts]) -> Texts:
    buffers: dict[int, int] = {}
    data: list[bytes] = []
    total = 0
    for column in columns:
        if id(column.data) not in buffers:
            buffers[id(column.data)] = total
            data.append(column.data)
            total += len(column.data)
    shifts = [buffers[id(column.data)] for column in columns]
    begin = np.concatenate([column.begin + shift for column, shift in zip(columns, shifts, strict=True)])
    end = np.concatenate([column.end + shift for column, shift in zip(columns, shifts, strict=True)])
    return Texts(data[0] if len(data) == 1 else b"".join(data), begin, end)


def _joined_codes(columns: Sequence[Coded]) -> Coded:
    values: dict[str, int] = {}
    codes = []
    for column in columns:
        places = np.array([values.setdefault(value, len(values)) for value in column.values], np.int32)
        codes.append(places[column.codes])
    return Coded(tuple(values), np.concatenate(codes))
