"""`drainwatch changes` reads a store and says what a roll-out changed."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from detector.cli.app import execute
from detector.cli.differences import DIFFERENCE_COLUMNS, chance, times
from detector.findings import Change, ChangeKind
from detector.store.port import PassResult
from detector.store.sqlite import open_store
from tests.cli.stored import HOSTILE
from tests.store.shop import counts, minute, status, template

ROLLED = 200


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four hours in which an image is rolled out that logs something hostile and leaves something else out."""
    monkeypatch.chdir(tmp_path)
    odd = template("odd", text=HOSTILE)
    change = Change(
        "c1", "shop", "checkout", minute(ROLLED), ChangeKind.IMAGE, "r/checkout:1", "r/checkout:2\x1b]0;owned"
    )
    with closing(open_store(tmp_path / "drainwatch.sqlite")) as made:
        made.commit(
            PassResult(
                minute(240),
                counts=[
                    *(counts(at, paid=20, sent=5) for at in range(ROLLED)),
                    *(counts(at, odd=9, sent=5) for at in range(ROLLED, 240)),
                ],
                templates=[template("paid"), template("sent"), odd],
                changes=[change],
                statuses=[status(last=239)],
            )
        )


@pytest.mark.usefixtures("store")
def test_people_see_the_roll_out_and_what_is_logged_differently(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["changes", "shop"]) == 0
    shown = capfd.readouterr().out
    assert "2026-11-21 10:20  image 2" in shown
    assert "2026-11-21 10:20 to 11:00 held against 2026-11-21 07:20 to 10:20" in shown
    assert "2 templates logged differently" in shown
    assert "order <NUM> paid" in shown
    assert "under 1 in 1,000,000" in shown
    assert "\x1b]0" not in shown
    assert "\x9b" not in shown


@pytest.mark.usefixtures("store")
def test_programs_get_a_row_a_template(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["changes", "shop", "--output", "ndjson"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {(row["template_id"], row["kind"], row["namespace"]) for row in rows} == {
        ("paid", "gone", "shop"),
        ("odd", "more", "shop"),
    }
    assert execute(["changes", "shop", "--output", "csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert tuple(table[0]) == DIFFERENCE_COLUMNS
    assert sorted(row["template_id"] for row in table) == ["odd", "paid"]


@pytest.mark.usefixtures("store")
def test_any_time_is_held_against_an_earlier_one(capfd: pytest.CaptureFixture[str]) -> None:
    late = ["--since", "2026-11-21T10:25:00Z", "--until", "2026-11-21T10:55:00Z"]
    assert execute(["changes", "shop", *late, "--against", "-2h"]) == 0
    shown = capfd.readouterr().out
    assert "2026-11-21 10:25 to 10:55 held against 2026-11-21 08:25 to 08:55" in shown
    assert "2026-11-21 10:20  image 2" in shown, "it was rolled out in between"
    assert "2 templates logged differently" in shown
    assert execute(["changes", "shop", "--against", "previous", "--output", "csv"]) == 0
    (row, *_) = csv.DictReader(io.StringIO(capfd.readouterr().out))
    assert (row["before_since"], row["before_until"]) == ("2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z")


@pytest.mark.usefixtures("store")
def test_where_nothing_is_different_that_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["changes", "shop", "--since", "2026-11-21T09:00:00Z", "--until", "2026-11-21T10:00:00Z"]) == 0
    assert "the same templates, as often as before" in capfd.readouterr().out


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop", "--since", "yesterday"], "not a time"),
        (["none"], "no namespace none"),
        (["shop", "--against", "1d"], "says no time earlier"),
        (["shop", "--since", "2026-11-21T08:00:00Z", "--against", "-1h"], "longer than 1h"),
        (["shop", "--until", "2026-11-21T09:00:00Z"], "No roll-out in shop was seen"),
    ],
)
def test_bad_questions_get_a_sentence(arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["changes", *arguments]) == 2
    assert said in capfd.readouterr().err


def test_figures_are_said_as_people_say_them() -> None:
    assert [times(lift) for lift in (None, 0.0, 0.5, 3.14, 1200.0)] == ["–", "0", "1/2.0", "3.1 ×", "1,200.0 ×"]
    assert [chance(value) for value in (0.3, 0.01, 1e-9)] == ["may well be", "1 in 100", "under 1 in 1,000,000"]
