"""What was changed and what people said, in every store: the sentences of `detector.store.port`, one test each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from detector.errors import StoreError
from detector.feedback import mute
from detector.findings import (
    Change,
    ChangeKind,
    Deployed,
    Feedback,
    FeedbackKind,
    Joining,
    ModelChoice,
    Pod,
    Running,
    Workload,
    finding_id,
)
from detector.store import elasticsearch, sqlite
from detector.store.port import PassResult, Store
from tests.servers.elasticsearch import Server
from tests.store.shop import anomaly, counts, incident, minute, reason

Opened = Callable[[], Store]


def change(at: int, namespace: str = "shop", after: str = "registry/checkout:1.5") -> Change:
    """An image that was rolled out so many minutes after seven, and 1.5 ms."""
    time = minute(at) + 1_500
    name = finding_id("change", namespace, time, after)
    return Change(name, namespace, "checkout", time, ChangeKind.IMAGE, "registry/checkout:1.4", after)


def expected(name: str = "f1", namespace: str = "shop", created: int = 9) -> Feedback:
    """An incident that was none."""
    return Feedback(
        name,
        FeedbackKind.EXPECTED,
        namespace,
        incident="i1",
        like=(replace(reason(), samples=()),),
        since=minute(3),
        until=minute(90),
        author="ada",
        note="the nightly job",
        created=minute(created),
    )


def runs(namespace: str = "shop") -> Deployed:
    """What runs in a namespace."""
    workload = Workload(
        "checkout",
        minute(0),
        minute(1),
        "7d9c5b6f4",
        (("app", "registry/checkout:1.4"),),
        (Running("app", "registry/checkout:1.4", "7d9c5b6f4", minute(5)),),
        (Pod("checkout-7d9c5b6f4-x2x9p", "7d9c5b6f4", (("app", "0a1b"),), minute(5)),),
        Joining(minute(4), ("checkout-7d9c5b6f4-zzzzz",), 1, ("checkout-7d9c5b6f4-x2x9p",)),
        minute(5),
    )
    return Deployed(namespace, minute(0), (workload,))


def test_an_empty_store_knows_of_no_change_and_no_word(store: Store) -> None:
    assert (store.changes(), store.deployed(), store.feedback(), store.model_choices()) == ([], [], [], [])


def test_changes_come_by_time_to_the_microsecond(store: Store) -> None:
    store.commit(PassResult(minute(9), changes=[change(5), change(2), change(3, "bank")]))
    assert store.changes() == [change(2), change(3, "bank"), change(5)]
    assert store.changes("shop") == [change(2), change(5)]
    assert store.changes("shop", since=change(2).time, until=change(5).time) == [change(2)]
    assert store.changes("shop", since=change(2).time + 1) == [change(5)]
    assert store.changes("none") == []
    store.commit(PassResult(minute(9), changes=[change(5), replace(change(2), before="0.9")]))
    assert store.changes("shop") == [replace(change(2), before="0.9"), change(5)]


def test_what_runs_is_kept_as_it_was_last(opened: Opened) -> None:
    store = opened()
    store.commit(PassResult(minute(1), deployed=[runs(), runs("bank")]))
    store.commit(PassResult(minute(2), deployed=[replace(runs(), forgot=True)]))
    store.close()
    again = opened()
    assert again.deployed() == [runs("bank"), replace(runs(), forgot=True)]
    again.close()


def test_what_was_said_is_never_lost_and_the_last_word_on_it_counts(store: Store) -> None:
    store.say(expected("f2", created=8))
    store.say(expected("f1", created=9))
    store.say(expected("f3", "bank", created=1))
    store.say(replace(expected("f2", created=8), withdrawn=minute(10)))
    assert store.feedback("shop") == [replace(expected("f2", created=8), withdrawn=minute(10)), expected("f1")]
    assert [one.id for one in store.feedback()] == ["f3", "f2", "f1"]
    store.prune(minute(999), minute(999))
    assert len(store.feedback()) == 3


def test_choices_of_models_come_by_time_each_one_of_them(store: Store) -> None:
    back, again = ModelChoice("shop", "m1", minute(1), "ada", "worse"), ModelChoice("shop", "", minute(2), "bob")
    for said in (again, back, back, ModelChoice("bank", "m7", minute(1))):
        store.say(said)
    assert store.model_choices("shop") == [back, again]
    assert len(store.model_choices()) == 3


def test_old_changes_are_pruned_with_the_findings(store: Store) -> None:
    store.commit(PassResult(minute(9), changes=[change(2), change(5)]))
    assert store.prune(0, minute(5)) == 1
    assert store.changes() == [change(5)]


def test_findings_keep_what_was_changed_before_them_and_what_keeps_them_quiet(store: Store) -> None:
    quiet = replace(anomaly(3), change=change(2), suppressed_by="f1")
    told = replace(incident(3, 4), change=change(2))
    store.commit(PassResult(minute(9), anomalies=[quiet], incidents=[told]))
    assert store.anomaly(quiet.id) == quiet
    assert store.incident(told.id) == told


@pytest.mark.parametrize("odd", ["", "a/b", "\ud800", "naïve ☕", "n" * 9000])
def test_words_of_any_kind_are_kept(store: Store, odd: str) -> None:
    kept = odd.replace("\ud800", "?")
    said = replace(expected(odd, odd), author=odd, note=odd)
    store.say(said)
    store.say(ModelChoice(odd, odd, 1, odd, odd))
    store.commit(PassResult(1, changes=[replace(change(1, odd), workload=odd)], deployed=[runs(odd)]))
    assert store.feedback(odd) == [replace(said, id=kept, namespace=kept, author=kept, note=kept)]
    assert store.model_choices(odd) == [ModelChoice(kept, kept, 1, kept, kept)]
    assert store.changes(odd)[0].workload == kept
    assert [one.namespace for one in store.deployed()] == [kept]


def test_numbers_that_json_lacks_are_refused_in_words_too(store: Store) -> None:
    with pytest.raises(ValueError, match="infinite"):
        store.say(replace(expected(), like=(replace(reason(), share=float("nan")),)))
    assert store.feedback() == []


def test_no_anomaly_is_written_without_a_reason(store: Store) -> None:
    unfounded = replace(anomaly(4), reasons=())
    with pytest.raises(ValueError, match="has no reason"):
        store.commit(PassResult(minute(9), anomalies=[anomaly(3), unfounded]))
    assert store.anomalies().items == []


def test_a_word_is_taken_down_in_a_file_that_a_service_writes(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = sqlite.open_store(path)
    store.commit(PassResult(minute(1), counts=[counts(0, paid=1)]))

    def write() -> None:
        for at in range(50):
            store.commit(PassResult(minute(at), counts=[counts(at, f"n{at}", paid=1)]))

    writing = Thread(target=write)
    writing.start()
    notes = sqlite.open_notes(path)
    for number in range(20):
        notes.say(expected(f"f{number:02}", "not-seen-yet"))
    notes.say(ModelChoice("shop", "m1", minute(1)))
    writing.join()
    assert [one.id for one in store.feedback("not-seen-yet")] == [f"f{number:02}" for number in range(20)]
    assert len(store.model_choices("shop")) == 1
    store.commit(PassResult(minute(60), counts=[counts(55, "one-more", paid=1)]))
    assert len(list(store.counts("one-more"))) == 1
    notes.close()
    with pytest.raises(StoreError, match="closed"):
        notes.say(expected())
    store.close()


def test_nothing_is_said_into_a_file_that_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no such file.*drainwatch run"):
        sqlite.open_notes(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_word_is_taken_down_in_a_cluster_that_a_service_writes(elasticsearch_store: tuple[Server, str]) -> None:
    server, prefix = elasticsearch_store
    store = elasticsearch.open_store(server.connection("writer"), prefix)
    notes = elasticsearch.open_notes(server.connection("writer"), prefix)
    store.commit(PassResult(minute(1), counts=[counts(0, paid=1)]))
    notes.say(expected())
    store.commit(PassResult(minute(2), counts=[counts(1, paid=1)]))
    assert store.feedback() == [expected()]
    notes.close()
    store.close()


def test_a_cluster_that_an_older_drainwatch_set_up_says_what_is_missing(
    elasticsearch_store: tuple[Server, str],
) -> None:
    server, prefix = elasticsearch_store
    server.client.indices.delete(index=f"{prefix}-feedback")
    with pytest.raises(StoreError, match=rf"lacks {prefix}-feedback: an older.*drainwatch setup"):
        elasticsearch.open_reader(server.connection("writer"), prefix)


@pytest.fixture
def elasticsearch_store(elasticsearch: Server, ready: str) -> tuple[Server, str]:
    """A server, and the prefix of a store in it that is set up."""
    return elasticsearch, ready


def test_what_was_said_is_heard_at_once_and_again_only_where_there_is_news(opened: Opened) -> None:
    with closing(opened()) as store:
        assert (list(store.said().feedback), list(store.said().choices)) == ([], [])
        first = mute("shop", "", "", minute(10), template="x")
        store.say(first)
        choice = ModelChoice("shop", "m1", minute(11), "anna")
        store.say(choice)
        heard = store.said()
        assert (list(heard.feedback), list(heard.choices)) == ([first], [choice])
        assert store.said() is heard
        store.say(replace(first, withdrawn=minute(12)))
        assert [one.withdrawn for one in store.said().feedback] == [minute(12)]
        for number in range(3):
            store.say(replace(choice, time=minute(20 + number)))
            assert len(store.said().choices) == 2 + number
        assert list(store.said().feedback) == store.feedback()
        assert list(store.said().choices) == store.model_choices()
