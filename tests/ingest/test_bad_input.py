"""Bad input, each kind by its name: nothing is lost unseen, and what can't be read is told with advice."""

from __future__ import annotations

import gzip
import io
import socket
import tracemalloc
from pathlib import Path

import pytest

from ingest.accounting import DropReason, Remark, Tally
from ingest.discover import NothingToRead
from ingest.settings import DAY, ReadSettings
from tests.ingest.logs import (
    NOON,
    Clock,
    beat,
    container_log,
    cri,
    docker,
    drain,
    file_source,
    messages,
    open_once,
    read,
)


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, []))
    assert (found, tally) == ([], Tally())


def test_empty_lines_are_dropped_as_such(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [cri(0, ""), cri(0, "  \t "), "\n", cri(0, "text")]))
    assert messages(found) == ["text"]
    assert tally.dropped == {DropReason.EMPTY: 3}


def test_a_torn_first_line_and_foreign_ones_are_malformed(tmp_path: Path) -> None:
    lines = ["3.5Z stdout F torn\n", cri(0, "a"), "Killed\n", cri(1, "b")]
    found, tally = read(container_log(tmp_path, lines))
    assert messages(found) == ["a", "b"]
    assert tally.dropped == {DropReason.MALFORMED: 2}


def test_half_written_json_is_malformed(tmp_path: Path) -> None:
    for name, line in (("d.log", docker(0, "a\n")), ("b.ndjson", beat(0, "a"))):
        found, tally = read(container_log(tmp_path, [line, line[: len(line) // 2] + "\n", line], name))
        assert messages(found) == ["a", "a"]
        assert tally.dropped == {DropReason.MALFORMED: 1}


def test_a_last_line_without_newline_is_counted_with_a_remark(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [cri(0, "a"), cri(1, "b").rstrip("\n")]))
    assert messages(found) == ["a", "b"]
    assert tally.remarks == {Remark.UNFINISHED: 1}


def test_a_last_line_torn_within_its_frame_is_malformed(tmp_path: Path) -> None:
    _, tally = read(container_log(tmp_path, [docker(0, "a\n"), docker(1, "b\n")[:30]]))
    assert tally == Tally(read=2, records=1, dropped=tally.dropped)
    assert tally.dropped == {DropReason.MALFORMED: 1}


def test_undecodable_bytes_are_replaced(tmp_path: Path) -> None:
    path = container_log(tmp_path, [])
    path.write_bytes(cri(0, "before").encode() + b"2026-03-02T12:00:01Z stdout F caf\xe9 \xff\n" + cri(2, "é").encode())
    found, tally = read(path)
    assert messages(found) == ["before", "caf\ufffd \ufffd", "é"]
    assert tally.remarks == {Remark.UNDECODABLE: 1}


def test_undecodable_bytes_in_a_document_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "b.ndjson"
    path.write_bytes(beat(0, "caf@").encode().replace(b"@", b"\xe9", 2).replace(b'"\xe9', b'"@'))
    found, tally = read(path)
    assert messages(found) == ["caf\ufffd"]
    assert tally.remarks == {Remark.UNDECODABLE: 1}


def test_nul_bytes_within_a_line_are_replaced(tmp_path: Path) -> None:
    for line in (cri(0, "a\0b"), docker(0, "a\0b\n"), beat(0, "a\0b")):
        found, tally = read(container_log(tmp_path, [line, line], "x.log"))
        assert messages(found) == ["a\ufffdb", "a\ufffdb"]
        assert tally.remarks == {Remark.UNDECODABLE: 2}


def test_a_hole_of_nul_bytes_is_passed_over(tmp_path: Path) -> None:
    path = container_log(tmp_path, ["\0" * 300_000 + cri(0, "a"), cri(1, "b")])
    found, tally = read(path, max_line_bytes=1_024, chunk=10_000)
    assert messages(found) == ["a", "b"]
    assert tally.records == tally.read


def test_a_line_of_control_characters_is_binary(tmp_path: Path) -> None:
    lines = [cri(0, "a"), cri(0, "\x01\x02\x03\x04x"), cri(0, "\x1b[31mred\x1b[0m")]
    found, tally = read(container_log(tmp_path, lines))
    assert messages(found) == ["a", "\x1b[31mred\x1b[0m"]
    assert tally.dropped == {DropReason.BINARY: 1}


def test_a_binary_file_is_left_out_and_told(tmp_path: Path) -> None:
    container_log(tmp_path, [cri(0, "a")])
    (tmp_path / "core").write_bytes(b"\x7fELF\x02\x01" + bytes(range(32)) * 100)
    (tmp_path / "old.log.zst").write_bytes(b"\x28\xb5\x2f\xfd" + b"x" * 50)
    source = open_once(tmp_path)
    assert messages(drain(source)) == ["a"]
    assert [problem.message for problem in source.problems] == [
        "is binary, not a log file. Leave it out.",
        "is compressed with zstd. Unpack it, or compress it with gzip.",
    ]


def test_a_line_of_ten_megabytes_is_cut_and_memory_stays_flat(tmp_path: Path) -> None:
    path = container_log(tmp_path, [])
    with path.open("w") as file:
        file.write(cri(0, "a"))
        file.write(cri(1, "x" * 10_000_000))
        file.write(cri(2, "b"))
    tracemalloc.start()
    found, tally = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(message) for message in messages(found)] == [1, 65_536, 1]
    assert tally.remarks == {Remark.TRUNCATED: 1}
    assert peak < 4_000_000


def test_a_document_of_ten_megabytes_is_cut(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [beat(0, "a"), beat(1, "x" * 10_000_000), beat(2, "b")], "b.ndjson"))
    assert [len(message) for message in messages(found)] == [1, 65_536, 1]
    assert tally.remarks == {Remark.TRUNCATED: 1}


@pytest.mark.parametrize("start", ["", "x"])
def test_a_long_last_line_is_cut_between_characters(start: str, tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [cri(0, start + "ż" * 5_000)[:-1]]), chunk=500, max_line_bytes=1_024)
    assert set(found[0].message) == {*start, "ż"}
    assert tally.remarks == {Remark.TRUNCATED: 1, Remark.UNFINISHED: 1}


