"""Which lines belong together."""

from __future__ import annotations

import numpy as np
import pytest

from detector.evaluate.traces import group, trace_id
from ingest.batch import LogBatch, Origin

ID = "93bead877ae15b6d9cdf1c1569881314"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"16:42:09 INFO  o.c.Order#118 TraceID: {ID} SpanID: 0097be32380fb3eb [done]", ID),
        (f"level=info msg=done trace_id={ID}", ID),
        (f'{{"level":"info","traceId":"{ID}","spanId":"1"}}', ID),
        (f'{{"trace.id": "{ID}"}}', ID),
        (f"GET / traceparent=00-{ID}-00f067aa0ba902b7-01", ID),
        ("GET / 200 X-Request-Id: 7d1c6e0a-3f1b-4b0e-9a55-0d7f6ec3a111", "7d1c6e0a-3f1b-4b0e-9a55-0d7f6ec3a111"),
        ("the trace identity was lost", ""),
        ("order 4711 accepted", ""),
    ],
)
def test_the_trace_that_a_line_names(message: str, expected: str) -> None:
    assert trace_id(message) == expected


def batch(*records: tuple[float, int, str]) -> LogBatch:
    """Second, pod and text of each."""
    origins = (Origin("shop", "cart", "cart-1"), Origin("shop", "cart", "cart-2"))
    rows = len(records)
    return LogBatch(
        origins, ("file",), np.array([round(second * 1e6) for second, _, _ in records]),
        np.array([pod for _, pod, _ in records], np.int32), np.zeros(rows, np.int32), np.arange(rows),
        ("",) * rows, ("",) * rows, tuple(text for _, _, text in records),
    )  # fmt: skip


def test_an_id_joins_lines_of_different_pods() -> None:
    lines = batch((0, 0, f"a trace_id={ID}"), (0.1, 0, "b trace_id=deadbeefdeadbeef"), (0.2, 1, f"c trace_id={ID}"))
    assert group(lines).tolist() == [0, 1, 0]


def test_the_same_id_long_after_is_another_trace() -> None:
    assert group(batch((0, 0, f"trace_id={ID}"), (30, 0, f"trace_id={ID}"), (120, 0, f"trace_id={ID}"))).tolist() == [
        0, 0, 1,
    ]  # fmt: skip


def test_lines_without_an_id_belong_together_by_pod_and_time() -> None:
    assert group(batch((0, 0, "a"), (0.5, 1, "b"), (1.0, 0, "c"), (2.5, 0, "d"))).tolist() == [0, 1, 0, 2]
