"""Links lead where they should, whatever names stand in them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from detector.alerts.links import alert_page, discover, incident_api, incident_page
from tests.detector.alerts.stories import incident

KIBANA = "https://kibana.example.org/s/ops"


def state(address: str) -> dict[str, str]:
    """What Kibana reads from the fragment: `_g` and `_a`, decoded."""
    _, _, query = urlsplit(address).fragment.partition("?")
    return {name: value for name, (value,) in parse_qs(query, strict_parsing=True).items()}


def test_without_addresses_there_are_no_links() -> None:
    assert (alert_page("", "a"), incident_page("", "a"), incident_api("", "a")) == ("", "", "")
    assert discover("", "logs-*", incident()) == ""


def test_the_page_and_the_api_have_a_place_for_each() -> None:
    page = "https://drainwatch.example.org"
    assert alert_page(page, "a1") == f"{page}/alerts/a1"
    assert incident_page(page, "i1") == f"{page}/incidents/i1"
    assert incident_api(page, "../i1?") == f"{page}/api/v1/incidents/..%2Fi1%3F"


def test_discover_shows_the_namespace_around_the_time_of_the_incident() -> None:
    address = discover(KIBANA, "logs-*", incident("payments", 0, 10))
    assert address.startswith(f"{KIBANA}/app/discover#/?_g=(filters:!()")
    shown = state(address)
    assert "time:(from:'2026-11-21T11:45:00.000Z',to:'2026-11-21T12:15:00.000Z')" in shown["_g"]
    assert "query:(language:kuery,query:'kubernetes.namespace : \"payments\"')" in shown["_a"]
    assert "dataSource:(dataViewId:'logs-*',type:dataView)" in shown["_a"]


HOSTILE = ["o'neill!", 'a" or *:*', "back\\slash", "a&_a=(x)", "#<script>|>", "50%'),x:('", "naïve ☕", "'!'!!'"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_ends_the_string_that_it_stands_in(name: str) -> None:
    address = discover(KIBANA, name, incident(name))
    assert re.fullmatch(r"[A-Za-z0-9!(),:*~\-._/%#?=&]+", address), "nothing that ends a link in a message"
    shown = state(address)
    assert set(shown) == {"_g", "_a"}
    strings = re.findall(r"'((?:[^'!]|!.)*)'", shown["_a"])
    read = [re.sub(r"!(.)", r"\1", text) for text in strings]
    assert read[0] == name
    query = next(text for text in read if text.startswith("kubernetes.namespace"))
    found = re.fullmatch(r'kubernetes\.namespace : "((?:[^"\\]|\\.)*)"', query)
    assert found
    assert re.sub(r"\\(.)", r"\1", found[1]) == name
    assert unquote(address).count("_a=") >= 1
