"""`drainwatch evaluate chaos` and `search` on logs of the demo, which carry no trace ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.cli.app import execute
from detector.demo import log_folder, write_history

NOON = 1_709_640_000_000_000
"""2024-03-05T12:00:00Z, in microseconds."""
QUICK = ("--seeds", "1", "--first-seed", "0", "--days", "1", "--train-days", "1", "--faults", "3", "--harmless", "1",
         "--contamination", "0", "--kinds", "new-error,namespace-gone,surge", "--jobs", "1")  # fmt: skip

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_history(folder, NOON - 12 * 60_000_000, NOON, faults=())
    return log_folder(folder)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "drainwatch.toml"
    path.write_text('[detection]\ntrees = 10\ntrain_span = "1d"\n')
    return path


def test_tables_for_people_and_figures_for_programs(logs: Path, settings: Path, tmp_path: Path, capfd: Capture) -> None:
    arguments = ("evaluate", "chaos", str(logs), "--config", str(settings), *QUICK, "-n", "payments")
    figures, page = tmp_path / "figures.json", tmp_path / "report.html"
    assert execute([*arguments, "--json", str(figures), "--report", str(page)]) == 0
    out, err = capfd.readouterr()
    assert "payments: days mixed from" in out
    assert "namespace-gone" in out
    assert f"Wrote {page}." in err
    told = json.loads(figures.read_text("utf-8"))
    assert told["detectors"]["drainwatch"]["faults"] == 3
    assert told["detectors"]["drainwatch"]["found"]["value"] == 1.0
    assert page.stat().st_size > 1_000_000
    strict = tmp_path / "gate.json"
    strict.write_text('{"found": 0.9, "auc_roc": 1.01}')
    assert execute([*arguments, "--json", "-", "--gate", str(strict)]) == 1
    out, err = capfd.readouterr()
    assert out.encode() == figures.read_bytes()
    assert "Gate: auc_roc is" in err
    assert "found" not in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--kinds", "earthquake"), "There is no kind earthquake."),
        (("--except-kinds", "silent,flood"), "There is no kind flood."),
        (("--gate", "nowhere.json"), "The gate nowhere.json can't be read"),
        (("--json", "nowhere/figures.json"), "nowhere/figures.json can't be written"),
        (("--window", "7m"), "Windows of this length don't fill a day evenly."),
        (("-n", "bank"), "There is no line of namespace bank."),
    ],
)
def test_what_cannot_be_is_said_before_any_work(
    arguments: tuple[str, ...], sentence: str, logs: Path, capfd: Capture
) -> None:
    assert execute(["evaluate", "chaos", str(logs), *arguments]) == 2
    assert sentence in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ("[1]", "is no table of limits"),
        ("{", "is no JSON"),
        ('{"beauty": 1}', "beauty is no figure"),
        ('{"found": "much"}', "the limit of found is no number"),
        ('{"kinds": {"flood": 1}}', "kinds.flood is unknown"),
        ('{"harmless": 3}', "harmless is no table"),
    ],
)
def test_a_gate_that_makes_no_sense_is_refused(
    limits: str, sentence: str, logs: Path, tmp_path: Path, capfd: Capture
) -> None:
    path = tmp_path / "gate.json"
    path.write_text(limits)
    assert execute(["evaluate", "chaos", str(logs), "--gate", str(path)]) == 2
    assert sentence in " ".join(capfd.readouterr().err.split())


@pytest.mark.long
def test_a_search_prints_a_settings_file(logs: Path, settings: Path, capfd: Capture) -> None:
    arguments = ["evaluate", "search", str(logs), "--config", str(settings), "--trials", "2", "--seeds", "1"]
    assert execute([*arguments, "--days", "1", "--jobs", "1", "-n", "payments"]) == 0
    out, _ = capfd.readouterr()
    assert "Settings by objective" in out
    assert "[detection]\nwindow = " in out
