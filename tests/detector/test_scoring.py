"""What a model says of windows becomes anomalies: which, of what, why, and after which change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pytest

from detector.counting import column_of
from detector.findings import Anomaly, Change, ChangeKind, ModelCard, ReasonKind, finding_id
from detector.history import History
from detector.models.ensemble import CONTEXT, NamespaceModel
from detector.scoring import RECENT, Recent, Scored, Scorer, change_before
from detector.vectors import Column, WindowCounts, to_matrix
from parsers.engine import Template
from tests.detector.history import TEMPLATES, at, busy, template
from tests.detector.records import MINUTE

HOUR, DAY = 60, 24 * 60
LEARNED = 2 * HOUR
FAULTS = {LEARNED + 90: {"refused": 25}, LEARNED + 95: {"audit": 90}}
WINDOWS = busy(range(LEARNED + 2 * HOUR), FAULTS)
CARD = ModelCard("v7", "shop", at(0), at(LEARNED), LEARNED, 3, 1)
ERROR = at(LEARNED + 90)
KNOWN = {**TEMPLATES, "late": template("late", "error", first_seen=at(10**9))}
COLUMNS = {name: column_of(one) for name, one in KNOWN.items()}


def lines(name: str, window: int) -> tuple[str, ...]:
    return (f"{name} at {window}",)


@cache
def learned() -> NamespaceModel:
    windows = to_matrix(WINDOWS, COLUMNS, at(0), at(LEARNED), MINUTE)
    return NamespaceModel.fit(windows, trees=10, seed=1)


@pytest.fixture
def model() -> NamespaceModel:
    return learned()


@pytest.fixture
def scorer(model: NamespaceModel) -> Scorer:
    return Scorer("shop", model, CARD, at(0), 0.0)


def score(
    scorer: Scorer,
    begin: int,
    end: int,
    windows: Iterable[WindowCounts] = WINDOWS,
    known: Mapping[str, Template] = KNOWN,
    columns: Mapping[str, Column] = COLUMNS,
) -> Scored:
    """From a minute on up to but not with another one."""
    return scorer.score(windows, columns, at(begin), at(end), known, lines)


def change(name: str, minute: float, workload: str = "cart") -> Change:
    return Change(name, "shop", workload, at(minute), ChangeKind.ROLLOUT, "a", "b")


def history_of(windows: Sequence[WindowCounts]) -> History:
    history = History(MINUTE)
    for one in windows:
        history.add(one, KNOWN)
    return history


def anomaly_of(scored: Scored, window: int = ERROR) -> Anomaly:
    (found,) = [one for one in scored.anomalies if one.window == window]
    return found


def test_each_window_has_a_score_and_those_worth_keeping_are_anomalies(scorer: Scorer) -> None:
    every = score(scorer, LEARNED, LEARNED + 2 * HOUR)
    assert len(every.scores) == len(every.anomalies) == 2 * HOUR
    assert [one.window for one in every.anomalies] == [at(LEARNED + minute) for minute in range(2 * HOUR)]
    assert [one.score for one in every.anomalies] == every.scores
    assert {90, 95} <= {minute for minute, one in enumerate(every.scores) if one > 50}
    assert every.last == every.scores[-1]

    middle = sorted(every.scores)[HOUR]
    kept = score(replace(scorer, keep_score=middle), LEARNED, LEARNED + 2 * HOUR)
    assert kept.scores == every.scores
    assert kept.anomalies == [one for one in every.anomalies if one.score >= middle]
    assert middle in [one.score for one in kept.anomalies]


def test_an_anomaly_says_where_it_is_and_who_says_so(scorer: Scorer) -> None:
    found = anomaly_of(score(scorer, LEARNED, LEARNED + 2 * HOUR))
    assert (found.id, found.namespace) == (finding_id("anomaly", "shop", ERROR, MINUTE), "shop")
    assert (found.window, found.span, found.model) == (ERROR, MINUTE, "v7")
    assert (found.incident, found.suppressed_by, found.change) == (None, None, None)
    assert set(found.scores) == {"more", "fewer", "relations", "mixture", "silence", "forest", "new"}
    assert max(found.scores, key=found.scores.__getitem__) == "new"


def test_scores_are_told_to_two_digits(scorer: Scorer) -> None:
    every = score(scorer, LEARNED, LEARNED + 2 * HOUR).anomalies
    for scores in [one.score for one in every], [part for one in every for part in one.scores.values()]:
        assert scores == [round(one, 2) for one in scores] != [round(one, 1) for one in scores]


def test_the_lines_of_a_reason_are_those_of_its_template_in_its_window(scorer: Scorer) -> None:
    first = anomaly_of(score(scorer, LEARNED, LEARNED + 2 * HOUR)).reasons[0]
    assert (first.template_id, first.template) == ("refused", "refused <NUM>")
    assert (first.workload, first.observed, first.windows) == ("cart", 25, 1)
    assert first.samples == (f"refused at {ERROR}",)


def test_a_window_is_scored_alike_alone_or_among_others_and_whatever_was_long_before(scorer: Scorer) -> None:
    among = score(scorer, LEARNED, LEARNED + 2 * HOUR)
    for minute in (0, 1, 91, 119):
        begin = LEARNED + minute
        alone = score(scorer, begin, begin + 1)
        assert alone.scores == [alone.last] == [among.scores[minute]]
        assert alone.anomalies == [among.anomalies[minute]]
        lately = [one for one in WINDOWS if one.window >= at(begin - CONTEXT)]
        assert score(scorer, begin, begin + 1, lately) == alone


def test_what_was_before_the_first_window_of_a_namespace_gives_no_context(scorer: Scorer) -> None:
    begin = LEARNED + 92
    late = replace(scorer, first=at(LEARNED + 88))
    own = [one for one in WINDOWS if one.window >= at(LEARNED + 88)]
    assert score(late, begin, begin + 9) == score(late, begin, begin + 9, own) != score(scorer, begin, begin + 9)


def test_a_month_of_windows_is_scored_day_by_day_as_if_at_once(scorer: Scorer) -> None:
    end = LEARNED + DAY + 3
    windows = busy(range(LEARNED - CONTEXT, end), {LEARNED + DAY: {"refused": 25}})
    scorer = replace(scorer, keep_score=50.0)
    whole = score(scorer, LEARNED, end, windows)
    assert len(whole.scores) == DAY + 3
    assert at(LEARNED + DAY) in [one.window for one in whole.anomalies]
    parts = [score(scorer, begin, min(begin + 700, end), windows) for begin in range(LEARNED, end, 700)]
    assert whole.scores == [one for part in parts for one in part.scores]
    assert whole.anomalies == [one for part in parts for one in part.anomalies]


def test_the_counts_may_be_a_history_and_may_hold_what_the_model_does_not_know(scorer: Scorer) -> None:
    for begin in (LEARNED, LEARNED + 85):
        assert score(scorer, begin, LEARNED + 95, history_of(WINDOWS)) == score(scorer, begin, LEARNED + 95)


def test_an_error_of_before_the_model_was_made_is_back_rather_than_new(scorer: Scorer) -> None:
    for first_seen, kind in (
        (at(LEARNED) - 1, ReasonKind.BACK), (at(LEARNED), ReasonKind.NEW), (ERROR, ReasonKind.NEW),
    ):  # fmt: skip
        known = KNOWN | {"refused": template("refused", "error", first_seen)}
        first = anomaly_of(score(scorer, LEARNED, LEARNED + 2 * HOUR, known=known)).reasons[0]
        assert (first.template_id, first.kind, first.first_seen) == ("refused", kind, first_seen)


def test_by_an_old_model_an_error_is_new_for_a_day(scorer: Scorer) -> None:
    old = replace(scorer, card=replace(CARD, trained_until=at(-3 * DAY)))
    for first_seen, kind in ((ERROR - DAY * MINUTE - 1, ReasonKind.BACK), (ERROR - DAY * MINUTE, ReasonKind.NEW)):
        known = KNOWN | {"refused": template("refused", "error", first_seen)}
        assert anomaly_of(score(old, LEARNED, LEARNED + 2 * HOUR, known=known)).reasons[0].kind is kind


def test_only_what_is_new_comes_back_and_what_nobody_has_seen_stays_new(scorer: Scorer) -> None:
    found = score(scorer, LEARNED, LEARNED + 2 * HOUR)
    more = anomaly_of(found, at(LEARNED + 95)).reasons[0]
    assert (more.template_id, more.kind, more.first_seen) == ("audit", ReasonKind.MORE, at(0))
    unknown = score(scorer, LEARNED, LEARNED + 2 * HOUR, known={})
    first = anomaly_of(unknown).reasons[0]
    assert (first.kind, first.first_seen) == (ReasonKind.NEW, None)


def test_an_anomaly_tells_of_the_last_change_of_its_workload_to_the_end_of_its_window(scorer: Scorer) -> None:
    minute = LEARNED + 90
    changes = (change("early", minute - 5), change("within", minute + 0.9), change("after", minute + 1))
    for told, given in (
        ("within", changes), ("early", (changes[0], changes[2])),
        ("early", (changes[0], change("elsewhere", minute, "web"))),
        ("elsewhere", (change("elsewhere", minute, "web"),)),
    ):  # fmt: skip
        found = anomaly_of(score(replace(scorer, changes=given), minute, minute + 1))
        assert found.change is not None
        assert found.change.id == told


def test_a_change_is_told_for_an_hour_and_the_later_one_before_others() -> None:
    end = at(100)
    hour_ago = replace(change("a", 0), time=end - RECENT)
    assert change_before(end, "cart", [hour_ago]) == hour_ago
    assert change_before(end, "cart", [replace(hour_ago, time=end - RECENT - 1), change("b", 100)]) is None
    assert change_before(end, "cart", []) is None
    one, other = change("a", 99), change("b", 99)
    assert change_before(end, "cart", [other, one, change("c", 98)]) == other
    assert change_before(end, "web", [one, change("c", 98)]) == one


def test_what_is_muted_and_what_was_just_changed_is_no_evidence(scorer: Scorer) -> None:
    minute = LEARNED + 90
    plain = score(scorer, minute, minute + 1).last
    assert score(replace(scorer, muted=frozenset({"refused"})), minute, minute + 1).last < plain / 2
    info = KNOWN | {"refused": template("refused", "info")}
    columns = COLUMNS | {"refused": column_of(info["refused"])}
    rolled = replace(scorer, changes=(change("r", minute - 1),))
    new, banner = (score(one, minute, minute + 1, WINDOWS, info, columns).last for one in (scorer, rolled))
    assert banner < new


@pytest.mark.parametrize("changes", [(), (change("r", LEARNED + 86.5),)], ids=["nothing changed", "a roll-out"])
@pytest.mark.parametrize("muted", [frozenset[str](), frozenset({"audit"})], ids=["nothing muted", "a mute"])
@pytest.mark.parametrize("given", [list, history_of])
def test_of_windows_as_they_come_only_the_newest_need_be_read(
    scorer: Scorer,
    changes: tuple[Change, ...],
    muted: frozenset[str],
    given: Callable[[Sequence[WindowCounts]], Iterable[WindowCounts]],
) -> None:
    around, begin = replace(scorer, changes=changes, muted=muted), LEARNED + 84
    late = {begin + 5: {"audit": 60}, begin + 6: {"refused": 9}, begin + 11: {"late": 3}, begin + 12: {"refused": 1}}
    windows = [*WINDOWS[:begin], *busy(range(begin, begin + 20), late)]
    remembering = replace(around, recent=Recent())
    score(remembering, begin - 1, begin, given(windows))
    for minute in range(begin, begin + 20):
        newest = score(remembering, minute, minute + 1, given(windows[minute : minute + 1]))
        assert newest == score(around, minute, minute + 1, windows)


def kept(scorer: Scorer, recent: Recent, begin: int, end: int) -> None:
    score(replace(scorer, recent=recent), begin, end)


NOTHING = frozenset[str]()


def test_what_is_remembered_holds_for_the_next_window_of_the_same_model_and_mutes(
    scorer: Scorer, model: NamespaceModel
) -> None:
    recent, end = Recent(), at(LEARNED + 60)
    assert recent.until(end, model, (), NOTHING) is None
    kept(scorer, recent, LEARNED, LEARNED + 60)
    known = recent.until(end, model, (), NOTHING)
    assert known is not None
    assert known.end == end
    assert recent.until(end + MINUTE, model, (), NOTHING) is None
    assert recent.until(end - MINUTE, model, (), NOTHING) is None
    assert recent.until(end, replace(model), (), NOTHING) is None
    assert recent.until(end, model, (), frozenset({"audit"})) is None
    recent.forget()
    assert recent.until(end, model, (), NOTHING) is None


def test_windows_that_a_start_is_left_out_of_are_read_again_where_another_start_is_known(
    scorer: Scorer, model: NamespaceModel
) -> None:
    end, of_now, of_then = at(LEARNED + 60), (change("now", LEARNED + 55),), (change("then", LEARNED),)
    recent = Recent()
    kept(scorer, recent, LEARNED, LEARNED + 60)
    assert recent.until(end, model, of_now, NOTHING) is None
    assert recent.until(end, model, of_then, NOTHING) is not None, "what is remembered was no part of it"
    kept(replace(scorer, changes=of_now), recent, LEARNED, LEARNED + 60)
    assert recent.until(end, model, (), NOTHING) is None
    assert recent.until(end, model, of_now, NOTHING) is not None
    assert recent.until(end, model, (change("now", LEARNED + 55, "web"),), NOTHING) is None


def test_of_mutes_only_the_last_is_remembered_beside_what_is_read_without(
    scorer: Scorer, model: NamespaceModel
) -> None:
    end, recent, one, other = at(LEARNED + 60), Recent(), frozenset({"audit"}), frozenset({"query"})

    def known() -> list[bool]:
        return [recent.until(end, model, (), muted) is not None for muted in (NOTHING, one, other)]

    for muted, expected in (
        (one, [False, True, False]), (NOTHING, [True, True, False]),
        (other, [True, False, True]), (NOTHING, [True, False, True]), (other, [True, False, True]),
    ):  # fmt: skip
        kept(replace(scorer, muted=muted), recent, LEARNED, LEARNED + 60)
        assert known() == expected
    recent.keep(model.read(to_matrix(WINDOWS, COLUMNS, at(0), at(9), MINUTE)), replace(model), one)
    assert known() == [False, False, False], "another model reads everything anew"
