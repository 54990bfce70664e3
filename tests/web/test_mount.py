"""How the page is served: nothing inline, nothing from elsewhere, and files that browsers may keep."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from detector.web.mount import mount_pages

PAGES = (
    "/",
    "/compare",
    "/changes",
    "/silences",
    "/templates",
    "/models",
    "/status",
    "/settings",
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
    assert {address.rsplit("/", 1)[1] for address in addresses} >= {"mark.svg", "overview.js", "page.css"}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/0000000000000000/page.css").status_code == 404
    assert client.get(addresses[0].rsplit("/", 1)[0] + "/..%2Fmount.py").status_code == 404


def test_files_come_compressed_where_that_is_understood(client: TestClient) -> None:
    address = re.findall(r'"(/static/[^"]+/page\.css)"', client.get("/").text)[0]
    plain = client.get(address, headers={"accept-encoding": "identity"})
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content


def test_what_a_module_imports_is_fetched_with_it(client: TestClient) -> None:
    text = client.get("/").text
    (module,) = re.findall(r'<script type="module" src="(/static/[^"]+)"', text)
    imported = set(re.findall(r'from"\./([^"]+)"', client.get(module).text))
    assert imported
    assert imported <= {name.rsplit("/", 1)[1] for name in re.findall(r'modulepreload" href="([^"]+)"', text)}


@pytest.mark.parametrize("path", PAGES)
def test_the_navigation_says_where_one_is(client: TestClient, path: str) -> None:
    current = re.findall(r'<a href="([^"]+)" aria-current="page">', client.get(path).text)
    inside = path.startswith(("/incidents", "/anomalies", "/namespaces"))
    assert len(current) == (0 if inside else 1)
