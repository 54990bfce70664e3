"""Personal data in any line: gone from the template and from the sample, natively as in Python, and gone for good."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.masking import Masker
from parsers.native_spec import text_spec
from tests.native.installed import installed
from tests.native.loglike import lines

PERSONAL = st.sampled_from(
    [
        "jo.doe@example.org", "10.23.45.67", "2001:db8::7", "4111111111111111", "4111 1111 1111 1111",
        "DE89370400440532013000", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop",
    ]
)  # fmt: skip
AROUND = st.lists(st.sampled_from(["order", "of", "paid", "user", "17", "ok", "\u00e9t\u00e9", "-"]), max_size=6).map(
    " ".join
)


@cache
def both() -> tuple[Any, Masker, Keyer]:
    masker = Masker()
    return installed().Text(text_spec()), masker, Keyer(masker)


@settings(deadline=None)
@given(AROUND, PERSONAL, AROUND)
def test_it_is_in_no_template_and_no_sample(before: str, personal: str, after: str) -> None:
    native, masker, keyer = both()
    line = f"INFO {before} {personal} {after}"
    statement = read_record(line)
    template = " ".join(keyer.words(statement))
    sample = masker.redact(statement.line)
    assert personal not in template
    assert personal not in sample
    assert masker.redact(sample) == sample
    words = native.words(line.encode(), b"")
    assert words is None or personal not in b" ".join(words[0]).decode()


@settings(deadline=None)
@given(lines)
def test_what_was_masked_comes_to_rest(line: str) -> None:
    _, masker, _ = both()
    masked = masker.redact(masker.redact(line))  # `token:Bearer x` takes two
    assert masker.redact(masked) == masked
