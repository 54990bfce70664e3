"""Partial lines are joined, and stack traces become one record."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.accounting import Remark, Tally
from ingest.assemble import REACH, Assembler
from ingest.records import Record
from ingest.settings import SECOND, ReadSettings
from tests.ingest.logs import beat, container_log, cri, docker, messages, read

JAVA = """\
12:00:00.001 ERROR [main] c.s.Checkout - Payment failed
java.lang.IllegalStateException: gateway timeout after 3000 ms
\tat com.shop.PaymentClient.charge(PaymentClient.java:88)
\tSuppressed: java.io.IOException: closed
\t\tat com.shop.Pool.close(Pool.java:9)
\t... 12 more
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)
\t... 31 common frames omitted"""
BARE_JAVA = """\
Exception in thread "main" java.lang.NullPointerException
    at com.example.Foo.bar(Foo.java:12)"""
PYTHON = """\
Traceback (most recent call last):
  File "/app/main.py", line 12, in <module>
    run()
    ^^^^^
ValueError: bad "input\""""
CHAINED_PYTHON = """\
ERROR:root:request failed
Traceback (most recent call last):
  File "/app/a.py", line 1, in f
    g()
KeyError: 'x'
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
  File "/app/b.py", line 2, in h
    raise Wrong from error
app.errors.Wrong: no x"""
GO = """\
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47b]
goroutine 1 [running]:
main.(*Server).handle(0xc000010000, {0x5, 0x6})
\t/app/main.go:12 +0x1d
created by main.main in goroutine 1
\t/app/main.go:9 +0x2a
exit status 2"""
GO_CRASH = """\
fatal error: all goroutines are asleep - deadlock!
goroutine 1 gp=0xc000002380 m=0 mp=0x5a0d60 [chan receive]:
main.main()
\t/app/main.go:12 +0x1d
goroutine 2 gp=0xc0000028c0 m=nil [force gc (idle)]:
runtime.gopark(0x0?, 0x0?, 0x0?, 0x0?, 0x0?)
\t/go/src/runtime/proc.go:435 +0xce"""
DOTNET = """\
Unhandled exception. System.InvalidOperationException: no stock
 ---> System.TimeoutException: slow
   at Shop.Stock.Take(Int32 n) in /src/Stock.cs:line 14
   --- End of inner exception stack trace ---
   at Shop.Program.Main()
--- End of stack trace from previous location ---
   at Shop.Again()"""
NODE = """\
/app/index.js:10
    throw new Error("no stock");
    ^
Error: no stock
    at take (/app/index.js:10:11)
    at node:internal/main:23:47 {
  code: 'ENOSTOCK'
}"""
RUBY = """\
/app/shop.rb:10:in `take': no stock (RuntimeError)
\tfrom /app/shop.rb:20:in `each'
\tfrom /app/shop.rb:30:in `<main>'"""
TRACES = {
    "java": JAVA, "bare java": BARE_JAVA, "python": PYTHON, "chained python": CHAINED_PYTHON, "go": GO,
    "go, of a crash": GO_CRASH,
    "dotnet": DOTNET, "node": NODE, "ruby": RUBY,
}  # fmt: skip


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
@pytest.mark.parametrize("frame", [cri, lambda s, t: docker(s, t + "\n"), beat], ids=["cri", "docker", "filebeat"])
def test_a_stack_trace_is_one_record(trace: str, frame: object, tmp_path: Path) -> None:
    assert callable(frame)
    texts = ["INFO before", *trace.splitlines(), "INFO after", "INFO and after"]
    found, tally = read(container_log(tmp_path, [frame(i / 100, text) for i, text in enumerate(texts)]))
    assert messages(found) == ["INFO before", trace, "INFO after", "INFO and after"]
    assert tally == Tally(read=len(texts), records=4, joined=len(trace.splitlines()) - 1)


