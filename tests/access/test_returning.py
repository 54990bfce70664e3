"""Nobody is sent to another site by logging in."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.access.returning import own_path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/status",
        "/incidents/a?from=-6h&x=%2F%2F",
        "/namespaces/größe",
        "/?next=https://evil.example",
        "/a//b",
        "/" + "a" * 1_999,
    ],
)
def test_one_of_our_own_pages_is_gone_back_to(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\x00",
        "/\x85",
        "/a b",
        "/" + "a" * 2_000,
    ],
)
def test_everything_else_leads_to_the_first_page(path: str) -> None:
    assert own_path(path) == "/"


@pytest.mark.parametrize(
    "path", ["/login?next=/", "/login", "/auth/oidc/start", "/api/v1/status", "/metrics", "/static/x"]
)
def test_what_is_no_page_does_so_too(path: str) -> None:
    assert own_path(path) == "/"
    assert own_path("/loginish") == "/loginish"


@given(st.text(alphabet="/\\.:@?#%\t\n \x00aelv2F", max_size=12))
def test_whatever_is_asked_for_is_on_our_own_host(path: str) -> None:
    back = own_path(path)
    assert urlsplit(urljoin("https://drainwatch.example.org/login", back)).netloc == "drainwatch.example.org"
    assert not back.startswith(("//", "/\\"))
