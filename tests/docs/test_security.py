"""SECURITY.md and docs/security.md name tests and commands that there are."""

from __future__ import annotations

import re

import pytest

from tests.docs.markdown import ROOT, section, table_rows, text_of
from tests.docs.test_cli import commands

PAGES = [
    "SECURITY.md",
    "docs/security.md",
    "docs/backup.md",
    "docs/reliability.md",
    "docs/privacy.md",
    "docs/access.md",
]
NAMED = [
    (page, file, test)
    for page in PAGES
    for file, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text_of(page))
]


def test_there_are_some() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize(("page", "file", "test"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_every_test_that_is_named_is_there(page: str, file: str, test: str) -> None:
    assert (ROOT / file).is_file(), page
    if test:
        assert re.search(rf"^ *(?:async )?def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), page


def test_every_threat_has_a_kind_a_defence_and_a_test() -> None:
    rows = table_rows(section(text_of("SECURITY.md"), "## Threats, defences, tests"))
    assert len(rows) > 20
    for kind, threat, boundary, defence, held in rows:
        assert kind in set("STRIDE"), threat
        assert re.fullmatch(r"(?:[1-6](?:, )?)*", boundary), threat
        assert defence
        assert "tests/" in held, threat
    assert {row[0] for row in rows} == set("STRIDE")


@pytest.mark.parametrize("page", ["SECURITY.md"])
def test_links_and_commands_lead_somewhere(page: str) -> None:
    text = text_of(page)
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]+)?\)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    for name in re.findall(r"`(drainwatch [a-z]+)`", text):
        assert name in commands()


def test_every_row_of_what_was_tried_is_a_command_that_there_is() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    rows = table_rows(section(text_of("docs/security.md"), "## Tried"))
    assert len(rows) > 8
    for *_, command in rows:
        assert set(re.findall(r"`make ([a-z-]+)", command)) <= targets
        assert "`make " in command
        for given in re.findall(r'ARGS="?([^"`]+)"?`', command):
            assert all((ROOT / path).exists() for path in given.split()), command
