"""The documentation as data: tables and the names in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or a higher one."""
    marks, _, _ = heading.partition(" ")
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"there is no section {heading!r}"
    return re.split(rf"\n#{{1,{len(marks)}}} ", rest)[0]


def table_rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, headings and rules left out; backticks stay."""
    lines = [line for line in text.splitlines() if line.lstrip().startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]
    rules = {number for number, row in enumerate(rows) if all(re.fullmatch(":?-+:?", cell) for cell in row)}
    return [row for number, row in enumerate(rows) if number not in rules and number + 1 not in rules]


def first_names(text: str) -> list[str]:
    """What the first cells of all tables name between backticks."""
    return [found[1] for row in table_rows(text) if (found := re.match(r"`([^`]+)`", row[0]))]
