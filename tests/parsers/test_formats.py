"""What a record says, once its logger's head is off."""

from __future__ import annotations

import time

import pytest

from parsers.formats import Statement, read_record


def test_the_head_is_taken_off_and_the_level_and_logger_kept() -> None:
    line = "2026-11-21 07:00:18,002 INFO  [http-1] c.s.Order - Order 1 placed"
    assert read_record(line) == Statement("info", "c.s.Order", "Order 1 placed")


def test_the_level_of_the_source_goes_before_that_of_the_text() -> None:
    assert read_record("INFO ready", level="WARN").level == "warning"
    assert read_record("INFO ready", level="nonsense").level == "info"


def test_a_stack_trace_is_its_first_line_and_the_exceptions() -> None:
    trace = (
        "2026-11-21 07:00:20,001 ERROR [http-2] c.s.Pay - failed\njava.lang.IllegalStateException: no\n"
        "\tat a.B.c(B.java:1)\nCaused by: java.net.SocketTimeoutException: Read timed out\n\t... 23 more"
    )
    assert read_record(trace).text == (
        "failed ⏎ java.lang.IllegalStateException: no ⏎ Caused by: java.net.SocketTimeoutException: Read timed out"
    )


def test_of_many_causes_the_first_and_the_innermost_three_are_kept() -> None:
    trace = "ERROR: x\n" + "\n".join(f"Caused by: a.E{n}Exception: {n}" for n in range(9))
    assert read_record(trace).text.split(" ⏎ ")[1:] == [f"Caused by: a.E{n}Exception: {n}" for n in (0, 6, 7, 8)]


def test_a_python_traceback_is_named_by_its_last_line() -> None:
    trace = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'user'"
    assert read_record(trace) == Statement("error", "", "Traceback (most recent call last): ⏎ KeyError: 'user'")


def test_json_gives_its_message_and_nothing_of_the_fields_beside_it() -> None:
    line = '{"ts":"2026-11-21","level":"warn","logger":"pricing","msg":"price computed for sku-14","took_ms":133}'
    assert read_record(line) == Statement("warning", "pricing", "price computed for sku-14")


def test_json_within_json_is_read_too() -> None:
    assert read_record('{"log":"{\\"level\\":\\"error\\",\\"msg\\":\\"boom\\"}\\n"}') == Statement("error", "", "boom")


def test_nested_ecs_fields_and_the_numbers_of_pino_give_the_level() -> None:
    assert read_record('{"log":{"level":"ERROR","logger":"a.B"},"message":"x y"}') == Statement("error", "a.B", "x y")
    assert read_record('{"level":50,"msg":"x y"}').level == "error"


def test_requests_are_told_by_method_route_and_status() -> None:
    line = '10.1.3.7 - - [21/Nov/2026:07:03:03 +0000] "GET /api/v1/items/3?q=1 HTTP/1.1" 502 4113 "-" "curl/8.4.0"'
    assert read_record(line) == Statement("error", "GET␣/api/v1/items/<ID>␣502", "")


def test_colours_are_removed() -> None:
    assert read_record("\x1b[31mERROR\x1b[0m: it \x1b[1mfailed\x1b[0m") == Statement("error", "", "it failed")


def test_standard_error_alone_is_no_level() -> None:
    assert read_record("warming up the cache").level == ""


@pytest.mark.parametrize(
    "line",
    [
        "", " ", "\n", "\x00", "{", "{}", "[]", "null", '{"msg":null}', '{"msg":{}}', '{"level":NaN}', "=", '"', '="',
        '{"level":1e999,"msg":5}', "[" * 5_000, '{"a":' * 5_000, "\ud800", '{"msg":"\\ud800"}', "a=b", 'a="b', "\x1b[",
        "I1121", "<34>", "2026-11-21 07:00:00", "[2026-11-21 07:00:00]", "INFO", "INFO:", "[INFO]", "panic: ", "\n\n\n",
        "\ufeffINFO x", "GET / HTTP/1.1", '" " 200', "[GIN]", '{"method":"GET","path":"/","status":"abc"}',
        '{"method":"GET","path":"/ /","status":200}',
    ],
)  # fmt: skip
def test_nothing_that_a_line_holds_makes_it_fail(line: str) -> None:
    statement = read_record(line)
    assert isinstance(statement.text, str)
    assert isinstance(statement.logger, str)


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "a",
        ":",
        "-",
        " ",
        "[",
        '"',
        "a=",
        "a.",
        "2026-",
        "07:00:00 ",
        "INFO ",
        "\\",
        '"\\',
        "::a",
        "a/",
        "\n",
        "Error",
    ],
)
def test_long_hostile_lines_cost_little_in_every_format(unit: str) -> None:
    def cost(text: str) -> float:
        best = 1.0
        for _ in range(3):
            start = time.perf_counter()
            read_record(text)
            best = min(best, time.perf_counter() - start)
        return best

    heads = (
        "",
        "2026-11-21 07:00:18,002 ",
        "[2026-11-21 07:00:18,002] INFO ",
        '10.0.0.1 - - "GET ',
        "INFO ",
        "{",
        "a=b ",
    )
    assert max(cost(head + unit * (65_536 // len(unit))) for head in heads) < 0.06


def test_a_status_of_digits_that_are_no_number_is_a_field_like_any_other() -> None:
    assert read_record('{"method":"GET","path":"/x","status":"²²²"}').text == "method=GET path=/x status=²²²"


@pytest.mark.parametrize("line", ["a=1 " + "k=" * 30_000 + '"', "2026-11-21 07:00:18" + " " * 60_000 + "x"])
def test_long_lines_that_fit_nothing_are_let_go_of_soon(line: str) -> None:
    begin = time.process_time()
    read_record(line)
    assert time.process_time() - begin < 0.5
