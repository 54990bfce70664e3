"""Files that are followed as they grow: through rotation, truncation, deletion, new names and restarts."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ingest import watch
from ingest.accounting import DropReason
from ingest.discover import NothingToRead
from ingest.settings import SECOND, ReadSettings
from ingest.source import Checkpoint
from tests.ingest.logs import CONTAINER, NOON, Clock, Row, container_log, cri, file_source, messages, rows


class Follower:
    """A source that follows, and the clock it goes by."""

    def __init__(self, *paths: Path | str, checkpoints: Mapping[str, Checkpoint] | None = None) -> None:
        self.clock = Clock()
        self.source = file_source(paths, ReadSettings(), follow=True, clock=self.clock, checkpoints=checkpoints)

    def read(self, seconds: float = 6) -> list[Row]:
        """What comes until nothing comes any more, and after a pause in which open records end."""
        found = self.read_now()
        self.clock.now += round(seconds * SECOND)
        return found + self.read_now()

    def read_now(self) -> list[Row]:
        """What comes until nothing comes any more."""
        found: list[Row] = []
        while batch := rows(self.source.poll()):
            found += batch
            assert self.source.tally.balanced
        return found


@pytest.fixture
def follow() -> Iterator[Callable[..., Follower]]:
    followers = []

    def begin(*paths: Path | str, checkpoints: Mapping[str, Checkpoint] | None = None) -> Follower:
        followers.append(Follower(*paths, checkpoints=checkpoints))
        return followers[-1]

    yield begin
    for follower in followers:
        follower.source.close()


Follow = Callable[..., Follower]


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_appended_lines_are_read_as_they_come(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")])
    follower = follow(tmp_path)
    assert messages(follower.read()) == ["a"]
    append(path, cri(10, "b") + cri(11, "c")[:20])
    assert messages(follower.read()) == ["b"]
    append(path, cri(11, "c")[20:])
    assert messages(follower.read()) == ["c"]
    assert not follower.source.exhausted
    assert not follower.source.tally.remarks


def test_a_record_that_may_go_on_is_waited_for_and_then_handed_over(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "boom", "stderr")])
    follower = follow(tmp_path)
    assert follower.read_now() == []
    assert follower.source.tally.pending == 1
    assert follower.source.watermark == NOON
    append(path, cri(1, "\tat a.B", "stderr"))
    assert follower.read_now() == []
    follower.clock.now += 6 * SECOND
    assert messages(follower.read_now()) == ["boom\n\tat a.B"]
    assert follower.source.watermark == follower.clock.now


def test_all_is_handed_over_only_up_to_the_last_look(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")])
    follower = follow(tmp_path)
    follower.read()
    looked = follower.clock.now
    # The reader was held up (a model was trained, the laptop slept) while the writer went on.
    append(path, cri(1, "b"))
    follower.clock.now += 60 * SECOND
    assert follower.source.watermark == looked
    assert messages(follower.read()) == ["b"]
    assert follower.source.watermark == follower.clock.now


def test_whether_all_files_were_read_to_their_ends_is_told(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(n / 100, "a") for n in range(10_000)])
    follower = follow(tmp_path)
    follower.source.poll()
    assert not follower.source.at_end
    follower.read_now()
    assert follower.source.at_end
    append(path, cri(200, "b"))
    follower.source.poll()
    assert follower.source.at_end


def test_new_files_are_found(tmp_path: Path, follow: Follow) -> None:
    follower = follow(tmp_path)
    assert follower.read() == []
    container_log(tmp_path, [cri(0, "a")])
    assert messages(follower.read()) == ["a"]
    container_log(tmp_path, [], "empty.log")
    assert follower.read() == []
    append(tmp_path / "empty.log", cri(1, "b"))
    assert messages(follower.read()) == ["b"]


def test_a_file_whose_first_line_is_still_being_written_is_waited_for(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")[:12]])
    follower = follow(tmp_path)
    assert follower.read() == []
    append(path, cri(0, "a")[12:])
    assert messages(follower.read()) == ["a"]


def test_a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_beginning(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")], "0.log")
    follower = follow(tmp_path)
    assert messages(follower.read()) == ["a"]
    (before,) = follower.source.positions()
    append(path, cri(1, "b"))
    path.rename(tmp_path / "0.log.20260302-121500")
    container_log(tmp_path, [cri(3, "d")], "0.log")
    append(tmp_path / "0.log.20260302-121500", cri(2, "c"))
    assert messages(follower.read()) == ["b", "c", "d"]
    assert before in follower.source.positions()
    assert len(follower.source.positions()) == 2


def test_a_file_that_is_renamed_out_of_sight_is_read_to_its_end(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")])
    follower = follow(f"{tmp_path}/*.log")
    assert messages(follower.read()) == ["a"]
    append(path, cri(1, "b"))
    path.rename(tmp_path / "old")
    container_log(tmp_path, [cri(2, "c")])
    assert messages(follower.read()) == ["b", "c"]


def test_a_rotated_file_that_is_compressed_is_not_read_again(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a"), cri(1, "b")], "0.log")
    follower = follow(tmp_path)
    assert messages(follower.read()) == ["a", "b"]
    packed = gzip.compress(path.read_bytes())
    path.rename(tmp_path / "0.log.20260302-121500")
    container_log(tmp_path, [cri(2, "c")], "0.log")
    assert messages(follower.read()) == ["c"]
    (tmp_path / "0.log.20260302-121500.gz").write_bytes(packed)
    (tmp_path / "0.log.20260302-121500").unlink()
    for _ in range(4):
        assert follower.read() == []
    assert follower.source.tally.records == 3


def test_a_file_that_is_copied_and_truncated_loses_and_repeats_nothing(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a"), cri(1, "b")], "app.log")
    follower = follow(tmp_path)
    assert messages(follower.read()) == ["a", "b"]
    append(path, cri(2, "c"))
    shutil.copy(path, tmp_path / "app.log.1")
    os.truncate(path, 0)
    append(path, cri(3, "d"))
    found = messages(follower.read()) + messages(follower.read())
    assert sorted(found) == ["c", "d"]


def copy_and_truncate(path: Path, then: str) -> None:
    """As logrotate's copytruncate does it, while the writer holds the file open and goes on."""
    shutil.copy(path, f"{path}.1")
    os.truncate(path, 0)
    append(path, then)


