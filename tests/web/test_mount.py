"""How the page is served: nothing inline, nothing from elsewhere, and files that browsers may keep."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from detector.web.assets import plotly_path
from detector.web.mount import mount_pages

PAGES = (
    "/",
    "/incidents/0123",
    "/anomalies/0123",
    "/namespaces/payments",
    "/namespaces/a%2Fb",
    "/alerts",
    "/alerts/0123",
)


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    mount_pages(app)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_only_its_own_files_and_holds_nothing_inline(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script[^>]*>[^<]", answer.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


def test_files_are_kept_for_ever_under_an_address_that_changes_with_them(client: TestClient) -> None:
    addresses = re.findall(r'"(/static/[^"]+)"', client.get("/").text)
    assert {address.rsplit("/", 1)[1] for address in addresses} >= {"plotly.js", "overview.js", "page.css"}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/0000000000000000/page.css").status_code == 404
    assert client.get(addresses[0].rsplit("/", 1)[0] + "/..%2Fmount.py").status_code == 404


def test_plotly_is_the_installed_one_and_comes_compressed(client: TestClient) -> None:
    address = re.findall(r'"(/static/[^"]+/plotly\.js)"', client.get("/").text)[0]
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert plain.content == plotly_path().read_bytes()
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content == gzip.decompress(gzip.compress(plain.content, 1))
