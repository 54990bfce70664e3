"""JSON, or whatever a template makes, to any address; signed as the Standard Webhooks specification says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detector.alert import Event
from detector.alerts.channels import wording
from detector.alerts.channels.harmless import visible
from detector.alerts.channels.port import NeverError
from detector.alerts.channels.posting import Peer, secret_parts
from detector.alerts.notice import Notice, encode
from detector.alerts.rehearsal import rehearsal
from detector.errors import SettingsError

if TYPE_CHECKING:
    from detector.outgoing import Network

Render = Callable[[Notice, datetime], bytes]

_PREFIX = "whsec_"
_TRIAL = datetime(2026, 1, 1, tzinfo=UTC)
_AWKWARD = 'quotes " and \\ and\na line break'


class Webhook:
    """Posts notices to one address."""

    kind, repeats = "webhook", False

    def __init__(
        self,
        name: str,
        url: str,
        *,
        secret: str = "",
        headers: Mapping[str, str] | None = None,
        render: Render | None = None,
        content_type: str = "application/json",
        ca_file: str = "",
        inside: Collection[Network] | None = None,
    ) -> None:
        self.name, self._render = name, render or _whole
        self._headers = {**(headers or {}), "Content-Type": content_type}
        self._key = signing_key(secret) if secret else b""
        secrets = [secret, *(headers or {}).values(), *secret_parts(url)]
        self._peer = Peer(f"The webhook {name}", url, secrets=secrets, ca_file=ca_file, inside=inside)

    def send(self, notice: Notice, now: datetime) -> str:
        """Post it, with the id by which a repeat is known. Raises as the port says."""
        body = self._render(notice, now)
        ids = {"Webhook-Id": notice.id, "Idempotency-Key": notice.id, "Webhook-Timestamp": str(int(now.timestamp()))}
        if self._key:
            ids["Webhook-Signature"] = signature(self._key, notice.id, ids["Webhook-Timestamp"], body)
        answer = self._peer.post(body, {**self._headers, **ids}, now)
        return f"{answer.status} {answer.text}".strip()

    def close(self) -> None:
        """Let go of the connection."""
        self._peer.close()


def signing_key(secret: str) -> bytes:
    """`whsec_` and Base64, as the specification has it; anything else is the key as it stands."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    """Of id, timestamp (seconds since 1970) and body, as `v1,` and Base64."""
    signed = hmac.new(key, b".".join((message.encode(), timestamp.encode(), body)), hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def template(file: Path, name: str, content_type: str) -> Render:
    """What a Jinja2 file makes of a notice: it sees its fields, and `headline`, `symbol`, `text`, `late` and `now`.

    It runs in a sandbox, and is tried here: raises `SettingsError` where it can't be read, where it names what isn't
    there, and where it should make JSON and doesn't when quotes are in a title.
    """
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    said = f"The template of alerts.channels.{name}"
    try:
        text = file.read_text("utf-8")
        made = ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(text)
    except OSError as error:
        raise SettingsError(
            f"{said} can't be read: {(error.strerror or str(error)).lower()}.", "See its path."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{said} isn't text.", "It has to be UTF-8.") from None
    except TemplateError as error:
        raise SettingsError(f"{said} can't be understood: {error}.", "It is written for Jinja2.") from None

    def render(notice: Notice, now: datetime) -> bytes:
        try:
            return made.render(_fields(notice, now)).encode(errors="replace")
        except Exception as error:  # whatever an expression of it may raise
            problem = f"{said} fails: {type(error).__name__}: {visible(str(error), 200)}."
            raise NeverError(problem, "Mend it; the alert is in the store.") from None

    for event in Event:
        _try(render, event, said, content_type)
    return render


def _try(render: Render, event: Event, said: str, content_type: str) -> None:
    notice = rehearsal(event, _TRIAL, page="https://drainwatch.example.org")
    try:
        body = render(msgspec.structs.replace(notice, title=_AWKWARD, summary=_AWKWARD), _TRIAL)
    except NeverError as error:
        raise SettingsError(error.problem, "docs/channels.md lists what there is.") from None
    if "json" in content_type:
        try:
            json.loads(body)
        except ValueError:
            raise SettingsError(
                f"{said} makes no JSON once there are quotes or line breaks in a title.",
                'Write {{ title | tojson }} instead of "{{ title }}", or set content_type.',
            ) from None


def _whole(notice: Notice, now: datetime) -> bytes:
    return encode(notice)


def _fields(notice: Notice, now: datetime) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(notice)
    return fields | {
        "headline": wording.headline(notice),
        "symbol": wording.symbol(notice),
        "text": wording.text_of(notice, now),
        "late": wording.late(notice, now),
        "now": now.astimezone(UTC).isoformat(timespec="seconds"),
    }
