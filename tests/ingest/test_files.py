"""Files that are read once: what leads to them, in which order, with which times, and how reading resumes."""

from __future__ import annotations

import gzip
import io
import os
import threading
from pathlib import Path

import numpy as np

from ingest.accounting import Remark
from ingest.batch import LogBatch, Origin
from ingest.files import END_OF_TIME
from ingest.settings import SECOND, ReadSettings
from tests.ingest.logs import (
    CONTAINER,
    NOON,
    Clock,
    Row,
    beat,
    container_log,
    cri,
    docker,
    drain,
    file_source,
    messages,
    open_once,
    read,
    rows,
    stamp,
)

UID = "e340c693-cfeb-4bfe-9518-16367ab09445"


def test_a_batch_names_origin_partition_and_position(tmp_path: Path) -> None:
    path = container_log(tmp_path, [cri(0, "a"), cri(1, "ż", "stderr"), cri(2, "c")])
    source = open_once(path)
    batch = LogBatch.concat([source.poll(), source.poll()])
    assert batch.origins == (Origin("shop", "web", "web-7d9c5b6f4-x2x9p", "web", revision="7d9c5b6f4"),)
    assert batch.time.tolist() == [NOON, NOON + SECOND, NOON + 2 * SECOND]
    assert tuple(batch.stream) == ("stdout", "stderr", "stdout")
    first = len(cri(0, "a"))
    assert batch.position.tolist() == [0, first, 2 * first + len("ż".encode()) - 1]
    (partition,) = batch.partitions
    assert partition.startswith(f"{path}@")
    source.close()


def test_a_folder_a_glob_and_a_file_may_lead_to_the_same_file_which_is_read_once(tmp_path: Path) -> None:
    pods = tmp_path / "pods" / f"shop_web-7d9c5b6f4-x2x9p_{UID}" / "web"
    containers = tmp_path / "containers"
    pods.mkdir(parents=True)
    containers.mkdir()
    real = container_log(pods, [cri(0, "a")], "0.log")
    (containers / CONTAINER).symlink_to(real)
    found, tally = read(tmp_path, f"{containers}/*.log", real, f"{tmp_path}/**/*.log")
    assert messages(found) == ["a"]
    assert tally.read == 1


def test_a_link_of_the_kubelets_names_the_origin_of_a_file_that_is_called_otherwise(tmp_path: Path) -> None:
    real = container_log(tmp_path, [docker(0, "a\n")], "aaaa-json.log")
    middle = tmp_path / "0.log"
    middle.symlink_to(real)
    (tmp_path / CONTAINER).symlink_to(middle)
    source = open_once(tmp_path / CONTAINER)
    assert source.poll().origins[0].namespace == "shop"
    source.close()


def test_hidden_and_temporary_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.log", "0.log.20260101-120000.tmp", "x.swp"):
        container_log(tmp_path, [cri(0, "no")], name)
    container_log(tmp_path, [cri(0, "yes")])
    assert messages(read(tmp_path)[0]) == ["yes"]


def test_folders_that_link_in_a_circle_are_entered_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "back").symlink_to(tmp_path)
    container_log(tmp_path / "a", [cri(0, "once")])
    assert messages(read(tmp_path)[0]) == ["once"]


def test_gzip_is_told_by_its_content(tmp_path: Path) -> None:
    data = "".join(cri(i, f"{i}") for i in range(3)).encode()
    (tmp_path / "packed.log").write_bytes(gzip.compress(data))
    (tmp_path / "unpacked.log.gz").write_bytes(data.replace(b"stdout", b"stderr"))
    found, _ = read(tmp_path)
    assert sorted(messages(found)) == ["0", "0", "1", "1", "2", "2"]


def test_files_of_one_period_are_read_side_by_side(tmp_path: Path) -> None:
    for name in "abc":
        container_log(tmp_path, [cri(i / 2, f"{name} {i} " + "x" * 100) for i in range(7_000)], f"{name}.log")
    source = open_once(tmp_path, chunk=20_000)
    seen: dict[int, float] = {}
    while not source.exhausted:
        mark = source.watermark or 0
        batch = source.poll()
        assert batch.time.min(initial=END_OF_TIME) >= mark
        for row in np.unique(batch.origin).tolist():
            seen[row] = float(batch.time[batch.origin == row].max())
        if not source.exhausted:
            assert max(seen.values()) - min(seen.values()) < 1_200 * SECOND
    assert source.watermark == END_OF_TIME
    source.close()


