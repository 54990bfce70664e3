"""The reader's own masks: taken where they are safe, refused with a reason where not."""

from __future__ import annotations

import time

import pytest

from parsers.masking import Masker
from parsers.usermasks import compile_masks


def test_an_own_mask_shows_under_its_name_in_templates_and_samples() -> None:
    masker = Masker({"ORDER": r"ORD-\d+"})
    assert masker.words("placed ORD-123 now") == ["placed", "<ORDER>", "now"]
    assert masker.redact("placed ORD-123 for user 7") == "placed <ORDER> for user 7"


@pytest.mark.parametrize(
    "pattern",
    [
        r"ORD-\d+",
        r"\d{1,20}\b",
        r"(?i)sku-[a-z0-9]{1,16}",
        r"a|b",
        r"(?:foo|bar)-\w+",
        r"\w{1,40}+@",
        r"(?<=id=)\w+",
        r"(?>\w{1,40})x",
    ],
)
def test_expressions_of_bounded_work_are_taken(pattern: str) -> None:
    (mask,) = compile_masks({"X": pattern})
    start = time.perf_counter()
    for unit in ("1", "a", "-", "ORD-", "sku-a", "id="):
        mask.apply(unit * (8_192 // len(unit)) + "!")
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("name", "pattern", "why"),
    [
        ("order", r"\d", "capital letters"),
        ("X", r"(", "no regular expression"),
        ("X", r"\d*", "matches nothing at all"),
        ("X", r"(?=a)", "matches nothing at all"),
        ("X", r"(a+)+b", "without a bound"),
        ("X", r"(?:\d{1,9}){1,9}x", "within a repeat"),
        ("X", r"(?:a|a){1,30}b", "within a repeat"),
        ("X", r"\d+x", "without a bound"),
        ("X", r"\d+\b", "without a bound"),
        ("X", r".*x", "without a bound"),
        ("X", r"\d{5000,}", "steps"),
        ("X", r"\w{1,200}\w{1,200}x", "steps"),
        ("X", r"(a)\1", "back-reference"),
        ("X", r"a" * 1_001, "longer than"),
        ("X", r"x(?=.*y)", "without a bound"),
    ],
)
def test_others_are_refused_with_the_name_and_the_reason(name: str, pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"mask.*{name}.*{why}|mask name.*{why}"):
        compile_masks({name: pattern})
