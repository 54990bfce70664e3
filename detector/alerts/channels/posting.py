"""Posts to a peer over HTTP, and says plainly what came of it.

What an exception of the client says is never repeated: it may quote the address, which is a secret with many peers.
"""

from __future__ import annotations

import base64
import logging
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote

from detector.alerts.channels.harmless import visible
from detector.alerts.channels.port import LaterError, NeverError
from detector.errors import ServerError, SettingsError

if TYPE_CHECKING:
    import httpx2

    from detector.outgoing import Network

logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs addresses

CONNECT, ANSWER, IN_ALL = 5.0, 8.0, 20.0
"""Seconds."""
_READ = 4_096
"""Bytes of an answer that are looked at."""
_SHOWN = 200
"""Characters of it that are told."""
_SHORT = 5
"""Characters: shorter parts of an address are words such as `v2`."""
_BUSY = 30.0
"""Seconds, where a peer that is too busy doesn't say how long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer said."""

    status: int
    text: str
    """Its beginning, without our secrets and in one line."""


class Peer:
    """One address that takes POST. `who` it is stands in errors; `pace`: least seconds between two messages."""

    def __init__(
        self,
        who: str,
        url: str,
        *,
        secrets: Iterable[str] = (),
        ca_file: str = "",
        auth: tuple[str, str] | None = None,
        pace: float = 0.0,
        inside: Collection[Network] | None = None,
    ) -> None:
        """`inside`: networks of private addresses that it may be at; None: any, as of what is one's own."""
        self._inside = inside
        self.who, self._url, self._pace = who, url, pace
        hidden = {url, *secrets, *(_basic(*auth) if auth else ())}
        self._secrets = sorted((one for one in hidden if one), key=len, reverse=True)
        self._auth, self._ca_file = auth, ca_file
        self._client: httpx2.Client | None = None
        self._closed = Event()
        self._last = -1e9

    def post(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Answer:
        """Post it, and return the answer where that is a good one (2xx).

        Raises `LaterError` for 429 (and 503 with Retry-After), `ServerError` for what may be well another time, also
        where the address or the key is refused, and `NeverError` where the message is.
        """
        self._closed.wait(max(self._last + self._pace - time.monotonic(), 0.0))
        import httpx2

        from detector.outgoing import InsideError

        try:
            answer, after = self._asked(body, headers)
        except InsideError as error:
            raise ServerError(
                f"{self.who} {error.problem}.", "If it is yours, name its network in alerts.private_networks."
            ) from None
        except httpx2.HTTPError as error:
            if self._closed.is_set():  # by ourselves, while it was waited for
                self._stopping("had not answered yet")
            self._unreachable(error)
        except (httpx2.InvalidURL, httpx2.StreamError, RuntimeError, OSError, ValueError) as error:
            raise ServerError(
                f"{self.who} can't be asked: {type(error).__name__}.", "See whether its address is right."
            ) from None
        finally:
            self._last = time.monotonic()
        if not 200 <= answer.status < 300:
            self._refused(answer, after, now)
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        self._closed.set()
        if self._client is not None:
            with suppress(Exception):
                self._client.close()

    def _asked(self, body: bytes, headers: Mapping[str, str]) -> tuple[Answer, str]:
        if self._closed.is_set():
            self._stopping("was not asked any more")
        until = time.monotonic() + IN_ALL
        client = self._client = self._client or self._made()
        with client.stream("POST", self._url, content=body, headers={**headers}) as response:
            read = b""
            for chunk in response.iter_bytes():
                read += chunk[:_READ]
                if len(read) >= _READ or time.monotonic() > until:
                    break
            return Answer(response.status_code, self._clean(read)), response.headers.get("retry-after", "")

    def _stopping(self, what: str) -> NoReturn:
        raise ServerError(f"{self.who} {what}.", "drainwatch is stopping; it is told at the next start.") from None

    def _made(self) -> httpx2.Client:
        """The client, with the proxies of the environment, which are read now."""
        import httpx2

        from detector.outgoing import Guard, Outgoing

        try:
            verify = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
        except (OSError, ssl.SSLError):
            raise SettingsError(
                f"{self.who} can't be reached: its ca_file can't be read.", "It has to be PEM."
            ) from None
        timeout = httpx2.Timeout(ANSWER, connect=CONNECT)
        limits = httpx2.Limits(max_connections=1, keepalive_expiry=30.0)
        if self._inside is None:
            return httpx2.Client(timeout=timeout, limits=limits, verify=verify, auth=self._auth, follow_redirects=False)
        transport = Outgoing(Guard(self._inside), verify, limits)
        return httpx2.Client(timeout=timeout, transport=transport, auth=self._auth, follow_redirects=False)

    def _clean(self, read: bytes) -> str:
        text = read.decode("utf-8", "replace")
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return visible(text.strip(), _SHOWN)

    def _unreachable(self, error: httpx2.HTTPError) -> NoReturn:
        import httpx2

        again = "It is asked again."
        causes = _causes(error)
        if isinstance(error, httpx2.TimeoutException):
            raise ServerError(f"{self.who} doesn't answer within {ANSWER:.0f} s.", again) from None
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            raise ServerError(
                f"{self.who} shows a certificate that isn't trusted.", "Set ca_file to what has signed it."
            ) from None
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            raise ServerError(f"{self.who} can't be found: its name has no address.", again) from None
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            raise ServerError(f"{self.who} can't be reached: nothing listens there.", again) from None
        if isinstance(error, httpx2.ProxyError):
            raise ServerError(
                f"{self.who} can't be reached through the proxy.", "See HTTPS_PROXY and NO_PROXY."
            ) from None
        if isinstance(error, httpx2.ConnectError):
            raise ServerError(f"{self.who} can't be reached.", again) from None
        raise ServerError(f"{self.who} cut the connection before it had answered.", again) from None

    def _refused(self, answer: Answer, after: str, now: datetime) -> NoReturn:
        said = f"{self.who} answers {answer.status}" + (f": {answer.text}" if answer.text else "")
        if answer.status == 429 or (answer.status == 503 and after):
            seconds = retry_after(after, now)
            raise LaterError(f"{said}.", f"It is asked again after {seconds:.0f} s.", seconds)
        if 300 <= answer.status < 400:
            raise ServerError(
                f"{said}: it is elsewhere now.", "Set the address to where it is; redirects aren't followed."
            )
        if answer.status in (401, 403, 404, 407, 410):
            raise ServerError(f"{said}.", "See whether its address and key are still right; what waits is told then.")
        if answer.status >= 500 or answer.status in (408, 425):
            raise ServerError(f"{said}.", "It is asked again.")
        raise NeverError(f"{said}.", "It refuses this message, which isn't sent again; the alert is in the store.")


def retry_after(header: str, now: datetime) -> float:
    """Seconds that a `Retry-After` asks for: a number of them, or a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    try:
        return max(float(header), 1.0) if float(header) < 1e9 else _BUSY
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError):
        return _BUSY
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 1.0)


def secret_parts(url: str) -> list[str]:
    """What of an address could be its secret, which a peer may repeat: long parts of its path and query."""
    _, _, rest = url.partition("://")
    parts = re.split(r"[/?&=#;]", rest.partition("/")[2])
    return [form for part in parts if len(part) > _SHORT for form in (part, unquote(part))]


def _basic(name: str, password: str) -> tuple[str, str]:
    return password, base64.b64encode(f"{name}:{password}".encode()).decode()


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found
