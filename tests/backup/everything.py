"""Stores that hold one of everything."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from detector.access.acts import Deed, act, by_command
from detector.access.principal import Right
from detector.access.records import Session, Token
from detector.backup.inventory import compare_stores
from detector.findings import ModelChoice, Source
from detector.store.port import ALERTS, Fitted, PassResult, Store
from detector.store.sqlite import open_reader
from tests.store.alerts import alert, message, silence, told_to
from tests.store.shop import counts, incident, minute, model, morning, status, template
from tests.store.test_changes import change, expected, runs

HOSTILE = "'; DROP TABLE x; --\x00\ud800 ☕ \x1b[31m"


TOKEN = Token("t1", "ci", "ab" * 32, ("shop", "team-*"), (Right.READ,), "ada", minute(1), minute(9_000), used=minute(2))
SESSION = Session("cd" * 32, "Ada", "https://login|1", ("platform",), "", minute(1), minute(900))
ACT = act(by_command("ada"), Deed.TOKEN_MADE, "t1", minute(1), detail=HOSTILE)


def differing(one: Path, other: Path) -> list[str]:
    """Of what two stores in files tell otherwise."""
    with closing(open_reader(one)) as left, closing(open_reader(other)) as right:
        return [it.name for it in compare_stores(left, right) if not it.equal]


def fill(store: Store) -> None:
    """One of everything, in the plain store and in a scope that stands apart; some of it rolled up."""
    for result in morning():
        store.commit(result)
    store.commit(
        PassResult(
            closed_until=minute(200),
            counts=[counts(190, odd=7), counts(190, "bank", login=2**40)],
            templates=[template("odd", text=HOSTILE)],
            incidents=[
                replace(incident(20, 21), id="m", source=Source.METRICS),
                replace(incident(22, 23), part_of="m"),
            ],
            models=[model("m2", "bank")],
            changes=[change(7), change(8, "bank")],
            deployed=[runs()],
            statuses=[status(last=190), status("bank", last=190, learning_until=300)],
            told=[message("a"), message("b")],
        )
    )
    with closing(store.scope(ALERTS)) as alerts:
        alerts.commit(PassResult(None, alerts=[alert(3, told=(told_to("ops", 3),)), alert(9, "bank", resolved=11)]))
    store.keep_fitted(Fitted("shop", "d1", bytes(range(256)) * 50))
    for word in (expected(), silence(), ModelChoice("bank", "m2", minute(9), "ada", "better"), TOKEN, SESSION, ACT):
        store.say(word)
    store.prune(minute(60), minute(0))
