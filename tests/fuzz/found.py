"""Inputs that once broke a promise, by target; each is mended and stays so."""

from __future__ import annotations

FOUND: dict[str, tuple[bytes, ...]] = {
    # Of damaged data all was lost that came out of the same piece as the damage.
    "gzip": (
        b"\x07\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xf3\xf4{\xf3WH\xe4\xf2\x04QI\x10\x8a\x0c\x1e\x00\x96$\xff\xf8",
        # Nor did the last bytes come of data that is cut short, where there was no room for them before.
        b"\x07\x1f\x8b\x08\0\0\0\0\0\x02\x03\xf3\xf4s\xf30"
        + b"\xf1" * 34
        + b"\x10\x8a\x0c\x1e\0\x96\x1e\0\x96\xf1\xf1\xf1\xf1F\x02\0\0",
        # Nobody but Python's gzip reads on after flags that mean nothing yet: what is promised had to be put otherwise.
        b"\x07\x1f\x8b\x08!\0\0\0\0\x02\x03\xf3\xf4s\xf3WH\xe4\xf2\x04QI\x10\x8a\x0c\x1e\0\x96$\xff\xf8F\0\0\0",
    ),
    # A time far away warned that it was no whole number.
    "prometheus": (
        b'{"status":"success","data":{"result":[{"metric":{"namespace":"n"},"values":[[1e300,"1"]]}]}}',
        b'{"status":"success","data":{"result":[{"metric":{"namespace":"n"},"values":[[1e308,"1"]]}]}}',
    ),
    # Python warns of such sets; whoever read the page never saw it.
    "mask": (b"[a--b]\0a", b"[[a]]\0a"),
    # Bytes that are no text, and JSON too deep, were no refusal but a bug's traceback.
    "stored-documents": (
        # Nor was a count beyond what is counted with.
        b'{"hits":{"hits":[{"_index":"i","_id":"a","_source":{"@timestamp":"2026-03-02T12:00:00Z","kubernetes":'
        b'{"namespace":"n"},"drainwatch":{"lines":3,"templates":1},"template":{"id":["a"],"count":[66666666666666666666]}}'
        b"}]}}",
        b'{"hits":{"hits":[{"_index":"i\x8a","_id":"a","_source":{}}]}}',
        b'{"hits":{"hits":[{"x":' + b"[" * 3_000 + b"]" * 3_000 + b"}]}}",
    ),
    # The environment is bytes, and they needn't be text.
    "variable": (b"\x02\x02\0\0\x07\xcf\xd4\xd15", b"\x01\0\xcf"),
    "entries": (b'{"x":' + b"[" * 3_000 + b"]" * 3_000 + b"}",),
}