def test_a_plain_files_stack_trace_is_one_record(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(f"2026-03-02T12:00:00Z ERROR failed\n{JAVA.partition(chr(10))[2]}\n2026-03-02T12:00:01Z INFO ok\n")
    found, _ = read(path)
    assert [row.message.count("\n") for row in found] == [8, 0]
    assert [row.time for row in found] == [0, 1]


def test_two_errors_in_a_row_are_two_records(tmp_path: Path) -> None:
    texts = ["java.io.IOException: a", "\tat x.Y.z(Y.java:1)", "java.io.IOException: b", "\tat x.Y.z(Y.java:1)"]
    found, _ = read(container_log(tmp_path, [cri(0, text) for text in texts]))
    assert messages(found) == ["\n".join(texts[:2]), "\n".join(texts[2:])]


def test_an_uncaught_traceback_does_not_swallow_the_line_before(tmp_path: Path) -> None:
    found, _ = read(container_log(tmp_path, [cri(0, text) for text in ["served /", *PYTHON.splitlines(), "served /"]]))
    assert messages(found) == ["served /", PYTHON, "served /"]


def test_streams_do_not_mix_and_records_keep_the_order_of_their_first_lines(tmp_path: Path) -> None:
    lines = [
        cri(0, "boom", "stderr"),
        cri(0.1, "one"),
        cri(0.2, "\tat a.B", "stderr"),
        cri(0.3, "two"),
        cri(0.4, "x", "stderr"),
    ]
    found, tally = read(container_log(tmp_path, lines))
    assert messages(found) == ["boom\n\tat a.B", "one", "two", "x"]
    assert tally.joined == 1


def test_partial_cri_lines_are_joined_within_their_stream(tmp_path: Path) -> None:
    lines = [
        cri(0, "ab", tag="P"),
        cri(0.1, "error", "stderr"),
        cri(0.2, "cd ", tag="P"),
        cri(0.3, "ef"),
        cri(0.4, "g"),
    ]
    found, tally = read(container_log(tmp_path, lines))
    assert messages(found) == ["abcd ef", "error", "g"]
    assert (tally.read, tally.records, tally.joined) == (5, 3, 2)
    assert not tally.remarks


def test_an_empty_last_piece_ends_a_partial_line(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [cri(0, "ab", tag="P"), cri(0, ""), cri(0, "c"), cri(0, "d")]))
    assert messages(found) == ["ab", "c", "d"]
    assert tally.joined == 1


def test_a_partial_line_without_its_end_is_handed_over_with_a_remark(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [cri(0, "whole"), cri(1, "half", tag="P")]))
    assert messages(found) == ["whole", "half"]
    assert tally.remarks == {Remark.UNFINISHED: 1}


def test_docker_pieces_are_joined(tmp_path: Path) -> None:
    found, tally = read(container_log(tmp_path, [docker(0, "x" * 16_384), docker(0, "yz\n"), docker(1, "next\n")]))
    assert messages(found) == ["x" * 16_384 + "yz", "next"]
    assert tally.joined == 1


def test_a_piece_whose_rest_is_missing_does_not_swallow_the_next_line(tmp_path: Path) -> None:
    lines = [docker(0, "12:00:00.001 INFO " + "x" * 99), docker(0.2, "12:00:00.201 INFO next\n")]
    found, tally = read(container_log(tmp_path, lines))
    assert [len(message) for message in messages(found)] == [117, 22]
    assert tally.remarks == {Remark.UNFINISHED: 1}


def test_what_comes_later_than_five_seconds_is_no_continuation(tmp_path: Path) -> None:
    found, _ = read(container_log(tmp_path, [cri(0, "head"), cri(5, "  in time"), cri(10.1, "  late")]))
    assert messages(found) == ["head\n  in time", "  late"]


def test_a_record_goes_on_for_thirty_seconds_at_most(tmp_path: Path) -> None:
    lines = [cri(0, "head"), *(cri(second, f"  {second}") for second in range(4, 61, 2))]
    found, tally = read(container_log(tmp_path, lines))
    assert [row.message.count("\n") + 1 for row in found] == [15, 15]
    assert [row.time for row in found] == [0, 32]
    assert tally.joined == 28


