"""docs/cli.md names every command and option, and no other; so do the commands that the README shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer

from detector.cli.app import app
from detector.cli.options import Output
from detector.demo import FaultKind
from tests.docs.markdown import ROOT, first_names, section, table_rows, text_of

PAGES = ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]


def commands() -> dict[str, Any]:
    """Every command by its full name; a group counts as one too where it does something by itself."""
    found: dict[str, Any] = {}

    def walk(name: str, command: Any) -> None:
        if name != "drainwatch":
            found[name] = command
        for child, below in getattr(command, "commands", {}).items():
            walk(f"{name} {child}", below)

    walk("drainwatch", typer.main.get_command(app))
    return found


def options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("-")}


def test_every_command_has_its_section_and_no_other() -> None:
    headings = re.findall(r"^## (drainwatch .+)$", text_of("docs/cli.md"), re.MULTILINE)
    assert sorted(headings) == sorted(commands())


@pytest.mark.parametrize("name", commands())
def test_every_option_is_documented_and_no_other(name: str) -> None:
    named = " ".join(row[0] for row in table_rows(section(text_of("docs/cli.md"), f"## {name}")))
    documented = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", named))
    assert documented == options(commands()[name]) - {"--help", "-h"}


def test_every_form_of_output_is_documented() -> None:
    opening = text_of("docs/cli.md").split("\n## ")[0]
    assert first_names(opening) == [form.value for form in Output]


def test_every_fault_of_the_demo_is_documented() -> None:
    faults = section(text_of("docs/cli.md"), "## drainwatch demo inject")
    assert [name for name in first_names(faults) if not name.startswith("-")] == [kind.value for kind in FaultKind]


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_the_text_exist_with_the_options_shown(page: str) -> None:
    known = commands()
    for words, rest in re.findall(r"(?:^|[`$ /])(drainwatch(?: [a-z]+)+)([^`\n]*)", text_of(page), re.MULTILINE):
        name = next((n for n in sorted(known, key=len, reverse=True) if f"{words} ".startswith(f"{n} ")), None)
        if name is None:
            continue  # a sentence about drainwatch, no command
        shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest))
        assert shown <= options(known[name]) | {"--debug"}, (page, words, rest)


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_in_the_text_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text_of(page))) <= targets


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", text_of(page)):
        there = folder / target if target else ROOT / page
        assert there.exists(), (page, target)
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
