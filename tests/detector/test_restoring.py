"""What is known of a namespace goes with it to a scope that has closed no window yet."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from detector.restoring import restore, restore_deployed
from detector.settings import Settings
from detector.store.port import PassResult
from detector.store.sqlite import open_store
from parsers.miner import DrainEngine
from tests.store.shop import counts, minute, status, template


def test_a_scope_without_a_window_goes_on_with_what_it_adopted(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        store.scope("logs/0").commit(
            PassResult(
                closed_until=minute(9),
                counts=[counts(8, paid=3)],
                templates=[template("paid")],
                statuses=[status("shop", last=8)],
            )
        )
        store.release("logs/0", "shop")
        scope, engine, settings = store.scope("logs/1"), DrainEngine(), Settings()
        assert restore(scope, engine, settings) == {}
        scope.claim(["shop"])
        assert scope.closed_until() is None
        state = restore(scope, engine, settings)["shop"]
        assert (state.first_window, state.status().last_window) == (status("shop").first_window, minute(8))
        assert [one.window for one in state.history] == [minute(8)]
        assert list(engine.catalogue("shop")) == ["paid"]
        assert [one.namespace for one in restore_deployed(scope, engine, settings).values()] == ["shop"]
