"""Alerts, silences, incidents that are a part of others, and the scopes that write them; in every store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from threading import Thread

import pytest

from detector.errors import ScopeError, UsageError
from detector.findings import Incident, Source
from detector.store.port import ALERTS, METRICS, PassResult, Store
from ingest.source import Checkpoint
from tests.store.alerts import alert, message, silence, told_to
from tests.store.shop import counts, incident, minute, morning, tally

Opened = Callable[[], Store]


def in_metrics(at: int, part_of: str = "", namespace: str = "shop") -> Incident:
    """An incident in series of Prometheus."""
    made = incident(at, at, namespace=namespace)
    return replace(made, id=f"metrics-{made.id}", source=Source.METRICS, part_of=part_of)


def test_an_empty_store_has_no_alerts_and_no_silences(store: Store) -> None:
    assert store.alerts().items == []
    assert store.alerts().next_cursor is None
    assert store.open_alerts() == []
    assert store.alert("x") is None
    assert store.silences() == []
    assert store.parts_of("x") == []
    assert store.parts_of("") == []


def test_alerts_come_back_as_they_were_written(store: Store) -> None:
    every = [
        alert(1, "shop", "bank", told=(told_to("oncall", 2), told_to("mail", 3, "shop", "bank"))),
        replace(alert(2, resolved=5), quiet="silenced until 14:00 UTC by ana: migration"),
        replace(alert(3), namespaces=(), incidents=(), id="no-lines"),
        replace(alert(4, "naïve ☕\ud800"), summary="\ud800", id="odd/../id"),
    ]
    with closing(store.scope(ALERTS)) as ours:
        ours.commit(PassResult(None, alerts=every))
    assert store.alerts().items == [_storable(one) for one in reversed(every)]
    assert [store.alert(one.id) for one in every] == [_storable(one) for one in every]


def test_an_alert_that_is_written_again_replaces_the_one_before(store: Store) -> None:
    before = alert(1, "shop", "bank")
    store.commit(PassResult(None, alerts=[before]))
    after = replace(before, namespaces=("shop", "mail"), resolved=minute(9), end=minute(9))
    store.commit(PassResult(None, alerts=[after]))
    assert store.alerts().items == [after]
    assert store.alerts("bank").items == []
    assert store.alerts("mail").items == [after]
    assert store.open_alerts() == []


def test_open_alerts_come_oldest_first(store: Store) -> None:
    store.commit(PassResult(None, alerts=[alert(5), alert(3, resolved=4), alert(1)]))
    assert store.open_alerts() == [alert(1), alert(5)]


def test_alerts_are_found_by_namespace_and_by_when_they_were_opened(store: Store) -> None:
    both, shop, bank = alert(3, "shop", "bank"), alert(2), alert(1, "bank")
    store.commit(PassResult(None, alerts=[both, shop, bank]))
    assert store.alerts("bank").items == [both, bank]
    assert store.alerts("shop").items == [both, shop]
    assert store.alerts("nowhere").items == []
    assert store.alerts(since=shop.opened, until=both.opened).items == [shop]
    assert store.alerts(since=shop.opened + 1).items == [both]
    assert store.alerts(until=shop.opened + 1).items == [shop, bank]


def test_alerts_come_page_by_page_also_while_others_are_opened(store: Store) -> None:
    every = [alert(at) for at in range(5)]
    store.commit(PassResult(None, alerts=every))
    first = store.alerts(limit=2)
    store.commit(PassResult(None, alerts=[alert(9)]))
    second = store.alerts(limit=2, cursor=first.next_cursor)
    last = store.alerts(limit=2, cursor=second.next_cursor)
    assert first.items + second.items + last.items == every[::-1]
    assert last.next_cursor is None
    with pytest.raises(UsageError, match="cursor"):
        store.incidents(cursor=first.next_cursor)


def test_alerts_and_what_is_told_of_them_are_written_together_or_not_at_all(opened: Opened) -> None:
    with closing(opened()) as store:
        ours = store.scope(ALERTS)
        ours.commit(PassResult(None, alerts=[alert(1)], told=[message("a"), message("b", "mail")]))
        with pytest.raises(ValueError, match="infinite"):
            ours.commit(PassResult(None, alerts=[alert(2), alert(3, score=float("inf"))], told=[message("c")]))
        ours.close()
    with closing(opened()) as store, closing(store.scope(ALERTS)) as ours:
        assert store.alerts().items == [alert(1)]
        (waiting,) = ours.outbox("alert:oncall", 10)
        assert waiting.told == message("a")
        assert (ours.waiting("alert:oncall"), ours.waiting("alert:mail"), store.waiting("alert:oncall")) == (1, 1, 0)
        ours.sent([waiting.place])
        assert ours.outbox("alert:oncall", 10) == []


def test_whoever_had_the_alerts_before_is_refused(store: Store) -> None:
    first, second = store.scope(ALERTS), store.scope(ALERTS)
    second.commit(PassResult(None, alerts=[alert(1)], told=[message("a")]))
    with pytest.raises(ScopeError, match="taken over"):
        first.commit(PassResult(None, alerts=[alert(2)], told=[message("b")]))
    assert store.alerts().items == [alert(1)]
    assert [one.told for one in second.outbox("alert:oncall", 10)] == [message("a")]
    second.close()
    first.close()


def test_scopes_that_stand_apart_are_no_part_of_the_whole(store: Store) -> None:
    shards = store.scope("logs/0")
    shards.commit(replace(morning()[0], checkpoints={"logs/0": Checkpoint(1, 2)}))
    before = (store.scopes(), store.ends(), store.closed_until(), store.tally(), store.checkpoints())
    for name in (ALERTS, METRICS):
        apart = store.scope(name)
        apart.commit(PassResult(minute(1), checkpoints={"own": Checkpoint(7, 9)}, tally=tally(99)))
        assert apart.closed_until() == apart.progress().closed_until == minute(1), "for itself it knows how far it is"
        assert apart.checkpoints() == apart.progress().checkpoints == {"own": Checkpoint(7, 9)}
        assert apart.tally() == apart.progress().tally == tally(99)
        apart.close()
    after = (store.scopes(), store.ends(), store.closed_until(), store.tally(), store.checkpoints())
    assert after == before
    assert after[0] == ["logs/0"]
    shards.close()


def test_scopes_that_stand_apart_write_of_any_namespace_and_own_none(store: Store) -> None:
    shards = store.scope("logs/0")
    shards.commit(replace(morning()[0], statuses=[]))
    apart = store.scope(METRICS)
    story = incident(3, 3, namespace="never-heard-of")
    apart.commit(PassResult(None, incidents=[in_metrics(3), story], alerts=[alert(1)]))
    assert store.incidents("never-heard-of").items == [story]
    assert (store.owner("shop"), store.owner("never-heard-of")) == ("logs/0", None)
    assert store.statuses() == []
    for refused in (
        lambda: apart.claim(["mine"]),
        lambda: apart.commit(PassResult(None, counts=[counts(1, "mine", a=1)])),
    ):
        with pytest.raises(ValueError, match="stands apart"):
            refused()
    assert store.owner("mine") is None
    assert shards.claim(["never-heard-of"]) == {"never-heard-of": "logs/0"}
    apart.close()
    shards.close()


def test_releasing_leaves_scopes_that_stand_apart(store: Store) -> None:
    apart = store.scope(ALERTS)
    apart.commit(PassResult(None, alerts=[alert(1)], told=[message("a")]))
    store.commit(morning()[0])
    for scope in ("", ALERTS):
        store.release(scope)
    apart.commit(PassResult(None, alerts=[alert(2)]))
    assert apart.waiting("alert:oncall") == 1
    apart.close()


def test_an_incident_that_is_a_part_of_another_one_is_found_by_that(store: Store) -> None:
    story, other = incident(3, 5), incident(7, 8)
    late, early, alone = in_metrics(5, story.id), in_metrics(3, story.id), in_metrics(9)
    store.commit(PassResult(minute(9), incidents=[story, other, late, early, alone]))
    assert store.parts_of(story.id) == [early, late]
    assert store.parts_of(other.id) == []
    assert store.incident(early.id) == early
    assert store.incidents().items == [alone, other, story]
    assert store.incidents(source=Source.LOGS).items == [other, story]
    assert store.incidents(source=Source.METRICS).items == [alone, late, early]
    assert store.incidents("shop", minute(4), minute(8), source=Source.METRICS).items == [late]


def test_parts_take_no_places_of_a_page(store: Store) -> None:
    stories = [incident(at, at) for at in range(4)]
    parts = [in_metrics(at, stories[at].id) for at in range(4)]
    store.commit(PassResult(minute(9), incidents=[*stories, *parts]))
    first = store.incidents(limit=3)
    assert first.items == stories[:0:-1]
    assert store.incidents(limit=3, cursor=first.next_cursor).items == stories[:1]


def test_a_part_that_stands_alone_again_is_shown(store: Store) -> None:
    story = incident(3, 5)
    store.commit(PassResult(minute(9), incidents=[story, in_metrics(3, story.id)]))
    store.commit(PassResult(minute(9), retracted=[story.id], incidents=[in_metrics(3)]))
    assert store.incidents().items == [in_metrics(3)]
    assert store.parts_of(story.id) == []


def test_silences_are_said_beside_the_service_and_taken_back(store: Store) -> None:
    later = silence("s2", "pay*", since=5)
    store.say(later)
    store.say(silence())
    assert store.silences() == [silence(), later]
    store.say(replace(silence(), withdrawn=minute(9), until=minute(99)))
    assert store.silences() == [replace(silence(), withdrawn=minute(9), until=minute(99)), later]
    assert store.feedback() == []
    assert store.said().feedback == []
    with closing(store.scope(ALERTS)) as apart:
        assert len(apart.silences()) == 2, "a scope sees those of the whole store"


def test_alerts_are_written_by_a_thread_of_their_own_while_passes_are_committed(store: Store) -> None:
    apart = store.scope(ALERTS)

    def alerting() -> None:
        for at in range(5):
            apart.commit(PassResult(None, alerts=[alert(at)], told=[message(str(at))]))

    thread = Thread(target=alerting)
    thread.start()
    for result in morning():
        store.commit(result)
    thread.join(60)
    assert len(store.alerts().items) == apart.waiting("alert:oncall") == 5
    assert store.closed_until() == minute(10)
    apart.close()


def test_pruning_removes_resolved_alerts_that_ended_long_ago(store: Store) -> None:
    store.commit(PassResult(None, alerts=[alert(1, resolved=3), alert(2, resolved=5), alert(1, "bank")]))
    assert store.prune(0, minute(3) - 1) == 0
    assert store.prune(0, minute(3)) == 1
    assert store.alerts().items == [alert(2, resolved=5), alert(1, "bank")]
    assert store.alerts("shop").items == [alert(2, resolved=5)]
    assert store.prune(0, minute(99)) == 1
    assert store.open_alerts() == [alert(1, "bank")]


def _storable(one: object) -> object:
    from detector.alert import Alert

    assert isinstance(one, Alert)
    names = tuple(name.replace("\ud800", "?") for name in one.namespaces)
    return replace(one, namespaces=names, summary=one.summary.replace("\ud800", "?"))