def test_the_more_files_there_are_the_less_of_each_is_read_ahead_of_the_others(tmp_path: Path) -> None:
    lines = "".join(cri(i / 2, "x" * 100) for i in range(600))
    for number in range(20):
        (tmp_path / f"{number}.log").write_text(lines)
    furthest: dict[int, int] = {}
    for ahead in (300_000, 32_000_000):
        source = file_source([tmp_path], ReadSettings(), follow=False, clock=Clock(), ahead=ahead)
        waiting, furthest[ahead] = np.empty(0, np.int64), 0
        while not source.exhausted:
            waiting = np.concatenate([waiting, source.poll().time])
            waiting = waiting[waiting >= (source.watermark or 0)]
            furthest[ahead] = max(furthest[ahead], len(waiting))
        source.close()

    # The first files are begun before it is known how many there are.
    assert furthest[300_000] < furthest[32_000_000] / 1.5


def test_files_of_different_periods_are_read_one_after_the_other(tmp_path: Path) -> None:
    container_log(tmp_path, [cri(2_000 + i, "later") for i in range(500)], "a.log")
    container_log(tmp_path, [cri(i, "sooner") for i in range(500)], "b.log")
    found, _ = read(tmp_path, chunk=4_096)
    assert messages(found) == ["sooner"] * 500 + ["later"] * 500


def test_progress_counts_the_bytes_that_are_stored(tmp_path: Path) -> None:
    container_log(tmp_path, [cri(i, "x") for i in range(100)])
    (tmp_path / "y.log.gz").write_bytes(gzip.compress(b"2026-03-02T12:00:00Z y\n" * 1_000))
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    source = open_once(tmp_path)
    assert (source.progress().done, source.progress().total) == (0, total)
    drain(source)
    assert (source.progress().done, source.progress().total) == (total, total)


def test_standard_input_is_read_to_its_end() -> None:
    stdin = io.BytesIO("".join(cri(i, f"{i}") for i in range(3)).encode())
    source = file_source(["-"], ReadSettings(), follow=False, clock=Clock(), stdin=stdin)
    assert source.progress().total is None
    assert messages(drain(source)) == ["0", "1", "2"]
    assert source.positions() == {}


def test_standard_input_may_be_gzipped_plain_and_slow() -> None:
    reading, writing = os.pipe()
    packed = gzip.compress(b"".join(b"2026-03-02T12:00:0%dZ line %d\n" % (i, i) for i in range(5)))

    def write() -> None:
        with open(writing, "wb", buffering=0) as pipe:  # noqa: PTH123
            for start in range(0, len(packed), 20):
                pipe.write(packed[start : start + 20])

    writer = threading.Thread(target=write)
    writer.start()
    with open(reading, "rb", buffering=0) as stdin:  # noqa: PTH123
        found = drain(file_source(["-"], ReadSettings(), follow=False, clock=Clock(), stdin=stdin), polls=100_000)
    writer.join()
    assert [row.time for row in found] == [0, 1, 2, 3, 4]


def test_the_time_inside_a_stamped_line_is_used_where_it_is_close_to_the_stamp(tmp_path: Path) -> None:
    lines = [cri(20, f"{stamp(12)} close"), cri(20, f"{stamp(9)} far"), cri(20, "12:00:01 no date")]
    found, tally = read(container_log(tmp_path, lines))
    assert [row.time for row in found] == [12, 20, 20]
    assert tally.remarks == {Remark.WRONG_CLOCK: 1}


def test_the_whole_time_inside_a_document_that_has_only_a_time_of_reading_is_used(tmp_path: Path) -> None:
    lines = [beat(3000, f"{stamp(5)} x", stream=None), beat(3000, "x", stream=None), beat(3000, f"{stamp(5)} x")]
    found, tally = read(container_log(tmp_path, lines, "b.ndjson"))
    assert [row.time for row in found] == [5, 3000, 3000]
    assert tally.remarks == {Remark.WRONG_CLOCK: 1}


