"""A record's words, natively: those that Python finds, whatever the record is."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile import hostile_lines
from parsers.catalogue import shorten_example
from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.level import LEVELS
from parsers.masking import Masker
from parsers.native_spec import text_spec
from tests.native.loglike import golden, json_lines, lines, logfmt_lines
from tests.parsers.authorizations import AUTHORIZATIONS
from tests.servers.missing import skip

DATA = Path(__file__).parents[2].parent / "shared" / "data"
MASKS = {"ORDER": r"ORD-\d+", "SKU": r"(?i)sku-[a-z0-9]{1,16}", "CODE": r"(?<=id=)(?:foo|b{1,3}a?r|\w{2,9}?x)\b"}


class Both:
    """The two ways, side by side."""

    def __init__(self, core: ModuleType, masks: dict[str, str] | None = None) -> None:
        self.native: Any = core.Text(text_spec(masks))
        self.masker = Masker(masks)
        self.keyer = Keyer(self.masker)

    def agree(self, message: str, level: str = "") -> bool:
        """Whether the core answered; fails where it answers otherwise than Python."""
        statement = read_record(message, level)
        found = self.native.words(as_bytes(message), as_bytes(level))
        example = self.native.example(as_bytes(message), as_bytes(level))
        if found is None:
            assert example is None
            return False
        words, number = found
        assert [word.decode("utf-8", "surrogatepass") for word in words] == self.keyer.words(statement), repr(message)
        assert ("", *LEVELS)[number] == statement.level, repr(message)
        readable = self.masker.redact(shorten_example(statement.line))
        assert example.decode("utf-8", "surrogatepass") == readable, repr(message)
        return True


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def both(core: ModuleType) -> Both:
    return Both(core)


@pytest.fixture(scope="module")
def masking(core: ModuleType) -> Both:
    return Both(core, MASKS)


def test_the_lines_of_the_corpus(both: Both) -> None:
    for line in golden() * 2:
        both.agree(line)
        both.agree(line[::-1])
        for end in range(0, len(line), 7):
            both.agree(line[:end])
            both.agree(line[end:])


def test_whatever_an_authorization_header_holds(both: Both) -> None:
    for (line, _), around in itertools.product(AUTHORIZATIONS, ["", "x ", "GET /a?b=1 "]):
        assert both.agree(around + line)
        for end in range(len(line)):
            both.agree(line[:end])


@settings(max_examples=1_500, deadline=None)
@given(lines)
def test_lines_made_of_pieces(both: Both, line: str) -> None:
    both.agree(line)


@settings(max_examples=1_000, deadline=None)
@given(json_lines)
def test_json(both: Both, line: str) -> None:
    both.agree(line)


@settings(max_examples=500, deadline=None)
@given(logfmt_lines)
def test_logfmt(both: Both, line: str) -> None:
    both.agree(line)


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("utf-8", "replace"))), st.text(max_size=8))
def test_any_text_and_any_level(both: Both, text: str, level: str) -> None:
    both.agree(text, level)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(["ORD-1", "sku-a1", "SKU-ſK", "id=foo", "id=bbr", "id=wwx", "1", "[a,b]", "x"]), max_size=9
    )
)
def test_with_masks_of_the_readers_own(masking: Both, pieces: list[str]) -> None:
    assert masking.agree("- " + " ".join(pieces))
    assert masking.agree("2026-11-21 07:00:18 INFO " + "".join(pieces))


@pytest.mark.parametrize("level", ["INFO", " warn ", "30", "35", "W", "E", "7", "nonsense", "Panic", "K", "oK", "²"])
def test_the_level_of_the_source_goes_before_what_the_text_says(both: Both, level: str) -> None:
    both.agree("2026-11-21 07:00:18 DEBUG found 12 things", level)


def test_long_texts_are_cut_alike(both: Both) -> None:
    for unit in ("a", "ab ", "é", "日本 ", "x1 ", "[a", "(b)", "1,"):
        for size in (8_190, 8_191, 8_192, 8_193, 70_000):
            both.agree(unit * (size // len(unit)) + "z" * (size % len(unit)))
            both.agree("2026-11-21 07:00:18 INFO " + unit * (size // len(unit)))


def test_examples_are_cut_before_they_are_masked(both: Both) -> None:
    for word in ("jo@ex.org", "10.2.3.4", "password=abc", "é", "x"):
        for size in range(3_985, 4_006):
            both.agree(f"{'a' * 80} " * (size // 81) + "b" * (size % 81) + f" {word} {word} end")
            both.agree("é" * size + word)


def test_no_line_costs_more_steps_than_so_many_for_each_of_its_first_bytes(core: ModuleType) -> None:
    reader = core.Text(text_spec())
    for name, line in hostile_lines():
        assert reader.measure([line.encode()])[2] < 600_000, name


def test_hostile_lines_are_read_alike(both: Both) -> None:
    for _, line in hostile_lines(400):
        both.agree(line)


def test_bytes_that_are_no_text_harm_nothing(both: Both) -> None:
    for data in (
        b"\xff\xfe\x80",
        b"07:00:18 INFO \xe2\x82",
        b"\xf0\x9f a1 \xf0",
        b"\xc3",
        b"[\x80,\x81]",
        bytes(range(256)),
    ):
        both.native.words(data, b"")
        both.native.words(data * 100, data)


def test_real_logs(both: Both) -> None:
    folder = DATA / "train-ticket" / "containers"
    if not folder.is_dir():
        skip(f"There are no real logs under {DATA}.")
    for path in sorted(folder.glob("*.log.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for row in itertools.islice(rows, 150):
                assert both.agree(json.loads(row)["log"])
    for path in sorted((DATA / "filebeat").glob("*.ndjson")):
        for row in path.read_text(encoding="utf-8").rstrip().split("\n"):
            if isinstance(message := json.loads(row).get("message"), str):
                both.agree(message)