def test_a_stream_that_never_pauses_holds_back_the_other_for_thirty_seconds_at_most() -> None:
    assembler = Assembler(ReadSettings(), Tally())
    assembler.begin("stderr", Record(0, 0, 0, "stderr", "", "alone", 0))
    for second in range(1, 31):
        assert assembler.join("stderr", second * SECOND, f"  {second}")
    assembler.begin("stdout", Record(1, 0, 0, "stdout", "", "other", 0))
    assembler.sweep(31 * SECOND)
    assert [record.lines for record in assembler.take()] == [31, 1]


def test_a_silent_stream_holds_back_the_other_for_five_seconds_at_most() -> None:
    assembler = Assembler(ReadSettings(), Tally())
    assembler.begin("stderr", Record(0, 0, 0, "stderr", "", "alone", 0))
    for seconds in range(1, 7):
        assert not assembler.join("stdout", seconds * SECOND, f"{seconds}")
        assembler.begin("stdout", Record(seconds, 0, seconds * SECOND, "stdout", "", f"{seconds}", 0))
        taken = [record.message for record in assembler.take()]
        assert taken == (["alone", "1", "2", "3", "4", "5"] if seconds == 6 else [])


def test_a_silent_container_holds_back_a_thousand_records_at_most() -> None:
    assembler = Assembler(ReadSettings(), Tally())
    assembler.begin("silent", Record(0, 0, 0, "", "", "alone", 0))
    for number in range(REACH + 1):
        assert assembler.take() == []
        assert not assembler.join("busy", 0, f"{number}")
        assembler.begin("busy", Record(number, 0, 0, "", "", f"{number}", 0))
    assert not assembler.join("silent", 0, "\tat a.B")
    assert len(assembler.take()) == REACH + 1


def test_a_record_takes_no_more_lines_than_the_limit(tmp_path: Path) -> None:
    lines = [cri(0, "head"), *(cri(0, f"\tat {i}") for i in range(25))]
    found, tally = read(container_log(tmp_path, lines), max_record_lines=10)
    assert [row.message.count("\n") + 1 for row in found] == [10, 10, 6]
    assert tally.joined == 23


def test_a_partial_line_is_cut_at_the_limit_of_bytes(tmp_path: Path) -> None:
    lines = [cri(0, "x" * 1_000, tag="P")] * 30 + [cri(0, "end"), cri(0, "next")]
    found, tally = read(container_log(tmp_path, lines), max_line_bytes=4_096)
    assert [len(row.message) for row in found] == [4_096, 4]
    assert (tally.joined, tally.remarks) == (30, {Remark.TRUNCATED: 1})


def test_containers_in_one_file_of_filebeats_do_not_mix(tmp_path: Path) -> None:
    other = "db-0_data_pg-" + "b" * 64 + ".log"
    lines = [beat(0, "boom"), beat(0, "fine", other), beat(0.1, "\tat a.B"), beat(0.2, "\tindented", other)]
    found, _ = read(container_log(tmp_path, lines, "beat.ndjson"))
    assert messages(found) == ["boom\n\tat a.B", "fine\n\tindented"]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["stdout", "stderr"]),
        st.sampled_from(["F", "F", "F", "P"]),
        st.sampled_from(
            ["INFO x", "ERROR y", "\tat a.B", "", "ü✓", "Caused by: z", *PYTHON.splitlines(), "panic: q", "x" * 300]
        ),
        st.integers(0, 3),
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, chunk=st.integers(1, 700), terminated=st.booleans())
def test_any_chunk_size_gives_the_same_records(
    lines: list[tuple[str, str, str, int]], chunk: int, terminated: bool, tmp_path: Path
) -> None:
    now, texts = 0, []
    for stream, tag, text, pause in lines:
        now += pause
        texts.append(cri(now, text, stream, tag))
    content = "".join(texts)
    path = container_log(tmp_path, [content if terminated else content[:-1]])
    whole, counted = read(path, max_record_lines=4, max_line_bytes=1_024)
    assert read(path, chunk=chunk, max_record_lines=4, max_line_bytes=1_024) == (whole, counted)
