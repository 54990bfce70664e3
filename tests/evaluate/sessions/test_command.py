"""`drainwatch evaluate sessions`: a table, a JSON file, a page; and one sentence for what can't be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.cli.app import execute
from tests.evaluate.sessions.files import labels, ndjson
from tests.evaluate.sessions.made import normal, trouble

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Lines and labels of 1,240 sessions, 40 of them broken off."""
    folder = tmp_path_factory.mktemp("sessions")
    lines = ndjson(folder / "lines.ndjson.gz", trouble("without_end", 40, 2) + normal(1_200, 1))
    return str(lines), str(labels(folder / "labels.csv", [1] * 40 + [0] * 1_200))


@pytest.mark.parametrize("fit", ["mix", "normal"])
def test_it_finds_them_and_says_how_well(fit: str, files: tuple[str, str], tmp_path: Path, capsys: Capture) -> None:
    lines, known = files
    figures, page = tmp_path / "figures.json", tmp_path / "page.html"
    arguments = ["--fit", fit, "--draws", "2", "--json", str(figures), "--report", str(page)]
    assert execute(["evaluate", "sessions", lines, "--labels", known, *arguments]) == 0
    said = capsys.readouterr()
    assert "1,240 sessions, 40 anomalous" in said.out
    assert "Isolation Forest" in said.out
    assert "lines of 1,240 sessions" in said.err
    assert f"Written: {page}" in said.err
    told = json.loads(figures.read_text())
    assert told["contenders"][0]["name"] == "drainwatch"
    assert told["contenders"][0]["worst"]["recall"] == 1.0
    assert len(told["contenders"][0]["draws"]) == 2
    assert "<svg" in page.read_text()


def test_by_time_there_is_one_draw(files: tuple[str, str], tmp_path: Path, capsys: Capture) -> None:
    lines, _ = files
    swapped = tmp_path / "labels.csv"
    swapped.write_text("session,label\n" + "".join(f"req-{number},{number % 2}\n" for number in range(100)))
    assert execute(["evaluate", "sessions", lines, "--labels", str(swapped), "--split", "time"]) == 0
    said = capsys.readouterr()
    assert "the later half judged" in said.out
    assert "1,140 sessions have no label and were left out" in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["LINES"], "--labels"),
        (["missing.ndjson", "--labels", "LABELS"], "No such file"),
        (["LINES", "--labels", "missing.csv"], "No such file"),
        (["LINES", "--labels", "LABELS", "--session-field", "trace"], "no JSON field trace"),
        (["LINES", "--labels", "LABELS", "--session-pattern", "("], "no regular expression"),
        (["LINES", "--labels", "LABELS", "--fit", "all"], "--fit"),
        (["LINES", "--labels", "LABELS", "--json", "no/such/folder.json"], "can't be written"),
        (["LINES", "--labels", "LABELS", "--report", "."], "can't be written"),
    ],
)
def test_what_can_not_be_is_said_in_a_sentence(
    arguments: list[str], sentence: str, files: tuple[str, str], capsys: Capture
) -> None:
    given = [{"LINES": files[0], "LABELS": files[1]}.get(one, one) for one in arguments]
    assert execute(["evaluate", "sessions", *given]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
