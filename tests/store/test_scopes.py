"""Scopes: parts of one store that several workers write at once, each with progress of its own; in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from detector.errors import ScopeError, StoreError
from detector.feedback import mute
from detector.findings import Deployed
from detector.store.port import PassResult, Progress, Store
from ingest.source import Checkpoint
from parsers.engine import EngineState
from tests.store.shop import as_dicts, counts, minute, model, morning, status, tally, template

Opened = Callable[[], Store]


def step(number: int, namespace: str = "shop", partition: str = "logs/0") -> PassResult:
    """The pass of a partition that closes this window of a namespace."""
    return PassResult(
        closed_until=minute(number + 1),
        counts=[counts(number, namespace, **{f"{namespace}-paid": number + 1})],
        templates=[template(f"{namespace}-paid", namespace, count=number)],
        models=[model(namespace=namespace)],
        deployed=[Deployed(namespace, minute(0), ())],
        statuses=[status(namespace, last=number)],
        checkpoints={partition: Checkpoint(number, number)},
        engine=EngineState(1, {(namespace, "checkout"): b"%d" % number}),
        tally=tally(number + 10),
    )


@pytest.fixture
def parts(store: Store) -> Iterator[tuple[Store, Store]]:
    """Two scopes of a store: `shop` is the first one's after five minutes, `bank` the second's after three."""
    zero, one = store.scope("logs/0"), store.scope("logs/1")
    zero.commit(step(4, "shop", "logs/0"))
    one.commit(step(2, "bank", "logs/1"))
    yield zero, one
    one.close()
    zero.close()


def names(store: Store) -> dict[str, list[str]]:
    """Whose things a store tells of, where nobody in particular is asked for."""
    return {
        "statuses": [one.namespace for one in store.statuses()],
        "templates": [one.namespace for one in store.templates()],
        "models": [one.namespace for one in store.models()],
        "deployed": [one.namespace for one in store.deployed()],
        "engine": [namespace for namespace, _ in store.engine_state().by_workload],
        "feedback": [one.namespace for one in store.feedback()],
    }


def test_a_scope_has_progress_and_namespaces_of_its_own(store: Store, parts: tuple[Store, Store]) -> None:
    for name in ("shop", "bank"):
        store.say(mute(name, "", "", minute(10), template="x"))
    for part, name, end in zip(parts, ("shop", "bank"), (5, 3), strict=True):
        assert names(part) == {kind: [name] for kind in names(part)}
        assert part.closed_until() == minute(end)
        assert list(part.checkpoints()) == [f"logs/{parts.index(part)}"]
        assert part.tally() == tally(end + 9)
        assert part.engine_state().version == 1


def test_the_store_itself_shows_all_scopes_together(store: Store, parts: tuple[Store, Store]) -> None:
    assert [one.namespace for one in store.statuses()] == ["bank", "shop"]
    assert store.closed_until() == minute(3), "the least of them"
    assert list(store.checkpoints()) == ["logs/0", "logs/1"]
    assert store.tally().read == 14 + 12
    assert store.tally().dropped.total() == 4
    assert store.scopes() == ["logs/0", "logs/1"]
    assert (store.owner("shop"), store.owner("bank"), store.owner("nowhere")) == ("logs/0", "logs/1", None)


def test_counts_and_findings_are_read_from_any_scope(parts: tuple[Store, Store]) -> None:
    assert as_dicts(parts[1].counts("shop")) == {4: {"shop-paid": 5}}
    assert [one.id for one in parts[1].templates("shop")] == ["shop-paid"]


def test_a_new_scope_is_empty_and_holds_nothing_up(store: Store, parts: tuple[Store, Store]) -> None:
    with closing(store.scope("logs/2")) as new:
        assert (new.closed_until(), new.checkpoints(), new.statuses(), new.templates()) == (None, {}, [], [])
        assert new.tally().read == 0
        assert store.closed_until() == minute(3)


def test_how_far_was_read_is_kept_without_any_window_being_closed(store: Store) -> None:
    scope = store.scope("logs/7")
    scope.commit(PassResult(None, checkpoints={"logs/7": Checkpoint(5, 5)}, tally=tally(5)))
    assert (scope.closed_until(), scope.checkpoints()["logs/7"].resume_at, scope.tally()) == (None, 5, tally(5))
    scope.commit(PassResult(60_000_000))
    scope.commit(PassResult(None, checkpoints={"logs/7": Checkpoint(9, 9)}))
    assert (scope.closed_until(), scope.checkpoints()["logs/7"].resume_at) == (60_000_000, 9)


def test_a_scope_goes_on_where_it_was_when_it_is_opened_again(opened: Opened) -> None:
    with closing(opened()) as first, closing(first.scope("logs/0")) as part:
        part.commit(step(0))
        part.commit(step(1))
    with closing(opened()) as second, closing(second.scope("logs/0")) as part:
        assert part.closed_until() == minute(2)
        assert names(part)["statuses"] == ["shop"]
        part.commit(step(2))
        assert part.checkpoints() == {"logs/0": Checkpoint(2, 2)}


def test_whoever_held_a_scope_that_another_one_opened_is_refused(store: Store, parts: tuple[Store, Store]) -> None:
    with closing(store.scope("logs/0")) as heir:
        with pytest.raises(ScopeError, match="scope logs/0 was taken over"):
            parts[0].commit(step(5))
        with pytest.raises(ScopeError, match="taken over"):
            parts[0].claim(["new"])
        with pytest.raises(ScopeError, match="taken over"):
            parts[0].commit(step(5))
        assert heir.closed_until() == minute(5)
        assert store.owner("new") is None
        heir.commit(step(5))
        assert as_dicts(heir.counts("shop")) == {4: {"shop-paid": 5}, 5: {"shop-paid": 6}}
    parts[1].commit(step(3, "bank", "logs/1"))


def test_a_namespace_belongs_to_whoever_claims_it_first(store: Store, parts: tuple[Store, Store]) -> None:
    zero, one = parts
    assert one.claim(["shop", "bank", "cafe"]) == {"shop": "logs/0", "bank": "logs/1", "cafe": "logs/1"}
    assert zero.claim(["cafe"]) == {"cafe": "logs/1"}
    assert store.owner("cafe") == "logs/1"
    assert zero.claim([]) == {}


def test_a_pass_with_a_namespace_of_another_scope_is_refused_whole(parts: tuple[Store, Store]) -> None:
    zero, one = parts
    foreign = step(5, "bank", "logs/0")
    with pytest.raises(ScopeError, match=r"namespace bank belongs to the scope logs/1.*Key the topic"):
        zero.commit(replace(foreign, counts=[*foreign.counts, counts(5, "shop", a=1)]))
    assert zero.closed_until() == minute(5)
    assert list(as_dicts(one.counts("bank"))) == [2]
    assert list(as_dicts(zero.counts("shop"))) == [4]
    zero.commit(step(5))


def test_what_a_released_scope_had_goes_to_whoever_claims_it(store: Store, parts: tuple[Store, Store]) -> None:
    zero, one = parts
    zero.commit(PassResult(minute(6), counts=[counts(5, "cafe", tea=1)], statuses=[status("cafe")]))
    store.release("logs/1")
    assert store.scopes() == ["logs/0"]
    assert store.closed_until() == minute(6), "a scope that was released counts no more"
    assert store.owner("bank") is None
    assert store.tally().read == 14 + 12, "its lines were read all the same"
    with pytest.raises(ScopeError, match="scope logs/1 was released"):
        one.commit(step(3, "bank", "logs/1"))
    assert zero.claim(["bank"]) == {"bank": "logs/0"}
    assert names(zero)["engine"] == ["bank", "shop"]
    assert [one.namespace for one in zero.statuses()] == ["bank", "cafe", "shop"]
    zero.commit(PassResult(minute(7), counts=[counts(6, "bank", login=1)], templates=[template("bank-paid", "bank")]))
    assert list(as_dicts(store.counts("bank"))) == [2, 6]


def test_a_released_scope_that_is_opened_again_has_none_of_its_namespaces(
    store: Store, parts: tuple[Store, Store]
) -> None:
    store.release("logs/1")
    parts[0].claim(["bank"])
    with closing(store.scope("logs/1")) as again:
        assert again.closed_until() == minute(3)
        assert again.statuses() == []
        assert again.claim(["bank"]) == {"bank": "logs/0"}
        assert store.scopes() == ["logs/0", "logs/1"]


def test_one_namespace_can_be_let_go_of_and_its_scope_goes_on_with_the_others(
    store: Store, parts: tuple[Store, Store]
) -> None:
    zero, one = parts
    zero.commit(PassResult(minute(6), counts=[counts(5, "cafe", tea=1)], statuses=[status("cafe")]))
    store.release("logs/0", "shop")
    assert (store.owner("shop"), store.owner("cafe")) == (None, "logs/0")
    assert store.scopes() == ["logs/0", "logs/1"]
    with pytest.raises(ScopeError, match="scope logs/0 was taken over"):
        zero.commit(step(6, "shop", "logs/0"))
    with closing(store.scope("logs/0")) as again:
        assert again.closed_until() == minute(6)
        assert [one.namespace for one in again.statuses()] == ["cafe"]
        assert one.claim(["shop"]) == {"shop": "logs/1"}
        assert [one.namespace for one in one.statuses()] == ["bank", "shop"]
        one.commit(step(6, "shop", "logs/1"))
        with pytest.raises(ScopeError, match="belongs to the scope logs/1"):
            again.commit(step(7, "shop", "logs/0"))


def test_letting_go_of_a_namespace_of_another_scope_does_nothing(store: Store, parts: tuple[Store, Store]) -> None:
    store.release("logs/0", "bank")
    store.release("logs/0", "nowhere")
    assert store.owner("bank") == "logs/1"
    for part, name, number in zip(parts, ("shop", "bank"), (5, 3), strict=True):
        part.commit(step(number, name, f"logs/{parts.index(part)}"))


def test_releasing_what_there_is_not_does_nothing(store: Store) -> None:
    store.release("nowhere")
    store.release("nowhere", "shop")
    store.release("")
    assert store.scopes() == []


def test_the_plain_store_is_a_scope_too_and_can_be_released_for_others(store: Store) -> None:
    for result in morning():
        store.commit(result)
    assert store.scopes() == [""]
    assert store.owner("shop") == ""
    with closing(store.scope("logs/0")) as part:
        with pytest.raises(ScopeError, match="belongs to the store that is written without scopes"):
            part.commit(step(11))
        store.release("")
        assert store.closed_until() is None
        assert part.claim(["shop"]) == {"shop": "logs/0"}
        assert [one.namespace for one in part.statuses()] == ["shop"]
        part.commit(step(11))
        assert store.closed_until() == minute(12)
        with pytest.raises(ScopeError, match=r"namespace shop belongs to the scope logs/0; a drainwatch that reads by"):
            store.commit(PassResult(minute(13), counts=[counts(12, paid=1)]))
        store.commit(PassResult(minute(13), counts=[counts(12, "bank", login=1)]))
        assert store.scopes() == ["", "logs/0"]


@pytest.mark.parametrize("odd", ["a/b", "naïve ☕", "x\x00y", "a'; DROP TABLE counts;--", "n" * 3000])
def test_a_scope_may_have_any_name(store: Store, odd: str) -> None:
    with closing(store.scope(odd)) as part:
        part.commit(step(0, "shop", odd))
        assert store.scopes() == [odd]
        assert store.owner("shop") == odd
        assert list(part.checkpoints()) == [odd]


def test_a_scope_has_a_name_and_no_scopes(store: Store) -> None:
    with pytest.raises(ValueError, match="name"):
        store.scope("")
    with closing(store.scope("a")) as part, pytest.raises(ValueError, match="name"):
        part.scope("b")


def test_a_closed_scope_says_so_and_the_store_goes_on(store: Store) -> None:
    part = store.scope("a")
    part.close()
    with pytest.raises(StoreError, match="closed"):
        part.commit(step(0))
    with pytest.raises(StoreError, match="closed"):
        part.statuses()
    assert store.statuses() == []


def test_a_writer_goes_by_what_it_wrote_itself(store: Store, parts: tuple[Store, Store]) -> None:
    assert store.progress() == Progress()
    assert (parts[0].progress().closed_until, parts[0].progress().tally) == (minute(5), tally(14))
    assert list(parts[0].progress().checkpoints) == ["logs/0"]
    store.release("logs/0")
    store.commit(step(7, "shop", "/var/log/shop.log"))
    own = store.progress()
    assert (own.closed_until, own.tally) == (minute(8), tally(17))
    assert own.checkpoints == {"/var/log/shop.log": Checkpoint(7, 7)}
    assert store.tally().read > own.tally.read


def test_how_far_each_scope_is_can_be_told(store: Store, parts: tuple[Store, Store]) -> None:
    with closing(store.scope("logs/2")):
        assert store.ends() == {"logs/0": minute(5), "logs/1": minute(3), "logs/2": None}
        store.release("logs/1")
        assert list(store.ends()) == store.scopes() == ["logs/0", "logs/2"]


def test_who_reads_by_itself_is_told_how_to_let_go_of_a_topic(store: Store, parts: tuple[Store, Store]) -> None:
    with pytest.raises(ScopeError, match="drainwatch release logs") as refused:
        store.commit(step(6, "shop"))
    assert "Key the topic" not in str(refused.value)
