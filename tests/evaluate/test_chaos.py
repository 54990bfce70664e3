"""The harness as a whole: the same bytes again, loud faults found, a surge left in peace."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.evaluate.chaos import Experiment, run
from detector.evaluate.goals import goals_of, read_gate, violations
from detector.evaluate.plan import Options
from detector.evaluate.report import write_report
from detector.evaluate.results import to_json
from detector.evaluate.rivals import RIVALS, runs
from detector.evaluate.scorecard import Card, score_card
from detector.evaluate.search import SEARCHED, Attempt, choices, objective, search, shown, snippet
from detector.evaluate.trial import OURS, Trial
from detector.settings import DetectionSettings
from detector.settings.load import load_settings
from tests.evaluate.shop import shop
from tests.length import AT_LENGTH

LOUD = ("new-error", "silent", "namespace-gone")
SMALL = Options(
    train_days=1, days=1, faults=5, harmless=2, contamination=0, mean=25.0, kinds=LOUD, harmless_kinds=("surge",)
)
SETTINGS = DetectionSettings(trees=10, train_span=timedelta(days=1))
EXPERIMENT = Experiment(SETTINGS, SMALL)


@pytest.fixture(scope="module")
def trials() -> dict[str, list[Trial]]:
    return run(shop(), replace(EXPERIMENT, rivals=("isolation forest (textbook)", "three sigma")), [0, 1])


@pytest.fixture(scope="module")
def card(trials: dict[str, list[Trial]]) -> Card:
    return score_card(trials[OURS])


def figures(trials: dict[str, list[Trial]]) -> str:
    cards = [score_card(some) for some in trials.values()]
    return to_json(cards, EXPERIMENT, [trial.seed for trial in trials[OURS]], goals_of(cards[0]))


def test_loud_faults_are_found_and_a_surge_is_left_in_peace(card: Card, tmp_path: Path) -> None:
    gate = tmp_path / "gate.json"
    gate.write_text('{"found": 0.9, "false_a_day": 1, "delay": 2, "named": 0.9, "harmless": {"surge": 0.3}}')
    assert card.faults >= 8
    assert violations(card, read_gate(gate)) == []


def test_the_same_seed_gives_the_same_bytes_on_however_many_processes(trials: dict[str, list[Trial]]) -> None:
    again = run(shop(), replace(EXPERIMENT, rivals=("isolation forest (textbook)", "three sigma")), [0, 1], jobs=2)
    assert figures(again) == figures(trials)


def test_another_seed_gives_other_days(trials: dict[str, list[Trial]]) -> None:
    first, second = trials[OURS]
    assert first.score.tolist() != second.score.tolist()
    assert {event.begin for event in first.events} != {event.begin for event in second.events}


def test_rivals_are_tried_on_the_same_days(trials: dict[str, list[Trial]]) -> None:
    for ours, theirs in zip(trials[OURS], trials["three sigma"], strict=True):
        assert ours.events == theirs.events
        assert (ours.start, len(ours.score)) == (theirs.start, len(theirs.score))


def test_every_detector_of_the_register_is_a_rival() -> None:
    assert {"isolation forest (textbook)", "three sigma", "forest alone", "invariants alone"} <= set(RIVALS)


def test_windows_make_one_incident_until_there_is_a_gap() -> None:
    assert [one.tolist() for one in runs(np.array([3, 4, 10, 17]), 5)] == [[3, 4, 10], [17]]
    assert runs(np.array([], int), 5) == []


def test_folds_are_scored_each_by_what_is_before_it() -> None:
    some = run(shop(), replace(EXPERIMENT, folds=2), [0])
    assert list(some) == [OURS, "fold 1", "fold 2"]
    first, second = some["fold 1"][0], some["fold 2"][0]
    assert first.start + len(first.score) * first.span == second.start
    assert len(first.score) + len(second.score) == len(some[OURS][0].score)


def test_figures_are_json_with_all_that_they_rest_on(trials: dict[str, list[Trial]]) -> None:
    told = json.loads(figures(trials))
    assert told["seeds"] == [0, 1]
    assert told["settings"]["trees"] == 10
    assert told["detectors"][OURS]["found"]["value"] > 0
    assert set(told["detectors"]) == {OURS, "isolation forest (textbook)", "three sigma"}


def test_the_page_needs_nothing_else_and_takes_no_orders_from_logs(
    trials: dict[str, list[Trial]], tmp_path: Path
) -> None:
    loudest = replace(trials[OURS][0].told[0], summary="</script><img src=x>")
    hostile = replace(trials[OURS][0], told=(loudest,), events=())  # so that it is listed as false
    some = {OURS: [hostile]}
    cards = [score_card(trials) for trials in some.values()]
    write_report(tmp_path / "report.html", EXPERIMENT, cards, goals_of(cards[0]), some)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "</script><img" not in page
    assert "\\u003c/script>\\u003cimg src=x>" in page
    assert " src=" not in page.split("<script>")[0]
    assert "https://" not in page.split("/* plotly")[0].split("<script>")[0]


def test_a_gate_that_is_not_kept_says_what_is_wrong(card: Card) -> None:
    limits = {"found": 1.1, "kinds": {"silent": 1.1}, "harmless": {"surge": -1}}
    sentences = violations(card, limits)
    assert [sentence.split(" ")[0].rstrip(":") for sentence in sentences] == ["found", "silent", "surge"]


def test_a_search_begins_with_the_settings_as_they_are_and_tries_none_twice() -> None:
    tried = list(choices(SETTINGS, 12, 0))
    assert tried[0] == {name: getattr(SETTINGS, name) for name in SEARCHED}
    assert len({str(one) for one in tried}) == 12
    assert tried == list(choices(SETTINGS, 12, 0))


def test_false_incidents_cost_only_above_the_limit() -> None:
    assert objective(0.9, 1.0, 1.0) == 0.9
    assert objective(0.9, 3.0, 1.0) == pytest.approx(0.7)


def test_what_a_search_prints_is_a_settings_file(tmp_path: Path) -> None:
    *_, last = choices(SETTINGS, 5, 3)
    path = tmp_path / "drainwatch.toml"
    path.write_text(snippet(last))
    loaded = load_settings(path, {}, [])
    assert {name: getattr(loaded.detection, name) for name in SEARCHED} == last
    assert shown(timedelta(seconds=90)) == '"90s"'


def test_a_search_gives_the_best_of_what_it_tried() -> None:
    tried: list[Attempt] = []
    best = search(shop(), replace(EXPERIMENT, options=replace(SMALL, faults=2)), range(1), 2, 1.0, 1, tried.append)
    assert len(tried) == 2
    assert best.objective == max(attempt.objective for attempt in tried)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_on_real_logs_most_faults_are_found_and_the_textbook_finds_hardly_any() -> None:
    from detector.evaluate.background import read_background
    from detector.evaluate.world import World
    from detector.settings import Settings
    from detector.wiring import open_engine, open_files
    from tests.evaluate.shop import START
    from tests.servers.missing import skip

    logs = Path(__file__).parents[3] / "shared/data/train-ticket/containers"
    if not logs.is_dir():
        skip("there are no Train Ticket logs beside the repository")
    settings = Settings()
    engine = open_engine(settings)
    clock = START + 400 * 86_400_000_000
    world = World.of(
        read_background(open_files([str(logs)], settings, follow=False, clock=lambda: clock), engine), engine
    )
    seeds = [1_000, 1_001] if AT_LENGTH else [1_000]
    some = run(world, Experiment(settings.detection, Options(), ("isolation forest (textbook)",)), seeds)
    ours, textbook = (score_card(trials) for trials in some.values())
    assert ours.found.value >= 0.8
    assert ours.false_a_day.value <= 3.0
    assert textbook.found.value <= 0.2
