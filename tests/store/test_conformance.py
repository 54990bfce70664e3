"""What every store does, whichever it is: the sentences of `detector.store.port`, one test each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from detector.errors import StoreError, UsageError
from detector.store.port import ALERTS, Fitted, PassResult, Store, WindowCounts, WindowScores
from ingest.accounting import DropReason, Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState
from tests.store.alerts import alert, silence
from tests.store.shop import (
    SEVEN,
    anomaly,
    as_dicts,
    counts,
    incident,
    minute,
    model,
    morning,
    reason,
    status,
    tally,
    template,
)
from tests.store.test_changes import expected

Opened = Callable[[], Store]


def everything(store: Store) -> dict[str, object]:
    """All that can be read of a store."""
    state = store.engine_state()
    return {
        "statuses": store.statuses(),
        "counts": {name: as_dicts(store.counts(name)) for name in ("shop", "bank", "late")},
        "templates": store.templates(),
        "scores": [(s.namespace, s.window.tolist(), s.score.tolist()) for s in store.scores(0, minute(10_000))],
        "anomalies": store.anomalies(limit=1000).items,
        "incidents": store.incidents(limit=1000).items,
        "models": store.models(),
        "closed": store.closed_until(),
        "checkpoints": store.checkpoints(),
        "engine": (state.version, dict(state.by_workload)),
        "tally": store.tally(),
    }


def test_an_empty_store_has_nothing_to_say(store: Store) -> None:
    assert store.statuses() == []
    assert list(store.counts("shop")) == []
    assert store.templates() == []
    assert store.scores(0, minute(10)) == []
    assert store.anomaly("x") is None
    assert store.incident("x") is None
    assert store.anomalies().items == []
    assert store.incidents().next_cursor is None
    assert store.models() == []
    assert store.closed_until() is None
    assert store.checkpoints() == {}
    assert dict(store.engine_state().by_workload) == {}
    assert store.tally() == Tally()


def test_what_was_committed_is_there_when_it_is_opened_again(opened: Opened) -> None:
    first = opened()
    for result in morning():
        first.commit(result)
    before = everything(first)
    first.close()
    again = opened()
    assert everything(again) == before
    again.close()


def test_committing_the_same_again_changes_nothing(store: Store) -> None:
    passes = [replace(result, additions=()) for result in morning()]
    for result in passes:
        store.commit(result)
    before = everything(store)
    store.commit(passes[-1])
    assert everything(store) == before


def test_counts_come_by_window_oldest_first_and_windows_without_a_line_are_left_out(store: Store) -> None:
    for result in morning():
        store.commit(result)
    assert as_dicts(store.counts("shop")) == {
        0: {"paid": 5, "sent": 2},
        1: {"paid": 5, "sent": 3},
        2: {"paid": 300, "sent": 70_000},
        3: {"paid": 6, "refused": 203},
        4: {"paid": 6, "refused": 204},
        5: {"paid": 6, "refused": 205},
        9: {"paid": 5},
    }
    assert list(as_dicts(store.counts("shop"))) == [0, 1, 2, 3, 4, 5, 9]
    assert as_dicts(store.counts("bank")) == {0: {"login": 1}}


def test_a_range_of_counts_holds_its_start_and_not_its_end(store: Store) -> None:
    store.commit(PassResult(minute(4), counts=[counts(at, paid=1) for at in range(4)]))
    assert list(as_dicts(store.counts("shop", minute(1), minute(3)))) == [1, 2]
    assert list(as_dicts(store.counts("shop", since=minute(1)))) == [1, 2, 3]
    assert list(as_dicts(store.counts("shop", until=minute(1)))) == [0]
    assert list(as_dicts(store.counts("shop", minute(1) + 1, minute(2)))) == []


def test_counts_replace_those_of_the_same_window_and_additions_add_up(store: Store) -> None:
    store.commit(PassResult(minute(1), counts=[counts(0, paid=5, sent=2)]))
    store.commit(PassResult(minute(1), counts=[counts(0, refused=7)]))
    assert as_dicts(store.counts("shop")) == {0: {"refused": 7}}
    store.commit(PassResult(minute(1), additions=[counts(0, refused=1, paid=2), counts(5, paid=1)]))
    assert as_dicts(store.counts("shop")) == {0: {"refused": 8, "paid": 2}, 5: {"paid": 1}}
    store.commit(PassResult(minute(1), counts=[counts(0)]))
    assert as_dicts(store.counts("shop")) == {5: {"paid": 1}}


@pytest.mark.parametrize("top", [1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**62])
def test_counts_of_any_size_come_back_as_they_were(store: Store, top: int) -> None:
    store.commit(PassResult(minute(1), counts=[counts(0, paid=top, sent=1)]))
    assert as_dicts(store.counts("shop")) == {0: {"paid": top, "sent": 1}}


def test_thousands_of_templates_in_any_order_come_back(store: Store) -> None:
    of = {f"t{number}": number + 1 for number in np.random.default_rng(7).permutation(3000).tolist()}
    store.commit(PassResult(minute(1), counts=[counts(0, t2999=1)]))
    store.commit(PassResult(minute(2), counts=[counts(1, **of)]))
    assert as_dicts(store.counts("shop")) == {0: {"t2999": 1}, 1: of}


@pytest.mark.parametrize("wrong", [(0,), (-1,), (1, 2)])
def test_counts_that_cannot_be_are_refused_and_leave_the_store_as_it_was(store: Store, wrong: tuple[int, ...]) -> None:
    for result in morning():
        store.commit(result)
    before = everything(store)
    bad = WindowCounts("shop", minute(7), ("paid",), np.array(wrong))
    with pytest.raises(ValueError, match="counts of shop"):
        store.commit(
            PassResult(minute(99), counts=[counts(7, fresh=1), counts(7, "cafe", tea=1), bad], tally=tally(99))
        )
    assert everything(store) == before
    # What the refused pass saw first is not half known afterwards.
    store.commit(PassResult(minute(10), counts=[counts(7, other=2, fresh=1), counts(7, "late", tea=1)]))
    store.commit(PassResult(minute(10), counts=[counts(8, "cafe", tea=3)]))
    assert as_dicts(store.counts("shop"))[7] == {"other": 2, "fresh": 1}
    assert as_dicts(store.counts("late")) == {7: {"tea": 1}}
    assert as_dicts(store.counts("cafe")) == {8: {"tea": 3}}


def test_a_score_that_is_no_number_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="infinite"):
        store.commit(PassResult(minute(1), anomalies=[anomaly(0, float("nan"))]))
    endless = replace(incident(0, 0), reasons=(replace(reason(), expected_high=float("inf")),))
    with pytest.raises(ValueError, match="infinite"):
        store.commit(PassResult(minute(1), incidents=[endless]))
    assert store.closed_until() is None


def test_templates_come_by_workload_then_most_frequent_first(store: Store) -> None:
    wanted = [template("c", workload="a", count=9), template("b", workload="a", count=2), template("a", workload="b")]
    store.commit(PassResult(minute(1), templates=[*reversed(wanted), template("z", "bank")]))
    assert store.templates("shop") == wanted
    assert [one.id for one in store.templates()] == ["z", "c", "b", "a"]
    assert store.templates("nowhere") == []


def test_a_template_keeps_its_id_as_its_text_changes(store: Store) -> None:
    store.commit(PassResult(minute(1), templates=[template("paid")]))
    newer = template("paid", count=8, text="order <*> <*>")
    store.commit(PassResult(minute(2), templates=[newer]))
    assert store.templates() == [newer]


def test_an_anomaly_comes_back_whole(store: Store) -> None:
    one = replace(anomaly(3, incident="i"), reasons=(reason(), replace(reason("sent"), first_seen=None, samples=())))
    store.commit(PassResult(minute(4), anomalies=[one]))
    assert store.anomaly(one.id) == one
    worse = replace(one, score=99.0)
    store.commit(PassResult(minute(4), anomalies=[worse]))
    assert store.anomalies().items == [worse]


def test_anomalies_are_found_by_namespace_time_and_score_newest_first(store: Store) -> None:
    for result in morning():
        store.commit(result)
    assert [(one.namespace, one.window, one.score) for one in store.anomalies("shop").items] == [
        ("shop", minute(8), 12.0),
        ("shop", minute(5), 51.5),
        ("shop", minute(4), 80.0),
        ("shop", minute(3), 76.0),
    ]
    assert [one.window for one in store.anomalies("shop", minute(4), minute(8)).items] == [minute(5), minute(4)]
    assert [one.score for one in store.anomalies(min_score=51.5).items] == [51.5, 80.0, 76.0]
    assert len(store.anomalies().items) == 5
    assert store.anomalies("nowhere").items == []


def test_incidents_are_those_going_on_at_some_time_in_the_range(store: Store) -> None:
    early, long, late = incident(0, 1), incident(2, 6, 90.0), incident(8, 8)
    store.commit(PassResult(minute(9), incidents=[late, early, long, incident(2, 2, namespace="bank")]))
    assert store.incident(long.id) == long
    assert store.incidents("shop").items == [late, long, early]
    assert store.incidents("shop", minute(4), minute(5)).items == [long]
    assert store.incidents("shop", since=minute(7)).items == [late], "one that ended at the start of the range is over"
    assert store.incidents("shop", until=minute(2)).items == [early]
    assert store.incidents("shop", min_score=85).items == [long]
    assert len(store.incidents().items) == 4


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_follow_each_other_without_gap_or_repetition(store: Store, limit: int) -> None:
    every = [anomaly(at, namespace=name) for at in range(5) for name in ("shop", "bank", "cafe")]
    store.commit(PassResult(minute(5), anomalies=every))
    found, cursor = [], None
    while True:
        page = store.anomalies(cursor=cursor, limit=limit)
        found += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert len(found) == 15
    assert found == sorted(every, key=lambda one: (one.window, one.id), reverse=True)


def test_a_cursor_goes_on_where_it_was_while_new_findings_come_in(store: Store) -> None:
    store.commit(PassResult(minute(4), incidents=[incident(at, at) for at in range(4)]))
    first = store.incidents(limit=2)
    store.commit(PassResult(minute(9), incidents=[incident(8, 8)]))
    rest = store.incidents(limit=2, cursor=first.next_cursor)
    assert [one.start for one in first.items + rest.items] == [minute(3), minute(2), minute(1), minute(0)]
    assert rest.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "äöü", "\x00", "AAAA", "bnVsbA", "WyJhbm9tYWxpZXMiLCJhIiwiYiJd", "=" * 50])
def test_a_cursor_that_cannot_be_read_is_named_as_such(store: Store, cursor: str) -> None:
    with pytest.raises(UsageError, match="cursor"):
        store.anomalies(cursor=cursor)


def test_a_cursor_of_incidents_is_none_of_anomalies(store: Store) -> None:
    store.commit(PassResult(minute(4), incidents=[incident(at, at) for at in range(4)]))
    with pytest.raises(UsageError, match="cursor"):
        store.anomalies(cursor=store.incidents(limit=1).next_cursor)


def test_retracted_findings_are_gone_whatever_day_they_are_of(store: Store) -> None:
    story, other = incident(3, 5), incident(3, 5, namespace="bank")
    far = anomaly(10_000)
    store.commit(PassResult(minute(9), anomalies=[anomaly(3), anomaly(4), far], incidents=[story, other]))
    store.commit(PassResult(minute(9), retracted=[anomaly(3).id, far.id, story.id, "never there"]))
    assert store.anomalies().items == [anomaly(4)]
    assert store.incidents().items == [other]
    assert store.anomaly(far.id) is None
    assert store.incident(story.id) is None


def test_what_is_retracted_and_written_by_the_same_pass_is_there(store: Store) -> None:
    before, after = incident(3, 5), incident(3, 7, 90.0)
    store.commit(PassResult(minute(9), anomalies=[anomaly(3)], incidents=[before]))
    store.commit(
        PassResult(minute(9), anomalies=[anomaly(3, 20.0)], incidents=[after], retracted=[anomaly(3).id, before.id])
    )
    assert store.anomalies().items == [anomaly(3, 20.0)]
    assert store.incidents().items == [after]


def test_nothing_is_lost_where_all_is_written(store: Store) -> None:
    store.commit(morning()[0])
    assert (list(store.lost), store.lost_total) == ([], 0)


def test_scores_by_detector_are_those_of_the_anomalies(store: Store) -> None:
    for result in morning():
        store.commit(result)
    store.commit(PassResult(minute(10), anomalies=[replace(anomaly(9), score=0.0, scores={})]))
    for since, until in ((None, None), (minute(3), minute(5)), (minute(9), None)):
        found = store.anomalies("shop", since, until).items[::-1]
        assert store.detector_scores("shop", since, until) == [
            WindowScores(one.window, one.score, one.scores) for one in found
        ]
    assert len(store.detector_scores("shop")) == 5
    assert store.detector_scores("nowhere") == []


def test_scores_come_by_namespace_oldest_first(store: Store) -> None:
    for result in morning():
        store.commit(result)
    bank, shop = store.scores(SEVEN, minute(8) + 1)
    assert (bank.namespace, bank.window.tolist(), bank.score.tolist()) == ("bank", [minute(8)], [30.0])
    assert shop.window.tolist() == [minute(3), minute(4), minute(5), minute(8)]
    assert shop.score.tolist() == [76.0, 80.0, 51.5, 12.0]
    assert [one.namespace for one in store.scores(minute(3), minute(8))] == ["shop"]
    assert [one.namespace for one in store.scores(SEVEN, minute(99), "bank")] == ["bank"]


def test_models_come_newest_first_within_each_namespace(store: Store) -> None:
    cards = [model("m2", until=20), model("m1", until=10), model("m1", "bank", until=5)]
    store.commit(PassResult(minute(1), models=cards))
    store.commit(PassResult(minute(1), models=[model("m3", until=30)]))
    assert [one.version for one in store.models("shop")] == ["m3", "m2", "m1"]
    assert [(one.namespace, one.version) for one in store.models()][:2] == [("bank", "m1"), ("shop", "m3")]


def test_statuses_checkpoints_and_engine_state_stay_where_they_are_not_named(store: Store) -> None:
    for result in morning():
        store.commit(result)
    store.commit(PassResult(minute(11)))
    assert [one.namespace for one in store.statuses()] == ["bank", "shop"]
    assert store.statuses()[1] == status(score=3.25)
    assert store.checkpoints() == {
        "a.log": Checkpoint(900, 950, "dev1", ((950, 60), (920, 120))),
        "b.log": Checkpoint(0, 5),
    }
    assert store.engine_state() == EngineState(3, {("shop", "checkout"): b'{"n":2}', ("bank", "auth"): b"{}"})
    assert store.tally() == tally(20)
    assert store.tally().dropped[DropReason.EMPTY] == 1
    assert store.closed_until() == minute(11)


def test_a_namespace_that_only_has_counts_has_no_status(store: Store) -> None:
    store.commit(PassResult(minute(1), counts=[counts(0, paid=1)]))
    assert store.statuses() == []


def test_pruning_removes_what_is_older_and_says_how_much(store: Store) -> None:
    for result in morning():
        store.commit(result)
    # Seven windows of shop and one of bank before 07:05; the anomalies of 07:03 and 07:04; no incident is over yet.
    assert store.prune(minute(5), minute(5)) == 6 + 2
    assert list(as_dicts(store.counts("shop"))) == [5, 9]
    assert [one.window for one in store.anomalies("shop").items] == [minute(8), minute(5)]
    assert len(store.incidents().items) == 2
    assert store.prune(minute(5), minute(6)) == 2
    assert [one.namespace for one in store.incidents().items] == ["bank"]
    assert len(store.templates()) == 4
    assert store.prune(0, 0) == 0


@pytest.mark.parametrize(
    "odd", ["", "a/b", "../..", "naïve café ☕", "x\x00y", "a'; DROP TABLE counts;--", "\ud800", "n" * 9000]
)
def test_names_and_texts_of_any_kind_are_kept(store: Store, odd: str) -> None:
    one = replace(anomaly(0, namespace=odd), reasons=(replace(reason(), template=odd, samples=(odd,)),))
    for _ in range(2):
        store.commit(
            PassResult(
                minute(1),
                counts=[counts(0, odd, paid=1)],
                templates=[template("paid", odd, workload=odd, text=odd)],
                anomalies=[one],
                statuses=[status(odd)],
                checkpoints={odd: Checkpoint(1, 2, odd)},
                engine=EngineState(1, {(odd, odd): b"\x00\xff"}),
            )
        )
    kept = odd.replace("\ud800", "?")
    assert as_dicts(store.counts(odd)) == {0: {"paid": 1}}
    assert [one.namespace for one in store.statuses()] == [kept]
    assert store.templates(odd)[0].text == (kept or "order <NUM> paid")
    found = store.anomaly(one.id)
    assert found is not None
    assert found.reasons[0].samples == (kept,)
    assert store.anomalies(odd).items == [found]
    assert store.checkpoints() == {kept: Checkpoint(1, 2, kept)}
    assert dict(store.engine_state().by_workload) == {(kept, kept): b"\x00\xff"}


@pytest.mark.parametrize("bound", [-(10**30), 10**30])
def test_times_beyond_all_measure_are_only_very_early_or_late(store: Store, bound: int) -> None:
    store.commit(PassResult(minute(1), counts=[counts(0, paid=1)], anomalies=[anomaly(0)]))
    assert len(list(store.counts("shop", since=bound))) == (bound < 0)
    assert len(store.anomalies(until=bound).items) == (bound > 0)


def test_a_closed_store_says_so(opened: Opened) -> None:
    store = opened()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.statuses()
    with pytest.raises(StoreError, match="closed"):
        store.commit(PassResult(0))
    store.close()


def test_the_model_that_was_kept_last_is_the_one_of_its_namespace(store: Store) -> None:
    assert store.fitted("shop") is None

    first, second = Fitted("shop", "1", b"drainwatch model" * 1_000), Fitted("shop", "2", bytes(range(256)))
    other = Fitted("ünïcode", "3", b"")
    for one in (first, other, second):
        store.keep_fitted(one)

    assert [store.fitted(name) for name in ("shop", "ünïcode", "bank")] == [second, other, None]
    assert (store.statuses(), store.models()) == ([], [])


def test_a_kept_model_is_no_part_of_a_pass_and_outlives_who_kept_it(opened: Opened) -> None:
    store = opened()
    for result in morning():
        store.commit(result)
    before = everything(store)
    store.keep_fitted(Fitted("shop", "1", b"model"))

    assert everything(store) == before
    store.close()
    again = opened()
    assert again.fitted("shop") == Fitted("shop", "1", b"model")
    again.close()


def test_its_version_is_another_one_whenever_something_was_written_and_no_other_time(store: Store) -> None:
    versions = [store.version()]
    assert store.version() == versions[0]
    for result in (PassResult(minute(1)), PassResult(minute(1), incidents=[incident(3, 5)])):
        store.commit(result)
        versions.append(store.version())
    store.say(expected())
    versions.append(store.version())
    with closing(store.scope("logs/0")) as part:
        part.commit(PassResult(minute(2)))
    versions.append(store.version())
    with closing(store.scope(ALERTS)) as apart:
        versions.append(store.version())
        apart.commit(PassResult(None, alerts=[alert(1)]))
        versions.append(store.version())
        apart.commit(PassResult(None, alerts=[alert(1, resolved=2)]))
    versions.append(store.version())
    store.say(silence())
    versions.append(store.version())
    assert len(set(versions)) >= 8
    assert len(set(versions[-4:])) == 4, "by alerts and silences, too"
    store.statuses(), store.closed_until(), store.said()
    assert store.version() == versions[-1]


def test_it_says_what_it_is_itself(store: Store) -> None:
    store.commit(morning()[0])
    facts = store.facts()
    assert facts.where
    assert facts.schema >= 1
    assert facts.bytes is not None
    assert facts.bytes > 100
    if facts.kind == "elasticsearch":
        assert all(server.startswith("https://") for server in facts.servers)
        assert facts.server_version is not None
        assert facts.server_version[:2] in ("8.", "9.")
    else:
        assert (facts.servers, facts.server_version) == ((), None)
