"""The watch of server errors tells which namespaces have more than so many in five minutes, and when that is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from detector.setup.watches import Watch
from tests.kibana import slack
from tests.kibana.conftest import Filled
from tests.kibana.watcher import Message, Watcher
from tests.servers.elasticsearch import Server
from tests.store.shop import MINUTE, minute

LINKS = {"page": "https://drainwatch.example", "kibana": "https://kibana.example"}
Respond = Callable[..., None]


def mapping(status: str) -> dict[str, object]:
    """As ECS has it, or as grok leaves it where nothing converts it to a number."""
    return {
        "properties": {
            "@timestamp": {"type": "date"},
            "message": {"type": "text"},
            "kubernetes": {"properties": {"namespace": {"type": "keyword"}}},
            "http": {"properties": {"response": {"properties": {"status_code": {"type": status}}}}},
        }
    }


@pytest.fixture(params=["long", "keyword"])
def respond(request: pytest.FixtureRequest, elasticsearch: Server, prefix: str) -> Respond:
    """Puts lines of an access log there, as Logstash parses them, spread over a minute after seven."""
    index = f"logstash-{prefix}-000001"
    elasticsearch.client.indices.create(index=index, mappings=mapping(request.param))

    def responded(at: int, count: int, status: int = 502, namespace: str = "shop") -> None:
        lines: list[dict[str, object]] = []
        for number in range(count):
            time = minute(at) + number * MINUTE // count
            document = {
                "@timestamp": time // 1_000,
                "message": f'10.0.0.1 - - [..] "GET /pay HTTP/1.1" {status} 157',
                "ecs": {"version": "8.0.0"},
                "event": {"dataset": "ingress.access"},
                "kubernetes": {"namespace": namespace, "pod": {"name": "web-1"}},
                "http": {"request": {"method": "GET"}, "response": {"status_code": status, "body": {"bytes": 157}}},
                "url": {"path": "/pay"},
            }
            lines += [{"index": {"_index": index}}, document]
        elasticsearch.client.bulk(operations=lines, refresh=True)

    return responded


def looks(watcher: Watcher, begin: int, end: int) -> list[tuple[int, Message]]:
    return [(number, message) for number in range(begin, end) for message in watcher.look(minute(number))]


def sent(watcher: Watcher, begin: int, end: int) -> list[tuple[int, str]]:
    return [(number, message.action) for number, message in looks(watcher, begin, end)]


@pytest.mark.parametrize(("count", "told"), [(100, []), (101, ["slack", "email"])])
def test_more_than_a_hundred_in_five_minutes(filled: Filled, respond: Respond, count: int, told: list[str]) -> None:
    respond(0, 60)
    respond(4, count - 60)
    assert [message.action for message in filled(Watch.SERVER_ERRORS).look(minute(5))] == told


def test_each_namespace_counts_for_itself_and_only_what_the_server_is_to_blame_for(
    filled: Filled, respond: Respond
) -> None:
    watcher = filled(Watch.SERVER_ERRORS)
    respond(1, 90)
    respond(1, 90, namespace="bank")
    respond(1, 500, status=404)
    respond(1, 500, status=600)
    respond(1, 500, status=200)
    assert watcher.look(minute(5)) == []
    respond(2, 11, status=503, namespace="bank")
    message, mail = watcher.look(minute(5))
    assert message.content["text"] == "Server errors: bank (101)"
    assert "  bank: 101 in all, 90 × 502, 11 × 503" in mail.content["body"]["text"]


def test_told_again_while_it_lasts_and_once_when_it_is_over(filled: Filled, respond: Respond) -> None:
    for at in range(20):
        respond(at, 40)
    story = sent(filled(Watch.SERVER_ERRORS, emails=()), 0, 40)
    assert story == [(3, "slack"), (19, "slack"), (23, "slack_over")]


def test_that_one_namespace_recovers_is_told_while_another_does_not(filled: Filled, respond: Respond) -> None:
    watcher = filled(Watch.SERVER_ERRORS, emails=())
    respond(0, 200, namespace="bank-eu")
    for at in range(10):
        respond(at, 40)
    looks(watcher, 1, 5)
    told = [message.content for _, message in looks(watcher, 5, 9) if message.action == "slack_over"]
    assert [message["text"] for message in told] == ["Server errors over: bank-eu"]


def test_another_number_may_be_the_limit(filled: Filled, respond: Respond) -> None:
    respond(0, 4)
    assert sent(filled(Watch.SERVER_ERRORS, threshold=4), 1, 10) == []
    assert {action for _, action in sent(filled(Watch.SERVER_ERRORS, threshold=3), 1, 10)} == {
        "slack", "email", "slack_over", "email_over",
    }  # fmt: skip


@pytest.mark.parametrize("links", [{}, LINKS])
def test_slack_takes_the_message_whatever_a_namespace_is_called(
    filled: Filled, respond: Respond, links: dict[str, str]
) -> None:
    for number in range(11):
        respond(0, 2, namespace=f'<!channel> "&{number}) OR *\\\n')
    messages = looks(filled(Watch.SERVER_ERRORS, threshold=1, **links), 1, 8)
    for _, message in messages:
        if "slack" in message.action:
            slack.check(message.content)
    assert len([block for block in messages[0][1].content["blocks"] if block["type"] == "section"]) == 10


def test_without_access_logs_nothing_is_told(filled: Filled) -> None:
    assert sent(filled(Watch.SERVER_ERRORS), 0, 3) == []
