"""What is to be forgotten is gone from every place of every store, and all else is as it was."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from detector.erasing import Namespace, Text
from detector.errors import StoreError
from detector.store import erasing as file
from detector.store.elasticsearch import erasing as cluster
from detector.store.port import PassResult, Store
from detector.store.sqlite import open_store
from ingest.source import Checkpoint
from parsers.engine import TemplateEngine
from parsers.erasing import Eraser
from parsers.miner import DrainEngine
from tests.parsers.batches import batch_of
from tests.parsers.engines import ENGINES
from tests.servers.missing import MissingError, skip
from tests.store.conftest import IMPLEMENTATIONS, Places
from tests.store.erasable import LINES, NAME, Place, in_cluster, in_file, passes, say_all
from tests.store.shop import minute, template

TEXT = Text(Eraser("zaphod beeblebrox"))


@pytest.fixture(params=IMPLEMENTATIONS)
def place(request: pytest.FixtureRequest, places: Places, tmp_path: Path) -> Place:
    """A store of two namespaces that nobody has open."""
    try:
        opener = IMPLEMENTATIONS[request.param](places, tmp_path)
    except MissingError as missing:
        skip(str(missing))
    if request.param == "sqlite":
        made = in_file(opener, tmp_path / "drainwatch.sqlite")
    else:
        version = request.param.partition("-")[2]
        made = in_cluster(opener, places.server(version), places.prefix(version))
    with closing(opener()) as store:
        for result in passes():
            store.commit(result)
        say_all(store)
    return made


def assigned(engine: TemplateEngine, store: Store, namespace: str) -> list[str]:
    """Ids of the templates of `LINES`, by an engine that goes on from this store."""
    engine.restore(store.engine_state(), store.templates())
    parsed = engine.parse(batch_of(LINES, namespace))
    return [parsed.templates[at] for at in parsed.template.tolist()]


def test_a_text_is_gone_from_all_places_and_templates_keep_their_ids_and_go_on(place: Place) -> None:
    with closing(place.open()) as store:
        before = [assigned(engine(), store, "shop") for engine in ENGINES.values()]
        scored = [(one.id, one.score, len(one.reasons[0].samples)) for one in store.anomalies().items]
    assert b"eeblebrox" in place.contents()

    looked = place.look(TEXT)
    assert b"eeblebrox" in place.contents()
    done = place.erase(TEXT)

    assert done.counts == looked.counts
    assert min(done.counts.values()) >= 2
    assert done.counts["messages"] == 7
    assert b"eeblebrox" not in place.contents().replace(NAME.encode().lower(), NAME.encode())
    with closing(place.open()) as store:
        assert [(one.id, one.score, len(one.reasons[0].samples)) for one in store.anomalies().items] == scored
        first = store.anomalies("shop").items[0]
        assert first.reasons[0].samples == ("order 0 of <ERASED> <ERASED> placed", "nobody")
        assert first.change is not None
        assert first.change.before == "<ERASED> <ERASED>"
        assert {one.author for one in store.feedback()} == {"<ERASED> <ERASED>"}
        assert all([list(store.counts("shop")), store.models(), store.silences()])
        texts = {one.text for one in store.templates("shop")}
        assert texts == {"order <NUM> of <ERASED> <ERASED> placed", "mail to <ERASED> <ERASED> sent", "all is well"}
        assert [assigned(engine(), store, "shop") for engine in ENGINES.values()] == before
    assert place.erase(TEXT).counts == {}


def test_templates_keep_their_ids_through_the_next_pass_too(place: Place) -> None:
    with closing(place.open()) as store:
        before = assigned(DrainEngine(), store, "shop")
    place.erase(TEXT)
    for engine in [new() for new in ENGINES.values()]:
        with closing(place.open()) as store:
            assert assigned(engine, store, "shop") == before
            found = list(engine.catalogue("shop").values())
            store.commit(PassResult(None, templates=found, engine=engine.dirty_state()))
            assert {one.id for one in store.templates("shop")} == set(before)


def test_of_a_namespace_nothing_is_left_and_others_are_as_they_were(place: Place) -> None:
    def of_bank(store: Store) -> object:
        return (
            [one for one in store.statuses() if one.namespace == "bank"],
            [(one.window, one.templates, one.counts.tolist()) for one in store.counts("bank")],
            store.templates("bank"),
            store.anomalies("bank"),
            store.incidents("bank"),
            store.changes("bank"),
            [one for one in store.deployed() if one.namespace == "bank"],
            store.feedback("bank"),
            store.model_choices("bank"),
            [one for one in store.silences() if one.namespace == "bank"],
            store.models("bank"),
            {whose: state for whose, state in store.engine_state().by_workload.items() if whose[0] == "bank"},
        )

    with closing(place.open()) as store:
        before = of_bank(store)
    looked = place.look(Namespace("shop"))
    done = place.erase(Namespace("shop"))

    assert done.counts == looked.counts
    assert b"shop" not in place.contents()
    with closing(place.open()) as store:
        assert of_bank(store) == before
        assert [one.namespace for one in store.statuses()] == ["bank"]
        shared, own = store.alerts().items
        assert (shared.namespaces, shared.summary) == (("bank",), f"<ERASED> and bank: {NAME}")
        assert own.namespaces == ("bank",)
        assert len(shared.incidents) == 1
        waiting = store.outbox("alert:oncall", 10)
        assert len(waiting) == 2
        store.commit(PassResult(minute(11), templates=[template("new", "shop")]))
        assert [one.id for one in store.templates("shop")] == ["new"]
    assert place.erase(Namespace("nobody")).counts == {}


@pytest.mark.parametrize("pattern", ["[a-z]+", "(?i)[a-z0-9:<>._ -]+", "major|minor|new|image|logs|warning"])
def test_whatever_matches_what_is_left_can_be_read(place: Place, pattern: str) -> None:
    place.erase(Text(Eraser(pattern, regex=True)))
    with closing(place.open()) as store:
        assert len(store.anomalies().items) == len(store.incidents().items) == 2
        assert len(store.alerts().items) == 3
        assert all([store.deployed(), store.feedback(), store.silences(), store.model_choices()])
        for engine in ENGINES.values():
            assigned(engine(), store, "shop")


def test_names_that_hold_it_are_told(place: Place) -> None:
    (stays,) = place.look(Text(Eraser("bank"))).stays
    assert stays.startswith("1 name of namespaces or workloads still holds it")


def test_a_file_is_erased_from_only_while_nobody_writes_to_it_and_looked_at_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with closing(open_store(path)) as store:
        store.commit(passes()[0])
        assert file.look(path, Namespace("shop"), lambda _: False).counts
        with pytest.raises(StoreError, match="already writes to the store"):
            file.erase(path, Namespace("shop"), lambda _: False)
        assert store.templates("shop")


def test_what_was_written_over_or_pruned_earlier_is_gone_from_the_file_as_well(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with closing(open_store(path)) as store:
        store.commit(PassResult(None, templates=[template(f"t{n}", text=f"{NAME} {'x' * 90} {n}") for n in range(400)]))
        store.commit(PassResult(None, templates=[template(f"t{n}", text="nothing") for n in range(400)]))
    with closing(sqlite3.connect(path)) as other:  # as a version of SQLite that overwrites nothing would leave it
        other.execute("PRAGMA secure_delete = OFF")
        other.execute("CREATE TABLE gone AS SELECT ? AS text", (NAME,))
        other.execute("DROP TABLE gone")
        other.commit()
    assert NAME.encode() in path.read_bytes()
    file.erase(path, TEXT, lambda _: False)
    assert NAME.encode() not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


def test_who_still_reads_is_told_that_the_log_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with closing(open_store(path)) as store:
        store.commit(passes()[0])
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM template").fetchone()
        with pytest.raises(StoreError, match=r"(?s)is erased.*Stop what reads it, then erase again|then erase again"):
            file.erase(path, TEXT, lambda _: False)
        reader.execute("COMMIT")
    assert file.erase(path, TEXT, lambda _: False).counts == {}
    assert b"eeblebrox" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


def test_places_in_log_files_go_where_the_files_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    folder = "/var/log/pods/shop_web-0_11111111-2222-3333-4444-555555555555/web"
    places = {
        f"{folder}/0.log@aa": Checkpoint(1, 1),
        f"{folder}/1.log@bb": Checkpoint(1, 1),
        "logs/0": Checkpoint(1, 1),
    }
    with closing(open_store(path)) as store:
        store.commit(replace(passes()[0], checkpoints=places))
    done = file.erase(path, Namespace("shop"), lambda one: one.endswith("/1.log"))
    assert done.counts["places in files"] == 1
    assert "1 log file of it was read stays" in done.stays[0]
    with closing(open_store(path)) as store:
        assert sorted(store.checkpoints()) == [f"{folder}/1.log@bb", "logs/0"]


@pytest.mark.long  # shards hold what was deleted for half a minute
def test_a_cluster_is_erased_from_only_when_nobody_has_written_lately_nor_does_meanwhile(
    place: Place, places: Places, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    version = request.node.callspec.params["place"].partition("-")[2]
    if not version:
        pytest.skip("a file has a lock")
    prefix = places.prefix(version)
    connection = places.server(version).connection("writer")

    def erase(later: int = 0, *, stopped: bool = False) -> object:
        now = lambda: time.time_ns() // 1_000 + later  # noqa: E731
        return cluster.erase(connection, prefix, TEXT, lambda _: False, clock=now, stopped=stopped).stays

    with pytest.raises(StoreError, match=r"has written to this store.*--stopped at once"):
        erase()
    come_to = cluster._come_to

    def meanwhile(*given: object) -> object:
        with closing(place.open()) as store:
            store.commit(PassResult(minute(20)))
        return come_to(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(cluster, "_come_to", meanwhile)
    with pytest.raises(StoreError, match="has written while it was erased"):
        erase(stopped=True)
    monkeypatch.setattr(cluster, "_come_to", come_to)
    assert erase(later=cluster.ALIVE + 60_000_000) == ()
    assert b"eeblebrox" not in place.contents()
