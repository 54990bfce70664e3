"""Alerts by mail: as plain text and as HTML, those of one alert in one thread.

https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4, https://www.rfc-editor.org/rfc/rfc3834#section-5
"""

from __future__ import annotations

import base64
import functools
import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import structlog

from detector.alert import AlertKind, Event
from detector.alerts.channels import wording
from detector.alerts.channels.harmless import block, visible
from detector.alerts.channels.port import NeverError
from detector.alerts.notice import IncidentNotice, Notice
from detector.errors import ServerError, SettingsError
from detector.findings import Severity

if TYPE_CHECKING:
    from jinja2 import Template

log = structlog.get_logger("drainwatch.alerts")

TIMEOUT = 10.0
"""Seconds for each step."""
_SUBJECT = 180
"""Characters."""
_COLOURS = {
    Severity.CRITICAL: ("#a5143f", "#ffffff"),
    Severity.MAJOR: ("#c2570c", "#ffffff"),
    Severity.MINOR: ("#efc24d", "#241a00"),
    Severity.WARNING: ("#a9cbe4", "#0b2239"),
}
_CALM = ("#2f7d4f", "#ffffff")


@dataclass(frozen=True, slots=True)
class Server:
    """How mail is handed over."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, as it is and as AUTH LOGIN and PLAIN send it (https://www.rfc-editor.org/rfc/rfc4616)."""
        if not self.password:
            return ()
        coded = (f"\0{self.username}\0{self.password}", self.password)
        return *(base64.b64encode(one.encode()).decode() for one in coded), self.password


class Mail:
    """Sends one mail a notice to all addresses."""

    kind, repeats = "email", False

    def __init__(self, name: str, server: Server, sender: str, to: Sequence[str]) -> None:
        self.name, self._server, self._sender, self._to = name, server, sender, tuple(to)
        self._who = f"The mail server {server.host}:{server.port} (channel {name})"
        self._open: smtplib.SMTP | None = None

    def send(self, notice: Notice, now: datetime) -> str:
        """Hand it over; its Message-ID is the same whenever it is sent. Raises as the port says."""
        made = message(notice, now, self.name, self._sender, self._to)
        try:
            refused = self._hand_over(made)
        except smtplib.SMTPException as error:
            self._refused(error)
        except ssl.SSLCertVerificationError:
            raise ServerError(
                f"{self._who} shows a certificate that isn't trusted.", "Set ca_file to what has signed it."
            ) from None
        except (OSError, ValueError, AttributeError) as error:
            # AttributeError: the connection was closed from outside while it was in use.
            why = "doesn't answer" if isinstance(error, TimeoutError) else "can't be reached"
            raise ServerError(f"{self._who} {why}: {_plainly(error)}.", "It is asked again.") from None
        for address, (code, _) in refused.items():
            log.warning("one of several wasn't told", channel=self.name, problem=f"{address} is refused ({code})")
        beside = f", not by {', '.join(refused)}" if refused else ""
        return f"taken for {len(self._to) - len(refused)} of {len(self._to)}{beside}" if refused else "taken"

    def close(self) -> None:
        """Let go of the connection, where one is in use."""
        if (opened := self._open) is not None:
            with suppress(Exception):
                opened.close()

    def _hand_over(self, made: EmailMessage) -> dict[str, tuple[int, bytes]]:
        with self._connected() as smtp:
            self._open = smtp
            try:
                if self._server.security == "starttls":
                    smtp.starttls(context=self._context())
                if self._server.username:
                    smtp.login(self._server.username, self._server.password)
                return smtp.send_message(made)
            finally:
                self._open = None

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=self._context())
        return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._server.ca_file or None)
        except (OSError, ssl.SSLError):
            raise SettingsError(f"The ca_file of the channel {self.name} can't be read.", "It has to be PEM.") from None

    def _refused(self, error: smtplib.SMTPException) -> NoReturn:
        if isinstance(error, smtplib.SMTPAuthenticationError):
            problem = f"{self._who} refuses the user or the password ({error.smtp_code})."
            raise ServerError(problem, "Set them anew; what waits is told then.") from None
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            codes = ", ".join(f"{address} ({code})" for address, (code, _) in error.recipients.items())
            raise ServerError(f"{self._who} takes nothing for {codes}.", "See whether `to` is right.") from None
        if isinstance(error, smtplib.SMTPNotSupportedError):
            raise ServerError(
                f"{self._who} has no STARTTLS, or no way to log in.", "See its port, and `security`."
            ) from None
        if isinstance(error, smtplib.SMTPSenderRefused):
            said = self._quoted(error.smtp_error)
            problem = f"{self._who} takes nothing from this sender: {error.smtp_code} {said}."
            raise ServerError(problem, "See whether `sender` is right.") from None
        if isinstance(error, smtplib.SMTPResponseException):
            said = f"{self._who} answers {error.smtp_code} {self._quoted(error.smtp_error)}."
            if isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500:
                raise NeverError(
                    said, "It refuses this mail, which isn't sent again; the alert is in the store."
                ) from None
            raise ServerError(said, "It is asked again.") from None
        raise ServerError(f"{self._who} cut the connection.", "It is asked again.") from None

    def _quoted(self, said: bytes | str) -> str:
        """The beginning of what it says, without our password: it may quote what was sent."""
        text = _text(said)
        for secret in self._server.secrets:
            text = text.replace(secret, "…")
        return visible(text, 200)