def test_carriage_returns_and_a_byte_order_mark_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "win.log"
    path.write_bytes("\ufeff2026-03-02T12:00:00Z one\r\n2026-03-02T12:00:01Z two\r\n".encode())
    found, tally = read(path)
    assert messages(found) == ["2026-03-02T12:00:00Z one", "2026-03-02T12:00:01Z two"]
    assert not tally.remarks


def test_lines_that_tell_no_time_are_dropped_with_their_stack_traces(tmp_path: Path) -> None:
    path = tmp_path / "untimed.log"
    path.write_text("boom\n\tat a.B\nagain\n")
    found, tally = read(path)
    assert found == []
    assert tally.dropped == {DropReason.NO_TIME: 3}


def test_times_in_1970_and_in_the_far_future_are_implausible(tmp_path: Path) -> None:
    lines = ["1970-01-01T00:00:07Z stdout F a\n", "1970-01-01T00:00:07Z stdout F \tat b\n", cri(0, "now")]
    lines += ["2026-03-03T12:59:00Z stdout F within a day\n", "2026-03-03T13:01:00Z stdout F beyond\n"]
    found, tally = read(container_log(tmp_path, lines))
    assert messages(found) == ["now", "within a day"]
    assert tally.dropped == {DropReason.IMPLAUSIBLE_TIME: 3}


def test_times_that_jump_back_are_kept_as_they_are(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [cri(100, "a"), cri(5, "b"), cri(101, "c")]))
    assert [row.time for row in found] == [100, 5, 101]
    assert tally.records == 3


def test_a_truncated_gzip_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = gzip.compress("".join(cri(i / 10, f"line {i} {i * 7919}") for i in range(5_000)).encode())
    path = tmp_path / "x.log.gz"
    path.write_bytes(data[: len(data) // 2])
    source = open_once(path)
    found = drain(source)
    assert 1_000 < len(found) < 5_000
    assert source.tally.balanced
    assert "ends early" in source.problems[0].message


def test_a_damaged_gzip_file_is_read_up_to_the_damage(tmp_path: Path) -> None:
    data = bytearray(gzip.compress("".join(cri(i / 10, f"line {i} {i * 7919}") for i in range(5_000)).encode()))
    data[len(data) // 2 :] = b"\xff" * 200
    path = tmp_path / "x.log.gz"
    path.write_bytes(data)
    source = open_once(path)
    assert 1_000 < len(drain(source)) < 5_000
    assert "damaged" in source.problems[0].message


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x.log.gz"
    path.write_bytes(b"".join(gzip.compress(cri(i, f"{i}").encode()) for i in range(3)))
    assert messages(read(path)[0]) == ["0", "1", "2"]


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match=r"none\.log doesn't exist\. Check the path\."):
        open_once(tmp_path / "none.log")


def test_a_glob_without_a_match_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="matches no file"):
        open_once(f"{tmp_path}/*.log")


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="has no files in it"):
        open_once(tmp_path)