@pytest.mark.parametrize("known", [False, True])
def test_a_file_that_is_copied_and_truncated_between_its_discovery_and_its_first_reading(
    tmp_path: Path, follow: Follow, known: bool
) -> None:
    path = container_log(tmp_path, [cri(0, "a"), cri(1, "b")], "app.log")
    checkpoints: Mapping[str, Checkpoint] = {}
    if known:
        first = follow(tmp_path)
        assert messages(first.read()) == ["a", "b"]
        checkpoints = first.source.positions()
    append(path, cri(2, "c"))
    follower = follow(tmp_path, checkpoints=checkpoints)
    (partition,) = follower.source.positions()
    copy_and_truncate(path, cri(3, "d") + cri(4, "e") + cri(5, "f") + cri(6, "g"))
    found = follower.read()
    assert sorted(messages(found)) == (["c"] if known else ["a", "b", "c"]) + ["d", "e", "f", "g"]
    assert follower.source.positions()[partition].resume_at == (tmp_path / "app.log.1").stat().st_size
    assert follower.source.tally.read == len(found)


@pytest.mark.parametrize("longer", [False, True])
def test_a_file_that_is_copied_and_truncated_while_it_is_being_read(
    tmp_path: Path, follow: Follow, longer: bool
) -> None:
    path = container_log(tmp_path, [cri(n / 100, f"old {n}") for n in range(10_000)], "app.log")
    follower = follow(tmp_path)
    found = rows(follower.source.poll())
    assert 0 < len(found) < 10_000
    lines = 9_000 if longer else 10
    copy_and_truncate(path, "".join(cri(200 + n / 100, f"new {n}") for n in range(lines)))
    for _ in range(20):
        mark = follower.source.watermark or 0
        batch = rows(follower.source.poll())
        assert all(NOON + row.time * SECOND >= mark for row in batch), "its window may be closed already"
        found += batch
    found += follower.read()
    assert sorted(messages(found)) == sorted([f"old {n}" for n in range(10_000)] + [f"new {n}" for n in range(lines)])
    assert follower.source.tally.read == len(found)


