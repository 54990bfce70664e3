"""What people say is written where they have the right to it, and whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from detector.access.principal import OPEN, Grant, Kind, Principal, Right, principal
from detector.alert import Silence
from detector.errors import ForbiddenError
from detector.feedback import expected, mute, withdraw
from detector.findings import ModelChoice
from detector.permitted import allowed, permitted
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from tests.store.shop import incident, minute, reason

SHOP = principal(
    Kind.TOKEN,
    "somebody",
    [Grant(("shop*",), frozenset({Right.FEEDBACK})), Grant(("payments",), frozenset({Right.READ}))],
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "s.sqlite")
    yield made
    made.close()


def test_a_word_is_taken_of_a_namespace_in_which_they_have_the_right(store: SqliteStore) -> None:
    say = allowed(store.say, store, SHOP)
    say(mute("shop", "ana", "", 1))
    say(Silence("s", "shop-*", 1, 2))
    assert (len(store.feedback()), len(store.silences())) == (1, 1)


@pytest.mark.parametrize(
    "said",
    [
        mute("payments", "ana", "", 1),
        Silence("s", "payments", 1, 2),
        Silence("s", "*", 1, 2),
        Silence("s", "sho*", 1, 2),
        ModelChoice("shop", "m1", 1),
    ],
)
def test_any_other_is_refused_and_nothing_is_written(store: SqliteStore, said: Silence) -> None:
    with pytest.raises(ForbiddenError, match=r"the right (feedback|admin).*\. .*sk who runs drainwatch for it\.$"):
        allowed(store.say, store, SHOP)(said)
    assert (store.feedback(), store.silences(), store.model_choices()) == ([], [], [])


def test_what_they_saw_in_part_is_kept_whole(store: SqliteStore) -> None:
    elsewhere = replace(reason("t2"), workload="mill/saw")
    whole = replace(incident(1, 2), reasons=(reason(), elsewhere))
    store.commit(PassResult(minute(9), incidents=[whole]))
    seen = permitted(store, SHOP).incident(whole.id)
    assert seen is not None
    assert len(seen.reasons) == 1
    allowed(store.say, store, SHOP)(expected(seen, "ana", "", minute(9)))
    (kept,) = store.feedback()
    assert [(one.template_id, one.samples) for one in kept.like] == [("refused", ()), ("t2", ())]
    # Taken back as they see it, in part.
    (word,) = permitted(store, SHOP).feedback()
    allowed(store.say, store, SHOP)(replace(withdraw(word, minute(10)), author="eve", note="it was nothing"))
    assert store.feedback() == [replace(kept, withdrawn=minute(10))]


@pytest.mark.parametrize("who", [OPEN, principal(Kind.PERSON, "root", [Grant((), frozenset({Right.ADMIN}))])])
def test_who_may_do_everything_writes_as_it_is(store: SqliteStore, who: Principal) -> None:
    assert allowed(store.say, store, who) == store.say
