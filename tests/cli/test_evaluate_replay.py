"""`drainwatch evaluate replay` and `feedback suggest`: a store's own history, against what is known."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from detector.api.times import rfc3339
from detector.cli.app import execute
from detector.findings import NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import open_reader, open_store
from tests.detector.test_replay import DAY, END, FAULTS, MINUTE, TEMPLATES, history

CSV = "start,end,namespace,workload,name\n" + "".join(
    f"{rfc3339(DAY + at * MINUTE)},{rfc3339(DAY + (at + 5) * MINUTE)},shop,ledger,fault {at}\n" for at in FAULTS
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with eight hours of counts, and a file of the two incidents in them."""
    folder = tmp_path_factory.mktemp("replay")
    status = NamespaceStatus("shop", DAY, END - MINUTE, len(history()), 1, len(TEMPLATES), None)
    with closing(open_store(folder / "drainwatch.sqlite")) as store:
        store.commit(PassResult(END, counts=history(), templates=[*TEMPLATES.values()], statuses=[status]))
    (folder / "incidents.csv").write_text(CSV)
    return folder


@pytest.fixture
def here(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(filled)
    return filled


def replayed(capfd: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert execute(["evaluate", "replay", "--json", "-", *more]) == 0
    result: dict[str, Any] = json.loads(capfd.readouterr().out)
    return result


def test_it_says_what_was_found_how_fast_and_what_was_told_in_vain(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = replayed(capfd, "--incidents", "incidents.csv", "--at-most", "3")
    total = result["total"]
    assert (result["since"], result["until"]) == (rfc3339(DAY), rfc3339(END))
    assert (total["found"], total["known"], total["recall"], total["median_delay_seconds"]) == (2, 2, 1.0, 60.0)
    assert total["judged_days"] == round(7 / 24, 6)
    assert total["false_alarms"] == len(result["false_alarms"]) == total["told"] - 2
    assert total["precision"] == round(2 / total["told"], 6)
    assert total["alerts_a_day"] == round(total["told"] / (7 / 24), 6)
    assert [one["name"] for one in result["incidents"]] == [f"fault {at}" for at in FAULTS]
    assert [one["told"] for one in result["curve"]] == sorted(one["told"] for one in result["curve"])
    (now,) = [one for one in result["curve"] if one["alert_budget"] == 1.0]
    assert now["told"] == total["told"]
    assert result["suggested_alert_budget"] is None  # ten bursts in seven hours are more than three a day


def test_the_same_twice_is_the_same_to_the_byte(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("one.json", "two.json"):
        assert execute(["evaluate", "replay", "--incidents", "incidents.csv", "--json", name]) == 0
    assert (here / "one.json").read_bytes() == (here / "two.json").read_bytes()
    table = capfd.readouterr().out
    assert "2 of 2" in table
    assert "found, 60 s" in table
    assert "← now" in table


def test_the_report_is_a_page_that_loads_nothing(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["evaluate", "replay", "--incidents", "incidents.csv", "--report", "report.html"]) == 0
    text = (here / "report.html").read_text()
    assert "2 of 2 known incidents found" in text
    assert "fault 240" in text
    assert "<script src" not in text
    assert "<link" not in text


def test_incidents_that_were_marked_real_are_known_and_labels_lead_to_a_mute(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from detector.feedback import expected, real
    from detector.replay import replay
    from tests.detector.test_replay import SETTINGS

    monkeypatch.chdir(tmp_path)
    (tmp_path / "drainwatch.sqlite").write_bytes((here / "drainwatch.sqlite").read_bytes())
    _, incidents = replay("shop", history(), TEMPLATES, SETTINGS, 0, END).told(1.0)
    with closing(open_store(tmp_path / "drainwatch.sqlite")) as store:
        for one in incidents:
            is_real = (one.start - DAY) // MINUTE in FAULTS
            store.say(real(one, "Kim", "", END) if is_real else expected(one, "Kim", "", END))
    assert [one["found"] for one in replayed(capfd, "--feedback", "none")["incidents"]] == [True, True]

    assert execute(["feedback", "suggest", "--output", "ndjson"]) == 0
    first = json.loads(capfd.readouterr().out.splitlines()[0])
    assert (first["template"], first["marked"]) == ("rebuilt", len(incidents) - 2)
    assert first["after"]["alerts_a_day"] < first["before"]["alerts_a_day"]
    assert (first["before"]["found"], first["after"]["found"]) == (2, 2)

    assert execute(["mute", first["template"]]) == 0
    capfd.readouterr()
    after = replayed(capfd)
    assert after["total"]["found"] == 2
    assert after["total"]["alerts_a_day"] == pytest.approx(first["after"]["alerts_a_day"], abs=1e-3)
    with closing(open_reader(tmp_path / "drainwatch.sqlite")) as reader:
        assert len(reader.feedback()) == len(incidents) + 1


def test_logs_are_replayed_without_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pod = tmp_path / "web-6d4f_shop_web-0123.log"
    with pod.open("w") as log:
        for minute in range(150):
            for second in range(0, 60, 6):
                log.write(f"2026-11-21T{7 + minute // 60:02}:{minute % 60:02}:{second:02}Z stdout F INFO served\n")
            if minute == 120:
                log.write("".join("2026-11-21T09:00:59Z stderr F ERROR ledger refused\n" for _ in range(40)))
    (tmp_path / "known.csv").write_text("start,end\n2026-11-21T09:00:00Z,2026-11-21T09:01:00Z\n")
    result = replayed(capfd, "--logs", str(tmp_path), "--incidents", "known.csv")
    assert (result["until"], result["total"]["found"]) == ("2026-11-21T09:29:00Z", 1)
    assert not (tmp_path / "drainwatch.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "2027-01-01"], "There are no counts in that time."),
        (["--to", "1970-01-02T00:30:00Z"], "the counts of that time are too few to learn from"),
        (["--namespace", "nope"], "The store has no namespace nope."),
        (["--incidents", "none.csv"], "none.csv can't be read"),
        (["--from", "soon"], "'soon' is not a time."),
        (["--logs", "nowhere"], "nowhere"),
    ],
)
def test_what_cant_be_replayed_ends_in_a_sentence(
    here: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert execute(["evaluate", "replay", *arguments]) == 2
    told = capfd.readouterr().err
    assert sentence in told
    assert "Traceback" not in told
