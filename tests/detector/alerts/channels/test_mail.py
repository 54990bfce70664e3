"""Mail as a person gets it, and as a mail server may answer."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from detector.alert import Event
from detector.alerts.channels.mail import Mail, Server, message, subject
from detector.alerts.channels.port import NeverError
from detector.alerts.notice import Notice
from detector.errors import ServerError
from detector.findings import Severity
from tests.detector.alerts.channels.notices import API, HOSTILE, KIBANA, NOW, PAGE, hostile, incident, notice
from tests.servers.mail import PASSWORD, STEPS, USER, MailServer

SENDER, TO = "drainwatch <drainwatch@ops.example.org>", ("oncall@example.org", "team@example.org")
Servers = Callable[..., MailServer]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Servers]:
    started: list[MailServer] = []

    def start(**options: bool) -> MailServer:
        started.append(MailServer(tmp_path, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def channel(at: MailServer, **changes: str) -> Mail:
    how = {"security": "none", "ca_file": str(at.ca_file)} | changes
    return Mail("team", Server("127.0.0.1", at.port, **how), SENDER, TO)  # type: ignore[arg-type]


def sent(at: MailServer, what: Notice, **changes: str) -> str:
    with closing(channel(at, **changes)) as mail:
        return mail.send(what, NOW)


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The text and the HTML."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_a_mail_says_what_where_since_when_how_sure_and_where_to_click(server: Servers) -> None:
    at = server(starttls=False)
    assert sent(at, notice()) == "taken"
    (mail,) = at.mails
    assert str(mail["Subject"]).startswith("🔴 CRITICAL: payments – 41 × “connection to <IP>:<NUM> refused")
    assert (mail["From"], mail["To"]) == (SENDER, ", ".join(TO))
    assert at.envelopes == [("drainwatch@ops.example.org", list(TO))]
    text, html = parts(mail)
    for said in (
        "02:37 UTC (6 min ago)",
        "87 of 100, by chance less than once a year",
        "41 lines, never seen before",
        "212 lines in 3 windows, 3.7 to 19 expected",
        "no lines, 40 to 61 expected",
        "image 1.5 of ledger was rolled out (before: 1.4)",
    ):
        assert said in text
        assert said in html
    for address in (PAGE, KIBANA, API):
        assert address in text
        assert f'href="{address.replace("&", "&amp;").replace(chr(39), "&#39;")}"' in html


def test_those_of_one_alert_are_one_thread_and_a_repeat_has_the_same_id(server: Servers) -> None:
    at = server(starttls=False)
    for what in (notice(), notice(), notice(Event.RESOLVED, id="n-2"), notice(id="n-3", alert="a-2")):
        sent(at, what)
    first, again, over, other = at.mails
    assert first["Message-ID"] == again["Message-ID"] != over["Message-ID"]
    assert first["References"] == over["References"] == over["In-Reply-To"] != other["References"]
    assert re.fullmatch(r"<[0-9a-f]{32}@ops\.example\.org>", str(first["Message-ID"]))
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("event", Event)
def test_a_subject_arrives_as_it_was_sent(event: Event) -> None:
    words = ["41", "×", "“no route”", "to", "<IP>", "⏎", "–", "0 to 8", "expected", "in", "cleanup", "(was"]
    for number in range(40):
        title = " ".join([str(number), *(words[number % 12 :] * 3)])
        what = notice(event, title=title, namespaces=("payments", "shop"), before=Severity.MINOR)
        raw = message(what, NOW, "team", SENDER, TO).as_bytes()
        assert message_from_bytes(raw, policy=default)["Subject"] == subject(what)
        assert all(len(line) <= 78 for line in raw.partition(b"From:")[0].split(b"\r\n"))


def test_a_recovery_says_how_long_it_lasted() -> None:
    text, html = parts(message(notice(Event.RESOLVED), NOW, "team", SENDER, TO))
    assert text.startswith("✅ Resolved: payments (was critical)\n")
    for part in (text, html):
        assert "2026-11-21 02:37 to 02:42 UTC (5 min)" in part
        assert "never seen before" in part
        assert "3.7 to 19" not in part


def test_what_is_told_late_says_so() -> None:
    for part in parts(message(notice(), NOW + timedelta(minutes=47), "team", SENDER, TO)):
        assert "Told 47 min late, as it was at 02:43 UTC" in part


@pytest.mark.parametrize("name", HOSTILE)
def test_what_strangers_wrote_is_harmless(server: Servers, name: str) -> None:
    at = server(starttls=False)
    sent(at, hostile(HOSTILE[name]))
    (mail,) = at.mails
    text, html = parts(mail)
    assert mail["Bcc"] is None
    assert len(str(mail["Subject"])) <= 180
    assert not re.search(r"<script|<b>html|href=\"(?!https://(drainwatch|kibana)\.example\.org)", html)
    for part in (text, html):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", part.replace("\r\n", "\n"))
        assert "60481729" not in part, "no template of theirs is run"
        assert len(part) < 102_000, "longer ones are clipped by some"


def test_several_namespaces_are_told_one_by_one() -> None:
    others = (incident(), incident(id="d", namespace="shop", score=61.0))
    text, html = parts(message(notice(namespaces=("payments", "shop"), incidents=others, more=2), NOW, "x", SENDER, TO))
    for part in (text, html):
        assert "CRITICAL: payments, shop" in part
        assert "and 2 more incidents" in part
    assert "shop: critical 61, since 02:37 UTC" in text


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_it_logs_in_over_tls(server: Servers, how: str) -> None:
    at = server(tls=how == "tls", login=True)
    assert sent(at, notice(), security=how, username=USER, password=PASSWORD) == "taken"
    with pytest.raises(ServerError, match="refuses the user or the password") as refused:
        sent(at, notice(), security=how, username=USER, password="wrong-secret")
    assert "wrong-secret" not in str(refused.value)


def test_a_certificate_that_is_not_trusted_is_not_trusted(server: Servers) -> None:
    at = server()
    with pytest.raises(ServerError, match=r"shows a certificate that isn't trusted\. Set ca_file"):
        sent(at, notice(), security="starttls", ca_file="")
    assert at.mails == []


def test_nothing_goes_in_the_clear_where_tls_is_asked_for(server: Servers) -> None:
    at = server(starttls=False)
    with pytest.raises(ServerError, match="has no STARTTLS"):
        sent(at, notice(), security="starttls")
    assert at.mails == []


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ("451 4.3.0 try again later", ServerError, "answers 451 4.3.0 try again later. It is asked again."),
        ("554 5.7.1 looks like spam", NeverError, "answers 554 5.7.1 looks like spam. It refuses this mail"),
        ("cut", ServerError, "cut the connection. It is asked again."),
    ],
)
def test_what_is_done_about_an_answer(server: Servers, answer: str, kind: type[Exception], said: str) -> None:
    at = server(starttls=False)
    at.answers.append(answer)
    with pytest.raises(kind, match=re.escape(said)):
        sent(at, notice())
    assert sent(at, notice()) == "taken"
    assert len(at.mails) == 1


def test_who_is_refused_is_named(server: Servers) -> None:
    at = server(starttls=False)
    at.unknown = {TO[0]}
    assert sent(at, notice()) == f"taken for 1 of 2, not by {TO[0]}"
    at.unknown = set(TO)
    with pytest.raises(ServerError, match=r"takes nothing for oncall@example.org \(550\), team@example.org \(550\)"):
        sent(at, notice())


@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
def test_the_password_is_told_by_nobody_who_quotes_it(server: Servers, step: int) -> None:
    at = server(quotes=True)
    said = ""
    for _ in range(step + 1):
        with pytest.raises(ServerError) as refused:
            sent(at, notice(), security="starttls", username=USER, password=PASSWORD)
        said = f"{refused.value!r} {refused.value}"
    assert at.quoted[-1] == (STEPS[step], PASSWORD)
    for secret in (PASSWORD, *(b64encode(one.encode()).decode() for one in (PASSWORD, f"\0{USER}\0{PASSWORD}"))):
        assert secret not in said
    assert "team" in said


def test_nobody_listens(server: Servers) -> None:
    at = server(starttls=False)
    at.close()
    with pytest.raises(ServerError, match="can't be reached: nothing listens there"):
        sent(at, notice())
