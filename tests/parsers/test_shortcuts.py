"""What makes the Python way quick changes nothing: each shortcut gives what the long way gives."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import masking
from parsers.formats import timed, untimed
from parsers.formats.heads import Heads
from parsers.formats.stacktrace import SEPARATOR
from parsers.formats.statement import Statement
from parsers.keys import Keyer
from parsers.level import normalise_level
from parsers.masking import Masker
from parsers.redaction import redact_spanning
from parsers.words import _TERMS

_PIECES = (
    "4111 1111 1111 1111|4111-1111|41111111|378282246310005|1234567|12-34|1-|DE89 3704 0044 0532 0130 00|"
    "DE89370400440532013000|token=|token|= abc|api_key: x|auth|key|secret:|ſecret=1|credentıal=2|pwd=K|bearer|Basic|"
    "Authorization:|authorization: Foo|ApiKey|Authorization:[ApiKey|"
    "abc12345=|+49|(0)|+4917012345678|://u:p@h|http://u:p@h/x|@|a@b.de|user|\0|<*>|<TIME>|<NUM>|Jan 21|07:00:01|"
    "2026-11-21|[1, 2, 3]|[a,b]|x=4111|2xx|٢٣|utf8|UTF-8|HTTP/1.1|v1beta1|12ms|worker-24567|/api/v1/x/12"
)
PIECES = _PIECES.split("|")


def straight(text: str) -> list[str]:
    """Every text redacted as a whole, every word by the whole expression."""
    text = redact_spanning(masking.fold_nested(text))
    if "," in text and "[" in text:
        text = masking._LIST.sub("[…]", text)
    masked = " ".join(masking._PATTERN.sub(masking._mask_part, word) for word in text.split())
    words = masking._join_times(masked.replace("<*>", "*")).split()
    return words[: masking.MAX_WORDS] + [masking.MORE] * (len(words) > masking.MAX_WORDS)


@settings(max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", " ", "  ", "\t", ",", "=", ""])), max_size=9))
def test_a_text_is_redacted_as_a_whole_wherever_that_would_change_it(parts: list[tuple[str, str]]) -> None:
    text = "".join(piece + between for piece, between in parts)
    assert Masker().words(text) == straight(text)


@pytest.mark.parametrize(
    "text",
    [
        "token = abc",
        "card 4111 1111 1111 1111",
        "card 41111111 11111111",
        "to DE89 3704 0044 0532 0130 00",
        "call +49 (0)170 1234567",
        "as Bearer abc12345=",
        "authorization: Foo abc",
        "Authorization:[ApiKey abc]",
        "ſecret=1 key",
    ],
)
def test_so_are_secrets_of_several_words(text: str) -> None:
    assert Masker().words(text) == straight(text)
    assert redact_spanning(text) != text


def test_which_digits_a_word_holds_counts_where_it_counts() -> None:
    masker, pick = Masker(), random.Random(1)
    forms = [re.sub(r"\d", "#", term) for term in sorted(_TERMS)]
    others = "##ms a:##, k=#.# ##.#.#.## a#@b.c (#.#%) ##KB worker-##### x-##b## HTTP/# UTF-# 0x## v#rc# #e#"
    forms += others.split()
    for form in forms * 20:
        word = re.sub("#", lambda _: pick.choice("0123456789"), form)
        assert masker.words(word) == straight(word), word
    for term in sorted(_TERMS):
        assert masker.words(term) == straight(term), term


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from([*PIECES, "a", "b", "\x85", "\u2028", "\x1c", "java.io.IOException: x", "Caused by:"]),
        max_size=7,
    ),
    st.sampled_from(["", "info", "ſ"]),
    st.sampled_from(["", "c.s.Order", "a b", "GET␣/x␣200"]),
    st.sampled_from(["", SEPARATOR]),
)
def test_the_words_of_a_line_are_the_same_as_one_text(parts: list[str], level: str, logger: str, between: str) -> None:
    text = " ".join([*parts[:3], between, *parts[3:]]) * (1 + 40 * ("K" in parts))
    keyer, statement = Keyer(Masker()), Statement(level, logger, text)
    content = keyer.content(statement)

    assert content.split(" ") == keyer.words(statement)
    assert content.split() == keyer.words(statement)


@pytest.mark.parametrize("heads", [timed.HEADS, untimed.HEADS], ids=["timed", "untimed"])
def test_heads_together_are_as_heads_in_turn(heads: Heads) -> None:
    joined = (
        " |  |INFO|ERROR|[main]|[|]|] |][|c.s.Order|Order#57:| - |: | --- |1|[1]|(a)|\t|main.go:12: |app::x|| | |text|"
        "(kafka.x)|<0.1.2>|MY-1|debug1|@12|info: |A.b[1]|\tINFO\tmain\t|W, [2026-11-21 07:00]| -- "
    )
    pieces = joined.split("|")
    pick, found = random.Random(2), 0
    each = [re.compile(expression) for expression in heads.expressions]
    for _ in range(6_000):
        text = "".join(pick.choices(pieces, k=pick.randint(1, 9)))
        first = next((match for pattern in each if (match := pattern.match(text))), None)
        groups = first.groupdict() if first else {}
        expected = first and (
            normalise_level(groups.get("level") or ""),
            groups.get("logger") or groups.get("name") or "",
            "tail" in groups,
            first.end(),
        )
        assert heads.match(text) == expected, text
        found += first is not None
    assert found > 200
