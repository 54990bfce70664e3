"""The doctor finds the watches that were set up, and the channels that tell the same people."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from detector.doctor.facts import Watching
from detector.doctor.watches import watches
from detector.settings import Settings
from detector.setup import Wanted, apply, plan
from detector.setup.watches import WatchChoices, Webhook, wanted_watches
from ingest.elasticsearch.client import connect
from ingest.elasticsearch.settings import Connection
from tests.servers.elasticsearch import Server
from tests.setup.licensed import cluster

FOLDER = Path(__file__).parents[2] / "kibana" / "watches"
HOOK = "https://hooks.slack.com/services/T0/B0/x"
SETTINGS = Settings.model_validate(
    {
        "alerts": {
            "channels": {
                "ops": {"type": "slack", "url": HOOK},
                "dev": {"type": "slack", "url": f"{HOOK}y"},
                "mail": {
                    "type": "email",
                    "host": "m",
                    "sender": "d@example.com",
                    "to": ["a@example.com", "b@example.com"],
                },
            }
        }
    }
)


def wished() -> list[Wanted]:
    return wanted_watches(FOLDER, WatchChoices("dw", ("logs-*",), webhook=Webhook.of(HOOK), emails=("B@example.com",)))


def test_watches_that_were_set_up_are_found_with_the_channels_that_tell_the_same_people() -> None:
    with cluster("gold") as there, closing(connect(Connection(hosts=(there.url,)))) as client:
        list(apply(client, plan(client, wished())))
        there.active["dw-silence"] = False
        there.watches["other-silence"] = there.watches["dw-silence"]
        assert watches(client, "dw", SETTINGS.alerts.channels) == [
            Watching("dw-anomalies", True, ["ops", "mail"]),
            Watching("dw-server-errors", True, []),
            Watching("dw-silence", False, ["ops", "mail"]),
        ]
        assert watches(client, "none", SETTINGS.alerts.channels) == []


@pytest.mark.parametrize("licence", ["basic", "gold"])
def test_where_there_are_none_there_is_nothing_to_say(licence: str) -> None:
    with cluster(licence) as there, closing(connect(Connection(hosts=(there.url,)))) as client:
        assert watches(client, "dw", {}) == []


def test_a_real_server_without_watcher_has_none(elasticsearch: Server) -> None:
    client: Elasticsearch = elasticsearch.client
    assert watches(client, "dw", {}) == []
