"""docs/page.md names every page that is served, and no other; its pictures are there."""

from __future__ import annotations

import re
from pathlib import Path

from detector.web.mount import PAGES
from tests.docs.markdown import ROOT, section, table_rows, text_of

PAGE = "docs/page.md"


def test_every_page_is_described_under_its_address() -> None:
    rows = table_rows(section(text_of(PAGE), "## The pages"))
    named = {address for row in rows for address in re.findall(r"`(/[^`]*)`", row[0])}
    assert named == {re.sub(r"\{[^}]+\}", "…", address) for address in PAGES}


def test_every_picture_of_the_docs_is_there_and_shown() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / address).resolve()
        for page in pages
        for address in re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", page.read_text("utf-8"))
    }
    assert shown == {Path(one).resolve() for one in (ROOT / "docs/images").iterdir()}
