"""A mail server that keeps what it is given (aiosmtpd), with or without TLS and a password."""

from __future__ import annotations

import ssl
import time
from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "drainwatch", "not-a-real-password"
STEPS = ("sender", "mail", "log-in")
"""At which one that quotes refuses, one connection after the other."""


class MailServer:
    """Listens on loopback as long as it is open; `answers` says what is answered to the next mails."""

    def __init__(
        self, folder: Path, *, tls: bool = False, starttls: bool = True, login: bool = False, quotes: bool = False
    ) -> None:
        """`quotes`: it takes nothing, and says to each connection, at the next step, what password it was sent."""
        self.ca_file = folder / "mail-ca.pem"
        context = _certified(self.ca_file)
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.unknown: set[str] = set()
        """Addresses that are refused."""
        self.answers: list[str] = []
        options: dict[str, Any] = {"tls_context": context, "require_starttls": True} if starttls and not tls else {}
        self.quoted: list[tuple[str, str]] = []
        """At which steps passwords were quoted, and which."""
        self._steps: dict[Any, str] = {}
        self._shown: dict[Any, LoginPassword] = {}
        if login or quotes:
            known = self._quoting if quotes else _known
            options |= {"authenticator": known, "auth_required": not tls, "auth_require_tls": not tls}
        self._controller = _Loopback(self, port=_free_port(), ssl_context=context if tls else None, **options)
        self._controller.start()
        self._closed = False

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def wait(self, count: int, seconds: float = 20.0) -> list[EmailMessage]:
        """The mails, once they are that many."""
        until = time.monotonic() + seconds
        while len(self.mails) < count:
            assert time.monotonic() < until, f"{len(self.mails)} of {count} came"
            time.sleep(0.01)
        return self.mails

    def close(self) -> None:
        if not self._closed:
            self._controller.stop()
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _quoting(self, _server: Any, session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        step = self._steps.setdefault(session.peer, STEPS[len(self._steps) % len(STEPS)])
        self._shown[session.peer] = data
        if step != "log-in":
            return AuthResult(success=True, handled=False)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 no: {self._quote(session, step)}")

    def _quote(self, session: Any, step: str) -> str:
        """What is said of the password at this step, if that is where this connection is refused."""
        if self._steps.get(session.peer) != step:
            return ""
        shown = self._shown[session.peer]
        self.quoted.append((step, shown.password.decode()))
        coded = (b64encode(one).decode() for one in (shown.password, b"\0".join((b"", shown.login, shown.password))))
        return " and ".join((shown.password.decode(), *coded)) + " open nothing"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if said := self._quote(session, "sender"):
            return f"553 5.1.8 {said}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if said := self._quote(session, "mail"):
            return f"451 4.7.1 {said}"
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "cut":
            server.transport.abort()
            return "451 gone"
        if answer.startswith("250"):
            read = message_from_bytes(envelope.content, policy=default)
            assert isinstance(read, EmailMessage)
            self.mails.append(read)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return answer


class _Loopback(Controller):
    def __init__(self, handler: MailServer, port: int, ssl_context: ssl.SSLContext | None, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=port, ssl_context=ssl_context, **options)

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


def _known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


def _certified(ca_file: Path) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
