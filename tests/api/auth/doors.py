"""A service that lets nobody in without a token, over a store of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from detector.access.principal import Right
from detector.access.records import Token
from detector.access.tokens import ENTROPY, Wish, make
from detector.api.app import create_app
from detector.api.auth.access import Access
from detector.settings.access import AccessSettings
from detector.store.port import Store
from tests.store.shop import minute

NOW = minute(10)


class Time:
    """A clock (microseconds UTC) and a watch (seconds) that go on when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> int:
        """Microseconds UTC."""
        return NOW + round(self.seconds * 1e6)

    def watch(self) -> float:
        """Seconds that only grow."""
        return 1_000.0 + self.seconds


def token(
    name: str, *namespaces: str, right: Right = Right.READ, expires: int | None = None, made: int = NOW - 1
) -> tuple[Token, str]:
    """A token and what its holder sends: of the same name the same."""
    entropy = name.encode().ljust(ENTROPY, b".")[-ENTROPY:]
    return make(Wish(name, namespaces or ("*",), right, expires), "ana", made, entropy)


def given(store: Store, name: str, *namespaces: str, right: Right = Right.READ, expires: int | None = None) -> str:
    """What the holder of a token sends that is in the store."""
    made, sent = token(name, *namespaces, right=right, expires=expires)
    store.say(made)
    return sent


@contextmanager
def service(
    store: Store, time: Time, *, required: bool = True, clock: Callable[[], int] | None = None
) -> Iterator[TestClient]:
    """Asked by a program that sends nothing by itself."""
    access = Access(AccessSettings(required=required), monotonic=time.watch)
    app = create_app(store, live=None, clock=clock or time.now, say=store.say, host_names=["testserver"], access=access)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def by(sent: str) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {sent}"}
