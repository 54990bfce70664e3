"""`detect`: learn from the first part, score the rest, and say what was left out."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.api.shapes import IncidentOut
from detector.batch import DetectResult, detect
from detector.settings import DetectionSettings, Settings
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.cluster import FAULT, ID, LEARNED, MINUTES, minute, write_logs
from tests.detector.records import MINUTE, SECOND, START

SETTINGS = Settings(detection=DetectionSettings(trees=20))
NOW = START + 10**6 * MINUTE
BLOCK = 1 << 16
NAME = f"cart-0_shop_cart-{ID}.log"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("logs"))


def found_in(*paths: Path, until: int | None = START + LEARNED * MINUTE, chunk: int = BLOCK) -> DetectResult:
    with closing(FileSource(list(paths), ReadSettings(), follow=False, clock=lambda: NOW, chunk=chunk)) as source:
        return detect(source, open_engine(SETTINGS), SETTINGS, until)


def plain(path: Path, *stretches: tuple[int, int], last_second: int = 59, every: int = 1) -> Path:
    """A line every few seconds in the minutes from … up to but not with …, the very last minute up to a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seconds = [second for begin, end in stretches for second in range(begin * 60, end * 60, every)]
    seconds = [second for second in seconds if second <= (stretches[-1][1] - 1) * 60 + last_second]
    path.write_text("".join(f"{_rfc3339(second)} stdout F INFO tick {second}\n" for second in seconds))
    return path


def _rfc3339(second: int) -> str:
    return (datetime.fromtimestamp(START // SECOND, UTC) + timedelta(seconds=second)).strftime(
        "%Y-%m-%dT%H:%M:%S.000000000Z"
    )


def test_the_fault_after_train_until_is_the_one_incident(logs: Path) -> None:
    result = found_in(logs)
    (incident,) = result.incidents

    assert minute(incident.start) in (FAULT.start, FAULT.start + 1)
    assert "refused the connection" in incident.reasons[0].template
    assert (result.trained_from, result.trained_until) == (START, START + LEARNED * MINUTE)
    assert result.tally.balanced


def test_without_train_until_the_first_half_is_learned_from(logs: Path) -> None:
    assert found_in(logs, until=None).trained_until == START + MINUTES // 2 * MINUTE


def test_days_without_a_line_do_not_count_for_the_half(tmp_path: Path) -> None:
    month = 30 * 24 * 60
    path = plain(tmp_path / NAME, (0, 60), (month, month + 40))
    trained = found_in(path, until=None).trained_until

    assert trained is not None
    assert minute(trained) in range(60, 60 + 24 * 60), "within the day that the gap counts for"


def test_train_until_is_taken_back_to_the_beginning_of_its_window(logs: Path) -> None:
    assert found_in(logs, until=START + LEARNED * MINUTE + 59 * SECOND).trained_until == START + LEARNED * MINUTE


@pytest.mark.parametrize("until", [0, START, START + 15 * MINUTE])
def test_too_little_to_learn_from_is_noted_with_what_to_do(logs: Path, until: int) -> None:
    result = found_in(logs, until=until)

    assert result.incidents == []
    assert "shop: too little to learn from" in result.notes[0]
    assert "a later --train-until" in result.notes[0]
    assert result.statuses[0].model is None


@pytest.mark.parametrize("until", [START + MINUTES * MINUTE, NOW])
def test_that_nothing_is_left_to_score_is_noted(logs: Path, until: int) -> None:
    result = found_in(logs, until=until)

    assert result.incidents == []
    assert result.notes == ["All that was read is for learning, so nothing was scored: give an earlier --train-until."]


def test_nothing_to_read_is_noted(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("")
    result = found_in(tmp_path)

    assert (result.incidents, result.statuses, result.trained_until) == ([], [], None)
    assert result.notes == ["No line could be counted, so there is nothing to score."]


@pytest.mark.parametrize(("last_second", "scored"), [(20, 99), (59, 100)])
def test_a_last_window_cut_short_by_the_end_of_the_input_is_not_scored(
    last_second: int, scored: int, tmp_path: Path
) -> None:
    result = found_in(plain(tmp_path / NAME, (0, 100), last_second=last_second))

    assert result.scored_until == START + scored * MINUTE
    assert result.anomalies == []
    assert ("The last window is cut short" in " ".join(result.notes)) == (scored == 99)
    assert result.statuses[0].lines == 99 * 60 + last_second + 1, "it is counted all the same"


def test_a_namespace_that_stops_well_before_the_end_is_silent_to_the_end(tmp_path: Path) -> None:
    plain(tmp_path / NAME, (0, 200), every=5)
    plain(tmp_path / f"web-0_media_web-{'1' * 64}.log", (0, 250), every=5)
    (incident,) = found_in(tmp_path, until=START + 150 * MINUTE).incidents

    assert incident.namespace == "shop"
    assert minute(incident.start) in range(200, 205)
    assert incident.reasons[0].template == "all lines of the namespace"


def essence(result: DetectResult) -> list[dict[str, Any]]:
    """All that is printed of the incidents."""
    return [IncidentOut.of(incident).model_dump(mode="json") for incident in result.incidents]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunk=st.sampled_from([256, 1_000, 4_096, 65_536]), backwards=st.booleans(), gzipped=st.booleans())
def test_order_of_files_size_of_blocks_and_gzip_make_no_difference(
    chunk: int, backwards: bool, gzipped: bool, logs: Path, tmp_path: Path
) -> None:
    paths = sorted(logs.iterdir(), reverse=backwards)
    if gzipped:
        packed = tmp_path / f"{paths[0].name}.gz"
        packed.write_bytes(gzip.compress(paths[0].read_bytes(), mtime=0))
        paths[0] = packed

    assert essence(found_in(*paths, chunk=chunk)) == essence(found_in(logs))


def test_a_file_in_two_parts_is_as_good_as_one(logs: Path, tmp_path: Path) -> None:
    for path in logs.iterdir():
        shutil.copy(path, tmp_path)
    whole = next(tmp_path.glob("web*"))
    lines = whole.read_text().splitlines(keepends=True)
    whole.write_text("".join(lines[:700]))
    whole.with_name(whole.name.replace("0" * 64, "1" * 64)).write_text("".join(lines[700:]))

    assert essence(found_in(tmp_path)) == essence(found_in(logs))


def test_every_process_finds_the_same(logs: Path) -> None:
    """Python shuffles its sets and hashes anew in every process."""
    command = [sys.executable, "-m", "detector.cli", "detect", str(logs), "--output", "ndjson"]
    outputs = [
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, cwd=ROOT
        ).stdout
        for seed in ("1", "2")
    ]

    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0].splitlines()[0])["namespace"] == "shop"