def test_a_plain_line_without_time_takes_that_of_the_line_before(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(f"{stamp(3)} a\nb, TravelDate: 2023-01-29T15:38:06Z\n{stamp(9)} c\n")
    found, _ = read(path)
    assert [row.time for row in found] == [3, 3, 9]


def test_times_without_zone_need_the_setting_and_plain_files(tmp_path: Path) -> None:
    plain = tmp_path / "app.log"
    plain.write_text("2026-03-02 13:00:07,5 INFO a\n")
    assert read(plain)[1].dropped.total() == 1
    assert [row.time for row in read(plain, timezone="Europe/Berlin")[0]] == [7.5]
    stamped = container_log(tmp_path, [cri(1, "2026-03-02 13:00:07,5 INFO a")], "c.log")
    assert [row.time for row in read(stamped, timezone="Europe/Berlin")[0]] == [1]


def test_reading_resumes_at_every_position_without_loss_or_repetition(tmp_path: Path) -> None:
    streams, tags = ["stdout", "stderr", "stderr"], "PFFFFFF"
    lines = [cri(i / 10, f"line {i}\u2713", streams[i % 3], tags[i % 7]) for i in range(120)]
    lines += [cri(13, "ERROR x"), cri(13, "\tat y"), cri(13, "z")]
    path = container_log(tmp_path, lines)
    packed = tmp_path / "p.log.gz"
    packed.write_bytes(gzip.compress(path.read_bytes().replace(b"line", b"lime")))
    for file in (path, packed):
        whole, _ = read(file)
        source = open_once(file, chunk=900)
        before: list[Row] = []
        while not source.exhausted:
            again = open_once(file, checkpoints=source.positions())
            assert before + drain(again) == whole
            before += rows(source.poll())
        assert before == whole
        assert read(file, checkpoints=source.positions())[0] == []
        source.close()


def test_a_resumed_plain_line_without_time_knows_the_line_before(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(f"{stamp(3)} a\nb\nc\n")
    source = open_once(path)
    batch = source.poll()
    (partition,) = source.positions()
    checkpoint = source.positions()[partition]
    resumed = type(checkpoint)(int(batch.position[1]), checkpoint.read_to, checkpoint.identity)
    source.close()
    assert [row.time for row in read(path, checkpoints={partition: resumed})[0]] == [3, 3]


def test_another_file_under_the_same_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = container_log(tmp_path, [cri(i, "old") for i in range(9)])
    source = open_once(path)
    drain(source)
    path.unlink()
    container_log(tmp_path, [cri(100, "new")])
    assert messages(read(path, checkpoints=source.positions())[0]) == ["new"]


def test_a_file_that_was_renamed_or_compressed_is_known_again(tmp_path: Path) -> None:
    path = container_log(tmp_path, [cri(i, f"{i}") for i in range(9)], "0.log")
    source = open_once(path)
    drain(source)
    path.rename(tmp_path / "0.log.20260302-121500")
    container_log(tmp_path, [cri(100, "new")], "0.log")
    assert messages(read(tmp_path, checkpoints=source.positions())[0]) == ["new"]
    old = tmp_path / "0.log.20260302-121500"
    (tmp_path / "0.log.20260302-121500.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    assert messages(read(tmp_path, checkpoints=source.positions())[0]) == ["new"]


def test_two_plain_files_that_begin_with_the_same_line_are_both_read(tmp_path: Path) -> None:
    for name, text in (("x.log", "one"), ("x.log.1", "two")):
        (tmp_path / name).write_text(f"=== started ===\n{stamp(1)} {text}\n")
    found, tally = read(tmp_path)
    assert sorted(message[-3:] for message in messages(found)) == ["one", "two"]
    assert tally.read == 4


def test_a_thousand_files_need_no_thousand_descriptors(tmp_path: Path) -> None:
    for i in range(1_000):
        container_log(tmp_path, [cri(i % 9 + k / 9, f"{i}") for k in range(3)], f"{i}.log")
    source = open_once(tmp_path)
    most = 0
    count = 0
    while not source.exhausted:
        count += len(source.poll())
        most = max(most, len(os.listdir("/proc/self/fd")))  # noqa: PTH208
    assert count == 3_000
    assert most < 400
