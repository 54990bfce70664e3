"""The core's matcher against `re` itself: the same spans, for our own expressions and for others."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile import UNITS
from parsers import masking, native_spec
from parsers.native_tree import Classes, Trees, ascii_word, categories
from tests.native.loglike import golden, lines

OURS: dict[str, re.Pattern[str]] = {
    **native_spec._PATTERNS,
    **{f"{name}[{at}]": each for name, several in native_spec._LISTS.items() for at, each in enumerate(several)},
    **{name: re.compile(pattern) for name, pattern in masking._PARTS.items()},
}
OTHERS = (
    r"a*ab", r"a*?ab", r"(?:ab|a)(?:bc|c)?", r"(a|ab)(c|bcd)(d*)", r"(?:a{1,3}b?){2,4}c", r"(?:a|b)*?c", r"(?:ab?)*+c",
    r"(?>a+)b", r"(?>a|ab)c", r"\bfoo\b", r"\Bo", r"^a", r"a$", r"\Aa", r"a\Z", r"(?m)^b$", r"(?s).{2,3}", r".{2,3}",
    r"(?i)straße", r"(?i)[k-m]+", r"(?i)[^k]", r"(?i)ſ", r"(?a)\w+", r"(?a:\w)\w", r"(?x) a  b # c", r"[^\W\d_]+",
    r"[^a-c]{2}", r"(?<=ab)c", r"(?<!ab)c", r"(?<=\w)-(?=\w)", r"a(?!b)", r"(?=(a+))a", r"(a)(b)?", r"(?:(a)|b)+",
    r"(a*)(a*)b", r"x{0}y", r"(?:)a", r"a{2,}", r"a{2,}?b", r"(?:a{2}){2}", r"(?:a?b?){3}c", r"(?:|a)b",
    r"[\s\S]c", r"é+", r"[é-ü]+x", r"🚀*a", r"(?:é|a){2,3}+b", r"(..)\1", r"(?:a(?:b(?:c|d){1,2}){1,2}){1,2}e",
    r"\d+\s\S\D", r"[]\-^]+", r"(?i:aB)c", r"(?a)\w(?u:\w)b", r"(?a)(?u:\bé)", r"(?a)é(?u:\w)", r"(?a)(?ui:[k-m])",
    r"(?a:a(?u:\w)\w)",
)  # fmt: skip


class Pair:
    """An expression, both ways."""

    def __init__(self, core: ModuleType, pattern: re.Pattern[str]) -> None:
        classes = Classes()
        tree = Trees(classes).of(pattern)
        word = (classes.add(categories().word), classes.add(ascii_word()))
        self.theirs = pattern
        self.ours: Any = core.Expression(tree, classes.rows, word)

    def agree(self, text: str) -> None:
        """Every match of a search through the text, and the match at its beginning."""
        data, starts = text.encode("utf-8", "surrogatepass"), [0]
        for character in text:
            starts.append(starts[-1] + len(character.encode("utf-8", "surrogatepass")))
        at = 0
        while at <= len(text):
            found = self.theirs.search(text, at)
            spans = self.ours.search(data, starts[at])
            assert spans == _in_bytes(found, starts), (self.theirs.pattern, text, at)
            if not found:
                break
            at = max(found.end(), found.start() + 1)
        assert self.ours.match_at(data, 0) == _in_bytes(self.theirs.match(text), starts), (self.theirs.pattern, text)


def _in_bytes(found: re.Match[str] | None, starts: list[int]) -> list[tuple[int, int] | None] | None:
    if not found:
        return None
    spans = [found.span(group) for group in range(found.re.groups + 1)]
    return [None if begin < 0 else (starts[begin], starts[end]) for begin, end in spans]


@pytest.fixture(scope="module")
def ours(core: ModuleType) -> dict[str, Pair]:
    return {name: Pair(core, pattern) for name, pattern in OURS.items()}


@pytest.fixture(scope="module")
def others(core: ModuleType) -> list[Pair]:
    return [Pair(core, re.compile(pattern)) for pattern in OTHERS]


def test_our_own_on_the_lines_of_the_corpus(ours: dict[str, Pair]) -> None:
    for line in golden():
        for pair in ours.values():
            pair.agree(line[:160])
            pair.agree(line[20:160])


@settings(max_examples=60, deadline=None)
@given(lines)
def test_our_own_on_lines_made_of_pieces(ours: dict[str, Pair], line: str) -> None:
    for pair in ours.values():
        pair.agree(line)


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet="aaabbcdefoüéßſKkX🚀 -_\n^]12\ud800", max_size=14))
def test_others_on_short_texts(others: list[Pair], text: str) -> None:
    for pair in others:
        pair.agree(text)


_ATOMS = st.sampled_from(
    ["a", "b", "é", ".", r"\w", r"\d", "[ab]", "[^a]", r"\b", "$", "^", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)"]
)
_EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"(?:{'|'.join(each)})"),
        inner.map(lambda each: f"(?>{each})"),
        st.tuples(inner, st.sampled_from(["?", "{0,2}", "{1,3}", "{2}", "??", "{0,2}?", "{1,2}+"])).map(
            lambda both: f"(?:{both[0]}){both[1]}"
        ),
    ),
    max_leaves=7,
)


@settings(max_examples=400, deadline=None)
@given(_EXPRESSIONS, st.lists(st.text(alphabet="abé1 \n", max_size=7), min_size=1, max_size=5))
def test_made_up_ones(core: ModuleType, expression: str, texts: list[str]) -> None:
    pair = Pair(core, re.compile(expression))
    for text in texts:
        pair.agree(text)


@pytest.mark.parametrize("letter", "dDsSwW")
def test_classes_hold_what_re_takes(core: ModuleType, letter: str) -> None:
    pair = Pair(core, re.compile(rf"\{letter}"))
    for begin in range(0, 0x30000, 7):
        text = chr(begin)
        assert bool(pair.ours.match_at(text.encode("utf-8", "surrogatepass"), 0)) == bool(pair.theirs.match(text)), (
            begin
        )


def test_digits_stand_in_runs_of_ten() -> None:
    """The core takes the value of a digit from its place in its run."""
    for low, high in categories().digit:
        assert (high - low + 1) % 10 == 0
        assert [int(chr(point)) for point in range(low, high + 1)] == [*range(10)] * ((high - low + 1) // 10)


SEARCHED = (
    *("ansi", "bearer", "card", "iban", "ipv4", "ipv6", "jwt", "known_key", "list", "mail", "pair", "pairs", "phone"),
    *("piece", "quoted", "secret", "spoken_date", "userinfo", *sorted(set(masking._PARTS) - {"NUM"})),
)
"""Those that may begin anywhere in a text; the others are tried at one place, or (NUM) where a run of digits begins."""


@pytest.mark.parametrize("name", SEARCHED)
def test_steps_grow_with_the_length_and_no_faster(ours: dict[str, Pair], name: str) -> None:
    for unit in UNITS:
        short, long = (ours[name].ours.steps((unit * (size // len(unit))).encode()) for size in (2_000, 16_000))
        assert long <= 8.5 * short + 20_000, (name, unit, short, long)
