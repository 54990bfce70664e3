"""The watch of incidents tells each once when it opens or gets so bad, and once when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from detector.findings import Incident, Source
from detector.setup.watches import Watch
from detector.store.elasticsearch import open_store
from detector.store.port import PassResult, Store
from tests.kibana import slack
from tests.kibana.conftest import Filled
from tests.kibana.watcher import Message, Watcher
from tests.servers.elasticsearch import Server
from tests.store.clusters import set_up
from tests.store.shop import MINUTE, anomaly, incident, minute, reason

SECOND = 1_000_000
LINKS = {"page": "https://drainwatch.example", "kibana": "https://kibana.example/s/ops"}
HOSTILE = 'sh"op\\\n<!channel> & {{ctx.watch_id}} \u2028'
Write = Callable[..., None]


@pytest.fixture
def write(elasticsearch: Server, prefix: str) -> Iterator[Write]:
    """Stores what a pass found, written so many minutes after seven: `write(5, incident(3, 4))`."""
    set_up(elasticsearch.client, prefix)
    now = [0]
    store: Store = open_store(elasticsearch.connection("writer"), prefix, clock=lambda: now[0])

    def written(at: int, *told: Incident, only: int | None = None) -> None:
        now[0] = minute(at)
        anomalies = [
            anomaly((window - minute(0)) // MINUTE, one.score, one.namespace, one.id)
            for one in told
            for window in range(one.start, one.end, MINUTE)
            if only is None or window == minute(only)
        ]
        store.commit(PassResult(minute(at), anomalies=anomalies, incidents=told))

    yield written
    store.close()


def looks(watcher: Watcher, begin: int, end: int) -> list[tuple[int, Message]]:
    """What it sends when it looks each minute, with the minute."""
    return [(number, message) for number in range(begin, end) for message in watcher.look(minute(number) + 40 * SECOND)]


def sent(watcher: Watcher, begin: int, end: int) -> list[tuple[int, str]]:
    return [(number, message.action) for number, message in looks(watcher, begin, end)]


def test_an_incident_is_told_once_while_it_lasts_and_once_when_it_is_over(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES)
    story = []
    for last in range(3, 13):
        write(last + 1, incident(3, last, ongoing=True), only=last)
        story += sent(watcher, last + 1, last + 2)
    write(20, incident(3, 12), only=13)
    story += sent(watcher, 13, 60)
    assert story == [(4, "slack"), (4, "email"), (20, "slack_over"), (20, "email_over")]


def test_what_is_less_severe_is_not_told_until_it_gets_worse(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    write(4, incident(3, 3, 49.0, ongoing=True))
    assert sent(watcher, 4, 12) == []
    write(12, incident(3, 11, 80.0, ongoing=True), only=11)
    assert sent(watcher, 12, 20) == [(12, "slack")]


def test_what_gets_worse_by_a_band_is_told_again(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    write(4, incident(3, 3, 60.0, ongoing=True))
    story = sent(watcher, 4, 12)
    write(12, incident(3, 11, 74.0, ongoing=True), only=11)
    story += sent(watcher, 12, 20)
    write(20, incident(3, 19, 75.0, ongoing=True), only=19)
    story += sent(watcher, 20, 30)
    assert story == [(4, "slack"), (20, "slack")]


def test_incidents_of_metrics_are_told_unless_they_are_part_of_one_in_the_logs(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    alone = replace(incident(3, 3, namespace="bank", ongoing=True), source=Source.METRICS)
    part = replace(incident(3, 3, 90.0, namespace="mail", ongoing=True), source=Source.METRICS, part_of="another")
    write(4, alone, part, only=99)
    ((_, message),) = looks(watcher, 4, 20)
    assert message.content["text"] == "Unusual: bank (critical)"
    write(20, replace(alone, open=False), replace(part, open=False), only=99)
    ((_, message),) = looks(watcher, 20, 40)
    assert message.content["text"] == "Over: bank (critical)"


def test_an_incident_that_is_written_again_because_lines_came_late_is_not_told_again(
    filled: Filled, write: Write
) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    write(4, incident(3, 3, ongoing=True))
    assert sent(watcher, 4, 12) == [(4, "slack")]
    write(12, incident(3, 3, 95.0, ongoing=True))
    assert sent(watcher, 12, 30) == []


def test_no_incident_is_missed_or_told_twice_while_messages_are_held_back(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    write(4, incident(3, 3, ongoing=True))
    first = looks(watcher, 4, 6)
    write(6, incident(5, 5, 90.0, "bank", ongoing=True))
    write(7, incident(6, 6, 60.0, "mail", ongoing=True))
    later = looks(watcher, 6, 40)
    assert [(number, message.action) for number, message in [*first, *later]] == [(4, "slack"), (9, "slack")]
    assert later[0][1].content["text"] == "Unusual: bank (critical) mail (major)", "the worst first"


def test_a_message_that_could_not_be_sent_is_tried_again(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES)
    write(4, incident(3, 3, ongoing=True))
    watcher.reachable = lambda action: action != "slack"
    assert sent(watcher, 4, 7) == [(4, "email")]
    watcher.reachable = lambda _: True
    assert sent(watcher, 7, 40) == [(7, "slack")]


def test_what_was_just_written_waits_until_it_can_be_searched_for_sure(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    write(4, incident(3, 3, ongoing=True))
    assert watcher.look(minute(4) + 29 * SECOND) == []
    assert [message.action for message in watcher.look(minute(4) + 31 * SECOND)] == ["slack"]


def test_findings_of_long_ago_that_come_late_are_told_all_the_same(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES, emails=())
    write(300, incident(3, 4))
    ((_, message),) = looks(watcher, 300, 340)
    assert "critical, over by now · " in message.content["blocks"][1]["text"]["text"]


def test_without_an_incident_nothing_is_told(filled: Filled, write: Write) -> None:
    watcher = filled(Watch.ANOMALIES)
    assert sent(watcher, 0, 2) == [], "there is no index yet"
    write(4)
    assert sent(watcher, 4, 6) == []


@pytest.mark.parametrize("links", [{}, LINKS, {"page": LINKS["page"]}, {"kibana": LINKS["kibana"]}])
def test_slack_takes_the_message_whatever_the_logs_say(filled: Filled, write: Write, links: dict[str, str]) -> None:
    long = "x" * 500
    told = [
        replace(
            incident(at, at, namespace=f"{HOSTILE}{at}", ongoing=True),
            summary=f"{HOSTILE}: 41 × “connection refused to <IP>{long}” in {HOSTILE}",
            reasons=(replace(reason(), template=HOSTILE, workload=HOSTILE),),
        )
        for at in range(8)
    ]
    write(9, *told)
    messages = {message.action: message.content for message in filled(Watch.ANOMALIES, **links).look(minute(10))}
    message = messages["slack"]
    slack.check(message)
    sections = [block for block in message["blocks"] if block["type"] == "section"]
    assert len(sections) == 5
    assert sections[0]["text"]["text"].startswith(f"critical · {HOSTILE}: 41 × “connection refused to <IP>")
    buttons = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
    assert len(buttons) == 5 * len(links)
    assert "\n" not in messages["email"]["subject"]


def test_links_lead_to_the_incident_and_to_its_logs(filled: Filled, write: Write) -> None:
    write(5, one := incident(3, 4, ongoing=True))
    (message, mail) = filled(Watch.ANOMALIES, **LINKS).look(minute(6))
    page, kibana = (button["url"] for button in message.content["blocks"][2]["elements"])
    assert page == f"https://drainwatch.example/incidents/{one.id}"
    assert kibana == (
        "https://kibana.example/s/ops/app/discover#/?_g=(time:(from:'2026-11-21T07:03:00Z',to:'2026-11-21T07:05:00Z'))"
        "&_a=(index:'logs-*',query:(language:kuery,query:'kubernetes.namespace:%22shop%22'))"
    )
    assert page in mail.content["body"]["text"]
    assert "  new: 214 × could not connect to <HOST> in checkout (0.0 to 0.0 expected)" in mail.content["body"]["text"]


def test_an_account_of_elasticsearch_tells_slack_no_words_of_the_logs(filled: Filled, write: Write) -> None:
    write(5, replace(incident(3, 4, namespace="<!here>", ongoing=True), summary="<!channel>"))
    ((_, message),) = looks(filled(Watch.ANOMALIES, webhook=None, account="ops", emails=()), 5, 7)
    assert message.action == "slack_account"
    assert "critical in %3C%21here%3E since 2026-11-21T07:03:00Z" in message.content["text"]
    assert "<" not in message.content["text"]
