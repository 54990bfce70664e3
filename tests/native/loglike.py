"""Lines that look like logs and are none, made from pieces; and the lines of the corpus."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

GOLDEN = Path(__file__).parents[1] / "parsers" / "golden"

_HEADS = (
    "2026-11-21 07:00:18,002 INFO  [main] c.s.Order - ",
    "2026-11-21T07:00:18.002Z  WARN 1 --- [app] [  main] c.s.Order   : ",
    "07:00:18.123 INFO  s.s.SeatServiceImpl#217 ",
    "[2026-11-21 07:00:18 +0000] [1] [INFO] ",
    "2026/11/21 07:00:18 [error] 31#31: *23 ",
    "2026-11-21 07:00:18,002 [myid:1] - INFO  [main:QuorumPeer@123] - ",
    "[2026-11-21 07:00:18,002] INFO [Controller id=1] ",
    "2026-11-21 07:00:18 - shop.orders - ERROR - ",
    "2026-11-21T07:00:18Z INFO app::module: ",
    "2026/11/21 07:00:18 main.go:12: ",
    "081109 203615 148 INFO dfs.DataNode$PacketResponder: ",
    "I1121 07:00:00.000000       1 controller.go:214] ",
    "1:M 21 Nov 2026 07:00:00.123 * ",
    "<34>1 2026-11-21T07:00:00.123Z host app 12 ID47 ",
    "Nov 21 07:00:00 host sshd[12]: ",
    "INFO[0012] ",
    "info: Microsoft.Hosting.Lifetime[14]\n      ",
    "ERROR:root:",
    "INFO:     ",
    "level=info ts=2026-11-21 msg=",
    '10.0.0.1 - - [21/Nov/2026:07:00:00 +0000] "GET /api/v1/items/21?x=1 HTTP/1.1" 502 12 ',
    '[GIN] 2026/11/21 - 07:00:00 | 200 |     1.2ms |  10.0.0.1 | GET      "/x/12"',
    "\x1b[32mINFO\x1b[0m ",
    "panic: ",
    "   ",
    "",
)
_PIECES = (
    "token=abc", "password: 'x'", "Bearer abc.def123", "Authorization: ApiKey x1", "authorization: ",
    "authorization='Foo", "https://u:p@h/x/12?y#z", "http://10.0.0.1:8080/a/b1/%20",
    "a@b.example",
    "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "+49 30 1234567", "10.0.0.1:80", "[::1]:80", "fe80::1%eth0",
    "8b3ff4436055be0e161a4bd45a2c26ec", "9573b7bb9d1c60da", "623416a4-7ccd-4125-8de5-7fac19400473",
    "0xdeadbeef", "12ms",
    "1.5s", "4KB", "12.5", "-3", "+7", "1e9", "1,234,567", "v1.2.3", "v1beta1", "utf8", "UTF-8", "HTTP/1.1", "AES-256",
    "worker12", "Log4jFactory", "web-5dc8d4f9fd-46997", "00:1a:2b:3c:4d:5e", "2026-11-21 07:00:18",
    "Sun, 29 Jan 2023 08:42:09 GMT",
    "12:30", "21/Nov/2026:07:00:00", "[a, b, c]", "[trips: [Trip(id=1), Trip(id=2)]]", "(", ")", "{", "}", "[", "]",
    "<*>", "<NUM>",
    "<TIME>", '{"level":"warn","msg":"x 1"}', "a=1 b=2", "=", ":", "@", '"', "'", "\\", "⏎", " ⏎ java.lang.E: x",
    "␣", "key",
    "\nCaused by: java.io.IOException: no", "\n\tat a.b.C(D.java:1)",
    "\nTraceback (most recent call last):\n  File\nKeyError: 'x'",
    "\n", "\t", "\x00", "\x1b[0m", "\u2028", "\u00a0", "Ａ", "é", "日本語", "🚀", "\ud800", "\udfff", "²", "٣", "K",
    "ſ", "İ", "µs",
    "AKIAABCDEFGHIJKLMNOP", "eyJhbGciOiJI.eyJzdWIiOiIx.abc", "aB3" * 9, "x" * 70, "1" * 30,
    ".", ",", ";", "-", "_", "/", "%41", "Jan", "INFO",
)  # fmt: skip

lines = st.builds(
    lambda head, pieces: head + "".join(pieces),
    st.sampled_from(_HEADS),
    st.lists(
        st.one_of(
            st.sampled_from(_PIECES),
            st.just(" "),
            st.just(" "),
            st.text(alphabet="abcdefxyzABCDEF0123456789.:-_+=/", min_size=1, max_size=12),
            st.text(max_size=3),
        ),
        max_size=14,
    ),
)
"""A head of a logger, or none, and pieces of text behind it."""

_FIELDS = (
    "message msg level severity s logger caller name error exception stack log rule method path status code ts "
    "response_flags a b é event body type class priority output_fields reason involvedObject kind"
)
_KEYS = st.sampled_from(_FIELDS.split())
_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-70, 1_000),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.decimals(-1_000, 1_000, places=2, allow_nan=False).map(float),
        st.sampled_from(
            ["INFO", "warn", "", "GET", "/api/items/21?x=1", "200", "503", "UH", "-", "²²²", "oK", "a.b.C"]
        ),
        st.sampled_from(
            ["java.io.IOException: no 7", "Error: x\n\tat a.b\nCaused by: a.B: c", "12:00:01 Warning shell ran"]
        ),
        st.sampled_from(
            ['{"msg":"inner 12","level":"error"}', "{not json", "took 12ms\nthen more", "a \x01\x7f\u2028 b"]
        ),
        st.text(max_size=6),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=5,
)
json_lines = st.builds(
    lambda fields, ascii_only, indent, tail: json.dumps(fields, ensure_ascii=ascii_only, indent=indent) + tail,
    st.dictionaries(_KEYS, _VALUES, max_size=7),
    st.booleans(),
    st.sampled_from([None, None, 1]),
    st.sampled_from(["", "", "", " ", "\n", "x", "}", "\nmore", "\ud800"]),
)
"""JSON as loggers write it, and some that is none."""

logfmt_lines = st.lists(
    st.builds(
        lambda key, value, quoted: f"{key}={json.dumps(value)}" if quoted else f"{key}={value}",
        _KEYS,
        st.one_of(st.sampled_from(["info", "error", "it works 12", "x\ny", 'a "b" \\c', ""]), st.text(max_size=5)),
        st.booleans(),
    ),
    max_size=6,
).map(" ".join)


def golden() -> list[str]:
    """The lines of the corpus, each with its line breaks."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.log"))]
    return [line.replace("␊", "\n") for text in texts for line in text.splitlines()]
