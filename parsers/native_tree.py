"""Regular expressions as trees of plain lists, for the compiled core, made by Python's own parser.

Case, `.` and the classes are worked out here, to sets of code points, so that the core knows no Unicode of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any
from unicodedata import unidata_version

import numpy as np

_parser: Any = import_module("re._parser")
_compiler: Any = import_module("re._compiler")

Ranges = tuple[tuple[int, int], ...]
"""Code points from … to, both included, in order and apart from each other."""

_TOP = sys.maxunicode
_KNOWN_UNICODE = 17
"""Up to this version of Unicode all digits, white space and letters lie in `_PLANES`."""
_PLANES = ((0, 0x3FFFF), (0xE0000, 0xEFFFF))
_CASED = 0x20000
"""Beyond lie only ideographs, private use and tags, which have no case."""
_BLOCK = 64
_REPEATS = {"MAX_REPEAT": 0, "MIN_REPEAT": 1, "POSSESSIVE_REPEAT": 2}
_IGNORECASE, _ASCII, _DOTALL, _MULTILINE = int(re.IGNORECASE), int(re.ASCII), int(re.DOTALL), int(re.MULTILINE)
_TYPES = int(re.ASCII | re.UNICODE | re.LOCALE)
_NEWLINE: Ranges = ((10, 10),)


class Categories:
    """What the running Python takes for digits, white space, word characters and letters."""

    def __init__(self) -> None:
        some = [stretch for first, last in _planes() for stretch in _stretches(first, last)]
        self.digit, self.space, self.word = (
            _union(*[_runs(rf"\{c}+", text, low) for low, text in some]) for c in "dsw"
        )
        wordy = [_characters(low, high) for low, high in self.word]
        self.letters, self.figures = _which(str.isalpha, wordy), _which(str.isdigit, wordy)
        blocks = [_characters(low, low + _BLOCK - 1) for low in range(0, _CASED, _BLOCK)]
        changing = [c for block in blocks if _changes(block) for c in block if _changes(c)]
        self.cased = "".join(changing)
        self.uncased = _inverse(_of(changing))
        self.lowered = {
            c: c.lower() for c in changing if not c.isascii() and any(lowered.isascii() for lowered in c.lower())
        }
        """Those beyond ASCII whose lower case has ASCII in it."""


class Classes:
    """Sets of characters, each once: a row is `(bits 0 to 63, bits 64 to 127, ranges from 128 on, flat)`."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, list[int]]] = []
        self._known: dict[Ranges, int] = {}

    def add(self, ranges: Ranges) -> int:
        """The number of a set."""
        if ranges not in self._known:
            self._known[ranges] = len(self.rows)
            bits = sum(1 << c for low, high in ranges for c in range(low, min(high, 127) + 1))
            beyond = [edge for low, high in ranges if high > 127 for edge in (max(low, 128), high)]
            self.rows.append((bits & (1 << 64) - 1, bits >> 64, beyond))
        return self._known[ranges]


