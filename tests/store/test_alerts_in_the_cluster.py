"""Alerts in Elasticsearch: their fields, and a death between the journal and the documents."""

from __future__ import annotations

import itertools
from contextlib import closing
from dataclasses import replace

import msgspec
import pytest

from detector.errors import StoreError
from detector.findings import Source
from detector.store.elasticsearch import open_store
from detector.store.elasticsearch.alerts import AlertDocument, alert_document, alert_of
from detector.store.elasticsearch.changes import said_document
from detector.store.elasticsearch.documents import encode
from detector.store.elasticsearch.findings import incident_document
from detector.store.port import ALERTS, PassResult
from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy
from tests.store.alerts import alert, message, silence, told_to
from tests.store.shop import incident, minute


def test_an_alert_in_kibana() -> None:
    one = alert(1, "shop", "bank", resolved=9, told=(told_to("oncall", 2),))
    fields = msgspec.json.decode(encode(alert_document(one, minute(10))))
    assert fields["@timestamp"] == "2026-11-21T07:01:00.123456Z"
    assert fields["message"] == fields["event"]["reason"] == one.summary
    assert {name: fields["event"][name] for name in ("kind", "dataset", "severity", "start", "end", "created")} == {
        "kind": "alert",
        "dataset": "drainwatch.alert",
        "severity": 75,
        "start": "2026-11-21T07:00:00Z",
        "end": "2026-11-21T07:09:00Z",
        "created": "2026-11-21T07:10:00Z",
    }
    assert fields["kubernetes"] == {"namespace": ["shop", "bank"]}
    assert fields["drainwatch"] == {
        "kind": "incident",
        "score": 80.0,
        "severity": "critical",
        "open": False,
        "incidents": list(one.incidents),
        "changed": "2026-11-21T07:01:00.123457Z",
        "resolved": "2026-11-21T07:09:00.000007Z",
        "told": [
            {
                "channel": "oncall",
                "event": "opened",
                "severity": "critical",
                "namespaces": ["shop"],
                "at": "2026-11-21T07:02:00.000001Z",
            }
        ],
    }
    assert alert_of(msgspec.json.decode(encode(alert_document(one, 0)), type=AlertDocument)) == one


def test_an_incident_in_metrics_says_so_and_one_in_logs_looks_as_ever() -> None:
    story = incident(1, 2)
    part = replace(story, source=Source.METRICS, part_of="story")
    fields = msgspec.json.decode(encode(incident_document(part, 0)))["drainwatch"]
    assert (fields["source"], fields["part_of"]) == ("metrics", "story")
    assert not {"source", "part_of"} & set(msgspec.json.decode(encode(incident_document(story, 0)))["drainwatch"])


def test_a_silence_lies_among_what_people_said() -> None:
    fields = msgspec.json.decode(encode(said_document(silence())))
    assert fields["event"]["dataset"] == "drainwatch.silence"
    assert (fields["event"]["start"], fields["event"]["end"]) == ("2026-11-21T07:00:00Z", "2026-11-21T08:00:00Z")
    assert (fields["user"]["name"], fields["drainwatch"]["kind"]) == ("ana", "silence")


def test_cut_off_at_any_request_the_alert_is_there_with_its_message_or_neither_is(
    elasticsearch: Server, ready: str, proxy: Proxy
) -> None:
    impatient = replace(proxy.connection("writer"), patience=0.0)
    outcomes = set()
    with closing(open_store(impatient, ready)) as store:
        for number in itertools.count():
            apart = store.scope(ALERTS)
            apart.commit(PassResult(None, alerts=[alert(1_000 + number)]))
            proxy.cut(1_000, passing=number)
            failed = False
            try:
                apart.commit(PassResult(None, alerts=[alert(number)], told=[message(f"m{number}")]))
            except StoreError:
                failed = True
            proxy.calm_down()
            # Somebody else goes on from there, as after a kill.
            with closing(open_store(elasticsearch.connection("writer"), ready)) as other:
                with closing(other.scope(ALERTS)) as heir:
                    told = [one.told.id for one in heir.outbox("alert:oncall", 1_000)]
                    there = heir.alert(alert(number).id) is not None
                    heir.commit(PassResult(None, alerts=[]))
                assert told.count(f"m{number}") == there
                outcomes.add((failed, there))
                if failed:
                    with pytest.raises(StoreError):
                        apart.commit(PassResult(None, alerts=[alert(number)], told=[message(f"again {number}")]))
            apart.close()
            if not failed:
                break
    assert outcomes == {(True, False), (True, True), (False, True)}


def test_a_store_that_was_set_up_before_there_were_alerts_says_what_to_do(elasticsearch: Server, ready: str) -> None:
    elasticsearch.client.indices.delete(index=f"{ready}-alerts")
    with pytest.raises(StoreError, match=rf"lacks {ready}-alerts: an older.*drainwatch setup"):
        open_store(elasticsearch.connection("writer"), ready)
