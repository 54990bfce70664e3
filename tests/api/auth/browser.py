"""A browser without a window: it keeps cookies, and goes where it is sent when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import httpx2
from starlette.testclient import TestClient

from detector.access.principal import Principal
from detector.api.app import create_app
from detector.api.auth.access import Access
from detector.api.auth.entrance import Entrance
from detector.settings.access import AccessSettings
from detector.store.sqlite import SqliteStore

HOME = "http://127.0.0.1:8765"
OWN = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """Over a service with these settings and its own store."""

    def __init__(
        self, settings: AccessSettings, store: SqliteStore, clock: Callable[[], int], home: str = HOME, page: str = ""
    ) -> None:
        access = Access(settings, page=page)
        app = self._app = create_app(
            store, live=None, clock=clock, say=store.say, host_names=["drainwatch.example.org"], access=access
        )
        self.entrance: Entrance = app.state.entrance
        self._client = TestClient(app, base_url=home, follow_redirects=False)
        self._client.headers.clear()
        self.cookies = self._client.cookies

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self._client.get(path, headers=headers)

    def post(self, path: str, form: dict[str, str] | None = None, headers: dict[str, str] = OWN) -> httpx2.Response:
        return self._client.post(path, data=form, headers=headers)

    def post_json(self, path: str, body: object, headers: dict[str, str]) -> httpx2.Response:
        return self._client.post(path, json=body, headers=headers)

    def forget_tokens(self) -> None:
        """As if the half second was over for which they are remembered."""
        self._app.state.drainwatch.gate.keys.forget()

    def sent_back(self, back: str = "/", begin: str = "") -> str:
        """Log in at the provider; where it sends the browser to, with its answer."""
        begun = self.get(begin or f"/auth/oidc/start?next={back}")
        assert begun.status_code == 303, begun.text
        return httpx2.get(begun.headers["location"], follow_redirects=False).headers["location"]

    def log_in(self, back: str = "/") -> httpx2.Response:
        """All of it: the answer to whom the provider sent back."""
        return self.get(path_of(self.sent_back(back)))

    @property
    def who(self) -> Principal | None:
        """Whom the service takes the browser for."""
        name = next((name for name in self.cookies if name in ("drainwatch", "__Host-drainwatch")), "")
        session = self.entrance.sessions.find(self.cookies.get(name) or "")
        return self.entrance.sessions.who(session, self.entrance.gate.keys.holder) if session else None


def path_of(address: str, home: str = HOME) -> str:
    """Path and query of an address of ours."""
    assert address.startswith(f"{home}/"), address
    return address.removeprefix(home)


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
