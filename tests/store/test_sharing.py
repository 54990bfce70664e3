"""Several who write one store at once: processes with one file, threads and crashes with one cluster."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from detector.errors import ScopeError, StoreError
from detector.store.elasticsearch import open_store as open_cluster
from detector.store.port import PassResult
from detector.store.sqlite import open_reader, open_store
from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy
from tests.store.shop import as_dicts, counts, minute
from tests.store.test_scopes import step
from tests.store.test_sqlite import python

WORKER = """
    import sys
    from pathlib import Path
    from detector.store.sqlite import open_store
    from tests.store.test_scopes import step
    store = open_store(Path(sys.argv[1]), shared=True)
    part = store.scope(sys.argv[2])
    for number in range(int(sys.argv[3])):
        part.commit(step(number, sys.argv[2], sys.argv[2]))
        print(part.claim(["fought-for"])["fought-for"], flush=True)
    store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "drainwatch.sqlite"


def test_processes_write_one_file_each_its_own_scope(path: Path) -> None:
    workers = [python(WORKER, path, f"w{number}", 20) for number in range(3)]
    said = {line for worker in workers for line in worker.communicate(timeout=60)[0].split()}
    assert len(said) == 1, "one of them got what all asked for"
    with closing(open_reader(path)) as reader:
        assert reader.scopes() == ["w0", "w1", "w2"]
        assert reader.closed_until() == minute(20)
        for number in range(3):
            assert as_dicts(reader.counts(f"w{number}")) == {n: {f"w{number}-paid": n + 1} for n in range(20)}
        assert [one.namespace for one in reader.statuses()] == ["w0", "w1", "w2"]


def test_a_worker_that_is_killed_leaves_whole_passes_and_another_takes_its_scope(path: Path) -> None:
    with python(WORKER, path, "w0", 10_000) as worker:
        assert worker.stdout is not None
        for _ in range(5):
            worker.stdout.readline()
        worker.kill()
    with closing(open_store(path, shared=True)) as store, closing(store.scope("w0")) as part:
        end = part.closed_until()
        assert end is not None
        last = (end - minute(0)) // (minute(1) - minute(0)) - 1
        assert list(as_dicts(part.counts("w0"))) == list(range(last + 1))
        assert [one.resume_at for one in part.checkpoints().values()] == [last]
        part.commit(step(last + 1, "w0", "w0"))


def test_who_writes_plainly_and_who_shares_keep_each_other_away(path: Path) -> None:
    with closing(open_store(path)), pytest.raises(StoreError, match=r"process \d+\) writes to all of the store"):
        open_store(path, shared=True)
    with closing(open_store(path, shared=True)) as shared:
        with pytest.raises(StoreError, match=r"Workers that read from Kafka already write to the store.*Stop them"):
            open_store(path)
        open_store(path, shared=True).close()
        with pytest.raises(ValueError, match="scopes only"):
            shared.commit(PassResult(minute(1)))
    open_store(path).close()


def test_a_process_that_shares_a_file_lets_others_in_while_it_is_open(path: Path) -> None:
    program = WORKER.replace("range(int(sys.argv[3]))", "range(3)")
    with closing(open_store(path, shared=True)) as store, closing(store.scope("mine")) as part:
        with python(program, path, "theirs") as worker:
            worker.communicate(timeout=60)
        assert worker.returncode == 0
        part.commit(PassResult(minute(9), counts=[counts(8, "mine", a=1)]))
        assert part.claim(["theirs", "fought-for"]) == {"theirs": "theirs", "fought-for": "theirs"}
        assert store.closed_until() == minute(3)


def test_of_many_that_claim_namespaces_in_a_cluster_at_once_each_goes_to_one(elasticsearch: Server, ready: str) -> None:
    wanted = [f"ns-{number}" for number in range(200)]
    with closing(open_cluster(elasticsearch.connection("writer"), ready)) as store:
        parts = [store.scope(f"logs/{number}") for number in range(4)]
        answers: list[dict[str, str]] = []
        threads = [threading.Thread(target=lambda part=part: answers.append(part.claim(wanted))) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 4
        assert all(answer == answers[0] for answer in answers)
        assert set(answers[0]) == set(wanted)


@pytest.mark.long
def test_cut_off_at_any_request_a_pass_of_a_scope_is_carried_out_by_the_next_who_opens_it(
    elasticsearch: Server, ready: str, proxy: Proxy
) -> None:
    impatient = replace(proxy.connection("writer"), patience=0.0)
    with closing(open_cluster(elasticsearch.connection("writer"), ready)) as heirs:
        other = heirs.scope("logs/1")
        other.commit(step(0, "bank", "logs/1"))
        number, passing, seen = 0, 0, set()
        failed = True
        while failed:
            with closing(open_cluster(impatient, ready)) as store:
                part = store.scope("logs/0")
                proxy.cut(1_000, passing=passing)
                failed = False
                try:
                    part.commit(step(number))
                except StoreError:
                    failed = True
                proxy.calm_down()
                other.commit(step(passing + 1, "bank", "logs/1"))
                heir = heirs.scope("logs/0")
                there = heir.closed_until() == minute(number + 1)
                seen.add((failed, there))
                assert list(as_dicts(heir.counts("shop"))) == list(range(number + there))
                assert [one.last_window for one in heir.statuses()] == [minute(number - 1 + there)][: number + there]
                with pytest.raises(ScopeError, match="taken over"):
                    part.commit(step(number + 7))
            number, passing = number + there, passing + 1
        assert seen == {(True, False), (True, True), (False, True)}
        assert [one.namespace for one in other.statuses()] == ["bank"]
        assert heirs.closed_until() == min(minute(number), minute(passing + 1))


def test_a_cluster_shared_with_a_plain_store_keeps_their_state_apart(elasticsearch: Server, ready: str) -> None:
    connection = elasticsearch.connection("writer")
    with closing(open_cluster(connection, ready)) as plain, closing(open_cluster(connection, ready)) as workers:
        plain.commit(step(0, "shop", "a.log"))
        part = workers.scope("logs/0")
        part.commit(step(3, "bank", "logs/0"))
        plain.commit(step(1, "shop", "a.log"))
        part.commit(step(4, "bank", "logs/0"))
        assert plain.closed_until() == minute(2)
        assert part.closed_until() == minute(5)
        assert workers.scopes() == ["", "logs/0"]
