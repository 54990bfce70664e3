"""The store in Elasticsearch: what is restored is what was backed up, as a crash at that moment would have left it."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from detector.access.acts import Deed, act, by_command
from detector.backup import clustered
from detector.backup.archive import Archive
from detector.backup.carrying import NOTHING, TakenBack
from detector.backup.inventory import compare_stores
from detector.backup.manifest import Manifest
from detector.backup.result import Restored
from detector.cli.app import execute
from detector.erasing import Namespace
from detector.errors import BackupError, DrainwatchError
from detector.store import elasticsearch as cluster_store
from detector.store.elasticsearch.erasing import erase
from detector.store.port import PassResult, Store
from tests.backup.everything import SESSION, TOKEN, fill
from tests.length import older_in_full
from tests.servers.elasticsearch import Server
from tests.servers.names import fresh_prefix, remove
from tests.service.shipped import environ
from tests.store.clusters import set_up
from tests.store.shop import anomaly, as_dicts, counts, minute, tally, template

pytestmark = pytest.mark.timeout(300)
AT = "2026-11-22T12:00:00Z"


def hear(doing: str, done: int, total: int | None) -> None:
    """Nothing."""


class Cluster:
    """The stores of a test, each under a prefix of its own."""

    def __init__(self, server: Server) -> None:
        self.server, self.connection, self._prefixes = server, server.connection("writer"), list[str]()

    def prefix(self) -> str:
        made = fresh_prefix()
        self._prefixes.append(made)
        set_up(self.server.client, made)
        return made

    def open(self, prefix: str) -> Store:
        return cluster_store.open_store(self.connection, prefix)

    def back_up(self, prefix: str, file: Path) -> Path:
        with file.open("wb") as stream, clustered.opened(self.connection, prefix) as place:
            clustered.back_up(place, stream, lambda schema: Manifest("elasticsearch", schema, "0.1.0", AT), hear)
        return file

    def restore(self, file: Path, prefix: str, before: TakenBack = NOTHING) -> Restored:
        with Archive(file) as archive, clustered.opened(self.connection, prefix) as place:
            clustered.look_over(archive, prefix, hear)
            return clustered.restore(archive, place, time.time_ns() // 1_000, hear, before=before)

    def differing(self, one: str, other: str) -> list[str]:
        with (
            closing(cluster_store.open_reader(self.connection, one)) as left,
            closing(cluster_store.open_reader(self.connection, other)) as right,
        ):
            return [it.name for it in compare_stores(left, right) if not it.equal]

    def close(self) -> None:
        for prefix in self._prefixes:
            remove(self.server.client, prefix)


@pytest.fixture
def cluster(elasticsearch: Server) -> Iterator[Cluster]:
    """Stores in each of the servers, with the rights that the service has."""
    made = Cluster(elasticsearch)
    yield made
    made.close()


def test_a_store_with_one_of_everything_comes_back_whole_and_goes_on(cluster: Cluster, tmp_path: Path) -> None:
    one, other = cluster.prefix(), cluster.prefix()
    with closing(cluster.open(one)) as store:
        fill(store)
    file = cluster.back_up(one, tmp_path / "b.zip")
    made = cluster.restore(file, other)
    assert all(it.equal for it in made.compared)
    assert cluster.differing(one, other) == []
    with closing(cluster.open(one)) as before, closing(cluster.open(other)) as after:
        assert (before.session(SESSION.id), after.session(SESSION.id)) == (SESSION, None), "nobody is logged in by it"
    with zipfile.ZipFile(file) as archive:
        said = json.loads(archive.read("manifest.json"))
        lines = archive.read("documents/feedback.ndjson").splitlines()
    assert said["prefix"] == one
    assert {"_id", "_source"} == set(json.loads(lines[0]))
    for prefix in (one, other):
        with closing(cluster.open(prefix)) as store:
            more = PassResult(
                minute(300),
                counts=[counts(250, paid=3)],
                additions=[counts(190, odd=1), counts(3, refused=1)],
                templates=[template("odd", count=260)],
                retracted=[one.id for one in store.anomalies("bank").items],
                tally=tally(99),
            )
            store.commit(more)
            assert store.lost_total == 0
    assert cluster.differing(one, other) == []


def test_another_store_whose_prefix_begins_like_ours_is_left_out(cluster: Cluster, tmp_path: Path) -> None:
    one = cluster.prefix()
    longer = f"{one}-test"
    cluster._prefixes.append(longer)
    set_up(cluster.server.client, longer)
    with closing(cluster.open(longer)) as store:
        fill(store)
    file = cluster.back_up(one, tmp_path / "b.zip")
    with Archive(file) as archive:
        assert sum(it.rows for it in archive.manifest.tables) == 0
        assert all("test" not in it.name for it in archive.manifest.tables)


@pytest.mark.long
@older_in_full
def test_a_store_of_more_indices_than_an_address_may_name_comes_back_and_is_erased_from(
    cluster: Cluster, tmp_path: Path
) -> None:
    one, other = (f"{cluster.prefix()}-{'x' * 80}" for _ in range(2))  # or of short names and half a year
    for prefix in (one, other):
        cluster._prefixes.append(prefix)
        set_up(cluster.server.client, prefix)
    days = [minute(1_440 * day) for day in range(40)]
    with closing(cluster.open(one)) as store:
        store.commit(PassResult(None, anomalies=[replace(anomaly(0), id=f"a{day}", window=day) for day in days]))
    made = cluster.restore(cluster.back_up(one, tmp_path / "b.zip"), other)
    assert sum(it.name.startswith("anomalies-") for it in made.compared) == len(days)
    assert cluster.differing(one, other) == []
    now = lambda: time.time_ns() // 1_000  # noqa: E731
    gone = erase(cluster.connection, other, Namespace("shop"), lambda _: False, clock=now, stopped=True, patience=0)
    assert gone.counts["anomalies"] == len(days)


@pytest.mark.long
@older_in_full
def test_it_is_of_one_moment_while_passes_are_written(cluster: Cluster, tmp_path: Path) -> None:
    """Late lines are added to what is stored: a pass that was half in the copy would count them twice, or not."""
    one, stop = cluster.prefix(), Event()
    with closing(cluster.open(one)) as store:
        store.commit(PassResult(minute(1), counts=[counts(0, paid=1)], templates=[template("paid")], tally=tally(4)))

        def write() -> None:
            at = 1
            while not stop.is_set():
                at += 1
                store.commit(PassResult(minute(at), additions=[counts(0, paid=1)], tally=tally(3 + at)))

        writer = Thread(target=write)
        writer.start()
        try:
            files = [cluster.back_up(one, tmp_path / f"{number}.zip") for number in range(3)]
        finally:
            stop.set()
            writer.join()
    for file in files:
        with Archive(file) as archive:
            waiting = any(
                clustered._is_head(kept, waiting=True)
                for part in archive.manifest.parts
                if part.name == "documents/state.ndjson"
                for _, kept in clustered._lines(archive, part)
            )
        other = one if waiting else cluster.prefix()
        if waiting:
            with clustered.opened(cluster.connection, one) as place:
                clustered.empty(place, hear)
        cluster.restore(file, other)
        with closing(cluster.open(other)) as store:
            closed = store.closed_until()
            assert closed is not None
            passes = (closed - minute(0)) // 60_000_000
            assert as_dicts(store.counts("shop")) == {0: {"paid": passes}}
            assert store.tally().read == 3 + passes


def test_a_pass_that_was_only_journaled_is_carried_out_after_the_restore(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = cluster.prefix()
    with closing(cluster.open(one)) as store:
        store.commit(PassResult(minute(1), counts=[counts(0, paid=1)], templates=[template("paid")]))
        with monkeypatch.context() as broken:
            broken.setattr(cluster_store.ElasticsearchStore, "_carry_out", stopped)
            with pytest.raises(KeyboardInterrupt):
                store.commit(PassResult(minute(2), counts=[counts(1, paid=2)], additions=[counts(0, paid=10)]))
    file = cluster.back_up(one, tmp_path / "b.zip")
    with pytest.raises(BackupError, match="in the middle of a pass"):
        cluster.restore(file, cluster.prefix())
    with clustered.opened(cluster.connection, one) as place:
        clustered.empty(place, hear)
        assert not clustered.holds_something(place)
    cluster.restore(file, one)
    with closing(cluster.open(one)) as store:
        assert as_dicts(store.counts("shop")) == {0: {"paid": 11}, 1: {"paid": 2}}
        assert store.closed_until() == minute(2)


def stopped(*_: object) -> None:
    """As if the machine went away."""
    raise KeyboardInterrupt


def test_a_writer_of_before_is_refused_after_the_restore(cluster: Cluster, tmp_path: Path) -> None:
    one = cluster.prefix()
    with closing(cluster.open(one)) as store:
        store.commit(PassResult(minute(1), counts=[counts(0, paid=1)], templates=[template("paid")]))
        file = cluster.back_up(one, tmp_path / "b.zip")
        with clustered.opened(cluster.connection, one) as place:
            clustered.empty(place, hear)
        cluster.restore(file, one)
        with pytest.raises(DrainwatchError):
            store.commit(PassResult(minute(2), counts=[counts(1, paid=2)]))
        assert store.closed_until() == minute(1)


def test_what_was_taken_back_since_is_written_so(cluster: Cluster, tmp_path: Path) -> None:
    one, other = cluster.prefix(), cluster.prefix()
    with closing(cluster.open(one)) as store:
        fill(store)
    revoked = replace(TOKEN, revoked=TOKEN.created + 5)
    erased = act(by_command("ada"), Deed.ERASED, "namespace bank", TOKEN.created + 6)
    before = TakenBack((revoked, replace(revoked, id="t9")), (erased,))
    made = cluster.restore(cluster.back_up(one, tmp_path / "b.zip"), other, before)
    assert made.since == TakenBack((revoked,), (erased,))
    assert all(it.equal for it in made.compared)
    with closing(cluster.open(other)) as store:
        assert store.tokens() == [revoked]


def test_the_commands_keep_what_was_there_and_what_was_revoked(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    one = cluster.prefix()
    for name, value in environ(cluster.server, one).items():
        monkeypatch.setenv(name, value)
    with closing(cluster.open(one)) as store:
        fill(store)
    file = tmp_path / "b.zip"
    assert execute(["backup", str(file), "--store", "elasticsearch"]) == 0
    with closing(cluster.open(one)) as store:
        store.commit(PassResult(minute(300), counts=[counts(299, paid=3)]))
        store.say(replace(TOKEN, revoked=TOKEN.created + 5))
    assert execute(["restore", str(file), "--store", "elasticsearch"]) == 1
    assert "There is something in the store" in capfd.readouterr().err
    assert execute(["restore", str(file), "--store", "elasticsearch", "--replace"]) == 0
    assert "was revoked since, and stays so" in capfd.readouterr().out
    (kept,) = tmp_path.glob(f"{one}.before-*.zip")
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(cluster.open(one)) as store:
        assert store.closed_until() == minute(200)
        assert [token.revoked for token in store.tokens()] == [TOKEN.created + 5]
        assert [act.what for act in store.acts().items] == ["restored", "token-made"]
    assert execute(["backup", "--verify", str(kept), "--store", "elasticsearch"]) == 0
    assert "What differs: " in capfd.readouterr().out
