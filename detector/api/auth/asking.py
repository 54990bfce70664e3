"""Asks the provider of OpenID Connect, within bounds of time and size, and says plainly what was amiss.

What the client's exceptions say is never repeated: it may quote what was sent.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from detector.errors import ServerError, SettingsError

if TYPE_CHECKING:
    import httpx2

    from detector.outgoing import Network

logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs addresses

CONNECT, ANSWER, IN_ALL = 5.0, 8.0, 15.0
"""Seconds."""
MOST = 1_000_000
"""Bytes of an answer."""


class Asker:
    """Asks for JSON, each time by a connection of its own: people log in seldom.

    Redirects aren't followed: what a provider names is where it is.
    """

    def __init__(self, ca_file: Path | None = None, own: str = "", inside: Collection[Network] = ()) -> None:
        """`own` is the host that may be at a private address, `inside` are networks where others may be, too."""
        self._ca_file, self._own, self._inside = ca_file, own, inside
        self._client: httpx2.Client | None = None

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What is there. Raises `ServerError` where it isn't a JSON object, or doesn't come."""
        status, found = self._asked("GET", url, {"Accept": "application/json", **(headers or {})})
        if status != 200:
            raise ServerError(f"{host_of(url)} answers {status} at {urlsplit(url).path[:200]}.", _SEE)
        return found

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON object; raises as `get`, but not for the status."""
        return self._asked("POST", url, {"Accept": "application/json", **headers}, body.encode())

    def _asked(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        import httpx2

        from detector.outgoing import InsideError

        until = time.monotonic() + IN_ALL
        client = self._client = self._client or self._made()
        read = bytearray()
        try:
            with client.stream(method, url, content=body, headers={**headers}) as response:
                for chunk in response.iter_bytes():
                    read += chunk
                    if len(read) > MOST or time.monotonic() > until:
                        raise ServerError(f"{host_of(url)} answers with too much, or too slowly.", _SEE)
                status = response.status_code
        except InsideError as error:
            raise ServerError(
                f"{host_of(url)} {error.problem}.", "If it is yours, name its network in access.oidc.private_networks."
            ) from None
        except httpx2.HTTPError as error:
            _unreachable(url, error)
        except (httpx2.InvalidURL, httpx2.StreamError, RuntimeError, OSError, ValueError) as error:
            raise ServerError(f"{host_of(url)} can't be asked: {type(error).__name__}.", _SEE) from None
        try:
            found = json.loads(read)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ServerError(f"{host_of(url)} answers {status}, and not in JSON.", _SEE)
        return status, found

    def _made(self) -> httpx2.Client:
        """With the proxies of the environment: a provider may be outside of a network that has one."""
        import httpx2

        from detector.outgoing import Guard, Outgoing

        try:
            verify = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
        except (OSError, ssl.SSLError):
            raise SettingsError("access.oidc.ca_file can't be read.", "It has to be PEM.") from None
        timeout = httpx2.Timeout(ANSWER, connect=CONNECT)
        transport = Outgoing(Guard(self._inside, self._own), verify, httpx2.Limits(max_keepalive_connections=0))
        return httpx2.Client(timeout=timeout, transport=transport, follow_redirects=False)


_SEE = "See access.oidc.issuer, and the provider's own log."
_AWAY = "Try again in a moment. If it stays so, see whether access.oidc.issuer is right and can be reached from here."


def host_of(url: str) -> str:
    """Whom people know it as."""
    try:
        return urlsplit(url).hostname or url[:100]
    except ValueError:
        return url[:100]


def _unreachable(url: str, error: httpx2.HTTPError) -> NoReturn:
    import httpx2

    host, cause = host_of(url), error.__cause__
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        raise ServerError(
            f"{host} shows a certificate that isn't trusted.", "Set access.oidc.ca_file to what has signed it."
        ) from None
    if isinstance(error, httpx2.TimeoutException):
        raise ServerError(f"{host} doesn't answer within {ANSWER:.0f} s.", _AWAY) from None
    raise ServerError(f"{host} can't be reached.", _AWAY) from None