def test_a_dangling_link_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    container_log(tmp_path, [cri(0, "a")])
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")
    source = open_once(tmp_path)
    assert messages(drain(source)) == ["a"]
    assert "a link to a file that isn't there" in source.problems[0].message


def test_a_socket_that_is_named_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        with pytest.raises(NothingToRead, match="neither a file nor a folder"):
            open_once(path)


def test_a_folder_without_permission_is_told(unprivileged: Path) -> None:
    closed = unprivileged / "closed"
    closed.mkdir()
    container_log(closed, [cri(0, "a")])
    unreadable = container_log(unprivileged, [cri(0, "a")])
    unreadable.chmod(0)
    closed.chmod(0)
    with pytest.raises(NothingToRead) as raised:
        open_once(closed, unreadable)
    assert str(raised.value).count("may not be read by this user") == 2


def test_a_time_zone_that_is_unknown_is_told(tmp_path: Path) -> None:
    for name in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(ValueError, match="is no time zone"):
            open_once(container_log(tmp_path, [cri(0, "a")]), timezone=name)


def test_hostile_documents_are_all_accounted_for(tmp_path: Path) -> None:
    lines = [
        beat(0, "kept", kubernetes="bad"),
        '{"@timestamp":17,"message":"no time"}\n',
        '{"@timestamp":"2026-03-02T12:00:00Z","message":{"a":1},"agent":[],"log":7}\n',
        '{"message":null,"@timestamp":null}\n',
        "[]\n",
        "null\n",
        '{"@timestamp":"1969-12-31T23:59:59Z","message":"old","stream":"stdout"}\n',
    ]
    found, tally = read(container_log(tmp_path, [beat(0, "first"), *lines, beat(1, "last")], "b.ndjson"))
    assert messages(found) == ["first", "kept", '{"a":1}', "last"]
    assert tally.dropped == {
        DropReason.NO_TIME: 1,
        DropReason.EMPTY: 1,
        DropReason.MALFORMED: 2,
        DropReason.IMPLAUSIBLE_TIME: 1,
    }


def test_random_bytes_never_break_the_reading() -> None:
    pattern = b'\x00\xff{"log":"\n2026-03-02T12:00:00Z stdout F \x1f\x8b\r\n\xc3\x28'
    for seed in range(40):
        stdin = io.BytesIO(((b"%d" % seed + pattern) * (seed + 1))[seed:])
        settings = ReadSettings(max_line_bytes=1_024)
        try:
            source = file_source(["-"], settings, follow=False, clock=Clock(), stdin=stdin)
        except NothingToRead:
            continue
        drain(source)


def test_the_clock_is_asked_and_never_looked_up(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = NOON - 2 * DAY
    source = file_source([container_log(tmp_path, [cri(0, "a")])], ReadSettings(), follow=False, clock=clock)
    assert drain(source) == []
    assert source.tally.dropped == {DropReason.IMPLAUSIBLE_TIME: 1}


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08junk", b"\x1f\x8bXno gzip at all", gzip.compress(b"a\n" * 9, mtime=0)[:12]]
)
def test_a_compressed_file_that_ends_or_breaks_at_its_beginning_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.log.gz").write_bytes(data)
    container_log(tmp_path, [cri(0, "a")])
    source = open_once(tmp_path)
    assert messages(drain(source)) == ["a"]
    (problem,) = source.problems
    assert problem.path.endswith("a.log.gz")
    assert "Fetch the file again" in problem.message


def test_few_file_descriptors_are_enough_for_many_files(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    for number in range(300):
        container_log(tmp_path, [cri(number, "a"), cri(number + 1, "b")], f"{number}.log")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        source = open_once(tmp_path)
        assert len(drain(source)) == 600
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert source.problems == []