def test_a_truncated_file_that_has_grown_longer_again_is_seen_by_its_beginning(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")])
    follower = follow(path)
    assert messages(follower.read()) == ["a"]
    os.truncate(path, 0)
    append(path, cri(3, "b" * 200) + cri(4, "c"))
    assert messages(follower.read()) == ["b" * 200, "c"]
    assert follower.read() == []


def test_a_truncated_file_whose_writer_goes_on_at_its_old_offset(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a" * 5_000)])
    follower = follow(path)
    assert len(follower.read()) == 1
    size = path.stat().st_size
    os.truncate(path, 0)
    with path.open("r+b") as file:
        file.seek(size)
        file.write(cri(1, "b").encode())
    assert messages(follower.read()) == ["b"]


def test_a_deleted_file_is_read_to_its_end_and_let_go_of(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a")])
    follower = follow(tmp_path)
    assert messages(follower.read()) == ["a"]
    with path.open("a") as writer:
        path.unlink()
        writer.write(cri(1, "b"))
        writer.flush()
        assert messages(follower.read()) == ["b"]
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    follower.read(60)
    follower.read()
    assert len(os.listdir("/proc/self/fd")) < descriptors  # noqa: PTH208
    assert follower.source.watermark == follower.clock.now


def test_a_link_that_comes_to_lead_elsewhere_is_followed_there(tmp_path: Path, follow: Follow) -> None:
    pods = tmp_path / "pods"
    pods.mkdir()
    for number in (0, 1):
        container_log(pods, [cri(number, f"run {number}")], f"{number}.log")
    folder = tmp_path / "containers"
    folder.mkdir()
    (folder / CONTAINER).symlink_to("../pods/0.log")
    follower = follow(folder)
    assert messages(follower.read()) == ["run 0"]
    (folder / CONTAINER).unlink()
    (folder / CONTAINER).symlink_to("../pods/1.log")
    assert messages(follower.read()) == ["run 1"]


def test_lines_without_time_are_dated_by_the_clock_where_they_were_appended(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "app.log"
    path.write_text("old\n")
    follower = follow(path)
    assert follower.read() == []
    assert follower.source.tally.dropped == {DropReason.NO_TIME: 1}
    append(path, "new\n")
    now = follower.clock.now
    assert follower.read() == [Row((now - NOON) / SECOND, "", "new")]


def test_after_a_restart_reading_goes_on_where_it_stopped(tmp_path: Path, follow: Follow) -> None:
    path = container_log(tmp_path, [cri(0, "a"), cri(1, "b")])
    first = follow(tmp_path)
    assert messages(first.read()) == ["a", "b"]
    first.source.close()
    second = follow(tmp_path, checkpoints=first.source.positions() or _positions(path))
    append(path, cri(2, "c"))
    assert messages(second.read())[-1:] == ["c"]


def _positions(path: Path) -> Mapping[str, Checkpoint]:
    source = file_source([path], ReadSettings(), follow=False, clock=Clock())
    while not source.exhausted:
        source.poll()
    positions = source.positions()
    source.close()
    return positions


@pytest.mark.parametrize("restarts", [0, 1, 2, 3])
def test_rotation_while_nobody_reads_loses_and_repeats_nothing(restarts: int, tmp_path: Path, follow: Follow) -> None:
    pods = tmp_path / "pods"
    containers = tmp_path / "containers"
    pods.mkdir()
    containers.mkdir()
    live = container_log(pods, [cri(0, "0")], "0.log")
    (containers / CONTAINER).symlink_to(live)
    follower = follow(containers)
    found = messages(follower.read())
    for turn in range(1, 4):
        if restarts >= turn:
            positions = follower.source.positions()
            follower.source.close()
        append(live, cri(turn, f"{turn} old"))
        live.rename(pods / f"0.log.2026030{turn}-120000")
        container_log(pods, [cri(turn + 0.5, f"{turn} new")], "0.log")
        if restarts >= turn:
            follower = follow(containers, checkpoints=positions)
        found += messages(follower.read())
    assert found == ["0", "1 old", "1 new", "2 old", "2 new", "3 old", "3 new"]


def test_a_path_that_is_not_there_is_told_also_when_following(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="doesn't exist"):
        Follower(tmp_path / "none")


def test_many_followed_files_are_watched_with_few_descriptors(tmp_path: Path, follow: Follow) -> None:
    paths = [container_log(tmp_path, [cri(i / 10, "a")], f"{i}.log") for i in range(400)]
    follower = follow(tmp_path)
    assert len(follower.read()) == 400
    for path in paths:
        append(path, cri(60, "b"))
    assert messages(follower.read()) == ["b"] * 400
    assert len(os.listdir("/proc/self/fd")) < 320  # noqa: PTH208


def kubelet_log(folder: Path) -> tuple[Path, Path]:
    """A file below `pods`, and the folder in which a link leads to it."""
    real = folder / "pods" / "shop_web-7d9c5b6f4-x2x9p_0b8d7c1e-6a52-4f0e-9a7b-3c1d2e4f5a6b" / "web" / "0.log"
    real.parent.mkdir(parents=True)
    links = folder / "containers"
    links.mkdir()
    (links / CONTAINER).symlink_to(real)
    return real, links


def rotate(path: Path, at: str, *, compress: bool = False) -> None:
    """As the kubelet does it: renamed with the time, and some time later compressed."""
    if compress:
        path.with_name(f"{path.name}.{at}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    else:
        path.rename(f"{path}.{at}")


def test_a_file_that_is_written_and_rotated_away_between_two_looks_is_read(tmp_path: Path, follow: Follow) -> None:
    path, links = kubelet_log(tmp_path)
    path.touch()
    follower = follow(links)
    assert follower.read() == []
    append(path, cri(1, "a"))
    rotate(path, "20260302-120005")
    append(path, cri(6, "b"))
    assert messages(follower.read()) == ["a", "b"]
    assert follower.source.problems == []


def test_a_file_that_is_open_only_by_turns_is_found_again_after_rotation(tmp_path: Path, follow: Follow) -> None:
    resource = pytest.importorskip("resource")
    path, links = kubelet_log(tmp_path)
    append(path, cri(1, "a"))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, limits[1]))
    try:
        follower = follow(links)
        follower.read()
        for number in range(60):
            container_log(links, [cri(2, "other")], f"{number}.log")
        assert len(follower.read()) == 60
        append(path, cri(3, "b"))
        rotate(path, "20260302-120005")
        append(path, cri(6, "c"))
        assert messages(follower.read()) == ["b", "c"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize("compress", [False, True])
def test_what_was_rotated_out_of_sight_while_nobody_read_is_read(
    tmp_path: Path, follow: Follow, compress: bool
) -> None:
    path, links = kubelet_log(tmp_path)
    append(path, cri(0, "before reading began"))
    rotate(path, "20260302-120000")
    append(path, cri(1, "a"))
    first = follow(links)
    assert messages(first.read()) == ["a"]
    checkpoints = first.source.positions()
    append(path, cri(2, "b"))
    rotate(path, "20260302-120003", compress=compress)
    append(path, cri(4, "c"))
    rotate(path, "20260302-120005", compress=compress)
    append(path, cri(6, "d"))
    rotate(path, "20260302-120007")
    append(path, cri(8, "e"))
    assert messages(follow(links, checkpoints=checkpoints).read()) == ["b", "c", "d", "e"]


def test_what_restarted_containers_logged_while_nobody_read_is_read(tmp_path: Path, follow: Follow) -> None:
    path, links = kubelet_log(tmp_path)
    append(path.with_name("5.log"), cri(1, "before reading began"))
    path = path.with_name("7.log")
    append(path, cri(2, "a"))
    (links / CONTAINER).unlink()
    (links / CONTAINER).symlink_to(path)
    first = follow(links)
    assert messages(first.read()) == ["a"]
    append(path, cri(3, "b"))
    second, third = path.with_name("8.log"), path.with_name("9.log")
    append(second, cri(4, "c"))
    rotate(second, "20260302-120005")
    append(second, cri(6, "d"))
    append(third, cri(8, "e"))
    (links / CONTAINER).unlink()
    (links / CONTAINER).symlink_to(third)
    assert messages(follow(links, checkpoints=first.source.positions()).read()) == ["b", "c", "d", "e"]


def test_files_are_read_that_came_after_all_that_were_read_before_are_gone(tmp_path: Path, follow: Follow) -> None:
    path, links = kubelet_log(tmp_path)
    append(path, cri(1, "a"))
    first = follow(links)
    first.read()
    path.unlink()
    append(path, cri(4, "c"))
    rotate(path, "20260302-120005")
    append(path, cri(6, "d"))
    assert messages(follow(links, checkpoints=first.source.positions()).read()) == ["c", "d"]


def test_of_files_that_come_and_go_without_end_so_many_are_remembered(
    tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_ENDED", 5)
    follower, read = follow(tmp_path), 0
    for number in range(20):
        path = tmp_path / f"{number}.log"
        path.write_text(cri(number, f"hello {number}"))
        read += len(follower.read())
        path.unlink()
        for _ in range(3):
            read += len(follower.read(11))
    assert read == 20
    assert len(follower.source.positions()) <= 6
