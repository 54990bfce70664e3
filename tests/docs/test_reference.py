"""docs/reference.md explains every reason, remark, severity and kind, and none that isn't there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi import FastAPI

from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.findings import ReasonKind, Severity
from detector.store.sqlite import open_reader
from ingest.accounting import DropReason, Remark
from tests.cli.stored import MINUTE, SEVEN, filled
from tests.docs.markdown import first_names, section, table_rows, text_of


def names_under(heading: str) -> list[str]:
    return first_names(section(text_of("docs/reference.md"), heading))


def test_every_reason_why_a_line_is_dropped() -> None:
    dropped = [name for name in names_under("## Why lines are dropped") if name not in set(Remark)]
    assert dropped == [reason.value for reason in DropReason]


def test_every_remark() -> None:
    assert names_under("### What is noticed about lines that count") == [remark.value for remark in Remark]


def test_every_severity_and_kind_of_reason() -> None:
    assert names_under("## Scores and severities") == [*Severity, *ReasonKind]


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    live = LiveStatus("python", SEVEN)
    with closing(open_reader(filled(tmp_path_factory.mktemp("store") / "drainwatch.sqlite"))) as reader:
        yield create_app(reader, live=live, clock=lambda: SEVEN + 60 * MINUTE, host_names=["testserver"])


def test_every_endpoint_with_its_parameters(application: FastAPI) -> None:
    rows = table_rows(section(text_of("docs/reference.md"), "## Endpoints"))
    documented = {row[0].strip("`"): set(re.findall("`([^`]+)`", row[2])) for row in rows}
    offered: dict[str, set[str]] = {}
    for path, operations in application.openapi()["paths"].items():
        for operation in operations.values():
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
            offered.setdefault(path, set()).update(named)
    assert documented == offered
