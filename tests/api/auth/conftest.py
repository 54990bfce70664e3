from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import time_ns

import pytest
from starlette.testclient import TestClient

from detector.settings.access import AccessSettings, OidcSettings, RoleSettings
from detector.store.sqlite import SqliteStore, open_store
from tests.api.auth.browser import Browser
from tests.api.auth.doors import Time, service
from tests.servers.provider import CLIENT, SECRET, Provider


class Clock:
    """Now, microseconds UTC; a test moves it on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> int:
        return time_ns() // 1000 + int(self.ahead * 1e6)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "s.sqlite")
    yield made
    made.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def api(store: SqliteStore, time: Time) -> Iterator[TestClient]:
    """The API where everybody needs a token, from `NOW` on."""
    with service(store, time) as client:
        yield client


@pytest.fixture
def settings(provider: Provider) -> AccessSettings:
    return AccessSettings(
        required=True,
        oidc=OidcSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET),
        roles=(
            RoleSettings(groups=("ops",), namespaces=("pay*",), right="feedback"),
            RoleSettings(groups=("*",), namespaces=("public",)),
        ),
    )


@pytest.fixture
def browser(settings: AccessSettings, store: SqliteStore, clock: Clock) -> Iterator[Browser]:
    """Nobody is logged in in it."""
    with Browser(settings, store, clock) as browser:
        yield browser