class Trees:
    """Makes trees; a node is a list of its kind and its parts.

    `["lit", c]`, `["set", class]`, `["seq", [node …]]`, `["alt", [node …]]`, `["rep", kind, low, high, node]` (greedy,
    lazy, possessive; high -1: no bound), `["group", number, node]`, `["look", ahead, negative, width, node]`,
    `["atomic", node]`, `["at", where]`, `["ref", number]`.
    """

    def __init__(self, classes: Classes) -> None:
        self.categories = categories()
        self._classes = classes
        self._singles: dict[str, list[Any]] = {}

    def of(self, pattern: re.Pattern[str]) -> dict[str, Any]:
        """Tree, names of groups and their number."""
        flags = int(pattern.flags)
        return {
            "tree": self._sequence(_parser.parse(pattern.pattern, flags), flags),
            "groups": pattern.groups,
            "names": dict(pattern.groupindex),
        }

    def _sequence(self, items: Any, flags: int) -> list[Any]:
        nodes = [self._node(str(kind), argument, flags, (kind, argument)) for kind, argument in items]
        return nodes[0] if len(nodes) == 1 else ["seq", nodes]

    def _node(self, kind: str, argument: Any, flags: int, item: Any) -> list[Any]:
        if kind == "LITERAL" and not flags & _IGNORECASE:
            return ["lit", int(argument)]
        if kind in {"LITERAL", "NOT_LITERAL", "IN", "ANY"}:
            if (known := self._singles.get(key := f"{item} {flags}")) is None:
                known = self._singles[key] = self._single(kind, argument, flags, item)
            return known
        if kind == "SUBPATTERN":
            number, on, off, items = argument
            # As in re's own compiler: `(?u:…)` within `(?a)` takes the place of it.
            kept = flags & ~_TYPES if on & _TYPES else flags
            inner = self._sequence(items, (kept | on) & ~off)
            return inner if number is None else ["group", number, inner]
        if kind == "BRANCH":
            return ["alt", [self._sequence(items, flags) for items in argument[1]]]
        if kind in _REPEATS:
            low, high, items = argument
            bound = -1 if high is _parser.MAXREPEAT else int(high)
            inner = self._sequence(items, flags)
            if inner[0] == "lit":
                inner = ["set", self._classes.add(((inner[1], inner[1]),))]
            return ["rep", _REPEATS[kind], int(low), bound, inner]
        if kind in {"ASSERT", "ASSERT_NOT"}:
            direction, items = argument
            width = 0 if direction > 0 else int(items.getwidth()[0])
            return ["look", direction > 0, kind == "ASSERT_NOT", width, self._sequence(items, flags)]
        if kind == "ATOMIC_GROUP":
            return ["atomic", self._sequence(argument, flags)]
        if kind == "AT":
            return ["at", _place(str(argument), flags)]
        if kind == "GROUPREF" and not flags & _IGNORECASE:
            return ["ref", int(argument)]
        raise ValueError(f"The compiled core knows no {kind}.")

    def _single(self, kind: str, argument: Any, flags: int, item: Any) -> list[Any]:
        ranges = self._ranges(kind, argument, flags)
        if flags & _IGNORECASE and kind != "ANY":
            ranges = self._either_case(ranges, flags, item)
        if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
            return ["lit", ranges[0][0]]
        return ["set", self._classes.add(ranges)]

    def _ranges(self, kind: str, argument: Any, flags: int) -> Ranges:
        if kind == "LITERAL":
            return ((int(argument), int(argument)),)
        if kind == "NOT_LITERAL":
            return _inverse(((int(argument), int(argument)),))
        if kind == "ANY":
            return ((0, _TOP),) if flags & _DOTALL else _inverse(_NEWLINE)
        negated = bool(argument) and str(argument[0][0]) == "NEGATE"
        found = _union(*[self._member(str(each), value, flags) for each, value in argument if str(each) != "NEGATE"])
        return _inverse(found) if negated else found

    def _member(self, kind: str, argument: Any, flags: int) -> Ranges:
        if kind == "LITERAL":
            return ((int(argument), int(argument)),)
        if kind == "RANGE":
            return ((int(argument[0]), int(argument[1])),)
        name = str(argument)
        table = {"DIGIT": "digit", "SPACE": "space", "WORD": "word"}[name.rpartition("_")[2]]
        ranges: Ranges = getattr(self.categories, table)
        if flags & _ASCII:
            ranges = _runs(rf"\{table[0]}+", "".join(map(chr, range(128))))
        return _inverse(ranges) if "_NOT_" in name else ranges

    def _either_case(self, ranges: Ranges, flags: int, item: Any) -> Ranges:
        """What `re` itself takes where case doesn't count: asked for each character that has a case."""
        single = _compiler.compile(_parser.SubPattern(_state(flags), [item]), flags)
        plain = _inverse(_union(_inverse(ranges), _inverse(self.categories.uncased)))
        return _union(plain, _of(single.findall(self.categories.cased)))


_categories: list[Categories] = []


def categories() -> Categories:
    """Worked out once a process."""
    if not _categories:
        _categories.append(Categories())
    return _categories[0]


def ascii_word() -> Ranges:
    """Word characters where an expression asks for ASCII only."""
    return _runs(r"\w+", "".join(map(chr, range(128))))


def _state(flags: int) -> Any:
    state = _parser.State()
    state.flags, state.str = flags, ""
    return state


def _place(name: str, flags: int) -> str:
    place = name.removeprefix("AT_").lower()
    if flags & _MULTILINE and place in {"beginning", "end"}:
        return f"{place}_line"
    return f"{place}_ascii" if flags & _ASCII and "boundary" in place else place


def _planes() -> Ranges:
    return _PLANES if int(unidata_version.partition(".")[0]) <= _KNOWN_UNICODE else ((0, _TOP),)


def _characters(first: int, last: int) -> str:
    return np.arange(first, last + 1, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _stretches(first: int, last: int) -> list[tuple[int, str]]:
    """Those of word characters and white space; the classes are found in these, an eighth of all."""
    every = _characters(first, last)
    return [(low, every[low - first : high - first + 1]) for low, high in _runs(r"[\w\s]+", every, first)]


def _changes(text: str) -> bool:
    return text.lower() != text or text.upper() != text


def _runs(pattern: str, text: str, begin: int = 0) -> Ranges:
    """Of a text that holds the characters from `begin` on, one after the other."""
    return tuple([(begin + found.start(), begin + found.end() - 1) for found in re.finditer(pattern, text)])


def _which(is_one: Callable[[str], bool], stretches: Iterable[str]) -> Ranges:
    """The characters that are such; most stretches are all of them, or none."""
    whole = [(ord(text[0]), ord(text[-1])) for text in stretches if is_one(text)]
    return _union(tuple(whole), _of([c for text in stretches if not is_one(text) for c in text if is_one(c)]))


def _of(characters: Iterable[str]) -> Ranges:
    return _union(tuple([(ord(c), ord(c)) for c in characters]))


def _union(*parts: Ranges) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(each for part in parts for each in part):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _inverse(ranges: Ranges) -> Ranges:
    edges = [-1, *[edge for both in ranges for edge in both], _TOP + 1]
    gaps = zip(edges[0::2], edges[1::2], strict=True)
    return tuple([(low + 1, high - 1) for low, high in gaps if high - low > 1])
