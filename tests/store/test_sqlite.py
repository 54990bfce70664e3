"""What can happen to a file: full disks, foreign and broken files, missing permission, several processes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from detector.errors import StoreError
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_reader, open_store
from ingest.source import Checkpoint
from tests.store.shop import as_dicts, counts, minute, morning, status, template

ROOT = Path(__file__).parents[2]
Opener = Callable[[Path], object]
OPENERS = pytest.mark.parametrize("opener", [open_store, open_reader])


def python(program: str, *arguments: object, **how: object) -> subprocess.Popen[str]:
    """Another process that runs this program from the root of the project."""
    started: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **how,  # type: ignore[call-overload]
    )
    return started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "drainwatch.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    made = open_store(path)
    yield made
    made.close()


def big_pass(number: int) -> PassResult:
    """About a megabyte, and everything in it says the same number."""
    texts = [template(f"t{n}", count=number, text=f"{number} {n} " + "x" * 1000) for n in range(1000)]
    return PassResult(
        closed_until=minute(number + 1),
        counts=[counts(number, paid=number + 1)],
        templates=texts,
        checkpoints={"a.log": Checkpoint(number, number)},
        statuses=[status(last=number)],
    )


def fill(store: SqliteStore) -> None:
    """A thousand new templates a pass, for a hundred passes or until it fails."""
    for number in range(100):
        wide = [template(f"{number}/{n}", text="x" * 1000) for n in range(1000)]
        new = {f"w{number}": 1}
        store.commit(PassResult(minute(number + 1), counts=[counts(number, "shop", **new)], templates=wide))


def check_whole(store: SqliteStore) -> int:
    """That the store holds passes 0 to n and nothing of another; n."""
    closed = store.closed_until()
    if closed is None:
        assert store.templates() == []
        assert store.statuses() == []
        return -1
    last = (closed - minute(0)) // (minute(1) - minute(0)) - 1
    assert as_dicts(store.counts("shop")) == {n: {"paid": n + 1} for n in range(last + 1)}
    assert store.checkpoints() == {"a.log": Checkpoint(last, last)}
    assert [one.last_window for one in store.statuses()] == [minute(last)]
    assert {one.count for one in store.templates()} == {last}
    return last


def test_a_reader_sees_each_pass_as_soon_as_it_is_committed(store: SqliteStore, path: Path) -> None:
    reader = open_reader(path)
    for result in morning():
        store.commit(result)
        assert reader.closed_until() == result.closed_until
        assert as_dicts(reader.counts("shop")) == as_dicts(store.counts("shop"))
    reader.close()


def test_another_process_reads_while_it_is_written(store: SqliteStore, path: Path) -> None:
    program = """
        import sys
        from pathlib import Path
        from detector.store.sqlite import open_reader
        reader = open_reader(Path(sys.argv[1]))
        for line in sys.stdin:
            print(reader.closed_until(), len(reader.anomalies().items), flush=True)
        reader.close()
    """
    store.commit(morning()[0])
    with python(program, path) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for result, found in zip(morning(), (0, 5), strict=True):
            store.commit(result)
            other.stdin.write("look\n")
            other.stdin.flush()
            assert other.stdout.readline().split() == [str(result.closed_until), str(found)]
        other.stdin.close()
        assert other.wait() == 0


def test_threads_read_together_while_one_writes(store: SqliteStore) -> None:
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                # Each window is read whole or not at all, and in order.
                if list(found := as_dicts(store.counts("shop"))) != list(range(len(found))):
                    wrong.append(found)
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for at in range(200):
        store.commit(PassResult(minute(at + 1), counts=[counts(at, "shop", **{f"t{at}": 1, "paid": 2})]))
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(list(store.counts("shop"))) == 200


def test_a_second_writer_is_refused_until_the_first_is_gone(store: SqliteStore, path: Path) -> None:
    with pytest.raises(StoreError, match=rf"process {os.getpid()}\) already writes.*drainwatch\.sqlite.*Stop it"):
        open_store(path)
    store.commit(morning()[0])
    store.close()
    second = open_store(path)
    assert second.closed_until() == minute(3)
    second.close()


def test_a_writer_in_another_process_is_refused_too(store: SqliteStore, path: Path) -> None:
    program = """
        import sys
        from pathlib import Path
        from detector.errors import StoreError
        from detector.store.sqlite import open_store
        try:
            open_store(Path(sys.argv[1]))
        except StoreError as error:
            print(error)
    """
    with python(program, path) as other:
        said, _ = other.communicate()
    assert f"process {os.getpid()}" in said


def test_killed_at_any_moment_a_pass_is_there_whole_or_not_at_all(path: Path) -> None:
    program = """
        import sys
        from pathlib import Path
        from detector.store.sqlite import open_store
        from tests.store.test_sqlite import big_pass
        store = open_store(Path(sys.argv[1]))
        for number in range(int(sys.argv[2]), 100_000):
            print("begin", flush=True)
            store.commit(big_pass(number))
            print("done", flush=True)
    """
    seen = set()
    last = -1
    for attempt in range(6):
        with python(program, path, last + 1) as other:
            assert other.stdout is not None
            for _ in range(2 * (attempt % 3) + 1):
                other.stdout.readline()
            # At the beginning of a commit, and a few milliseconds into it.
            with suppress(subprocess.TimeoutExpired):
                other.wait(attempt * 0.004)
            other.kill()
        store = open_store(path)
        before, last = last, check_whole(store)
        seen.add(last)
        assert last >= before
        store.close()
    assert len(seen) > 2


def test_a_full_disk_is_named_and_the_store_stays_whole(path: Path) -> None:
    store = open_store(path, max_bytes=4_000_000)
    with pytest.raises(StoreError, match=r"drainwatch\.sqlite can't be written: the disk is full\. Make room"):
        fill(store)
    committed = len(store.templates()) // 1000
    assert 0 < committed < 10
    assert len(store.templates()) == 1000 * committed
    assert store.closed_until() == minute(committed)
    assert as_dicts(store.counts("shop")) == {number: {f"w{number}": 1} for number in range(committed)}
    store.commit(PassResult(minute(committed)))
    store.close()

    # The numbers that the failed pass gave to new templates went with it.
    roomier = open_store(path)
    roomier.commit(PassResult(minute(99), counts=[counts(98, new=1, w0=7)]))
    assert as_dicts(roomier.counts("shop"))[98] == {"w0": 7, "new": 1}
    roomier.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        (disk / "other").write_bytes(b"x" * 500_000)
        store = open_store(disk / "s.sqlite")
        with pytest.raises(
            StoreError, match=r"can't be written: (the disk is full|reading or writing the disk failed)"
        ):
            fill(store)
        last = len(store.templates()) // 1000
        assert last > 0
        assert store.closed_until() == minute(last)
        store.close()
        with pytest.raises(StoreError, match="disk"):
            open_store(disk / "s.sqlite")
        (disk / "other").unlink()
        again = open_store(disk / "s.sqlite")
        assert again.closed_until() == minute(last)
        again.commit(PassResult(minute(99)))
        again.close()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_may_not_grow_is_an_error_of_ours(path: Path) -> None:
    program = """
        import signal, sys
        from pathlib import Path
        from detector.errors import StoreError
        from detector.store.sqlite import open_store
        from tests.store.test_sqlite import big_pass, check_whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = open_store(Path(sys.argv[1]))
        try:
            for number in range(100):
                store.commit(big_pass(number))
        except StoreError as error:
            print(check_whole(store) >= 0, error)
    """
    with python(
        program, path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))
    ) as other:
        said, _ = other.communicate()
    assert said.startswith("True The store ")
    assert "can't be written" in said


@OPENERS
@pytest.mark.parametrize("content", [b"hello\n" * 100, b"\x00" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000, b"x"])
def test_a_file_that_is_no_store_is_refused_and_left_alone(path: Path, opener: Opener, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"drainwatch\.sqlite can't be opened.*(Give|Move|move)"):
        opener(path)
    assert path.read_bytes() == content


@OPENERS
def test_a_store_cut_short_is_called_damaged(path: Path, opener: Opener) -> None:
    store = open_store(path)
    store.commit(big_pass(0))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match=r"damaged.*Move it away"):
        opener(path)


def test_a_store_with_a_hole_is_called_damaged_when_it_is_met(path: Path) -> None:
    store = open_store(path)
    store.commit(big_pass(0))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:300_000] + b"\xff" * 600_000 + whole[900_000:])
    reader = open_reader(path)
    assert reader.closed_until() == minute(1)
    with pytest.raises(StoreError, match="damaged"):
        reader.templates()
    reader.close()


@OPENERS
def test_a_folder_is_refused(tmp_path: Path, opener: Opener) -> None:
    with pytest.raises(StoreError, match=r"is a folder\. Give the path of a file"):
        opener(tmp_path)


def test_reading_where_there_is_no_store_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(StoreError, match=r"no such file.*drainwatch run"):
        open_reader(path)
    assert not path.exists()


def test_the_folder_of_a_new_store_is_made(tmp_path: Path) -> None:
    open_store(tmp_path / "a" / "b" / "s.sqlite").close()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be made"):
        open_store(tmp_path / "file" / "s.sqlite")


@pytest.mark.parametrize("name", ["mit Leerzeichen.sqlite", "50%?#&.sqlite", "ünï☕.sqlite", "file:x?mode=memory"])
def test_any_name_will_do_for_a_store(tmp_path: Path, name: str) -> None:
    store = open_store(tmp_path / name)
    store.commit(morning()[0])
    reader = open_reader(tmp_path / name)
    assert reader.closed_until() == minute(3)
    reader.close()
    store.close()
    assert (tmp_path / name).is_file()


def test_without_permission_it_is_said(unprivileged: Path) -> None:
    path = unprivileged / "s.sqlite"
    open_store(path).close()
    path.chmod(0)
    for opener in (open_store, open_reader):
        with pytest.raises(StoreError, match=r"can't be opened.*[Cc]heck"):
            opener(path)
    path.chmod(0o400)
    with pytest.raises(StoreError, match=r"can't be written.*mode|can't be opened.*mode"):
        open_store(path)
    unprivileged.chmod(0)
    for opener in (open_store, open_reader):
        with pytest.raises(StoreError, match=r"s\.sqlite can't be"):
            opener(path)
    unprivileged.chmod(0o700)


def test_a_store_in_a_folder_that_cannot_be_written_can_be_read(unprivileged: Path) -> None:
    path = unprivileged / "s.sqlite"
    store = open_store(path)
    store.commit(morning()[0])
    store.close()
    unprivileged.chmod(0o500)
    reader = open_reader(path)
    assert [one.namespace for one in reader.statuses()] == ["bank", "shop"]
    reader.close()
    with pytest.raises(StoreError, match="can't be"):
        open_store(path)


def test_where_reading_of_files_stopped_is_forgotten_once_nobody_has_seen_them_for_long(store: SqliteStore) -> None:
    def read_at(window: int) -> Checkpoint:
        return Checkpoint(10, 10, "1:2:3:4", ((10, minute(window)),))

    checkpoints = {"/logs/old.log@12345678": read_at(5), "/logs/new.log@12345678": read_at(90), "topic/1": read_at(5)}
    store.commit(PassResult(minute(90), checkpoints=checkpoints))
    store.prune(minute(0), minute(50))
    assert set(store.checkpoints()) == {"/logs/new.log@12345678", "topic/1"}


@pytest.mark.parametrize("shared", [False, True])
def test_new_files_and_folders_are_their_owners_alone(tmp_path: Path, shared: bool) -> None:
    # Locks, too: SQLite lets whoever may read them keep them.
    previous = os.umask(0o002)  # whatever the system would allow others
    try:
        store = open_store(tmp_path / "made" / "here" / "new.sqlite", shared=shared)
        try:
            modes = {one.name: oct(one.stat().st_mode & 0o777) for one in tmp_path.rglob("*")}
        finally:
            store.close()
    finally:
        os.umask(previous)
    assert {"made", "here", "new.sqlite", "new.sqlite-wal", "new.sqlite-lock", "new.sqlite-shared"} <= modes.keys()
    assert set(modes.items()) == {(name, "0o700" if name in ("made", "here") else "0o600") for name in modes}


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir(0o750)
    (tmp_path / "team").chmod(0o750)
    open_store(tmp_path / "team" / "new.sqlite").close()
    assert oct((tmp_path / "team").stat().st_mode & 0o777) == "0o750"
