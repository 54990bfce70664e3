"""The compiled core's interface, each part beside the Python that it stands for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION: int
"""See `ingest.core`."""
RELEASE: str
"""Of the package, as people see it."""

# native/src/drain

class Drain:
    """Drain by itself, as Drain3's `Drain(parametrize_numeric_tokens=False)`; `ValueError` for limits without room."""

    def __init__(
        self, depth: int = 4, similarity: float = 0.4, max_children: int = 100, max_clusters: int | None = None
    ) -> None: ...
    def add(self, words: list[bytes]) -> tuple[int, str]:
        """The number of the line's template, and `none`, `cluster_created` or `cluster_template_changed`."""

    def template(self, number: int) -> list[bytes] | None:
        """The words of a template as they are now; None where it was evicted or never was."""

    def size(self, number: int) -> int | None:
        """How many lines a template has had."""

_Progress = tuple[int, int, int, int, bool]
"""Lines, unmatched ones, lines of the block and new ones among them, whether templates grow without end."""

class Engine:
    """Texts and Drain for the workloads of all namespaces; see `parsers.native`."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        similarity: float,
        depth: int,
        max_children: int,
        max_templates: int,
        threads: int,
    ) -> None: ...
    def add_workload(self) -> int:
        """One more workload; its number."""

    def parse(
        self,
        data: bytes,
        begin: NDArray[np.int64],
        end: NDArray[np.int64],
        levels: Sequence[bytes],
        level: NDArray[np.int32],
        workload: NDArray[np.int32],
        time: NDArray[np.int64],
        ask: Callable[[list[int]], list[tuple[int, bytes, int]]],
    ) -> Parsed:
        """Templates of the rows `data[begin[i]:end[i]]`, in their order; `ask` reads rows that the core can't.

        It gives level, words, and the number of the workload: that of the row itself for -1, a new one for the next.
        """

    def restore(self, workload: int, templates: Sequence[tuple[bytes, bytes, int]], progress: _Progress) -> list[int]:
        """Begin a workload anew from births, words of today and sizes of its templates; their slots."""

    def state(self, workload: int) -> tuple[list[bytes], list[int], _Progress]:
        """Words of today and sizes of its templates, and its progress."""

    def progress(self, workload: int) -> _Progress:
        """The progress of a workload."""

class Parsed:
    """A batch: columns as bytes, and what is new. A slot is a template's number over all workloads."""

    template: bytes
    """int32, of each row: the place of its template in `slot`."""
    level: bytes
    """uint8, of each row: index into `parsers.level.LEVELS` + 1; 0 where none is known."""
    slot: bytes
    """int32; `count`, `first` and `last` (int64; times as given) go with it."""
    count: bytes
    first: bytes
    last: bytes
    born: list[tuple[int, int, int, int, bytes]]
    """Slot, workload, number in it (0: the catch-all), row, and words of templates that had no slot yet."""
    changed: list[tuple[int, bytes]]
    """Slot and words of templates that changed."""

class Text:
    """A record to the words that Drain sees: `parsers.formats`, `parsers.masking` and `parsers.keys`."""

    def __init__(self, spec: dict[str, object]) -> None:
        """From `parsers.native_spec.text_spec`."""

    def words(self, message: bytes, level: bytes) -> tuple[list[bytes], int] | None:
        """The words of a record in UTF-8 (lone surrogates as three bytes) and the number of its level.

        0 is none, else the place in `parsers.level.LEVELS` + 1; None where Python's own functions must be asked.
        """

    def measure(self, messages: list[bytes]) -> tuple[int, int, int]:
        """Read many and keep nothing: how many Python must be asked for, bytes of all words, steps of matching."""

class Expression:
    """One expression, as `parsers.native_tree.Trees.of` gives it, for comparison with `re`."""

    def __init__(
        self, tree: Mapping[str, Any], classes: Sequence[tuple[int, int, list[int]]], word: tuple[int, int]
    ) -> None: ...
    def match_at(self, text: bytes, at: int) -> list[tuple[int, int] | None] | None:
        """Spans, in bytes, of the match that begins at a place and of its groups."""

    def search(self, text: bytes, start: int) -> list[tuple[int, int] | None] | None:
        """Of the first match from a place on."""

    def steps(self, text: bytes) -> int:
        """The steps of searching a text through."""

# native/src/ingest

class Feed:
    """The lines of one file or topic to records; see `ingest.native`."""

    low: int | None
    def __init__(
        self,
        form: str,
        functions: object,
        *,
        max_lines: int,
        max_size: int,
        tolerance: int,
        zoned: bool,
        collect_refused: bool,
        collect_joined: bool,
    ) -> None: ...
    @property
    def pending(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def oldest(self) -> tuple[int, int, int | None] | None:
        """Position, time and reason to be dropped of the first record that was not handed over."""

    def push(
        self,
        data: bytes,
        end: int,
        position: int,
        limit: int,
        cut: bool,
        unfinished: bool,
        now: int,
        appended_from: int,
    ) -> None: ...
    def push_documents(self, documents: list[bytes], positions: NDArray[np.int64], now: int) -> None: ...
    def recall(self, data: bytes, now: int) -> None: ...
    def flush(self) -> None: ...
    def take(
        self,
    ) -> (
        tuple[
            bytes,
            tuple[bytes, bytes, bytes, bytes],
            tuple[list[int], bytes],
            tuple[list[str], bytes],
            tuple[list[str], bytes],
        ]
        | None
    ):
        """Columns: texts with begins and ends, times and positions (int64), then origins, streams and levels."""

    def take_tally(self) -> list[int]:
        """Lines read, records, lines joined; lines dropped by reason; remarks: since the last call."""

    def take_refused(self) -> list[tuple[int, int]]: ...
    def take_joined(self) -> list[tuple[int, int]]: ...
    def pass_over(self, positions: Sequence[int]) -> None: ...

class Marks:
    """Numbers by which lines are known again that were sent twice; see `ingest.kafka.duplicates`."""

    def __init__(self, line_of: Callable[[bytes], tuple[str, ...] | None]) -> None: ...
    def of(self, documents: list[bytes]) -> list[int | None]:
        """Of each document; None where it doesn't say which line it is."""
