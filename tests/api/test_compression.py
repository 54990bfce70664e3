"""Long answers go compressed to whoever takes that; all others as they are."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from detector.web.mount import mount_pages
from tests.store.shop import minute, template

LONG = "/api/v1/namespaces/shop/templates"


@pytest.fixture(autouse=True)
def many(api: TestClient, store: SqliteStore) -> None:
    """Templates enough for a long answer."""
    found = [replace(template(f"took order {number}"), id=f"t{number}") for number in range(40)]
    store.commit(PassResult(minute(10), templates=found))


def get(api: TestClient, path: str, encoding: str, accept: str = "*/*") -> tuple[bytes, str, str]:
    """The body as it was sent, how it is encoded, and on what that depends."""
    headers = {"Accept-Encoding": encoding, "Accept": accept}
    with api.stream("GET", path, headers=headers) as answer:
        body = b"".join(answer.iter_raw())
        assert int(answer.headers["content-length"]) == len(body)
        return body, answer.headers.get("content-encoding", ""), answer.headers.get("vary", "")


def test_a_long_answer_is_the_same_compressed_and_not(api: TestClient) -> None:
    plain, encoding, vary = get(api, LONG, "identity")
    assert (encoding, vary) == ("", "Accept-Encoding")
    packed, encoding, vary = get(api, LONG, "br, gzip;q=0.8")
    assert (encoding, vary) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3


def test_short_ones_and_refusals_are_left_as_they_are(api: TestClient) -> None:
    for path in ("/healthz", "/api/v1/nothing", "/api/v1/status?nothing=1"):
        _, encoding, _ = get(api, path, "gzip")
        assert encoding == ""


def test_figures_for_prometheus_are_the_same_compressed(api: TestClient) -> None:
    for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
        packed, encoding, _ = get(api, "/metrics", "gzip", accept=accept)
        assert encoding == "gzip"
        assert b"drainwatch_templates{" in gzip.decompress(packed)


def test_what_the_page_is_made_of_is_compressed_once(api: TestClient) -> None:
    mount_pages(api.app)  # type: ignore[arg-type]
    found = re.search(r'/static/[^"]+\.css', api.get("/").text)
    assert found
    plain, encoding, _ = get(api, found[0], "identity")
    assert encoding == ""
    packed, encoding, vary = get(api, found[0], "gzip")
    assert (encoding, vary, gzip.decompress(packed)) == ("gzip", "Accept-Encoding", plain)
