"""docs/reliability.md: each row's test is there, each part that can fail is told of, and each bound is the code's."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.faults import rows
from tests.docs.markdown import ROOT, first_names, section, table_rows, text_of

PAGE = text_of("docs/reliability.md")
ROWS = rows(PAGE)
TESTS = sorted({test for row in ROWS for test in row.tests})


@pytest.mark.parametrize("test", TESTS)
def test_every_test_that_is_named_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE), test


def test_every_fault_has_a_row_with_a_test_and_a_figure() -> None:
    faults = section(PAGE, "## Faults")
    named = [row for row in table_rows(faults) if row[0] != "Fault"]
    assert len(named) == len(ROWS)
    assert all(row[2] for row in named), "each says what was measured"


def test_every_test_of_faults_has_a_row() -> None:
    found = {
        f"{path.relative_to(ROOT)}::{name}"
        for path in Path(ROOT, "tests/faults").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert found <= set(TESTS)


def test_every_part_of_the_service_is_told_of() -> None:
    named = " ".join(first_names(section(PAGE, "## What degrades what")))
    for part in ("store", "source", "detection", "alerts", "metrics", "heartbeat", "pruning", "channel:", "output:"):
        assert part in named


def test_every_bound_that_names_a_constant_has_its_value() -> None:
    told = [row for row in table_rows(section(PAGE, "## Bounds")) if row[0] != "What"]
    assert len(told) > 15
    for _, bound, _, where in told:
        for place in re.findall(r"`([a-z_.]+\.[A-Z_]+)`", where):
            module, _, name = place.rpartition(".")
            value = getattr(import_module(module), name)
            assert re.search(rf"(?<![\d,]){value:,}(?!,?\d)", bound), f"{place} is {value:,}: {bound}"
