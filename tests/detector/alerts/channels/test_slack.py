"""What Slack gets, and what is done about each of its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from detector.alert import AlertKind, Event
from detector.alerts.channels.port import LaterError, NeverError
from detector.alerts.channels.slack import Slack, payload
from detector.alerts.notice import Notice
from detector.errors import ServerError
from detector.findings import ReasonKind, Severity
from tests.detector.alerts.channels.notices import API, HOSTILE, KIBANA, NOW, PAGE, hostile, incident, notice, reason
from tests.servers.inbox import Reply
from tests.servers.slack import SlackInbox, problems, too_many


@pytest.fixture
def inbox() -> Iterator[SlackInbox]:
    with SlackInbox() as opened:
        yield opened


def sent(inbox: SlackInbox, what: Notice) -> str:
    with closing(Slack("oncall", inbox.url, pace=0)) as slack:
        return slack.send(what, NOW)


def texts(message: dict[str, object]) -> str:
    """All that Slack shows of the blocks."""
    found: list[str] = []

    def look(value: object) -> None:
        if isinstance(value, dict):
            found.extend([value["text"]] if isinstance(value.get("text"), str) else [])
            for one in value.values():
                look(one)
        elif isinstance(value, list):
            for one in value:
                look(one)

    look(message["blocks"])
    return "\n".join(found)


def test_a_message_says_what_where_since_when_how_sure_and_where_to_click(inbox: SlackInbox) -> None:
    assert sent(inbox, notice()) == "ok"
    (message,) = inbox.messages
    shown = texts(message)
    assert message["blocks"][0]["text"]["text"] == "🔴 CRITICAL: payments"
    assert message["blocks"][1]["text"]["text"].startswith("41 × “connection to <IP>:<NUM> refused after <NUM> ms” in")
    assert "*Since*\n02:37 UTC (6 min ago)" in shown
    assert "*Score*\n87 of 100, by chance less than once a year" in shown
    assert "Changed shortly before: image 1.5 of ledger was rolled out (before: 1.4)" in shown
    assert (
        "`ledger` *41 lines, never seen before* · error\n```connection to &lt;IP&gt;:5432 refused after 3000 ms```"
        in shown
    )
    assert "`checkout` *212 lines in 3 windows, 3.7 to 19 expected* · warn\n```POST /v1/charge took 3021 ms" in shown
    assert "`settlement` *no lines, 40 to 61 expected* · info\n```settled &lt;NUM&gt; payments```" in shown
    buttons = {one["text"]["text"]: one["url"] for one in message["blocks"][-2]["elements"]}
    assert "`drainwatch alert show a-1`   `drainwatch silence add payments --for 2h`" in shown
    assert buttons == {"Open in drainwatch": PAGE, "Logs in Kibana": KIBANA, "API": API}


def test_a_lock_screen_shows_severity_place_and_what_it_is(inbox: SlackInbox) -> None:
    sent(inbox, notice())
    lines = inbox.messages[0]["text"].splitlines()
    assert lines[0] == "🔴 CRITICAL: payments"
    assert lines[1].startswith("41 × “connection to &lt;IP&gt;")
    assert lines[-1] == f"<{PAGE}|Open in drainwatch>"


@pytest.mark.parametrize(
    ("event", "changes", "headline"),
    [
        (Event.WORSENED, {"before": Severity.MINOR}, "🔴 Worse, now CRITICAL (was minor): payments"),
        (Event.SPREAD, {"namespaces": ("payments", "shop")}, "🔴 CRITICAL, spreading: payments, shop"),
        (Event.OPENED, {"namespaces": tuple("abcde")}, "🔴 CRITICAL: a, b, c and 2 more"),
        (Event.FIRING, {}, "🔴 Still CRITICAL: payments"),
        (Event.RESOLVED, {}, "✅ Resolved: payments (was critical)"),
        (Event.TEST, {}, "🧪 TEST, nothing is wrong: payments"),
        (Event.OPENED, {"kind": AlertKind.NO_LINES, "namespaces": (), "incidents": ()}, "🔴 CRITICAL: no lines arrive"),
    ],
)
def test_the_headline_says_what_has_happened(event: Event, changes: dict[str, object], headline: str) -> None:
    assert payload(notice(event, **changes), NOW)["blocks"][0]["text"]["text"] == headline


def test_a_recovery_is_short_and_says_how_long_it_lasted() -> None:
    message = payload(notice(Event.RESOLVED), NOW)
    assert "*From*\n2026-11-21 02:37 to 02:42 UTC (5 min)" in texts(message)
    assert "```" not in texts(message)


def test_what_is_told_late_says_so() -> None:
    message = payload(notice(), NOW + timedelta(minutes=47))
    assert "*Told 47 min late, as it was at 02:43 UTC: it could not be sent before.*" in texts(message)
    assert "47 min late" in message["text"]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_strangers_wrote_is_harmless_and_fits(inbox: SlackInbox, name: str) -> None:
    sent(inbox, hostile(HOSTILE[name]))
    (message,) = inbox.messages
    shown = f"{message['text']}\n{texts(message)}"
    assert not re.search(r"<[!@#]", shown), "nobody is pinged"
    assert not re.search(r"(?<!\w)@\w", shown), "nor by what takes the same as Slack"
    assert not re.search(r"<https?://evil", shown)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", shown)


def test_no_line_ends_its_box_nor_a_name_its_own() -> None:
    one = reason(samples=("a ``` *b* ``` c",), workload="a` *b* `c")
    shown = [
        block["text"]["text"] for block in payload(notice(incidents=(incident(reasons=(one,)),)), NOW)["blocks"][5:6]
    ]
    assert [(text.count("```"), text.replace("```", "").count("`")) for text in shown] == [(2, 2)]


def test_however_much_there_is_it_fits(inbox: SlackInbox) -> None:
    many = (reason(text="&<>" * 500, samples=("&<>" * 500,) * 5),) * 10
    for incidents in range(1, 60, 7):
        message = payload(notice(incidents=(incident(reasons=many),) * incidents, more=1_000), NOW)
        assert not list(problems(message))
        assert len(message["blocks"]) > 4, "something of it is told"
    for count in range(1, 11):
        assert not list(problems(payload(notice(incidents=(incident(reasons=(reason(),) * count),) * count), NOW)))


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("Sat, 21 Nov 2026 02:44:10 GMT", 60), ("soon", 30)])
def test_slack_says_when_it_wants_to_be_asked_again(inbox: SlackInbox, header: str, seconds: float) -> None:
    inbox.then(too_many(header))
    with pytest.raises(LaterError) as later:
        sent(inbox, notice())
    assert later.value.seconds == seconds


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(500, b"server_error"), "answers 500: server_error. It is asked again."),
        (Reply(cut=True), "cut the connection before it had answered. It is asked again."),
        (Reply(200, b"<html>Sign in</html>"), "answers 200 without `ok`: <html>Sign in</html>."),
        (Reply(403, b"action_prohibited"), "answers 403: action_prohibited. See whether its address and key"),
        (Reply(404, b"no_service"), "answers 404: no_service. See whether its address"),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), "answers 302: it is elsewhere now."),
    ],
)
def test_what_may_be_well_another_time_is_sent_again(inbox: SlackInbox, reply: Reply, said: str) -> None:
    inbox.then(reply)
    with pytest.raises(ServerError, match=re.escape(said)) as failed:
        sent(inbox, notice())
    assert "not-a-real-secret" not in str(failed.value)
    assert sent(inbox, notice()) == "ok"


def test_a_message_that_slack_refuses_is_refused_for_good(inbox: SlackInbox) -> None:
    inbox.then(Reply(400, b"invalid_blocks"))
    with pytest.raises(NeverError, match="answers 400: invalid_blocks"):
        sent(inbox, notice())


def test_nobody_listens(inbox: SlackInbox) -> None:
    inbox.close()
    with pytest.raises(
        ServerError, match=r"Slack \(channel oncall\) can't be reached: nothing listens there\."
    ) as failed:
        sent(inbox, notice())
    assert inbox.url not in str(failed.value)


def test_an_answer_that_repeats_the_address_does_not_show_it(inbox: SlackInbox) -> None:
    inbox.then(Reply(500, f"upstream {inbox.url} failed: not-a-real-secret".encode()))
    with pytest.raises(ServerError) as failed:
        sent(inbox, notice())
    assert "not-a-real-secret" not in str(failed.value)


def test_messages_are_a_second_apart(inbox: SlackInbox) -> None:
    with closing(Slack("oncall", inbox.url, pace=0.3)) as slack:
        for _ in range(3):
            slack.send(notice(), NOW)
    times = [posted.at for posted in inbox.taken]
    assert all(later - earlier >= 0.29 for earlier, later in pairwise(times))


def test_the_server_of_the_tests_refuses_what_slack_would() -> None:
    good = payload(notice(), NOW)
    for path, value in [
        ("header", {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}),
        ("section", {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}),
        ("empty", {"type": "section", "text": {"type": "mrkdwn", "text": ""}}),
        ("unknown", {"type": "heading"}),
    ]:
        assert list(problems(good | {"blocks": [value]})), path
    assert list(problems(good | {"blocks": [{"type": "divider"}] * 51}))
    assert not list(problems(json.loads(json.dumps(good))))


def test_what_is_no_line_is_not_called_one() -> None:
    measured = reason(text="latency (ms)", workload="", level="", template_id="", kind=ReasonKind.MORE, samples=())
    measured = msgspec.structs.replace(measured, observed=840, expected_low=120.0, expected_high=210.0)
    counted = msgspec.structs.replace(measured, text="all lines of checkout")
    rule = reason(text="Terminal shell in container", kind=ReasonKind.RULE, observed=2)
    shown = texts(payload(notice(incidents=(incident(reasons=(measured, counted, rule)),)), NOW))
    assert "`latency (ms)` *840, 120 to 210 expected*\n" in shown
    assert "`all lines of checkout` *840, 120 to 210 expected*\n" in shown
    assert "`ledger` *2 lines, a rule that is always told*" in shown


def test_what_is_to_be_said_beside_it_is_said_once() -> None:
    said = "This is new alert number 20 within an hour: of further ones this channel isn't told."
    assert texts(payload(notice(note=said), NOW)).count(said) == 1
    own: dict[str, Any] = {"kind": AlertKind.NO_LINES, "namespaces": (), "incidents": (), "note": "Mend it."}
    assert texts(payload(notice(summary="No line has come. Mend it.", **own), NOW)).count("Mend it.") == 1


def test_of_a_line_of_json_is_shown_what_it_says() -> None:
    line = '{"level": "ERROR", "logger": "LedgerClient", "message": "Booking failed: refused", "thread": "main"}'
    cut = line[:40]
    shown = texts(payload(notice(incidents=(incident(reasons=(reason(samples=(line, cut)),)),)), NOW))
    assert "```LedgerClient Booking failed: refused```" in shown
    assert f"```{cut}```" in shown


def test_of_several_namespaces_it_says_which_was_changed() -> None:
    two = (incident(), incident(id="d", namespace="shop", change="cart was rolled out anew"))
    shown = texts(payload(notice(namespaces=("payments", "shop"), incidents=two), NOW))
    assert "before: payments: image 1.5 of ledger was rolled out (before: 1.4); shop: cart was rolled out anew" in shown