class _Subject(str):
    """Folded by the older of the two ways that Python has: the newer one loses spaces between words it encodes.

    `EmailMessage` takes any object with a name and `fold`, as its own headers are.
    """

    name, defects = "Subject", ()

    def fold(self, *, policy: Policy[EmailMessage]) -> str:
        """The lines of the header."""
        encoded = Header(str(self), "utf-8", header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {encoded}{policy.linesep}"


def message(notice: Notice, now: datetime, channel: str, sender: str, to: Sequence[str]) -> EmailMessage:
    """The mail. What is said of one alert refers to the same thread, which has no mail of its own."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "drainwatch.invalid"
    made = EmailMessage(policy=SMTP.clone(max_line_length=78))
    made["Subject"] = _Subject(subject(notice))
    made["From"], made["To"] = sender, ", ".join(to)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{_digest(channel, notice.id)}@{domain}>"
    made["In-Reply-To"] = made["References"] = f"<{_digest(channel, notice.alert)}@{domain}>"
    made["Auto-Submitted"], made["X-Auto-Response-Suppress"] = "auto-generated", "All"
    made.set_content(wording.text_of(notice, now) + "\n", cte="quoted-printable")
    made.add_alternative(page(notice, now), subtype="html", cte="quoted-printable")
    return made


def subject(notice: Notice) -> str:
    """What a list of mails shows: severity and place first."""
    return visible(f"{wording.symbol(notice)} {wording.headline(notice, 90)} – {wording.title(notice)}", _SUBJECT)


def page(notice: Notice, now: datetime) -> str:
    """The HTML."""
    over = notice.event in (Event.RESOLVED, Event.TEST)
    background, foreground = _CALM if over else _COLOURS[notice.severity]
    facts = [(wording.began(notice), wording.since(notice, now))]
    if notice.kind is AlertKind.INCIDENT:
        facts.append(("Score", wording.sureness(notice)))
    if len(notice.namespaces) > 1:
        facts.append(("Namespaces", visible(", ".join(notice.namespaces), 1_000)))
    return _template().render(
        headline=wording.headline(notice),
        symbol=wording.symbol(notice),
        title=wording.title(notice, 500),
        late=wording.late(notice, now),
        note=wording.note(notice),
        facts=facts,
        links=wording.links(notice),
        incidents=[_incident(one, named=len(notice.incidents) > 1) for one in wording.fitting(notice)],
        others=wording.others(notice),
        commands=wording.commands(notice),
        background=background,
        foreground=foreground,
    )


def _incident(incident: IncidentNotice, *, named: bool) -> dict[str, Any]:
    return {
        "namespace": visible(incident.namespace, 63),
        "place": wording.place(incident) if named else "",
        "change": visible(incident.change, 300),
        "reasons": [
            {
                "finding": wording.finding(reason),
                "where": ", ".join(filter(None, (wording.where(reason), visible(reason.level, 20)))),
                "lines": [block(line, 600) for line in wording.shown(reason)],
            }
            for reason in incident.reasons
        ],
    }


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = files("detector.alerts.channels").joinpath("mail.html").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _plainly(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    return (error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__).lower()
