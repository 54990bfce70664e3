"""Watches, filled in, over documents of a real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from detector.assets import asset_folder
from detector.setup.watches import Watch, WatchChoices, Webhook, wanted_watches
from tests.kibana.watcher import Watcher
from tests.servers.elasticsearch import Server

HOOK = Webhook("https", "hooks.slack.com", 443, "/services/T0/B0/secret")
Filled = Callable[..., Watcher]


@pytest.fixture
def filled(elasticsearch: Server, prefix: str) -> Filled:
    """A watch over this test's documents: `filled(Watch.SILENCE, threshold=3)`."""

    def fill(watch: Watch, **chosen: object) -> Watcher:
        given = {"webhook": HOOK, "emails": ("ops@example.com",), **chosen}
        choices = WatchChoices(prefix, (f"logstash-{prefix}-*",), frozenset({watch}), **given)  # type: ignore[arg-type]
        (wanted,) = wanted_watches(asset_folder("kibana/watches"), choices)
        return Watcher(wanted.name, wanted.body, elasticsearch.client)

    return fill
