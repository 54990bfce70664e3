"""What a webhook gets: the notice as it is, or what a template makes of it, with an id and a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detector.alert import Event
from detector.alerts.channels.port import NeverError
from detector.alerts.channels.webhook import Webhook, template
from detector.alerts.notice import decode
from detector.errors import ServerError, SettingsError
from tests.detector.alerts.channels.notices import HOSTILE, NOW, hostile, notice
from tests.servers.inbox import Inbox, Reply

SECRET = "whsec_" + base64.b64encode(b"not-a-real-secret").decode()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox(lambda _: Reply(202, b"accepted")) as opened:
        yield opened


def written(folder: Path, text: str) -> Path:
    file = folder / "body.j2"
    file.write_text(text, "utf-8")
    return file


def test_a_notice_goes_as_it_is_with_its_id(inbox: Inbox) -> None:
    with closing(Webhook("hook", f"{inbox.address}/in?token=abc", headers={"Authorization": "Bearer x1"})) as hook:
        assert hook.send(notice(), NOW) == "202 accepted"
    (posted,) = inbox.taken
    assert decode(posted.body) == notice()
    assert posted.path == "/in?token=abc"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["authorization"] == "Bearer x1"
    assert posted.headers["idempotency-key"] == posted.headers["webhook-id"] == "n-1"
    assert "webhook-signature" not in posted.headers


@pytest.mark.parametrize(("secret", "key"), [(SECRET, b"not-a-real-secret"), ("plain words", b"plain words")])
def test_whoever_knows_the_secret_can_tell_that_it_is_from_us(inbox: Inbox, secret: str, key: bytes) -> None:
    with closing(Webhook("hook", inbox.address, secret=secret)) as hook:
        hook.send(notice(), NOW)
    (posted,) = inbox.taken
    timestamp = posted.headers["webhook-timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    digest = hmac.new(key, f"n-1.{timestamp}.".encode() + posted.body, hashlib.sha256).digest()
    assert posted.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_a_template_makes_the_body(inbox: Inbox, tmp_path: Path) -> None:
    file = written(tmp_path, '{"what": {{ (symbol ~ " " ~ headline) | tojson }}, "n": {{ incidents | length }}}')
    render = template(file, "hook", "application/json")
    with closing(Webhook("hook", inbox.address, render=render)) as hook:
        hook.send(notice(), NOW)
    assert inbox.taken[0].json == {"what": "🔴 CRITICAL: payments", "n": 1}


def test_a_template_may_make_text(inbox: Inbox, tmp_path: Path) -> None:
    render = template(written(tmp_path, "{{ text }}"), "hook", "text/plain")
    with closing(Webhook("hook", inbox.address, render=render, content_type="text/plain; charset=utf-8")) as hook:
        hook.send(notice(), NOW)
    (posted,) = inbox.taken
    assert posted.body.decode().startswith("🔴 CRITICAL: payments\n\n41 ×")
    assert posted.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nosuch }}", "fails: UndefinedError: 'nosuch' is undefined. docs/channels.md lists what there is."),
        ("{% if %}", "can't be understood: Expected an expression, got 'end of statement block'."),
        ('{"title": "{{ title }}"}', "makes no JSON once there are quotes or line breaks in a title."),
        ("{{ title.__class__.__mro__ }}", "fails: SecurityError"),
        ("{{ incidents[9].id }}", "fails: UndefinedError"),
    ],
)
def test_a_template_that_cannot_work_is_refused_at_the_start(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=r"The template of alerts\.channels\.hook") as refused:
        template(written(tmp_path, text), "hook", "application/json")
    assert said in str(refused.value)


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read: no such file or directory"):
        template(tmp_path / "none.j2", "hook", "application/json")


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - {"odd"}))  # the store holds no halves of characters
def test_what_strangers_wrote_is_harmless(inbox: Inbox, tmp_path: Path, name: str) -> None:
    render = template(written(tmp_path, "{{ {'t': title, 'x': text} | tojson }}"), "hook", "application/json")
    for made in (None, render):
        with closing(Webhook("hook", inbox.address, render=made)) as hook:
            hook.send(hostile(HOSTILE[name]), NOW)
    whole, templated = inbox.taken
    assert decode(whole.body) == hostile(HOSTILE[name])
    assert templated.json["t"] == HOSTILE[name], "no template of theirs is run"


def test_a_template_that_fails_at_a_notice_lets_that_one_go(tmp_path: Path) -> None:
    file = written(tmp_path, "{{ incidents[0].reasons[0].text | tojson if event != 'opened' else 1 // 0 }}")
    with pytest.raises(SettingsError, match="ZeroDivisionError"):
        template(file, "hook", "application/json")
    render = template(written(tmp_path, "{{ 100 // (incidents | length) }}"), "hook", "application/json")
    with pytest.raises(NeverError, match="fails: ZeroDivisionError"):
        render(notice(Event.OPENED, incidents=()), NOW)


@pytest.mark.parametrize(("status", "kind"), [(500, ServerError), (401, ServerError), (422, NeverError)])
def test_no_answer_shows_a_secret(inbox: Inbox, status: int, kind: type[Exception]) -> None:
    inbox.then(Reply(status, f"you sent Bearer x1-secret to {inbox.address}/in?token=abc".encode()))
    headers = {"Authorization": "Bearer x1-secret"}
    with (
        closing(Webhook("hook", f"{inbox.address}/in?token=abc", headers=headers)) as hook,
        pytest.raises(kind) as said,
    ):
        hook.send(notice(), NOW)
    assert "x1-secret" not in str(said.value)
    assert "token=abc" not in str(said.value)
    assert json.dumps(str(said.value))
