"""What a proxy says of who asks is believed where somebody said that there is one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from detector.api.app import create_app
from detector.api.limits.install import Limits, limits_of
from detector.listening import listening, tell
from detector.serving.clients import networks
from detector.serving.forwarded import Forwarded, believed
from detector.settings import ServiceSettings
from detector.settings.load import load_settings
from detector.store.sqlite import open_store
from tests.store.shop import morning

HERE = ("127.0.0.1", "::1")
SAID = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
FEEDBACK = "/api/v1/feedback"


async def telling(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    await JSONResponse([request.client.host if request.client else "", request.url.scheme])(scope, receive, send)


def asked(service: ServiceSettings, peer: str, times: int = 1) -> tuple[list[str], list[str]]:
    """For whom a request counts that came by a proxy, and what was logged."""
    app = Forwarded(telling, networks(believed(service)), behind_proxy=service.behind_proxy)
    with structlog.testing.capture_logs() as logged:
        for _ in range(times):
            found = TestClient(app, client=(peer, 5)).get("/", headers=SAID).json()
    return found, [one["advice"] for one in logged]


@pytest.mark.parametrize("peer", HERE)
def test_on_this_machine_a_proxy_is_believed_only_where_one_is_said_to_be(peer: str) -> None:
    assert believed(ServiceSettings()) == ()
    found, (advice,) = asked(ServiceSettings(), peer, times=3)  # told once
    assert found == [peer, "http"]
    assert "--behind-proxy" in advice
    assert asked(ServiceSettings(behind_proxy=True), peer, times=3) == (["198.51.100.7", "https"], [])


def test_elsewhere_it_is_believed_by_its_address() -> None:
    named = ServiceSettings(trusted_proxies=("192.0.2.0/24", *HERE))
    assert asked(named, "192.0.2.1") == (["198.51.100.7", "https"], [])
    assert asked(named, "127.0.0.1")[0] == ["127.0.0.1", "http"]
    for behind_proxy in (True, False):
        found, (advice,) = asked(ServiceSettings(behind_proxy=behind_proxy), "192.0.2.1")
        assert found == ["192.0.2.1", "http"]
        assert "service.trusted_proxies" in advice


def test_what_a_proxy_on_this_machine_hands_on_has_a_rate_believed_or_not(tmp_path: Path) -> None:
    limits = limits_of(ServiceSettings(requests_per_minute=1), required=False)
    with closing(open_store(tmp_path / "s.sqlite")) as store:
        app = create_app(store, live=None, clock=lambda: 0, limits=limits)
        client = TestClient(app, base_url="http://localhost", client=("127.0.0.1", 5))
        own = [client.get("/api/v1/namespaces").status_code for _ in range(3)]
        others = [client.get("/api/v1/namespaces", headers=SAID).status_code for _ in range(3)]
    assert own == [200, 200, 200]
    assert others == [200, 429, 429]


@pytest.mark.parametrize(
    ("behind_proxy", "proto", "origin", "status"),
    [
        (True, "https", "https://watch.example.org", 201),
        (True, "https", "http://watch.example.org", 403),
        (True, "https", "https://watch.example.org:8443", 403),
        (True, None, "https://watch.example.org", 201),  # that it does TLS is what behind_proxy says
        (True, "http", "https://watch.example.org", 201),  # before it there is one that does
        (True, "http", "http://watch.example.org", 201),
        (False, "https", "https://watch.example.org", 201),
        (False, None, "https://watch.example.org", 403),
        (False, None, "http://watch.example.org", 201),
    ],
)
def test_by_which_scheme_a_browser_asks_is_what_the_proxy_says(
    tmp_path: Path, behind_proxy: bool, proto: str | None, origin: str, status: int
) -> None:
    limits = Limits(trusted=("192.0.2.1",), behind_proxy=behind_proxy)
    with closing(open_store(tmp_path / "s.sqlite")) as store:
        store.commit(next(iter(morning())))
        app = create_app(
            store, live=None, clock=lambda: 0, say=store.say, host_names=["watch.example.org"], limits=limits
        )
        client = TestClient(app, base_url="http://watch.example.org", client=("192.0.2.1", 5))
        headers = {"Origin": origin, **({"X-Forwarded-Proto": proto} if proto else {})}
        answer = client.post(FEEDBACK, json={"kind": "mute", "namespace": "shop", "author": "me"}, headers=headers)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("host", "trusted", "warned"),
    [("0.0.0.0", None, True), ("0.0.0.0", "192.0.2.0/24", False), ("127.0.0.1", None, False)],
)
def test_that_the_proxy_is_not_named_is_told_at_the_start(host: str, trusted: str | None, warned: bool) -> None:
    said = {"SERVICE__PORT": "0", "SERVICE__HOST": host, "SERVICE__BEHIND_PROXY": "true", "ACCESS__REQUIRED": "true"}
    said |= {} if trusted is None else {"SERVICE__TRUSTED_PROXIES": trusted}
    settings = load_settings(None, {f"DRAINWATCH_{name}": value for name, value in said.items()})
    with listening(settings) as listener, structlog.testing.capture_logs() as logged:
        tell(listener, settings)
    assert any("service.trusted_proxies" in one.get("advice", "") for one in logged) is warned
